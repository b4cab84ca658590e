// SPDX-License-Identifier: GPL-2.0-only
/*
 * A block frontend that behaves, then misbehaves. Load it in dom0, where no
 * real frontend serves "vbd", and attach a disk of at least 1 MiB to domain 0:
 *
 *	insmod hospes_test_blkfront.ko rounds=2000 seed=1
 *	xm block-attach 0 file:/image xvdh w
 *
 * When the backend has connected it writes and reads back data in all ways of
 * the protocol, sends requests of all kinds of nonsense, changes slots that
 * were sent already, and in the end writes an impossible ring index. Each
 * request before that must get one response, and what is impossible must not be
 * answered with success. The verdict is one line in the log,
 * "hospes_test_blkfront: passed" or "failed".
 *
 * With load=1 it only behaves, one request after the other, with load=2 it
 * only misbehaves, and with load=3 it sends as many requests of the same kinds
 * as with load=2, each as it should be, and pauses for pause=N ms after each
 * lot; all until the disk is taken away, to measure what others beside it get.
 * order=N gives the ring 2^N pages, persistent=1 keeps grants mapped, refuse=1
 * has the disk in use: it is not closed when that is asked for. With leave=1
 * some requests are in the ring when it is closed, and are counted when the
 * disk has gone; with leave=2 it goes on as before when it is closed, with
 * leave=3 it sends some more when it is told of something after that. How long
 * its disk stayed is in the log. With leave=4 it hears nothing of the end
 * until its nodes are gone, and does as with leave=3 then.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/module.h>
#include <linux/prandom.h>
#include <linux/slab.h>
#include <linux/wait.h>
#include <xen/events.h>
#include <xen/grant_table.h>
#include <xen/page.h>
#include <xen/xenbus.h>
#include <xen/interface/io/blkif.h>
#include <xen/interface/io/protocols.h>

static unsigned int rounds = 1000;
module_param(rounds, uint, 0444);
static unsigned int seed = 1;
module_param(seed, uint, 0444);

static unsigned int load;
module_param(load, uint, 0444);
static unsigned int pause;
module_param(pause, uint, 0444);
static unsigned int order;
module_param(order, uint, 0444);
static bool persistent;
module_param(persistent, bool, 0444);
static bool refuse;
module_param(refuse, bool, 0444);
static unsigned int leave;
module_param(leave, uint, 0444);

enum {
	NR_PAGES = 24,
	TIMEOUT_S = 20,
	RING_PAGES_MAX = 16,
	NR_LEFT = 8
};

enum {
	LOAD_GOOD = 1,
	LOAD_HOSTILE = 2,
	LOAD_SENSE = 3
};

enum {
	LEAVE_SOME = 1,
	LEAVE_GO_ON = 2,
	LEAVE_LATE = 3,
	LEAVE_PULLED = 4
};

struct emu {
	struct xenbus_device *dev;
	struct blkif_front_ring ring;
	struct blkif_sring *sring;
	grant_ref_t ring_gref[RING_PAGES_MAX];
	evtchn_port_t port;
	int irq;
	wait_queue_head_t wait;
	struct task_struct *thread;
	void *page[NR_PAGES];
	grant_ref_t gref[NR_PAGES];
	grant_ref_t read_only; /* of page 0 */
	u32 outstanding;
	u64 next_id;
	u64 sectors;
	struct rnd_state rnd;
	ktime_t closed; /* when it said so; 0: not yet */
	bool told; /* an event came after that */
	unsigned int failures;
	unsigned int answered[3]; /* okay, error, not supported */
	s16 last_status;
};

static u32 rnd(struct emu *emu, u32 below)
{
	return prandom_u32_state(&emu->rnd) % below;
}

/* Of the thread: when it is to end, its disk has been taken away. */
static void failure(struct emu *emu, const char *what, u64 value)
{
	if (kthread_should_stop())
		return;
	if (emu->failures++ < 10)
		pr_err("%s (%llu)\n", what, value);
}

static irqreturn_t emu_interrupt(int irq, void *arg)
{
	struct emu *emu = arg;

	if (READ_ONCE(emu->closed))
		WRITE_ONCE(emu->told, true);
	wake_up(&emu->wait);
	return IRQ_HANDLED;
}

static bool responses(struct emu *emu)
{
	return READ_ONCE(emu->sring->rsp_prod) != emu->ring.rsp_cons;
}

