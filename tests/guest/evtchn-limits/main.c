/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: ports out of range, closed, of other kinds; vcpus and VIRQs
 * that do not exist; all ports taken.
 */
#include "guest.h"

STORY("evtchn-limits");
/* attack: yes */

static long ec(int cmd, void *arg)
{
	return HC(event_channel_op, cmd, arg, 0, 0);
}

static void bad_port(u32 port)
{
	struct evtchn_send send = { .port = port };
	struct evtchn_close close = { .port = port };
	struct evtchn_unmask unmask = { .port = port };
	struct evtchn_bind_vcpu bind = { .port = port };
	struct evtchn_status status = { .dom = DOMID_SELF, .port = port };
	struct evtchn_bind_interdomain inter = { .remote_dom = DOMID_SELF,
						 .remote_port = port };

	CHECK(ec(EVTCHNOP_send, &send) < 0, "port %u", port);
	CHECK(ec(EVTCHNOP_close, &close) < 0, "port %u", port);
	CHECK(ec(EVTCHNOP_unmask, &unmask) < 0 || port < 4096, "port %u", port);
	CHECK(ec(EVTCHNOP_bind_vcpu, &bind) < 0, "port %u", port);
	CHECK(ec(EVTCHNOP_bind_interdomain, &inter) < 0, "port %u", port);
	if (port >= 4096)
		CHECK(ec(EVTCHNOP_status, &status) < 0, "port %u", port);
}

static void bad_sources(void)
{
	struct evtchn_bind_ipi ipi = { .vcpu = 77 };
	struct evtchn_bind_virq virq = { .virq = 77, .vcpu = 0 };
	struct evtchn_alloc_unbound un = { .dom = 1234,
					   .remote_dom = DOMID_SELF };
	struct evtchn_bind_pirq pirq = { .pirq = 100000 };

	CHECK(ec(EVTCHNOP_bind_ipi, &ipi) < 0);
	CHECK(ec(EVTCHNOP_bind_virq, &virq) < 0);
	virq.virq = VIRQ_TIMER;
	virq.vcpu = 77;
	CHECK(ec(EVTCHNOP_bind_virq, &virq) < 0);
	CHECK(ec(EVTCHNOP_alloc_unbound, &un) < 0);
	CHECK(ec(EVTCHNOP_bind_pirq, &pirq) < 0);
	CHECK_EQ(ec(99, &pirq), -ENOSYS);
}

void story(void)
{
	static const u32 ports[] = { 0,	     1000,	 4095,	    4096,
				     131072, 0x7fffffff, 0xffffffff };
	struct evtchn_alloc_unbound un = { .dom = DOMID_SELF,
					   .remote_dom = DOMID_SELF };
	struct evtchn_status status = { .dom = DOMID_SELF };
	u32 n = 0;
	long err;

	for (unsigned int i = 0; i < ARRAY_SIZE(ports); i++)
		bad_port(ports[i]);
	bad_sources();
	/* as many as there are, then no more, then all again */
	while ((err = ec(EVTCHNOP_alloc_unbound, &un)) == 0 && n < 200000)
		n++;
	say("%u ports", n);
	CHECK_EQ(err, -ENOSPC);
	CHECK(n >= 1000 && n <= 131072);
	status.port = un.port;
	CHECK_EQ(ec(EVTCHNOP_status, &status), 0);
	CHECK_EQ(status.status, EVTCHNSTAT_unbound);
	for (u32 p = 1; p <= n; p++) {
		struct evtchn_close close = { .port = p };

		CHECK_EQ(ec(EVTCHNOP_close, &close), 0);
	}
	CHECK_EQ(ec(EVTCHNOP_alloc_unbound, &un), 0);
}
