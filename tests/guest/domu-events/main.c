/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: event channels between unprivileged guests: taking another's
 * port, sending to who did not ask, using up all there are, wrong words in
 * the queues, and what closing leaves at the other end.
 */
#include "domu.h"

STORY("domu-events");
/* attack: yes */
/* machine: domu */

static struct domu a, b;

static long ec(int cmd, void *arg)
{
	return HC(event_channel_op, cmd, arg, 0, 0);
}

static u32 status_of(domid_t id, u32 port)
{
	struct evtchn_status s = { .dom = id, .port = port };

	return ec(EVTCHNOP_status, &s) ? ~0U : s.status;
}

static void two(void)
{
	domu_start(&a, 2);
	domu_start(&b, 2);
}

static void end_two(void)
{
	domu_end(&a);
	domu_end(&b);
}

/* ---- what the guests do ---- */

static u64 offer(u64 to, u64 unused, u64 unused2)
{
	struct evtchn_alloc_unbound u = { .dom = DOMID_SELF,
					  .remote_dom = (domid_t)to };

	return ec(EVTCHNOP_alloc_unbound, &u) ? 0 : u.port;
}

/* The local port, or an error. */
static u64 bind(u64 to, u64 port, u64 unused)
{
	struct evtchn_bind_interdomain i = { .remote_dom = (domid_t)to,
					     .remote_port = (u32)port };
	long err = ec(EVTCHNOP_bind_interdomain, &i);

	return err ? (u64)err : i.local_port;
}

static u64 send(u64 port, u64 unused, u64 unused2)
{
	struct evtchn_send s = { .port = (u32)port };

	return (u64)ec(EVTCHNOP_send, &s);
}

static u64 close(u64 port, u64 unused, u64 unused2)
{
	struct evtchn_close c = { .port = (u32)port };

	return (u64)ec(EVTCHNOP_close, &c);
}

static u64 pending(u64 port, u64 unused, u64 unused2)
{
	return shared_info->evtchn_pending[port / 64] >> port % 64 & 1;
}

static u64 clear(u64 port, u64 unused, u64 unused2)
{
	__atomic_fetch_and(&shared_info->evtchn_pending[port / 64],
			   ~(1UL << port % 64), __ATOMIC_SEQ_CST);
	return 0;
}

/* ---- cases ---- */

static void bind_and_send(void)
{
	u64 at_a, at_b;

	two();
	at_a = domu_call(&a, offer, b.id, 0, 0);
	CHECK(at_a);
	at_b = domu_call(&b, bind, a.id, at_a, 0);
	CHECK((s64)at_b > 0);
	CHECK_EQ(status_of(a.id, (u32)at_a), EVTCHNSTAT_interdomain);
	domu_call(&a, clear, at_a, 0, 0);
	CHECK_EQ(domu_call(&b, send, at_b, 0, 0), 0);
	CHECK_EQ(domu_call(&a, pending, at_a, 0, 0), 1);
	CHECK_EQ(domu_call(&b, close, at_b, 0, 0), 0);
	CHECK_EQ(status_of(a.id, (u32)at_a), EVTCHNSTAT_unbound);
	CHECK_EQ(domu_call(&a, send, at_a, 0, 0), 0);
	end_two();
}

/* b tries all of a's ports, then all of dom0's: none waits for it. */
static u64 bind_all(u64 other, u64 unused, u64 unused2)
{
	for (u64 port = 0; port < 200; port++)
		CHECK((s64)bind(other, port, 0) < 0, "port %lu of d%lu", port,
		      other);
	CHECK((s64)bind(other, ~0U, 0) < 0);
	CHECK((s64)bind(other, 1U << 31, 0) < 0);
	return 0;
}

static void bind_others_ports(void)
{
	u64 for_dom0;

	two();
	for_dom0 = domu_call(&a, offer, 0, 0, 0);
	domu_call(&b, bind_all, a.id, 0, 0);
	domu_call(&b, bind_all, 0, 0, 0);
	domu_call(&b, bind_all, DOMID_XEN, 0, 0);
	domu_call(&b, bind_all, DOMID_IO, 0, 0);
	domu_call(&b, bind_all, 0x7000, 0, 0);
	CHECK_EQ(status_of(a.id, (u32)for_dom0), EVTCHNSTAT_unbound);
	/* one that is bound has no place for another */
	CHECK((s64)bind(a.id, for_dom0, 0) > 0);
	CHECK((s64)bind(a.id, for_dom0, 0) < 0);
	end_two();
}

