/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: an event that comes while the vcpu_info of its vcpu moves to
 * another page. CPU 1 sends all the time to vcpus that are not up; CPU 0 moves
 * their information. Whatever is pending must be seen in the new place.
 */
#include "guest.h"

STORY("vcpu-info-move");
/* machine: smp=2 dom0_max_vcpus=8 */

#define FIRST 2
#define LAST  7

static u32 port[LAST + 1];
static volatile u64 sent;
static volatile unsigned int stop, stopped;

static void sender(void)
{
	while (!stop) {
		for (int i = FIRST; i <= LAST; i++) {
			struct evtchn_send s = { .port = port[i] };

			HC(event_channel_op, EVTCHNOP_send, &s, 0, 0);
		}
		sent++;
	}
	stopped = 1;
	for (;;)
		HC(vcpu_op, VCPUOP_down, 1, 0, 0);
}

static volatile struct vcpu_info *move(u32 vcpu)
{
	char *page = page_new();
	struct vcpu_register_vcpu_info r = { .mfn = virt_to_mfn(page),
					     .offset = 64 * vcpu };

	CHECK_EQ(HC(vcpu_op, VCPUOP_register_vcpu_info, vcpu, &r, 0), 0);
	return (volatile struct vcpu_info *)(page + 64 * vcpu);
}

static void check(volatile struct vcpu_info *info, u32 vcpu)
{
	u64 seen;

	CHECK(shared_info->evtchn_pending[0] & BIT(port[vcpu]));
	CHECK_EQ(info->evtchn_upcall_pending, 1);
	CHECK(info->evtchn_pending_sel & 1);
	/* taken, it comes again: the sender uses the new place */
	info->evtchn_upcall_pending = 0;
	__atomic_exchange_n(&info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
	__atomic_fetch_and(&shared_info->evtchn_pending[0], ~BIT(port[vcpu]),
			   __ATOMIC_SEQ_CST);
	seen = sent;
	CHECK(wait_for(sent > seen + 1));
	CHECK_EQ(info->evtchn_upcall_pending, 1);
	CHECK(info->evtchn_pending_sel & 1);
}

void story(void)
{
	vcpu_info()->evtchn_upcall_mask = 1;
	for (u32 i = FIRST; i <= LAST; i++) {
		struct evtchn_bind_ipi b = { .vcpu = i };

		CHECK_EQ(HC(event_channel_op, EVTCHNOP_bind_ipi, &b, 0, 0), 0);
		port[i] = b.port;
	}
	start_vcpu(1, sender);
	for (u32 i = FIRST; i <= LAST; i++) {
		u64 seen = sent;

		CHECK(wait_for(sent > seen + 100));
		check(move(i), i);
	}
	stop = 1;
	CHECK(wait_for(stopped));
}
