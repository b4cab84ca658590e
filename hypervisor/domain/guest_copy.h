/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The only way to a guest's memory by its virtual address: current's kernel
 * address space, checked against our own range, a fault gives -EFAULT.
 * guest_copy_in fetches once; nobody looks back at the original.
 */
#pragma once

#include "include/errno.h"
#include "lib/types.h"
#include "mm/layout.h"

int __must_check guest_copy_from(void *dst, u64 gva, size_t bytes);
int __must_check guest_copy_to(u64 gva, const void *src, size_t bytes);

/* One object: guest_copy_in(&op, arg). */
#define guest_copy_in(obj, gva)	 guest_copy_from((obj), (gva), sizeof(*(obj)))
#define guest_copy_out(gva, obj) guest_copy_to((gva), (obj), sizeof(*(obj)))
/* Writes back one field of a struct at a guest address. */
#define guest_copy_field_out(gva, obj, field)                                 \
	guest_copy_to((gva) + offsetof(typeof(*(obj)), field), &(obj)->field, \
		      sizeof((obj)->field))

/* May [gva, gva + bytes) be used by a guest? (Not ours, canonical, no wrap.) */
static inline bool guest_range_ok(u64 gva, u64 bytes)
{
	if (gva >= HV_VA_START)
		return gva >= HV_VA_END && bytes <= -gva;
	return gva <= 0x0000800000000000 && bytes <= 0x0000800000000000 - gva;
}