/* What acts on another domain is refused, and says nothing of it. */
static u64 act_on(u64 other, u64 unused, u64 unused2)
{
	struct evtchn_alloc_unbound u = { .dom = (domid_t)other };
	struct evtchn_status s = { .dom = (domid_t)other, .port = 1 };
	struct evtchn_reset r = { .dom = (domid_t)other };

	CHECK(ec(EVTCHNOP_alloc_unbound, &u) < 0);
	CHECK(ec(EVTCHNOP_status, &s) < 0);
	CHECK(ec(EVTCHNOP_reset, &r) < 0);
	return 0;
}

static void act_on_others(void)
{
	u64 port;

	two();
	port = domu_call(&a, offer, b.id, 0, 0);
	domu_call(&b, act_on, a.id, 0, 0);
	domu_call(&b, act_on, 0, 0, 0);
	domu_call(&b, act_on, DOMID_XEN, 0, 0);
	domu_call(&b, act_on, 0x7000, 0, 0);
	CHECK_EQ(status_of(a.id, (u32)port), EVTCHNSTAT_unbound);
	end_two();
}

/* Ports until there are no more; then all of them back, and again. */
static u64 exhaust(u64 unused, u64 unused2, u64 unused3)
{
	u64 nr = 0, port, last = 0;

	while ((port = offer(0, 0, 0))) {
		nr++;
		last = port;
	}
	CHECK(last <= DOMU_PORTS);
	for (port = 1; port <= DOMU_PORTS; port++)
		if (port != domu_port)
			CHECK_EQ(close(port, 0, 0), 0);
	CHECK(close(DOMU_PORTS + 1, 0, 0) != 0);
	CHECK(close(0, 0, 0) != 0);
	return nr;
}

static void exhaust_ports(void)
{
	u64 nr;

	two();
	nr = domu_call(&a, exhaust, 0, 0, 0);
	say("%lu ports", nr);
	CHECK_EQ(nr, DOMU_PORTS - 1);
	CHECK_EQ(domu_call(&a, exhaust, 0, 0, 0), nr);
	end_two();
}

/* All of its ports bound to ours; then it dies with them. */
static u64 offer_many(u64 nr, u64 unused, u64 unused2)
{
	u64 first = offer(0, 0, 0);

	while (--nr)
		offer(0, 0, 0);
	return first;
}

static void die_with_many_ports(void)
{
	static u64 ours[300];
	u64 first;

	two();
	first = domu_call(&a, offer_many, ARRAY_SIZE(ours), 0, 0);
	for (u64 i = 0; i < ARRAY_SIZE(ours); i++) {
		ours[i] = bind(a.id, first + i, 0);
		CHECK((s64)ours[i] > 0);
	}
	domu_end(&a);
	for (u64 i = 0; i < ARRAY_SIZE(ours); i++) {
		CHECK_EQ(status_of(DOMID_SELF, (u32)ours[i]),
			 EVTCHNSTAT_unbound);
		CHECK_EQ(send(ours[i], 0, 0), 0);
		CHECK_EQ(close(ours[i], 0, 0), 0);
	}
	domu_end(&b);
}

/* VIRQs and interrupts that are not a guest's. */
static u64 take_virqs(u64 unused, u64 unused2, u64 unused3)
{
	struct evtchn_bind_virq v = {};
	struct evtchn_bind_pirq p = {};
	u32 got = 0;

	for (v.virq = 0; v.virq < 64; v.virq++)
		for (v.vcpu = 0; v.vcpu < 4; v.vcpu++)
			if (ec(EVTCHNOP_bind_virq, &v) == 0) {
				got++;
				CHECK(v.virq < NR_VIRQS);
				CHECK(v.vcpu < 2);
				CHECK_EQ(close(v.port, 0, 0), 0);
			}
	for (p.pirq = 0; p.pirq < 300; p.pirq++)
		CHECK(ec(EVTCHNOP_bind_pirq, &p) < 0, "pirq %u", p.pirq);
	return got;
}

static void others_interrupts(void)
{
	two();
	CHECK(domu_call(&a, take_virqs, 0, 0, 0) >= 2);
	end_two();
}

