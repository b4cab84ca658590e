// SPDX-License-Identifier: GPL-2.0-only
/* Our own hypercall for tests, see include/hospes.h. */
#include "cpu/section.h"
#include "hypercall/hypercall.h"
#include "include/hospes.h"
#include "pv/mmu.h"

static long recount(domid_t id)
{
	struct domain *d;
	u64 wrong;

	d = domain_get_self_or(id);
	if (!d)
		return fail(-ESRCH);
	wrong = pv_recount(d);
	domain_put(d);
	return wrong == ~0UL ? -ENOMEM : (long)wrong;
}

long hc_debug_op(HC_ARGS)
{
	switch (a1) {
	case HOSPES_DEBUG_RECOUNT:
		return recount(a2);
	case HOSPES_DEBUG_CRASH:
		return *(const volatile long *)a2;
	case HOSPES_DEBUG_SECTION:
		if (a2 >= SECTION_KINDS)
			return -EINVAL;
		return section_longest(a2).ticks;
	case HOSPES_DEBUG_SECTIONS_FORGET:
		section_forget_all();
		return 0;
	default:
		return fail(-ENOSYS);
	}
}
