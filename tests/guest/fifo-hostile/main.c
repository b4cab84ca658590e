/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: event words that the guest owns and the hypervisor links.
 * Heads, links and flags are made to point at themselves, in circles, beyond
 * the array; meanwhile another processor writes to them. Nothing outside of
 * our pages may change, no call may hang.
 */
#include "guest.h"

STORY("fifo-hostile");
/* attack: yes */
/* machine: smp=2 */

#define PORTS  6
#define LINKED (1U << EVTCHN_FIFO_LINKED)

static struct evtchn_fifo_control_block *control;
static volatile u32 *words;
static u32 port[PORTS];
static volatile unsigned int stop, stopped;
static u64 *before, *behind; /* pages around the words */

static long call(unsigned int cmd, void *arg)
{
	return HC(event_channel_op, cmd, arg, 0, 0);
}

static void send_all(void)
{
	for (int i = 0; i < PORTS; i++) {
		struct evtchn_send s = { .port = port[i] };
		struct evtchn_unmask u = { .port = port[i] };

		CHECK_EQ(call(EVTCHNOP_send, &s), 0);
		call(EVTCHNOP_unmask, &u);
	}
}

static void begin(void)
{
	struct evtchn_init_control init = { 0 };
	struct evtchn_expand_array expand = { 0 };

	before = page_new();
	words = page_new();
	behind = page_new();
	control = page_new();
	init.control_gfn = virt_to_mfn(control);
	expand.array_gfn = virt_to_mfn((void *)words);
	CHECK_EQ(call(EVTCHNOP_init_control, &init), 0);
	CHECK_EQ(call(EVTCHNOP_expand_array, &expand), 0);
	for (int i = 0; i < PORTS; i++) {
		struct evtchn_bind_ipi b = { .vcpu = 0 };

		CHECK_EQ(call(EVTCHNOP_bind_ipi, &b), 0);
		port[i] = b.port;
	}
}

/* Every port's link to @link, marked @flags. */
static void all_words(u32 flags, u32 link)
{
	for (int i = 0; i < PORTS; i++)
		words[port[i]] = flags | (link & EVTCHN_FIFO_LINK_MASK);
	for (int i = 0; i < EVTCHN_FIFO_MAX_QUEUES; i++)
		control->head[i] = link;
}

static void circles(void)
{
	static const u32 links[] = { 0, 1, 1023, 1024, 0x1ffff, 0x20000, ~0U };

	for (unsigned int i = 0; i < ARRAY_SIZE(links); i++)
		for (u32 flags = 0; flags < 8; flags++) {
			all_words(flags << 29, links[i]);
			send_all();
			control->ready = ~0U;
			send_all();
		}
	for (int i = 0; i < PORTS; i++) {
		words[port[i]] = LINKED | port[i]; /* itself */
		control->head[7] = port[i];
		send_all();
		words[port[i]] = LINKED | port[(i + 1) % PORTS];
		send_all();
	}
}

static void priorities(void)
{
	for (u32 i = 0; i < 200; i++) {
		struct evtchn_set_priority s = { .port = port[i % PORTS],
						 .priority = i % 16 };

		CHECK_EQ(call(EVTCHNOP_set_priority, &s), 0);
		all_words(LINKED, port[i % 3]);
		send_all();
	}
}

/* As much nonsense as a guest can write, but with pauses between. */
static void scribbler(void)
{
	u32 x = 1;

	while (!stop) {
		x = x * 1664525 + 1013904223;
		words[port[x >> 8 & 3]] = x;
		control->head[x >> 4 & 15] = x >> 7;
		for (int i = 0; i < 200; i++)
			__builtin_ia32_pause();
	}
	stopped = 1;
	for (;;)
		HC(vcpu_op, VCPUOP_down, 1, 0, 0);
}

/* Arrays are not without end, nor anybody's. */
static void expand_all(void)
{
	struct evtchn_expand_array e = { .array_gfn = 0x7ffffff };
	long err = 0;

	CHECK(call(EVTCHNOP_expand_array, &e) < 0);
	e.array_gfn = ~0UL;
	CHECK(call(EVTCHNOP_expand_array, &e) < 0);
	e.array_gfn = virt_to_mfn(page_new());
	for (int i = 0; i < 200 && !err; i++)
		err = call(EVTCHNOP_expand_array, &e);
	CHECK(err < 0, "arrays without end");
}

void story(void)
{
	struct evtchn_reset reset = { .dom = DOMID_SELF };

	vcpu_info()->evtchn_upcall_mask = 1;
	begin();
	circles();
	priorities();
	start_vcpu(1, scribbler);
	for (int i = 0; i < 2000; i++)
		send_all();
	stop = 1;
	CHECK(wait_for(stopped));
	expand_all();
	for (int i = 0; i < 512; i++)
		CHECK(!before[i] && !behind[i], "%d", i);
	CHECK_EQ(call(EVTCHNOP_reset, &reset), 0);
}
