// SPDX-License-Identifier: GPL-2.0-only
/*
 * The thread of one ring: takes requests, gives them to the store, answers.
 *
 * It works in rounds. A round answers everything that has come back from the
 * store, then takes up to BATCH_REQS requests; each of the two does its grant
 * operations in one hypercall and at most one event follows. With many
 * requests in flight the thread is woken for several completions at once, or
 * by a timer that is short beside the store's own latency; see crowd.c.
 *
 * A lone request finds its thread asleep. Who completes it then answers it too,
 * and saves the two switches to the thread and back.
 *
 * The event channel stays masked (its EOI is owed) while the thread is busy,
 * so a frontend cannot make it do more than look at the ring.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/sched/mm.h>
#include <linux/slab.h>
#include <xen/events.h>

#include "blkback.h"

enum {
	IDLE_SECONDS = 2, /* then memory of the ring is given back */
	LINGER_MS = 5,
	QUIET_MS = 100, /* after the last of a closed frontend */
	QUIET_UNSEEN_MS = 1000, /* if it may not have seen all */
};

static void ring_wake(struct ring *ring)
{
	WRITE_ONCE(ring->kick, true);
	wake_up(&ring->wait);
}

enum hrtimer_restart ring_late(struct hrtimer *timer)
{
	struct ring *ring = container_of(timer, struct ring, late);

	WRITE_ONCE(ring->overdue, true);
	ring_wake(ring);
	return HRTIMER_NORESTART;
}

static void start_late(struct ring *ring)
{
	hrtimer_start(&ring->late, ns_to_ktime(READ_ONCE(ring->late_ns)),
		      HRTIMER_MODE_REL);
}

static unsigned int size_class(u32 bytes)
{
	if (bytes <= 4096)
		return 0;
	if (bytes <= 16384)
		return 1;
	return bytes <= 65536 ? 2 : 3;
}

static void account(struct ring *ring, struct blk_req *req)
{
	struct ring_stats *stats = ring->stats;
	u64 us = ktime_us_delta(ktime_get(), req->start);
	bool write = req_writes(req);
	unsigned int bucket;

	switch (req->op) {
	case BLKIF_OP_DISCARD:
		stats->discards++;
		return;
	case BLKIF_OP_FLUSH_DISKCACHE:
	case BLKIF_OP_WRITE_BARRIER:
		stats->flushes++;
		if (!req->nr_segs)
			return;
		break;
	default:
		break;
	}
	bucket = min_t(unsigned int, fls64(us), HIST_BUCKETS - 1);
	stats->requests[write]++;
	stats->sectors[write] += req->nr_sectors;
	stats->latency[write][size_class(req_bytes(req))][bucket]++;
	WRITE_ONCE(ring->latency_us,
		   (ring->latency_us * 7 + min_t(u64, us, USEC_PER_SEC)) / 8);
}

static s16 final_status(struct ring *ring, struct blk_req *req)
{
	if (req->status != BLKIF_RSP_OKAY) {
		ring->stats->rejected++;
		return req->status;
	}
	if (!req->err)
		return BLKIF_RSP_OKAY;
	if (req->err == -EOPNOTSUPP)
		return BLKIF_RSP_EOPNOTSUPP;
	ring->stats->errors++;
	if (!ring->told_error) {
		ring->told_error = true;
		dev_warn(
			&ring->disk->dev->dev,
			"d%d %s: error %d at sector %llu; later ones are only counted\n",
			ring->disk->dev->otherend_id, ring->disk->name,
			req->err, req->sector);
	}
	return BLKIF_RSP_ERROR;
}

static void push(struct ring *ring)
{
	if (!blk_ring_push(&ring->proto))
		return;
	ring->pushed = ktime_get();
	ring->stats->events_out++;
	ring->stats->hypercalls++;
	notify_remote_via_irq(ring->irq);
}

