/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: one-shot timers (early, late, never, past deadlines), the
 * clock, block and poll. Arms timers against the clock of vcpu_info and waits
 * blocked.
 */
#include "guest.h"

STORY("timers");

static volatile unsigned int ticks;

static bool upcall(struct trap_frame *f)
{
	if (f->vector != TRAP_EVENT)
		return false;
	vcpu_info()->evtchn_upcall_pending = 0;
	__atomic_exchange_n(&vcpu_info()->evtchn_pending_sel, 0,
			    __ATOMIC_SEQ_CST);
	__atomic_exchange_n(&shared_info->evtchn_pending[0], 0,
			    __ATOMIC_SEQ_CST);
	ticks++;
	return true;
}

static long arm(u64 deadline)
{
	struct vcpu_set_singleshot_timer t = { .timeout_abs_ns = deadline };

	return HC(vcpu_op, VCPUOP_set_singleshot_timer, 0, &t, 0);
}

static void wait_tick(unsigned int before)
{
	while (ticks == before) {
		vcpu_info()->evtchn_upcall_mask = 1;
		if (ticks != before)
			break;
		HC(sched_op, SCHEDOP_block, 0, 0, 0);
	}
	vcpu_info()->evtchn_upcall_mask = 0;
}

static void clock_runs(void)
{
	u64 last = system_time();

	CHECK(last > 0);
	for (int i = 0; i < 10000; i++) {
		u64 now = system_time();

		CHECK(now >= last, "%lu after %lu", now, last);
		last = now;
	}
}

void story(void)
{
	struct evtchn_bind_virq b = { .virq = VIRQ_TIMER, .vcpu = 0 };
	struct sched_poll poll = { .nr_ports = 0 };
	u64 start;

	CHECK_EQ(HC(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0, 0), 0);
	CHECK_EQ(HC(event_channel_op, EVTCHNOP_bind_virq, &b, 0, 0), 0);
	CHECK_EQ(HC(event_channel_op, EVTCHNOP_bind_virq, &b, 0, 0), -EEXIST);
	trap_hook = upcall;
	shared_info->evtchn_mask[0] = 0;
	vcpu_info()->evtchn_upcall_mask = 0;
	clock_runs();

	for (u64 ns = 200000; ns < 50000000; ns *= 4) {
		unsigned int before = ticks;

		start = system_time();
		CHECK_EQ(arm(start + ns), 0);
		wait_tick(before);
		CHECK(system_time() - start >= ns, "early: %lu of %lu",
		      system_time() - start, ns);
	}
	/* a deadline in the past fires at once */
	start = ticks;
	CHECK_EQ(arm(1), 0);
	wait_tick((unsigned int)start);

	/* poll without ports: sleeps until the timeout */
	start = system_time();
	poll.timeout = start + 3000000;
	CHECK_EQ(HC(sched_op, SCHEDOP_poll, &poll, 0, 0), 0);
	CHECK(system_time() >= start + 3000000);
}