/* Takes what was answered; ids come back once each and are ours. */
static void collect(struct emu *emu)
{
	struct blkif_response rsp;

	while (responses(emu)) {
		virt_rmb();
		RING_COPY_RESPONSE(&emu->ring, emu->ring.rsp_cons, &rsp);
		emu->ring.rsp_cons++;
		if (!emu->outstanding)
			failure(emu, "a response to nothing", rsp.id);
		else
			emu->outstanding--;
		if (rsp.id >= emu->next_id)
			failure(emu, "a response with an id of its own",
				rsp.id);
		emu->last_status = rsp.status;
		if (rsp.status > 0 || rsp.status < BLKIF_RSP_EOPNOTSUPP)
			failure(emu, "an unknown status", (u16)rsp.status);
		else
			emu->answered[-rsp.status]++;
	}
	emu->sring->rsp_event = emu->ring.rsp_cons + 1;
	virt_mb();
}

static void drain(struct emu *emu)
{
	collect(emu);
	while (emu->outstanding) {
		if (!wait_event_timeout(emu->wait,
					responses(emu) || kthread_should_stop(),
					TIMEOUT_S * HZ))
			failure(emu, "requests without a response",
				emu->outstanding);
		if (!responses(emu))
			emu->outstanding = 0;
		collect(emu);
	}
}

static struct blkif_request *next_slot(struct emu *emu)
{
	struct blkif_request *slot;

	if (RING_FULL(&emu->ring))
		drain(emu);
	slot = RING_GET_REQUEST(&emu->ring, emu->ring.req_prod_pvt);
	memset(slot, 0, sizeof(*slot));
	emu->ring.req_prod_pvt++;
	emu->outstanding++;
	return slot;
}

static void send(struct emu *emu)
{
	int notify;

	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&emu->ring, notify);
	if (notify)
		notify_remote_via_irq(emu->irq);
}

static s16 move(struct emu *emu, u8 op, u64 sector, grant_ref_t gref)
{
	struct blkif_request *slot = next_slot(emu);

	slot->operation = op;
	slot->u.rw.nr_segments = 1;
	slot->u.rw.id = emu->next_id++;
	slot->u.rw.sector_number = sector;
	slot->u.rw.seg[0].gref = gref;
	slot->u.rw.seg[0].last_sect = 7;
	send(emu);
	drain(emu);
	return emu->last_status;
}

static void expect(struct emu *emu, const char *what, s16 got, s16 wanted)
{
	if (got != wanted)
		failure(emu, what, (u16)got);
}

static void behave(struct emu *emu, u64 sectors)
{
	u64 sector;

	for (sector = 0; sector < sectors; sector += 8) {
		memset(emu->page[1], sector / 8 + 1, PAGE_SIZE);
		expect(emu, "a write",
		       move(emu, BLKIF_OP_WRITE, sector, emu->gref[1]), 0);
		memset(emu->page[2], 0, PAGE_SIZE);
		expect(emu, "a read",
		       move(emu, BLKIF_OP_READ, sector, emu->gref[2]), 0);
		if (memcmp(emu->page[1], emu->page[2], PAGE_SIZE))
			failure(emu, "other data than was written", sector);
	}
}

/* One request of all pages but the first two, whose list is in page 0. */
static s16 move_indirect(struct emu *emu, u8 op, u64 sector)
{
	struct blkif_request_segment *seg = emu->page[0];
	struct blkif_request *slot = next_slot(emu);
	u32 i;

	for (i = 0; i < NR_PAGES - 2; i++) {
		seg[i].gref = emu->gref[i + 2];
		seg[i].first_sect = 0;
		seg[i].last_sect = 7;
	}
	slot->operation = BLKIF_OP_INDIRECT;
	slot->u.indirect.indirect_op = op;
	slot->u.indirect.nr_segments = NR_PAGES - 2;
	slot->u.indirect.id = emu->next_id++;
	slot->u.indirect.sector_number = sector;
	slot->u.indirect.indirect_grefs[0] = emu->gref[0];
	send(emu);
	drain(emu);
	return emu->last_status;
}

static void indirect(struct emu *emu)
{
	u32 i;

	for (i = 2; i < NR_PAGES; i++)
		memset(emu->page[i], i + 1, PAGE_SIZE);
	expect(emu, "an indirect write",
	       move_indirect(emu, BLKIF_OP_WRITE, 512), 0);
	for (i = 2; i < NR_PAGES; i++)
		memset(emu->page[i], 0, PAGE_SIZE);
	expect(emu, "an indirect read", move_indirect(emu, BLKIF_OP_READ, 512),
	       0);
	for (i = 2; i < NR_PAGES; i++)
		if (memchr_inv(emu->page[i], i + 1, PAGE_SIZE))
			failure(emu, "other data of an indirect read", i);
}

