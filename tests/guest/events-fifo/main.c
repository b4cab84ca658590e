/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: the FIFO event ABI. Order by priority and within a queue,
 * masked and re-raised events, ports that move between queues, what is refused,
 * words and links full of nonsense, and the way back to two levels.
 */
#include "guest.h"

STORY("events-fifo");

#define PORTS	8
#define PENDING (1U << EVTCHN_FIFO_PENDING)
#define MASKED	(1U << EVTCHN_FIFO_MASKED)
#define LINKED	(1U << EVTCHN_FIFO_LINKED)

static struct evtchn_fifo_control_block *control;
static volatile u32 *words;
static u32 heads[EVTCHN_FIFO_MAX_QUEUES];
static u32 port[PORTS];
static u32 seen[64], nr_seen;

static long call(unsigned int cmd, void *arg)
{
	return HC(event_channel_op, cmd, arg, 0, 0);
}

static void send(u32 p)
{
	struct evtchn_send s = { .port = p };

	CHECK_EQ(call(EVTCHNOP_send, &s), 0);
}

static void set_priority(u32 p, u32 priority, long want)
{
	struct evtchn_set_priority s = { .port = p, .priority = priority };

	CHECK_EQ(call(EVTCHNOP_set_priority, &s), want);
}

static void unmask(u32 p)
{
	struct evtchn_unmask u = { .port = p };

	CHECK_EQ(call(EVTCHNOP_unmask, &u), 0);
}

/* Takes one event off a queue; true: there are more. */
static bool take(u32 queue)
{
	u32 p = heads[queue] ? heads[queue] : control->head[queue];
	u32 old = __atomic_fetch_and(
		&words[p], ~(LINKED | EVTCHN_FIFO_LINK_MASK), __ATOMIC_SEQ_CST);

	heads[queue] = old & EVTCHN_FIFO_LINK_MASK;
	if ((old & PENDING) && !(old & MASKED)) {
		__atomic_fetch_and(&words[p], ~PENDING, __ATOMIC_SEQ_CST);
		if (nr_seen < 64)
			seen[nr_seen++] = p;
	}
	return heads[queue] != 0;
}

/* All that is there, the most urgent first. */
static void consume(void)
{
	u32 ready = __atomic_exchange_n(&control->ready, 0, __ATOMIC_SEQ_CST);

	vcpu_info()->evtchn_upcall_pending = 0;
	nr_seen = 0;
	while (ready) {
		u32 queue = __builtin_ctz(ready);

		if (!take(queue))
			ready &= ~(1U << queue);
	}
}

static void begin(void)
{
	struct evtchn_init_control init = { 0 };
	struct evtchn_expand_array expand = { 0 };
	void *page = page_new();

	control = page_new();
	words = page;
	expand.array_gfn = virt_to_mfn(page);
	CHECK(call(EVTCHNOP_expand_array, &expand) < 0, "before init");
	init.control_gfn = virt_to_mfn(control);
	init.offset = 4;
	CHECK_EQ(call(EVTCHNOP_init_control, &init), -EINVAL);
	init.offset = 4096 - sizeof(*control) + 8;
	CHECK_EQ(call(EVTCHNOP_init_control, &init), -EINVAL);
	init.offset = 0;
	init.vcpu = 4711;
	CHECK_EQ(call(EVTCHNOP_init_control, &init), -ENOENT);
	init.vcpu = 0;
	init.control_gfn = 0x7ffffff;
	CHECK_EQ(call(EVTCHNOP_init_control, &init), -EINVAL);
	/* a table of ours must not get a writable reference */
	init.control_gfn = current_l4_mfn();
	CHECK_EQ(call(EVTCHNOP_init_control, &init), -EINVAL);
	init.control_gfn = virt_to_mfn(control);
	CHECK_EQ(call(EVTCHNOP_init_control, &init), 0);
	CHECK_EQ(init.link_bits, EVTCHN_FIFO_LINK_BITS);
	CHECK(call(EVTCHNOP_init_control, &init) < 0, "twice");
	expand.array_gfn = current_l4_mfn();
	CHECK_EQ(call(EVTCHNOP_expand_array, &expand), -EINVAL);
}