/* VIRQ_DOM_EXC and the like are dom0's, though a guest may bind its own. */
static u64 bind_virq(u64 virq, u64 unused, u64 unused2)
{
	struct evtchn_bind_virq v = { .virq = (u32)virq };

	return ec(EVTCHNOP_bind_virq, &v) ? 0 : v.port;
}

static void no_news_of_others(void)
{
	u64 at_a, ours = bind_virq(VIRQ_DOM_EXC, 0, 0);

	CHECK(ours);
	two();
	at_a = domu_call(&a, bind_virq, VIRQ_DOM_EXC, 0, 0);
	clear(ours, 0, 0);
	domu_end(&b);
	CHECK(wait_for(pending(ours, 0, 0)));
	if (at_a)
		CHECK_EQ(domu_call(&a, pending, at_a, 0, 0), 0);
	domu_end(&a);
	CHECK_EQ(close(ours, 0, 0), 0);
	clear(ours, 0, 0);
}

/* dom0 hears when the hypervisor has said something. */
static void news_of_the_log(void)
{
	static struct xen_sysctl op;
	static char key[] = "m";
	u64 port = bind_virq(VIRQ_CON_RING, 0, 0);

	CHECK(port);
	rest();
	clear(port, 0, 0);
	op.cmd = XEN_SYSCTL_debug_keys;
	op.interface_version = XEN_SYSCTL_INTERFACE_VERSION;
	op.u.debug_keys.keys.p = key;
	op.u.debug_keys.nr_keys = 1;
	CHECK_EQ(HC(sysctl, &op, 0, 0, 0), 0);
	CHECK(wait_for(pending(port, 0, 0)));
	CHECK_EQ(close(port, 0, 0), 0);
	clear(port, 0, 0);
}

static u64 poll_hostile(u64 unused, u64 unused2, u64 unused3)
{
	static u32 ports[200];
	struct sched_poll p = { .nr_ports = 1, .timeout = 1 };

	p.ports.p = ports;
	ports[0] = DOMU_PORTS + 5;
	CHECK(HC(sched_op, SCHEDOP_poll, &p, 0, 0) < 0, "no such port");
	ports[0] = ~0U;
	CHECK(HC(sched_op, SCHEDOP_poll, &p, 0, 0) < 0);
	p.nr_ports = 129;
	CHECK(HC(sched_op, SCHEDOP_poll, &p, 0, 0) < 0, "too many");
	p.nr_ports = ~0U;
	CHECK(HC(sched_op, SCHEDOP_poll, &p, 0, 0) < 0);
	p.nr_ports = 2;
	p.ports.p = (void *)HV_START;
	CHECK(HC(sched_op, SCHEDOP_poll, &p, 0, 0) < 0);
	CHECK(HC(sched_op, SCHEDOP_poll, HV_START, 0, 0) < 0);
	return 0;
}

static void polls(void)
{
	two();
	domu_call(&a, poll_hostile, 0, 0, 0);
	end_two();
}

/* Calls with bad pointers, numbers and vcpus. */
static u64 arguments(u64 unused, u64 unused2, u64 unused3)
{
	struct evtchn_bind_vcpu v = { .port = (u32)domu_port, .vcpu = 2 };
	struct evtchn_bind_ipi ipi = { .vcpu = 2 };
	struct evtchn_set_priority pr = { .port = (u32)domu_port,
					  .priority = 77 };
	struct evtchn_unmask u = { .port = DOMU_PORTS + 1 };

	for (int cmd = 0; cmd < 20; cmd++) {
		CHECK(ec(cmd, (void *)HV_START) < 0, "%d", cmd);
		CHECK(ec(cmd, (void *)0x1000) < 0, "%d", cmd);
		CHECK(ec(cmd, (void *)0x0000800000000000) < 0, "%d", cmd);
	}
	CHECK(ec(0x7fffffff, &v) < 0);
	CHECK(ec(EVTCHNOP_bind_vcpu, &v) < 0);
	v.vcpu = ~0U;
	CHECK(ec(EVTCHNOP_bind_vcpu, &v) < 0);
	CHECK(ec(EVTCHNOP_bind_ipi, &ipi) < 0);
	CHECK(ec(EVTCHNOP_set_priority, &pr) < 0);
	CHECK(ec(EVTCHNOP_unmask, &u) < 0);
	return 0;
}

static void bad_arguments(void)
{
	two();
	domu_call(&a, arguments, 0, 0, 0);
	end_two();
}

/* FIFO: frames that are not one's own, and links that lead anywhere. */
static char control[PAGE_SIZE] __aligned(4096);
static u32 words[1024] __aligned(4096);