static void plain(struct emu *emu, u8 op, u64 id, u64 sector, grant_ref_t gref)
{
	struct blkif_request *slot = next_slot(emu);

	slot->operation = op;
	slot->u.rw.nr_segments = gref != 0;
	slot->u.rw.id = id;
	slot->u.rw.sector_number = sector;
	slot->u.rw.seg[0].gref = gref;
	slot->u.rw.seg[0].last_sect = 7;
}

/*
 * Writes of one block with a barrier that writes it too between them, many at a
 * time: the last one is what is there, and all before the barrier are answered
 * before it and all others.
 */
static void barriers(struct emu *emu)
{
	const u8 barrier = BLKIF_OP_WRITE_BARRIER;
	u32 round, i;

	for (round = 1; round <= 32; round++) {
		for (i = 0; i < 6; i++)
			memset(emu->page[2 + i], round + i, PAGE_SIZE);
		plain(emu, BLKIF_OP_WRITE, emu->next_id++, 64, emu->gref[2]);
		plain(emu, BLKIF_OP_WRITE, emu->next_id++, 72, emu->gref[3]);
		plain(emu, barrier, emu->next_id++, 64, emu->gref[4]);
		plain(emu, barrier, emu->next_id++, 72, emu->gref[5]);
		plain(emu, barrier, emu->next_id++, 0, 0);
		plain(emu, BLKIF_OP_WRITE, emu->next_id++, 64, emu->gref[6]);
		plain(emu, BLKIF_OP_FLUSH_DISKCACHE, emu->next_id++, 0, 0);
		send(emu);
		drain(emu);
		expect(emu, "a read after barriers",
		       move(emu, BLKIF_OP_READ, 64, emu->gref[8]), 0);
		if (memchr_inv(emu->page[8], round + 4, PAGE_SIZE))
			failure(emu, "a write passed a barrier", round);
		expect(emu, "a read after barriers",
		       move(emu, BLKIF_OP_READ, 72, emu->gref[8]), 0);
		if (memchr_inv(emu->page[8], round + 3, PAGE_SIZE))
			failure(emu, "a barrier passed a write", round);
	}
	if (emu->answered[1] || emu->answered[2])
		failure(emu, "barriers refused", emu->answered[1]);
}

static void discards(struct emu *emu)
{
	struct blkif_request *slot = next_slot(emu);

	slot->operation = BLKIF_OP_DISCARD;
	slot->u.discard.id = emu->next_id++;
	slot->u.discard.sector_number = 128;
	slot->u.discard.nr_sectors = 64;
	send(emu);
	drain(emu);
	expect(emu, "a discard", emu->last_status, 0);
	expect(emu, "a read of what is gone",
	       move(emu, BLKIF_OP_READ, 128, emu->gref[8]), 0);
	if (memchr_inv(emu->page[8], 0, PAGE_SIZE))
		failure(emu, "what was discarded is there", 128);
}

static void known_wrongs(struct emu *emu)
{
	const s16 error = BLKIF_RSP_ERROR;

	expect(emu, "a read into a read-only grant",
	       move(emu, BLKIF_OP_READ, 0, emu->read_only), error);
	expect(emu, "a write from a read-only grant",
	       move(emu, BLKIF_OP_WRITE, 0, emu->read_only),
	       persistent ? error : 0);
	expect(emu, "a bad grant", move(emu, BLKIF_OP_WRITE, 0, 0x7fffffff),
	       error);
	expect(emu, "a write behind the end",
	       move(emu, BLKIF_OP_WRITE, emu->sectors - 7, emu->gref[1]),
	       error);
	expect(emu, "a sector that wraps",
	       move(emu, BLKIF_OP_WRITE, ~0ULL - 3, emu->gref[1]), error);
	expect(emu, "an unknown operation", move(emu, 99, 0, emu->gref[1]),
	       BLKIF_RSP_EOPNOTSUPP);
}

static grant_ref_t any_gref(struct emu *emu)
{
	switch (rnd(emu, 8)) {
	case 0:
		return prandom_u32_state(&emu->rnd);
	case 1:
		return emu->read_only;
	default:
		return emu->gref[rnd(emu, NR_PAGES)];
	}
}