/* An event from before there are words is there when they are. */
static void early(void)
{
	struct evtchn_expand_array expand = { .array_gfn = virt_to_mfn(
						      (void *)words) };

	for (int i = 0; i < PORTS; i++) {
		struct evtchn_bind_ipi b = { .vcpu = 0 };

		CHECK_EQ(call(EVTCHNOP_bind_ipi, &b), 0);
		port[i] = b.port;
	}
	send(port[0]);
	CHECK_EQ(control->ready, 0);
	CHECK_EQ(call(EVTCHNOP_expand_array, &expand), 0);
	consume();
	CHECK_EQ(nr_seen, 1);
	CHECK_EQ(seen[0], port[0]);
}

static void order(void)
{
	/* one queue: as sent, each once */
	for (int i = PORTS - 1; i >= 0; i--) {
		send(port[i]);
		send(port[i]);
	}
	CHECK_EQ(vcpu_info()->evtchn_upcall_pending, 1);
	consume();
	CHECK_EQ(nr_seen, PORTS);
	for (int i = 0; i < PORTS; i++)
		CHECK_EQ(seen[i], port[PORTS - 1 - i]);

	/* the urgent first */
	set_priority(port[3], EVTCHN_FIFO_PRIORITY_MAX, 0);
	set_priority(port[1], EVTCHN_FIFO_PRIORITY_MIN, 0);
	set_priority(port[1], EVTCHN_FIFO_PRIORITY_MIN + 1, -EINVAL);
	set_priority(0x20000, 3, -EINVAL);
	for (int i = 0; i < 4; i++)
		send(port[i]);
	consume();
	CHECK_EQ(nr_seen, 4);
	CHECK_EQ(seen[0], port[3]);
	CHECK_EQ(seen[1], port[0]);
	CHECK_EQ(seen[2], port[2]);
	CHECK_EQ(seen[3], port[1]);
}

static void masks(void)
{
	words[port[4]] |= MASKED;
	send(port[4]);
	CHECK_EQ(control->ready, 0);
	CHECK_EQ(words[port[4]], PENDING | MASKED);
	unmask(port[4]);
	consume();
	CHECK_EQ(nr_seen, 1);
	CHECK_EQ(seen[0], port[4]);

	/* A tail that was taken off and is queued elsewhere. */
	send(port[5]);
	consume();
	set_priority(port[5], 2, 0);
	send(port[5]);
	send(port[6]);
	consume();
	CHECK_EQ(nr_seen, 2);
	CHECK_EQ(seen[0], port[5]);
	CHECK_EQ(seen[1], port[6]);
}

static void nonsense(void)
{
	u32 x = 12345;

	for (int round = 0; round < 2000; round++) {
		for (int i = 0; i < 16; i++) {
			x = x * 1664525 + 1013904223;
			words[x >> 8 & 1023] = x * 2654435761U;
		}
		control->head[x & 15] = x;
		control->ready = x >> 3;
		send(port[x >> 5 & (PORTS - 1)]);
		if (round % 16 == 0)
			unmask(port[x >> 9 & (PORTS - 1)]);
	}
}

static void back_to_two_levels(void)
{
	struct evtchn_reset reset = { .dom = DOMID_SELF };
	struct evtchn_bind_ipi b = { .vcpu = 0 };

	CHECK_EQ(call(EVTCHNOP_reset, &reset), 0);
	/* the pages are ours again: they can be a table */
	make_readonly(control);
	memset((void *)words, 0, 4096);
	CHECK_EQ(call(EVTCHNOP_bind_ipi, &b), 0);
	set_priority(b.port, 1, -ENOSYS);
	shared_info->evtchn_mask[0] = 0;
	vcpu_info()->evtchn_upcall_pending = 0;
	send(b.port);
	CHECK_EQ(vcpu_info()->evtchn_upcall_pending, 1);
	CHECK_EQ(shared_info->evtchn_pending[0], BIT(b.port));
}

void story(void)
{
	vcpu_info()->evtchn_upcall_mask = 1;
	begin();
	early();
	order();
	masks();
	nonsense();
	back_to_two_levels();
}