/* Answers @reqs, but for those that linger. */
static void respond(struct ring *ring, struct list_head *reqs)
{
	struct blk_req *req, *next;

	grant_return(ring, reqs); /* what lingers leaves the list */
	list_for_each_entry_safe(req, next, reqs, link)
	{
		account(ring, req);
		blk_ring_respond(&ring->proto, req->id, req->op,
				 final_status(ring, req));
		if (ring->barrier == req)
			ring->barrier = NULL;
		ring->inflight--;
		req_free(req);
	}
	push(ring);
}

/* Answers what has come back; true when there was anything. */
static bool answer(struct ring *ring)
{
	struct llist_node *node = llist_del_all(&ring->done);
	struct blk_req *req, *next;
	LIST_HEAD(reqs);
	int nr = 0;

	/* What came in after this is late by a timer of its own. */
	hrtimer_try_to_cancel(&ring->late);
	WRITE_ONCE(ring->overdue, false);
	list_splice_init(&ring->lingering, &reqs);
	llist_for_each_entry_safe(req, next, llist_reverse_order(node), done)
	{
		list_add_tail(&req->link, &reqs);
		nr++;
	}
	if (nr) {
		atomic_sub(nr, &ring->nr_done);
		crowd_learn(ring, nr);
	} else if (list_empty(&reqs)) {
		return false;
	}
	respond(ring, &reqs);
	return nr != 0;
}

/* What may be done where a request is completed: nothing is to be unmapped. */
static bool is_copied_or_held(const struct blk_req *req)
{
	u32 i;

	for (i = 0; i < req->nr_segs; i++)
		if (req->seg[i].kind == SEG_MAP)
			return false;
	return true;
}

/* True: @req was the lone one, its thread sleeps, and it is answered. */
static bool answer_lone(struct ring *ring, struct blk_req *req)
{
	unsigned long flags;
	LIST_HEAD(reqs);
	bool lone;

	/* Only the thread sets it, before it looks at nr_done once more. */
	if (!READ_ONCE(ring->lone) || req->err || !is_copied_or_held(req))
		return false;
	spin_lock_irqsave(&ring->lone_lock, flags);
	lone = ring->lone;
	if (lone) {
		WRITE_ONCE(ring->lone, false);
		list_add(&req->link, &reqs);
		crowd_learn(ring, 1);
		respond(ring, &reqs);
		ring->stats->lone++;
	}
	spin_unlock_irqrestore(&ring->lone_lock, flags);
	return lone;
}

/**
 * req_done - the store is through with a request
 * @err: 0 or a negative errno
 *
 * Context: any. After the list_add, or the answer, the ring may be gone but for
 * its memory, which RCU keeps; so the timer is started before that.
 */
void req_done(struct blk_req *req, int err)
{
	struct ring *ring = req->ring;
	u32 nr, wake_at;

	if (err && !req->err)
		req->err = err;
	rcu_read_lock();
	if (answer_lone(ring, req))
		goto out;
	nr = atomic_inc_return(&ring->nr_done);
	wake_at = READ_ONCE(ring->wake_at);
	if (nr == 1 && nr < wake_at)
		start_late(ring);
	llist_add(&req->done, &ring->done);
	smp_mb(); /* pairs with the one in may_sleep() */
	if (nr >= READ_ONCE(ring->wake_at))
		ring_wake(ring);
out:
	rcu_read_unlock();
}

static void submit(struct blk_req *req)
{
	struct store *store = req->ring->disk->store;

	req->start = ktime_get();
	if (req->status != BLKIF_RSP_OKAY)
		req_done(req, 0);
	else if (req->op == BLKIF_OP_DISCARD)
		store_slow(store, req);
	else
		store->ops->submit(req);
}

