/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: SCHEDOP_poll (a port that is pending already, masked, raised
 * later by another processor; bad lists), watchdog slots, refusals of sched_op,
 * and runstates that do not add up to the time that passed.
 */
#include "guest.h"

STORY("sched-ops");
/* machine: smp=2 */

static u32 port;
static volatile unsigned int go;

static void send(void)
{
	struct evtchn_send s = { .port = port };

	CHECK_EQ(HC(event_channel_op, EVTCHNOP_send, &s, 0, 0), 0);
}

/* The other processor: sends when told. */
static void second(void)
{
	for (unsigned int done = 0;;) {
		if (go != done) {
			u64 end = system_time() + 2000000;

			while (system_time() < end)
				__builtin_ia32_pause();
			done = go;
			send();
		}
		__builtin_ia32_pause();
	}
}

static long poll(u32 *ports, u32 nr, u64 timeout)
{
	struct sched_poll p = { .nr_ports = nr, .timeout = timeout };

	p.ports.p = ports;
	return HC(sched_op, SCHEDOP_poll, &p, 0, 0);
}

static void polls(void)
{
	u32 many[129] = { 0 }, bad = 0x12345;
	u64 start = system_time(), late = start + 20000000000UL;

	/* pending, and masked in every way: does not sleep */
	vcpu_info()->evtchn_upcall_mask = 1;
	shared_info->evtchn_mask[0] = ~0UL;
	send();
	CHECK_EQ(poll(&port, 1, late), 0);
	__atomic_exchange_n(&shared_info->evtchn_pending[0], 0,
			    __ATOMIC_SEQ_CST);

	/* raised while it sleeps, masked: wakes, again and again */
	for (int i = 0; i < 50; i++) {
		go++;
		CHECK_EQ(poll(&port, 1, late), 0);
		CHECK(wait_for(shared_info->evtchn_pending[0] & BIT(port)));
		__atomic_exchange_n(&shared_info->evtchn_pending[0], 0,
				    __ATOMIC_SEQ_CST);
	}
	/* one of several */
	for (u32 i = 0; i < 128; i++)
		many[i] = port;
	go++;
	CHECK_EQ(poll(many, 128, late), 0);
	CHECK(system_time() < late, "slept to the end");

	/* the time */
	__atomic_exchange_n(&shared_info->evtchn_pending[0], 0,
			    __ATOMIC_SEQ_CST);
	start = system_time();
	CHECK_EQ(poll(&port, 1, start + 1000000), 0);
	CHECK(system_time() >= start + 1000000);
	CHECK_EQ(poll(&port, 1, 1), 0);

	CHECK_EQ(poll(many, 129, 0), -EINVAL);
	CHECK_EQ(poll(&bad, 1, 0), -EINVAL);
	bad = 0;
	CHECK_EQ(poll(&bad, 1, 0), -EINVAL);
	bad = ~0U;
	CHECK_EQ(poll(&bad, 1, 0), -EINVAL);
	CHECK_EQ(poll((u32 *)HV_START, 1, 0), -EFAULT);
	/* a failed poll leaves no trace: the next one sleeps as it should */
	start = system_time();
	CHECK_EQ(poll(&port, 1, start + 1000000), 0);
	CHECK(system_time() >= start + 1000000);
}

static long watchdog(u32 id, u32 timeout)
{
	struct sched_watchdog w = { .id = id, .timeout = timeout };

	return HC(sched_op, SCHEDOP_watchdog, &w, 0, 0);
}

static void watchdogs(void)
{
	CHECK_EQ(watchdog(0, 0), -EINVAL);
	CHECK_EQ(watchdog(1, 1000), -EINVAL);
	CHECK_EQ(watchdog(3, 1000), -EINVAL);
	CHECK_EQ(watchdog(0, 1000), 1);
	CHECK_EQ(watchdog(0, 1000), 2);
	CHECK_EQ(watchdog(0, 1000), -ENOSPC);
	CHECK_EQ(watchdog(1, 2000), 0);
	CHECK_EQ(watchdog(1, 0), 0);
	CHECK_EQ(watchdog(1, 0), -EINVAL);
	CHECK_EQ(watchdog(2, 0), 0);
	CHECK_EQ(watchdog(0, 100000), 1);
	CHECK_EQ(watchdog(1, 0), 0);
}

static void refusals(void)
{
	struct sched_shutdown s = { .reason = SHUTDOWN_MAX + 1 };
	struct sched_remote_shutdown r = { .domain_id = 0 };

	CHECK_EQ(HC(sched_op, SCHEDOP_shutdown, &s, 0, 0), -EINVAL);
	CHECK_EQ(HC(sched_op, SCHEDOP_shutdown_code, &s, 0, 0), -EINVAL);
	CHECK_EQ(HC(sched_op, SCHEDOP_shutdown, HV_START, 0, 0), -EFAULT);
	CHECK_EQ(HC(sched_op, SCHEDOP_remote_shutdown, &r, 0, 0), -EPERM);
	r.domain_id = 77;
	CHECK_EQ(HC(sched_op, SCHEDOP_remote_shutdown, &r, 0, 0), -ESRCH);
	CHECK_EQ(HC(sched_op, 99, 0, 0, 0), -ENOSYS);
	CHECK_EQ(HC(sched_op, SCHEDOP_yield, 0, 0, 0), 0);
}

/* For how long a poll of 5 ms slept. */
static u64 runstates(void)
{
	struct vcpu_runstate_info a, b;
	u64 start, took, sum = 0;

	CHECK_EQ(HC(vcpu_op, VCPUOP_get_runstate_info, 0, &a, 0), 0);
	start = system_time();
	poll(NULL, 0, start + 5000000);
	CHECK_EQ(HC(vcpu_op, VCPUOP_get_runstate_info, 0, &b, 0), 0);
	took = system_time() - start;
	CHECK_EQ(b.state, RUNSTATE_running);
	for (int i = 0; i < 4; i++)
		sum += b.time[i] - a.time[i];
	CHECK(sum >= 5000000 && sum <= took + 5000000, "%lu of %lu", sum, took);
	return b.time[RUNSTATE_blocked] - a.time[RUNSTATE_blocked];
}

/* A machine that stands still now and then may begin a poll too late. */
static void sleeps_when_it_polls(void)
{
	unsigned int tries = 20;

	while (runstates() < 3000000)
		CHECK(--tries, "it never slept");
}

void story(void)
{
	struct evtchn_bind_ipi b = { .vcpu = 0 };

	CHECK_EQ(HC(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0, 0), 0);
	CHECK_EQ(HC(event_channel_op, EVTCHNOP_bind_ipi, &b, 0, 0), 0);
	port = b.port;
	start_vcpu(1, second);
	polls();
	watchdogs();
	refusals();
	sleeps_when_it_polls();
}
