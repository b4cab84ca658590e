// SPDX-License-Identifier: GPL-2.0-only
/* Operations by table: see subcall.h. */
#include "hypercall/subcall.h"

#define BYTES_MAX 64 /* more than the largest structure of any row */

long subcall(const struct subcall *subs, u32 nr, u32 cmd, u64 gva)
{
	const struct subcall *sub;
	u64 op[BYTES_MAX / sizeof(u64)];
	long ret;

	if (cmd >= nr || !subs[cmd].fn)
		return -ENOSYS;
	sub = &subs[cmd];
	if (sub->hardware_only && !current->domain->is_hardware)
		return -EPERM;
	ASSERT(sub->bytes <= sizeof(op));
	if (guest_copy_from(op, gva, sub->bytes))
		return -EFAULT;
	ret = sub->fn(op);
	if (!ret &&
	    guest_copy_to(gva + sub->out_at, (const char *)op + sub->out_at,
			  sub->out_bytes)) {
		if (sub->undo)
			sub->undo(op);
		return -EFAULT;
	}
	return ret;
}
