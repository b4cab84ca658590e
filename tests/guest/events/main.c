/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: event delivery by port, mask and upcall mask. Sends to itself
 * with each combination and counts the upcalls.
 */
#include "guest.h"

STORY("events");

static unsigned int upcalls;
static u64 seen_pending;

static bool upcall(struct trap_frame *f)
{
	if (f->vector != TRAP_EVENT)
		return false;
	upcalls++;
	vcpu_info()->evtchn_upcall_pending = 0;
	__atomic_exchange_n(&vcpu_info()->evtchn_pending_sel, 0,
			    __ATOMIC_SEQ_CST);
	seen_pending = __atomic_exchange_n(&shared_info->evtchn_pending[0], 0,
					   __ATOMIC_SEQ_CST);
	return true;
}

static void unmask_upcalls(void)
{
	vcpu_info()->evtchn_upcall_mask = 0;
	barrier();
	if (vcpu_info()->evtchn_upcall_pending)
		HC(xen_version, 0, 0, 0, 0);
}

static u32 ipi_port(void)
{
	struct evtchn_bind_ipi b = { .vcpu = 0 };

	CHECK_EQ(HC(event_channel_op, EVTCHNOP_bind_ipi, &b, 0, 0), 0);
	CHECK(b.port > 0 && b.port < 64);
	return b.port;
}

static void send(u32 port)
{
	struct evtchn_send s = { .port = port };

	CHECK_EQ(HC(event_channel_op, EVTCHNOP_send, &s, 0, 0), 0);
}

void story(void)
{
	u32 port = ipi_port();
	struct evtchn_unmask unmask = { .port = port };
	struct evtchn_close close = { .port = port };

	trap_hook = upcall;
	shared_info->evtchn_mask[0] = 0;

	/* upcalls masked: pending is noted, nothing is delivered */
	vcpu_info()->evtchn_upcall_mask = 1;
	send(port);
	CHECK_EQ(upcalls, 0);
	CHECK_EQ(vcpu_info()->evtchn_upcall_pending, 1);
	CHECK_EQ(shared_info->evtchn_pending[0], BIT(port));
	unmask_upcalls();
	CHECK_EQ(upcalls, 1);
	CHECK_EQ(seen_pending, BIT(port));
	/* the handler ran masked, iret opened it again */
	CHECK_EQ(vcpu_info()->evtchn_upcall_mask, 0);

	send(port);
	CHECK_EQ(upcalls, 2);

	/* port masked: pending without an upcall; unmask delivers */
	shared_info->evtchn_mask[0] = BIT(port);
	send(port);
	CHECK_EQ(upcalls, 2);
	CHECK_EQ(shared_info->evtchn_pending[0], BIT(port));
	CHECK_EQ(HC(event_channel_op, EVTCHNOP_unmask, &unmask, 0, 0), 0);
	CHECK_EQ(upcalls, 3);
	CHECK_EQ(shared_info->evtchn_mask[0], 0);

	CHECK_EQ(HC(event_channel_op, EVTCHNOP_close, &close, 0, 0), 0);
	CHECK_EQ(HC(event_channel_op, EVTCHNOP_close, &close, 0, 0), -EINVAL);
}