static void nonsense(struct emu *emu)
{
	struct blkif_request *slot = next_slot(emu);
	u32 i;

	prandom_bytes_state(&emu->rnd, slot, sizeof(*slot));
	slot->operation = rnd(emu, 8);
	/* Mostly possible, so that it comes further than the first check. */
	if (slot->operation == BLKIF_OP_INDIRECT) {
		slot->u.indirect.id = emu->next_id++;
		slot->u.indirect.indirect_op = rnd(emu, 3);
		slot->u.indirect.nr_segments = rnd(emu, 300);
		slot->u.indirect.sector_number = rnd(emu, 2048);
		slot->u.indirect.indirect_grefs[0] = any_gref(emu);
		prandom_bytes_state(&emu->rnd, emu->page[rnd(emu, NR_PAGES)],
				    2048);
		return;
	}
	slot->u.rw.id = emu->next_id++;
	slot->u.rw.nr_segments = rnd(emu, 13);
	if (rnd(emu, 8))
		slot->u.rw.sector_number = rnd(emu, emu->sectors);
	for (i = 0; i < BLKIF_MAX_SEGMENTS_PER_REQUEST; i++) {
		slot->u.rw.seg[i].gref = any_gref(emu);
		slot->u.rw.seg[i].first_sect = rnd(emu, 5);
		slot->u.rw.seg[i].last_sect = 4 + rnd(emu, 5);
	}
}

/* Slots that the backend reads at the same time; ids are left alone. */
static void scribble(struct emu *emu)
{
	struct blkif_request *slot =
		RING_GET_REQUEST(&emu->ring, emu->ring.req_prod_pvt - 1);

	slot->u.rw.nr_segments = rnd(emu, 256);
	slot->u.rw.seg[0].gref = prandom_u32_state(&emu->rnd);
	slot->u.rw.seg[0].last_sect = rnd(emu, 256);
}

static void misbehave(struct emu *emu)
{
	u32 round, i, nr;

	for (round = 0; round < rounds && !emu->failures; round++) {
		if (kthread_should_stop())
			break;
		nr = 1 + rnd(emu, 32);
		for (i = 0; i < nr; i++)
			nonsense(emu);
		send(emu);
		if (rnd(emu, 2))
			scribble(emu);
		if (rnd(emu, 4) == 0)
			notify_remote_via_irq(emu->irq);
		drain(emu);
		cond_resched();
	}
}

static void sense(struct emu *emu)
{
	u64 sector = rnd(emu, emu->sectors / 8) * 8;
	struct blkif_request *slot;
	u8 op = rnd(emu, 8);

	switch (op) {
	case BLKIF_OP_FLUSH_DISKCACHE:
		plain(emu, op, emu->next_id++, 0, 0);
		return;
	case BLKIF_OP_DISCARD:
		slot = next_slot(emu);
		slot->operation = op;
		slot->u.discard.id = emu->next_id++;
		slot->u.discard.sector_number = sector;
		slot->u.discard.nr_sectors = 8;
		return;
	case BLKIF_OP_WRITE:
	case BLKIF_OP_WRITE_BARRIER:
		break;
	default:
		op = BLKIF_OP_READ;
	}
	plain(emu, op, emu->next_id++, sector, emu->gref[rnd(emu, NR_PAGES)]);
}

/* As misbehave(), with nothing in it that may fail. */
static void behave_alike(struct emu *emu)
{
	u32 i, nr = 1 + rnd(emu, 32), well = emu->answered[0];

	for (i = 0; i < nr; i++)
		sense(emu);
	send(emu);
	drain(emu);
	if (emu->answered[0] - well != nr)
		failure(emu, "requests that went wrong",
			nr - (emu->answered[0] - well));
	if (pause)
		usleep_range(pause * 1000, pause * 1000 + 500);
}

static int emu_thread(void *arg)
{
	struct emu *emu = arg;

	emu->sectors = xenbus_read_unsigned(emu->dev->otherend, "sectors", 0);
	while (load && !kthread_should_stop() && !emu->failures) {
		if (load == LOAD_HOSTILE)
			misbehave(emu);
		else if (load == LOAD_SENSE)
			behave_alike(emu);
		else
			behave(emu, 64);
		cond_resched();
	}
	if (load)
		goto out;
	behave(emu, 1024);
	indirect(emu);
	barriers(emu);
	discards(emu);
	known_wrongs(emu);
	misbehave(emu);
	behave(emu, 1024);
	/* After this the ring is closed, and nothing else may happen. */
	WRITE_ONCE(emu->sring->req_prod, emu->sring->req_prod + 1000);
	notify_remote_via_irq(emu->irq);
	msleep(200);
out:
	pr_info("%s: %llu requests, %u well, %u errors, %u not supported\n",
		emu->failures ? "failed" : "passed", emu->next_id,
		emu->answered[0], emu->answered[1], emu->answered[2]);
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ);
	return 0;
}

