// SPDX-License-Identifier: GPL-2.0-only
/* Operations by table: see subcall.h. */
#include "hypercall/subcall.h"

#define BYTES_MAX 64 /* more than the largest structure of any row */

static long run(const struct subcall *sub, struct domain *d, void *op, u64 gva)
{
	long ret = sub->fn(d, op);

	if (ret || !guest_copy_to(gva + sub->out_at, (char *)op + sub->out_at,
				  sub->out_bytes))
		return ret;
	if (sub->undo)
		sub->undo(d, op);
	return -EFAULT;
}

long subcall(const struct subcall *subs, u32 nr, u32 cmd, u64 gva)
{
	const struct subcall *sub;
	u64 op[BYTES_MAX / sizeof(u64)];
	struct domain *d;
	long ret;

	if (cmd >= nr || !subs[cmd].fn)
		return -ENOSYS;
	sub = &subs[cmd];
	if (sub->flags & SUB_HW && !current->domain->is_hardware)
		return -EPERM;
	ASSERT(sub->bytes <= sizeof(op));
	if (guest_copy_from(op, gva, sub->bytes))
		return -EFAULT;
	if (!(sub->flags & SUB_DOM))
		return run(sub, current->domain, op, gva);
	ret = domain_get_controlled(*(const domid_t *)op, &d);
	if (ret)
		return ret;
	ret = run(sub, d, op, gva);
	domain_put(d);
	return ret;
}
