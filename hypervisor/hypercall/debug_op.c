// SPDX-License-Identifier: GPL-2.0-only
/* Our own hypercall for tests, see include/hospes.h. */
#include "debug/log.h"
#include "domain/domain.h"
#include "hypercall/hypercall.h"
#include "include/errno.h"
#include "include/hospes.h"
#include "pv/mmu.h"

long hc_debug_op(HC_ARGS)
{
	struct domain *d;
	u64 wrong;

	if (a1 == HOSPES_DEBUG_CRASH)
		return *(const volatile long *)a2;
	if (a1 != HOSPES_DEBUG_RECOUNT)
		return fail(-ENOSYS);
	d = domain_get_self_or(a2);
	if (!d)
		return fail(-ESRCH);
	wrong = pv_recount(d);
	domain_put(d);
	return wrong == ~0UL ? -ENOMEM : (long)wrong;
}