static int emu_grants(struct emu *emu)
{
	int i, ref;

	for (i = 0; i < NR_PAGES; i++) {
		emu->page[i] = (void *)get_zeroed_page(GFP_KERNEL);
		if (!emu->page[i])
			return -ENOMEM;
		ref = gnttab_grant_foreign_access(emu->dev->otherend_id,
						  virt_to_gfn(emu->page[i]), 0);
		if (ref < 0)
			return ref;
		emu->gref[i] = ref;
	}
	ref = gnttab_grant_foreign_access(emu->dev->otherend_id,
					  virt_to_gfn(emu->page[0]), 1);
	if (ref < 0)
		return ref;
	emu->read_only = ref;
	return 0;
}

static void write_ring(struct emu *emu)
{
	const char *node = emu->dev->nodename;
	char key[16];
	u32 i;

	if (!order)
		xenbus_printf(XBT_NIL, node, "ring-ref", "%u",
			      emu->ring_gref[0]);
	else
		xenbus_printf(XBT_NIL, node, "ring-page-order", "%u", order);
	for (i = 0; order && i < 1U << order; i++) {
		snprintf(key, sizeof(key), "ring-ref%u", i);
		xenbus_printf(XBT_NIL, node, key, "%u", emu->ring_gref[i]);
	}
	xenbus_printf(XBT_NIL, node, "event-channel", "%u", emu->port);
	xenbus_printf(XBT_NIL, node, "feature-persistent", "%u", persistent);
	xenbus_printf(XBT_NIL, node, "protocol", "%s", XEN_IO_PROTO_ABI_NATIVE);
}

/* The backend waits: tell it where the ring is. */
static int emu_connect(struct emu *emu)
{
	struct xenbus_device *dev = emu->dev;
	void *shared;
	int err;

	err = xenbus_setup_ring(dev, GFP_KERNEL, &shared, 1U << order,
				emu->ring_gref);
	if (err)
		return err;
	emu->sring = shared;
	SHARED_RING_INIT(emu->sring);
	FRONT_RING_INIT(&emu->ring, emu->sring, PAGE_SIZE << order);
	err = xenbus_alloc_evtchn(dev, &emu->port);
	if (err)
		return err;
	err = bind_evtchn_to_irqhandler(emu->port, emu_interrupt, 0,
					"test-blkfront", emu);
	if (err < 0)
		return err;
	emu->irq = err;
	write_ring(emu);
	return xenbus_switch_state(dev, XenbusStateInitialised);
}

/* The disk may have had another frontend: it is told that one begins. */
static int emu_probe(struct xenbus_device *dev,
		     const struct xenbus_device_id *id)
{
	struct emu *emu = kzalloc(sizeof(*emu), GFP_KERNEL);
	int err;

	if (!emu)
		return -ENOMEM;
	emu->dev = dev;
	emu->next_id = 1;
	init_waitqueue_head(&emu->wait);
	prandom_seed_state(&emu->rnd, seed);
	dev_set_drvdata(&dev->dev, emu);
	err = emu_grants(emu);
	if (err)
		return err;
	return xenbus_switch_state(dev, XenbusStateInitialising);
}

/* The thread does not wait any more when it is stopped. */
static void collect_all(struct emu *emu)
{
	unsigned int i;

	emu->outstanding = emu->ring.req_prod_pvt - emu->ring.rsp_cons;
	collect(emu);
	for (i = 0; emu->outstanding && i < TIMEOUT_S; i++) {
		wait_event_timeout(emu->wait, responses(emu), HZ / 4);
		collect(emu);
	}
}

/*
 * As Linux does when a busy disk goes: requests that the backend may not have
 * read yet are in the ring, no event follows, and the frontend is closed.
 */
static void leave_requests(struct emu *emu)
{
	struct blkif_request *slot;
	unsigned int i;

	for (i = 0; i < NR_LEFT; i++) {
		slot = next_slot(emu);
		slot->operation = BLKIF_OP_READ;
		slot->u.rw.nr_segments = 1;
		slot->u.rw.id = emu->next_id++;
		slot->u.rw.sector_number = 8 * i;
		slot->u.rw.seg[0].gref = emu->gref[i];
		slot->u.rw.seg[0].last_sect = 7;
	}
	RING_PUSH_REQUESTS(&emu->ring);
}

