// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies to and from guest memory by virtual address. Our own range is refused
 * before, everything else that is wrong with an address faults.
 */
#include "domain/guest_copy.h"
#include "cpu/uaccess.h"

int guest_copy_from(void *dst, u64 gva, size_t bytes)
{
	if (!guest_range_ok(gva, bytes) ||
	    uaccess_copy(dst, (const void *)gva, bytes))
		return -EFAULT;
	/* The compiler may not go back for a second look. */
	barrier();
	return 0;
}

int guest_copy_to(u64 gva, const void *src, size_t bytes)
{
	if (!guest_range_ok(gva, bytes) ||
	    uaccess_copy((void *)gva, src, bytes))
		return -EFAULT;
	return 0;
}
