/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a domain is destroyed on one CPU while its peer, on another,
 * is in the middle of using it: mapping and unmapping its grants, copying,
 * sending it events, binding its ports.
 */
#include "domu.h"

STORY("domu-races");
/* attack: yes */
/* machine: domu smp=2 */

#define REF    20
#define ROUNDS 6
#define HOST   GNTMAP_host_map

static struct domu a, b;
static char *page, *window;

static u64 give(u64 to, u64 unused, u64 unused2)
{
	gnt_setup(1);
	if (!page)
		page = page_new();
	gnt_give(REF, (domid_t)to, virt_to_mfn(page), 0);
	return virt_to_mfn(page);
}

static void prepare(void)
{
	if (!page)
		page = page_new();
	if (!window)
		window = page_new();
}

/* These go on until they are stopped; what fails once a is dead is right. */
static u64 map_and_unmap(u64 from, u64 unused, u64 unused2)
{
	u32 handle;
	u64 n = 0;

	prepare();
	while (!READ_ONCE(domu_box()->stop)) {
		if (gnt_map((domid_t)from, REF, window, HOST, &handle))
			continue;
		CHECK_EQ(gnt_unmap(window, handle), GNTST_okay);
		n++;
	}
	page_restore(window);
	return n;
}

static u64 copy(u64 from, u64 unused, u64 unused2)
{
	u64 n = 0;

	prepare();
	while (!READ_ONCE(domu_box()->stop))
		n += !gnt_copy_from((domid_t)from, REF, 0, virt_to_mfn(page),
				    4096);
	return n;
}

static u64 copy_in(u64 to, u64 unused, u64 unused2)
{
	u64 n = 0;

	prepare();
	while (!READ_ONCE(domu_box()->stop))
		n += !gnt_copy_to((domid_t)to, REF, 0, virt_to_mfn(page), 4096);
	return n;
}

/* Ports of a are bound to, sent to and closed. */
static u64 bind_and_send(u64 to, u64 port, u64 unused)
{
	struct evtchn_bind_interdomain i = { .remote_dom = (domid_t)to,
					     .remote_port = (u32)port };
	u64 n = 0;

	while (!READ_ONCE(domu_box()->stop)) {
		struct evtchn_send s;
		struct evtchn_close c;

		if (HC(event_channel_op, EVTCHNOP_bind_interdomain, &i, 0, 0))
			continue;
		s.port = c.port = i.local_port;
		for (int j = 0; j < 5; j++)
			CHECK_EQ(HC(event_channel_op, EVTCHNOP_send, &s, 0, 0),
				 0);
		CHECK_EQ(HC(event_channel_op, EVTCHNOP_close, &c, 0, 0), 0);
		n++;
	}
	return n;
}

static u64 offer(u64 to, u64 unused, u64 unused2)
{
	struct evtchn_alloc_unbound u = { .dom = DOMID_SELF,
					  .remote_dom = (domid_t)to };

	CHECK_EQ(HC(event_channel_op, EVTCHNOP_alloc_unbound, &u, 0, 0), 0);
	return u.port;
}

/* Memory comes and goes in a itself while it is destroyed. */
static u64 churn(u64 unused, u64 unused2, u64 unused3)
{
	struct xen_memory_reservation r = { .nr_extents = 1,
					    .domid = DOMID_SELF };
	u64 frame, pfn = 0x1180;
	char *table = page_new();

	r.extent_start.p = &frame;
	while (!READ_ONCE(domu_box()->stop)) {
		frame = pfn;
		HC(memory_op, XENMEM_populate_physmap, &r, 0, 0);
		HC(memory_op, XENMEM_decrease_reservation, &r, 0, 0);
		make_readonly(table);
		mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(table), 0);
		mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(table), 0);
		make_writable(table);
	}
	return 0;
}

/* b does fn() to a, which is destroyed meanwhile. */
static void peer_at_work(domu_fn fn)
{
	domu_start(&b, 1);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		u64 port, n;

		domu_start(&a, 1);
		domu_call(&a, give, b.id, 0, 0);
		port = domu_call(&a, offer, b.id, 0, 0);
		b.box->stop = 0;
		domu_begin(&b, fn, a.id, port, 0);
		for (unsigned int j = 0; j <= i; j++)
			rest();
		domu_destroy(&a);
		b.box->stop = 1;
		n = domu_result(&b);
		CHECK(wait_for(!domain_listed(a.id, NULL)), "%lu done", n);
	}
	domu_end(&b);
}

static void mapping(void)
{
	peer_at_work(map_and_unmap);
}

static void copying(void)
{
	peer_at_work(copy);
}

static void copying_in(void)
{
	peer_at_work(copy_in);
}

static void sending(void)
{
	peer_at_work(bind_and_send);
}

static void by_itself(void)
{
	for (unsigned int i = 0; i < ROUNDS; i++) {
		domu_start(&a, 1);
		domu_begin(&a, churn, 0, 0, 0);
		for (unsigned int j = 0; j <= i; j++)
			rest();
		domu_destroy(&a);
		CHECK(wait_for(!domain_listed(a.id, NULL)));
	}
}

static const struct domu_case cases[] = {
	{ "dies-while-peer-maps", mapping },
	{ "dies-while-peer-copies", copying },
	{ "dies-while-peer-writes", copying_in },
	{ "dies-while-peer-sends", sending },
	{ "dies-while-it-works", by_itself },
};

void story(void)
{
	domu_run_cases(cases, ARRAY_SIZE(cases));
}
