/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a watchdog that nobody feeds, in a kernel that spins with
 * events masked, must end the machine.
 */
#include "guest.h"

STORY("watchdog");
/* expect: d0: watchdog fired */

void story(void)
{
	struct sched_watchdog w = { .id = 0, .timeout = 1 };

	CHECK_EQ(HC(sched_op, SCHEDOP_watchdog, &w, 0, 0), 1);
	vcpu_info()->evtchn_upcall_mask = 1;
	CHECK(!wait_for(false), "ten seconds went by");
}
