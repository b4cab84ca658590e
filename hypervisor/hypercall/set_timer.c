// SPDX-License-Identifier: GPL-2.0-only
/* set_timer_op: the old form of the one-shot timer. */
#include "cpu/time.h"
#include "hypercall/hypercall.h"

#define NS_100_MS 100000000UL

long hc_set_timer_op(HC_ARGS)
{
	u64 deadline = a1, now = now_ns();

	if (deadline == 0) {
		vtime_stop_singleshot(current);
		return 0;
	}
	/* A guest whose arithmetic went wrong gets to look at it again soon. */
	if ((s64)deadline < 0 || (deadline > now && deadline - now > 1UL << 50))
		deadline = now + NS_100_MS;
	return vtime_set_singleshot(current, deadline);
}