static u64 fifo(u64 others_mfn, u64 unused, u64 unused2)
{
	struct evtchn_init_control i = { .control_gfn = others_mfn };
	struct evtchn_expand_array e = { .array_gfn = others_mfn };

	CHECK(ec(EVTCHNOP_expand_array, &e) < 0, "without a control block");
	CHECK(ec(EVTCHNOP_init_control, &i) < 0, "in another's frame");
	i.control_gfn = current_l4_mfn();
	CHECK(ec(EVTCHNOP_init_control, &i) < 0, "in a page table");
	i.control_gfn = ~0UL;
	CHECK(ec(EVTCHNOP_init_control, &i) < 0);
	i.control_gfn = virt_to_mfn(control);
	i.offset = PAGE_SIZE - 8;
	CHECK(ec(EVTCHNOP_init_control, &i) < 0, "over the page's end");
	i.offset = 4;
	CHECK(ec(EVTCHNOP_init_control, &i) < 0, "between places");
	i.offset = 0;
	CHECK_EQ(ec(EVTCHNOP_init_control, &i), 0);
	CHECK(ec(EVTCHNOP_expand_array, &e) < 0, "another's frame");
	e.array_gfn = virt_to_mfn(words);
	CHECK_EQ(ec(EVTCHNOP_expand_array, &e), 0);
	return 0;
}

/* Links of our own making while events come in. */
static u64 fifo_lies(u64 unused, u64 unused2, u64 unused3)
{
	struct evtchn_fifo_control_block *cb = (void *)control;
	u64 port = offer(0, 0, 0);

	while (!READ_ONCE(domu_box()->stop)) {
		for (u32 i = 0; i < 1024; i++)
			words[i] = (u32)(__builtin_ia32_rdtsc() * 2654435761U);
		for (u32 i = 0; i < 16; i++)
			cb->head[i] = words[i];
		send(port, 0, 0);
		send(domu_port, 0, 0);
	}
	memset(words, 0, sizeof(words));
	return 0;
}

static void fifo_hostile(void)
{
	two();
	domu_call(&a, fifo, b.mfn[5], 0, 0);
	domu_begin(&a, fifo_lies, 0, 0, 0);
	for (unsigned int i = 0; i < 2000; i++) {
		send(a.port, 0, 0);
		if (i % 100 == 0)
			rest();
	}
	a.box->stop = 1;
	rest();
	/* it may have brought itself down; nobody else */
	domu_destroy(&a);
	CHECK(wait_for(!domain_listed(a.id, NULL)));
	domu_end(&b);
}

static u64 reset(u64 unused, u64 unused2, u64 unused3)
{
	struct evtchn_reset r = { .dom = DOMID_SELF };

	return (u64)ec(EVTCHNOP_reset, &r);
}

static void reset_by_itself(void)
{
	u64 at_a, ours;

	two();
	at_a = domu_call(&a, offer, 0, 0, 0);
	ours = bind(a.id, at_a, 0);
	CHECK((s64)ours > 0);
	CHECK_EQ(domu_call(&a, reset, 0, 0, 0), 0);
	CHECK_EQ(status_of(DOMID_SELF, (u32)ours), EVTCHNSTAT_unbound);
	CHECK_EQ(status_of(DOMID_SELF, a.port), EVTCHNSTAT_unbound);
	CHECK_EQ(status_of(a.id, (u32)at_a), EVTCHNSTAT_closed);
	CHECK_EQ(close(ours, 0, 0), 0);
	/* and works again */
	CHECK(domu_call(&a, offer, 0, 0, 0));
	end_two();
}

static const struct domu_case cases[] = {
	{ "bind-and-send", bind_and_send },
	{ "bind-others-ports", bind_others_ports },
	{ "act-on-others-ports", act_on_others },
	{ "exhaust-ports", exhaust_ports },
	{ "die-with-many-ports", die_with_many_ports },
	{ "others-interrupts", others_interrupts },
	{ "no-news-of-others", no_news_of_others },
	{ "news-of-the-log", news_of_the_log },
	{ "polls-of-wrong-ports", polls },
	{ "event-arguments", bad_arguments },
	{ "fifo-lies", fifo_hostile },
	{ "reset-by-itself", reset_by_itself },
};

void story(void)
{
	domu_run_cases(cases, ARRAY_SIZE(cases));
}
