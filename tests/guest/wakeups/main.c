/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a wake-up that gets lost between the sender's look and the
 * sleeper's. Two processors send an event back and forth and block for it, four
 * thousand times; one that is lost stops the game.
 */
#include "guest.h"

STORY("wakeups");
/* machine: smp=2 */

#define ROUNDS 4000

/* One for each processor: the port that wakes it, and its turn. */
static u32 port[2];
static volatile unsigned int turn[2];

static struct vcpu_info *info_of(unsigned int cpu)
{
	return &shared_info->vcpu_info[cpu];
}

/* Both run with upcalls masked and look themselves. */
static void wait_turn(unsigned int cpu, unsigned int want)
{
	while (turn[cpu] != want) {
		struct vcpu_info *info = info_of(cpu);

		info->evtchn_upcall_mask = 1;
		info->evtchn_upcall_pending = 0;
		__atomic_exchange_n(&info->evtchn_pending_sel, 0,
				    __ATOMIC_SEQ_CST);
		__atomic_fetch_and(&shared_info->evtchn_pending[0],
				   ~BIT(port[cpu]), __ATOMIC_SEQ_CST);
		if (turn[cpu] != want)
			HC(sched_op, SCHEDOP_block, 0, 0, 0);
	}
}

static void give_turn(unsigned int cpu, unsigned int n)
{
	struct evtchn_send s = { .port = port[cpu] };

	turn[cpu] = n;
	HC(event_channel_op, EVTCHNOP_send, &s, 0, 0);
}

/* Blocking opened the mask: the sleeper goes on with it closed again. */
static bool upcall(struct trap_frame *f)
{
	f->rflags &= ~0x200UL;
	return f->vector == TRAP_EVENT;
}

static void second(void)
{
	for (unsigned int n = 1;; n++) {
		wait_turn(1, n);
		give_turn(0, n);
	}
}

void story(void)
{
	u64 start;

	for (u32 cpu = 0; cpu < 2; cpu++) {
		struct evtchn_bind_ipi b = { .vcpu = cpu };

		CHECK_EQ(HC(event_channel_op, EVTCHNOP_bind_ipi, &b, 0, 0), 0);
		port[cpu] = b.port;
	}
	CHECK_EQ(HC(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0, 0), 0);
	CHECK_EQ(HC(vcpu_op, VCPUOP_stop_periodic_timer, 1, 0, 0), 0);
	trap_hook = upcall;
	shared_info->evtchn_mask[0] = 0;
	start_vcpu(1, second);
	start = system_time();
	for (unsigned int n = 1; n <= ROUNDS; n++) {
		give_turn(1, n);
		wait_turn(0, n);
	}
	say("%u rounds, %lu ns each", ROUNDS, (system_time() - start) / ROUNDS);
}