static void submit_all(struct ring *ring, struct list_head *reqs)
{
	struct blk_req *req, *next;
	struct blk_plug plug;

	grant_prepare(ring, reqs);
	/* The store may be through with them at once. */
	WRITE_ONCE(ring->wake_at, crowd_enough(ring));
	blk_start_plug(&plug);
	list_for_each_entry_safe(req, next, reqs, link)
	{
		list_del_init(&req->link);
		submit(req);
	}
	blk_finish_plug(&plug);
}

static void fill(struct blk_req *req, const struct blk_request *rq,
		 const struct blk_segment *seg)
{
	u32 i;

	req->id = rq->id;
	req->op = rq->op;
	req->secure = rq->secure;
	req->sector = rq->sector;
	req->nr_sectors = rq->nr_sectors;
	for (i = 0; i < req->nr_segs; i++) {
		req->seg[i].gref = seg[i].gref;
		req->seg[i].first_sector = seg[i].first_sector;
		req->seg[i].last_sector = seg[i].last_sector;
	}
}

/* Answers a request that cannot be; the pause slows down who sends many. */
static void reject(struct ring *ring, const struct blk_request *rq, int status)
{
	ring->stats->rejected++;
	blk_ring_respond(&ring->proto, rq->id, rq->op, status);
	if (status == BLKIF_RSP_ERROR && !READ_ONCE(ring->drain))
		usleep_range(1000, 2000);
}

static int judge(struct ring *ring, struct blk_request *rq,
		 const struct blk_segment **seg)
{
	struct disk *disk = ring->disk;
	struct store *store = disk->store;
	const struct blk_limits limits = {
		.nr_sectors = store->ops->sectors(store),
		.read_only = disk->read_only,
		.discard = store->discards && disk->discard_enable,
	};
	int status = blk_request_check(rq, &limits);

	*seg = rq->segment;
	if (status != BLKIF_RSP_OKAY || !rq->indirect)
		return status;
	*seg = grant_fetch_indirect(ring, rq->indirect_gref, rq->nr_segments);
	if (!*seg)
		return BLKIF_RSP_ERROR;
	return blk_segments_check(rq, *seg, &limits);
}

/* An empty barrier orders nothing that a flush does not. */
static bool is_barrier(const struct blk_req *req)
{
	return req->op == BLKIF_OP_WRITE_BARRIER;
}

/* One request into @reqs, or answered; false when the batch ends here. */
static bool take(struct ring *ring, struct list_head *reqs)
{
	const struct blk_segment *seg;
	struct blk_request rq;
	struct blk_req *req;
	int status;

	if (blk_ring_take(&ring->proto, &rq) != 1)
		return false;
	ring->found_work = true;
	status = judge(ring, &rq, &seg);
	if (status != BLKIF_RSP_OKAY) {
		reject(ring, &rq, status);
		return true;
	}
	req = req_alloc(rq.nr_segments, GFP_NOWAIT | __GFP_NOWARN);
	if (!req) {
		/* Nobody waits for memory while holding requests back. */
		ring->stats->waits++;
		submit_all(ring, reqs);
		req = req_alloc(rq.nr_segments, GFP_NOIO);
	}
	req->ring = ring;
	fill(req, &rq, seg);
	ring->inflight++;
	if (is_barrier(req)) {
		ring->barrier = req;
		ring->barrier_sent = false;
		return false;
	}
	list_add_tail(&req->link, reqs);
	return true;
}

/* A barrier goes when it is alone, and nothing follows before it is back. */
static bool send_barrier(struct ring *ring)
{
	LIST_HEAD(reqs);

	if (ring->barrier_sent || ring->inflight != 1)
		return false;
	ring->barrier_sent = true;
	list_add(&ring->barrier->link, &reqs);
	submit_all(ring, &reqs);
	return true;
}

static void tell_broken(struct ring *ring)
{
	if (!ring->proto.broken || ring->told_broken)
		return;
	ring->told_broken = true;
	dev_warn(
		&ring->disk->dev->dev,
		"d%d %s: impossible index: ring %u is closed until a reconnect\n",
		ring->disk->dev->otherend_id, ring->disk->name, ring->number);
}