/* As Linux does, which waits for each request where its disk is removed. */
static void pulled(struct emu *emu)
{
	WRITE_ONCE(emu->closed, ktime_get());
	kthread_stop(emu->thread);
	emu->thread = NULL;
	wait_event_timeout(emu->wait, READ_ONCE(emu->told), HZ / 20);
	collect_all(emu);
	leave_requests(emu);
	notify_remote_via_irq(emu->irq);
	collect_all(emu);
}

static void emu_remove(struct xenbus_device *dev)
{
	struct emu *emu = dev_get_drvdata(&dev->dev);
	int i;

	if (emu->thread && leave == LEAVE_PULLED)
		pulled(emu);
	if (emu->thread)
		kthread_stop(emu->thread);
	if (emu->irq)
		unbind_from_irqhandler(emu->irq, emu);
	if (leave && emu->closed)
		pr_info("its disk went %lld ms after it was closed\n",
			ktime_ms_delta(ktime_get(), emu->closed));
	if (leave && emu->sring)
		pr_info("%u requests left behind have no answer\n",
			emu->ring.req_prod_pvt -
				READ_ONCE(emu->sring->rsp_prod));
	/* Pages that the backend still maps are freed when it lets go. */
	for (i = 0; i < NR_PAGES; i++)
		gnttab_end_foreign_access(
			emu->gref[i], i ? virt_to_page(emu->page[i]) : NULL);
	gnttab_end_foreign_access(emu->read_only, virt_to_page(emu->page[0]));
	if (emu->sring)
		xenbus_teardown_ring((void **)&emu->sring, 1U << order,
				     emu->ring_gref);
	kfree(emu);
}

/* As Linux does, whose queues are stopped when it closes, until an event. */
static int late_thread(void *arg)
{
	struct emu *emu = arg;

	wait_event_interruptible(emu->wait,
				 READ_ONCE(emu->told) || kthread_should_stop());
	if (READ_ONCE(emu->told)) {
		leave_requests(emu);
		notify_remote_via_irq(emu->irq);
	}
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ);
	return 0;
}

static void close_ring(struct emu *emu)
{
	if (emu->thread && leave != LEAVE_GO_ON) {
		kthread_stop(emu->thread);
		emu->thread = NULL;
	}
	if (leave == LEAVE_SOME || leave == LEAVE_LATE)
		collect_all(emu);
	if (leave == LEAVE_SOME)
		leave_requests(emu);
	WRITE_ONCE(emu->closed, ktime_get());
	if (leave == LEAVE_LATE) {
		emu->thread = kthread_run(late_thread, emu, "test-blkfront");
		if (IS_ERR(emu->thread))
			emu->thread = NULL;
	}
	xenbus_frontend_closed(emu->dev);
}

static void backend_changed(struct xenbus_device *dev, enum xenbus_state state)
{
	struct emu *emu = dev_get_drvdata(&dev->dev);

	if (state == XenbusStateInitWait &&
	    dev->state == XenbusStateInitialising && !emu->sring) {
		if (emu_connect(emu))
			pr_err("failed: cannot connect\n");
	} else if (state == XenbusStateConnected &&
		   dev->state == XenbusStateInitialised) {
		xenbus_switch_state(dev, XenbusStateConnected);
		emu->thread = kthread_run(emu_thread, emu, "test-blkfront");
		if (IS_ERR(emu->thread))
			emu->thread = NULL;
	} else if (state == XenbusStateClosing && !refuse &&
		   leave != LEAVE_PULLED) {
		close_ring(emu);
	}
}

static const struct xenbus_device_id emu_ids[] = { { "vbd" }, { "" } };

static struct xenbus_driver emu_driver = {
	.name = "test-blkfront",
	.ids = emu_ids,
	.probe = emu_probe,
	.remove = emu_remove,
	.otherend_changed = backend_changed,
};

static int __init emu_init(void)
{
	if (order > ilog2(RING_PAGES_MAX))
		return -EINVAL;
	return xenbus_register_frontend(&emu_driver);
}

static void __exit emu_exit(void)
{
	xenbus_unregister_driver(&emu_driver);
}

module_init(emu_init);
module_exit(emu_exit);

MODULE_DESCRIPTION("Hospes tests: a block frontend that misbehaves");
MODULE_LICENSE("GPL");