/* It is set once, by who then stops the thread. */
static void drained_one(struct ring *ring)
{
	if (READ_ONCE(ring->drain))
		WRITE_ONCE(ring->drain, ring->drain - 1);
}

static bool consume(struct ring *ring)
{
	struct disk *disk = ring->disk;
	LIST_HEAD(reqs);
	u32 nr;

	if (ring->barrier)
		return send_barrier(ring);
	nr = blk_ring_waiting(&ring->proto);
	if (nr == 0) {
		tell_broken(ring);
		return false;
	}
	if (scratch_get(ring)) {
		drained_one(ring);
		return false;
	}
	crowd_turn(ring, nr);
	for (nr = 0; nr < BATCH_REQS && take(ring, &reqs); nr++)
		drained_one(ring);
	submit_all(ring, &reqs);
	push(ring); /* rejected ones were answered on the spot */
	if (disk->store->ops->sectors(disk->store) != disk->shown_sectors)
		disk_schedule(disk);
	return true;
}

/* The first answer has waited for long enough, and more time will not help. */
static bool is_overdue(struct ring *ring)
{
	if (!READ_ONCE(ring->overdue))
		return false;
	if (!crowd_extend(ring, blk_ring_waiting(&ring->proto)))
		return true;
	WRITE_ONCE(ring->overdue, false);
	start_late(ring);
	return false;
}

/*
 * A frontend that sends a request for each answer would otherwise get them one
 * by one, each with an event.
 */
static bool is_time_to_answer(struct ring *ring, bool stopping)
{
	return stopping || !list_empty(&ring->lingering) ||
	       atomic_read(&ring->nr_done) >= crowd_enough(ring) ||
	       is_overdue(ring);
}

/* How many requests are worth an event: the next one, if none is done. */
static u32 worth_an_event(struct ring *ring)
{
	u32 nr = atomic_read(&ring->nr_done), wanted = crowd_enough(ring);

	/* While the store is busy it can have the next one as well. */
	if (!nr || nr != ring->inflight || nr >= wanted)
		return 1;
	return wanted - nr;
}

/* May who completes the only request that is out answer it? */
static bool is_lone(const struct ring *ring, bool stopping)
{
	return ring->inflight == 1 && crowd_enough(ring) == 1 &&
	       !ring->barrier && !stopping && !READ_ONCE(ring->closing) &&
	       list_empty(&ring->lingering);
}

/* The thread runs again: when this returns, the ring is its own. */
static void reclaim(struct ring *ring)
{
	unsigned long flags;

	spin_lock_irqsave(&ring->lone_lock, flags);
	WRITE_ONCE(ring->lone, false);
	spin_unlock_irqrestore(&ring->lone_lock, flags);
}

/* True: the thread must do nothing but sleep before it calls reclaim(). */
static bool may_sleep(struct ring *ring, bool stopping)
{
	u32 nr, wake_at = crowd_enough(ring);

	WRITE_ONCE(ring->wake_at, wake_at);
	if (is_lone(ring, stopping))
		WRITE_ONCE(ring->lone, true);
	smp_mb(); /* pairs with the one in req_done() */
	nr = atomic_read(&ring->nr_done);
	if (nr >= wake_at) {
		reclaim(ring);
		return false;
	}
	if (nr && !hrtimer_active(&ring->late))
		start_late(ring);
	return true;
}

/* How long to sleep: for ever, unless there is something to give back. */
static long patience(struct ring *ring)
{
	if (READ_ONCE(ring->closing))
		return msecs_to_jiffies(QUIET_MS / 4);
	if (!list_empty(&ring->lingering))
		return msecs_to_jiffies(LINGER_MS);
	if (ring->scratch)
		return IDLE_SECONDS * HZ;
	if (blk_ring_waiting(&ring->proto))
		return HZ / 10; /* there was no memory to serve it with */
	return ring->nr_held ? 60 * HZ : MAX_SCHEDULE_TIMEOUT;
}

static void give_back(struct ring *ring)
{
	if (ring->inflight)
		return;
	scratch_put(ring);
	gnttab_page_cache_shrink(&ring->pages, 0);
	if (ring->nr_held)
		grant_purge(ring, false);
}

static void send_eoi(struct ring *ring)
{
	if (!ring->owes_eoi)
		return;
	ring->owes_eoi = false;
	xen_irq_lateeoi(ring->irq,
			ring->found_work ? 0 : XEN_EOI_FLAG_SPURIOUS);
	ring->found_work = false;
}

/* The frontend is closed: has it had the time to send what it still had? */
static void note_quiet(struct ring *ring, bool worked)
{
	bool stood_still;
	unsigned int ms;

	if (!READ_ONCE(ring->closing) || ring->done_for)
		return;
	/* A machine that stood still gave the frontend no time, either. */
	stood_still = time_after(jiffies,
				 ring->looked_at + msecs_to_jiffies(QUIET_MS));
	ring->looked_at = jiffies;
	if (!ring->is_quiet || worked || ring->inflight || stood_still) {
		ring->is_quiet = !worked && !ring->inflight;
		ring->quiet_since = jiffies;
	}
	ms = blk_ring_seen(&ring->proto) ? QUIET_MS : QUIET_UNSEEN_MS;
	if (!ring->proto.broken &&
	    (!ring->is_quiet ||
	     time_before_eq(jiffies, ring->quiet_since + msecs_to_jiffies(ms))))
		return;
	WRITE_ONCE(ring->done_for, true);
	wake_up(&ring->disk->settle);
}

static void ring_sleep(struct ring *ring, bool stopping)
{
	long left;

	/* While a barrier is out, or memory is missing, the ring waits. */
	if (!ring->barrier && !ring->proto.broken && !stopping) {
		if (blk_ring_arm(&ring->proto, worth_an_event(ring)) &&
		    ring->scratch)
			return;
		send_eoi(ring);
	}
	left = patience(ring);
	if (!may_sleep(ring, stopping))
		return;
	left = wait_event_interruptible_timeout(
		ring->wait,
		READ_ONCE(ring->event) || READ_ONCE(ring->kick) ||
			(!stopping && kthread_should_stop()),
		left);
	reclaim(ring);
	ring->stats->wakeups++;
	if (left == 0)
		give_back(ring);
}

/* The frontend goes and what it had written to the ring is not yet answered. */
static bool must_drain(struct ring *ring)
{
	return READ_ONCE(ring->drain) && blk_ring_waiting(&ring->proto);
}

/**
 * ring_thread - serve one ring until kthread_stop()
 *
 * What was taken from the ring is answered before the thread ends, and no
 * grant is mapped after that. With ring->drain set, as many more requests are
 * served first as a ring holds.
 */
int ring_thread(void *arg)
{
	struct ring *ring = arg;
	unsigned int noio = memalloc_noio_save();
	bool worked, stopping;

	while (!(stopping = kthread_should_stop()) || ring->inflight ||
	       must_drain(ring)) {
		account_begin(ring->disk);
		WRITE_ONCE(ring->kick, false);
		WRITE_ONCE(ring->event, false);
		smp_mb(); /* flags before what they stand for */
		worked = is_time_to_answer(ring, stopping) && answer(ring);
		if (!stopping || ring->barrier || must_drain(ring))
			worked |= consume(ring);
		note_quiet(ring, worked);
		if (worked)
			cond_resched();
		else
			ring_sleep(ring, stopping);
	}
	hrtimer_cancel(&ring->late);
	grant_purge(ring, true);
	scratch_put(ring);
	account_end();
	memalloc_noio_restore(noio);
	return 0;
}
