/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The objects of the block backend and who owns them.
 *
 *   disk    one per xenbus device, from probe to remove; owns the store, the
 *           statistics and, while a frontend is connected, a conn
 *   store   what the data lies on: a block device or an image file
 *   conn    one connection to a frontend, immutable but for its rings; freed
 *           after RCU so that a completion may still wake a thread of it
 *   ring    one shared ring, its event channel and its thread; everything in
 *           it belongs to the thread, except where a comment says otherwise
 *   blk_req one request of a ring from its slot to its response
 *
 * A request goes ring thread -> store -> (interrupt or worker) req_done() ->
 * ring thread; only the thread touches grants, the ring and the counters. While
 * it sleeps with one request out, req_done() may do so in its place.
 */
#ifndef BLKBACK_H
#define BLKBACK_H

#include <linux/fs.h>
#include <linux/hrtimer.h>
#include <linux/llist.h>
#include <linux/mempool.h>
#include <linux/mutex.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <xen/grant_table.h>
#include <xen/xenbus.h>

#include "compat.h"
#include "proto.h"

enum {
	BATCH_REQS = 32, /* taken from a ring before they are submitted */
	BATCH_COPIES = 128, /* copies in one hypercall */
	BATCH_MAPS = BLK_SEGS_MAX,
	COPY_BYTES = 8192, /* up to here data is copied, above it is mapped */
	COPY_SEGS = 4,
	QUEUES_MAX = 16,
	HIST_SIZES = 4, /* <= 4, 16, 64 KiB, larger */
	HIST_BUCKETS = 20, /* powers of two of microseconds */
};

struct disk;
struct ring;
struct store;

/* Counters of one ring; they stay when the frontend goes. */
struct ring_stats {
	u64 requests[2]; /* reads, writes */
	u64 sectors[2];
	u64 flushes;
	u64 discards;
	u64 waits; /* no memory for a request */
	u64 rejected;
	u64 errors;
	u64 copies;
	u64 maps;
	u64 unmaps;
	u64 hypercalls; /* for grants and events */
	u64 events_out;
	u64 events_in;
	u64 wakeups;
	u64 lone; /* answered where they were completed */
	u64 persistent_hits;
	u64 latency[2][HIST_SIZES][HIST_BUCKETS];
};

/* A grant of the frontend that stays mapped. */
struct held_grant {
	struct page *page;
	grant_handle_t handle;
	u32 users;
	unsigned long used; /* jiffies of the last use */
};

enum seg_kind {
	SEG_NONE,
	SEG_COPY,
	SEG_MAP,
	SEG_HELD
};

struct req_seg {
	u32 gref;
	grant_handle_t handle;
	u8 first_sector;
	u8 last_sector;
	u8 kind; /* enum seg_kind */
	struct held_grant *held;
};

struct blk_req {
	struct llist_node done;
	struct list_head link;
	struct ring *ring;
	u64 id;
	u64 sector;
	u64 nr_sectors;
	ktime_t start;
	u16 nr_segs;
	u8 size_class;
	u8 op; /* the inner one of an indirect request, also in responses */
	bool secure;
	s16 status; /* BLKIF_RSP_* found before it was submitted */
	int err; /* the store's verdict, negative errno */
	atomic_t pending;
	struct work_struct work;
	struct kiocb iocb;
	struct bio_vec *vec; /* nr_segs of them, behind seg[] */
	struct req_seg seg[];
};

static inline bool req_writes(const struct blk_req *req)
{
	return req->op != BLKIF_OP_READ;
}

static inline u32 req_bytes(const struct blk_req *req)
{
	return req->nr_sectors << SECTOR_SHIFT;
}

/* Arrays for hypercalls; there only while a ring is busy. */
struct scratch {
	struct gnttab_copy copy[BATCH_COPIES];
	struct blk_req *copy_owner[BATCH_COPIES];
	struct gnttab_map_grant_ref map[BATCH_MAPS];
	struct gnttab_unmap_grant_ref unmap[BATCH_MAPS];
	struct page *pages[BATCH_MAPS];
	struct req_seg *map_seg[BATCH_MAPS];
	struct blk_req *map_owner[BATCH_MAPS];
	struct page *indirect; /* descriptors of one request */
	u32 nr_copies;
	u32 nr_maps;
	u32 nr_unmaps;
};

struct ring {
	struct blk_ring proto;
	struct conn *conn;
	struct disk *disk;
	struct ring_stats *stats;
	void *shared; /* mapped pages of the ring */
	int irq;
	unsigned int number;
	struct task_struct *thread;
	wait_queue_head_t wait;
	struct llist_head done; /* anyone adds, the thread takes */
	atomic_t nr_done;
	/*
	 * The thread sleeps and has lent what is its own to req_done() of the
	 * one request that is out. The thread sets it, either clears it, and
	 * who uses the ring on that ground holds the lock, irqs off.
	 */
	bool lone;
	spinlock_t lone_lock;
	u32 wake_at; /* thread writes, completions read */
	struct hrtimer late; /* wakes for fewer than wake_at */
	u64 late_ns; /* how long it runs; thread writes, completions read */
	bool overdue; /* it has run out; the thread clears */
	/* How answers wait for each other: see crowd.c. */
	bool probing;
	u32 crowd;
	u32 rounds;
	u32 probe_after;
	bool extended; /* a probe goes on, as requests came */
	bool fell_short; /* fewer came than were waited for */
	unsigned long learnt; /* jiffies of the last round of answers */
	u32 turn_us; /* smoothed: from an answer to the next request */
	ktime_t pushed; /* the last answer; 0: a request came since */
	bool event; /* irq handler sets, thread clears */
	bool owes_eoi;
	bool found_work; /* since the last event */
	bool told_broken;
	bool told_error;
	bool persistent;
	bool kick; /* wakers set, thread clears */
	bool barrier_sent;
	struct blk_req *barrier; /* waits for, or is, the only one in flight */
	struct list_head lingering; /* done, but a page is still referenced */
	u32 inflight;
	u32 drain; /* unread requests that are served before the end */
	bool closing; /* set when the frontend says that it is closed */
	bool is_quiet;
	unsigned long quiet_since, looked_at; /* jiffies */
	bool done_for; /* closing, and nothing more is to come from it */
	u32 latency_us; /* smoothed time in the store */
	struct scratch *scratch;
	struct xarray held; /* gref -> held_grant */
	u32 nr_held;
	u32 max_held;
	unsigned long next_purge;
	struct gnttab_page_cache pages;
};

struct conn {
	struct rcu_head rcu;
	u32 nr_rings;
	struct ring ring[];
};

struct store_ops {
	/* Ring thread, NOIO: READ, WRITE, barrier or flush; ends in req_done */
	void (*submit)(struct blk_req *req);
	/* The current size in sectors. */
	u64 (*sectors)(const struct store *store);
	/* Worker: may sleep for long; return errno. */
	int (*flush)(struct store *store);
	int (*discard)(struct store *store, struct blk_req *req);
	void (*close)(struct store *store);
};

struct store {
	const struct store_ops *ops;
	struct block_device *bdev; /* NULL: a file */
	struct bdev_opened opened;
	struct file *file;
	u32 cache; /* enum hospes_blkback_cache */
	u32 dio_align; /* of offset and length; 0: no direct I/O */
	u32 dio_mem_align;
	bool told_bounce;
	u32 logical;
	u32 physical;
	u32 discard_granularity;
	u32 discard_alignment;
	bool read_only;
	bool discards;
	bool secure;
	bool caches_writes;
	bool removable;
	struct disk *disk; /* whose I/O it does */
	/* Slow requests wait here for a worker; any context, irqs off. */
	spinlock_t slow_lock;
	struct list_head flushes;
	struct list_head discards_waiting;
	struct work_struct flush_work;
	struct work_struct discard_work;
};

struct disk {
	struct xenbus_device *dev;
	struct work_struct work; /* follows the frontend's state */
	struct xenbus_watch physical;
	struct xenbus_watch own_state;
	struct mutex lock; /* store, conn, css against each other */
	struct store *store;
	struct conn *conn;
	u64 shown_sectors; /* told to the frontend */
	bool unregister; /* closed, and nobody wants it any more */
	wait_queue_head_t settle; /* conn_let_finish() waits here */
	bool leaving; /* being removed: the bus's thread waits for us */
	bool read_only;
	bool persistent;
	bool discard_enable;
	bool cdrom;
	char name[16]; /* xvda */
	u32 max_queues;
	struct ring_stats *stats; /* max_queues of them */
	struct list_head all; /* in control.c */
	/* I/O is accounted there; RCU and a reference: see account_begin() */
	struct cgroup_subsys_state __rcu *css;
	unsigned long squeeze_until; /* jiffies; memory is short */
};

/* main.c */
extern struct bio_set blkback_bios;
extern struct workqueue_struct *blkback_wq;
extern bool blkback_persistent;
extern uint blkback_max_queues;
extern uint blkback_copy_bytes;
struct blk_req *req_alloc(u32 nr_segs, gfp_t gfp);
void req_free(struct blk_req *req);

/* xenbus.c */
int blkback_register(void);
void blkback_unregister(void);
void disk_schedule(struct disk *disk);

/* connect.c */
int conn_connect(struct disk *disk);
void conn_let_finish(struct disk *disk);
void conn_disconnect(struct disk *disk, bool drain);
int disk_announce(struct disk *disk);
void disk_announce_size(struct disk *disk);

/* crowd.c */
void crowd_reset(struct ring *ring);
u32 crowd_enough(const struct ring *ring);
bool crowd_extend(struct ring *ring, u32 waiting);
void crowd_learn(struct ring *ring, u32 nr);
void crowd_turn(struct ring *ring, u32 nr);

/* ring.c */
int ring_thread(void *arg);
void req_done(struct blk_req *req, int err);
enum hrtimer_restart ring_late(struct hrtimer *timer);

/* grant.c: all from the ring's thread, or in its place */
void grant_prepare(struct ring *ring, struct list_head *reqs);
const struct blk_segment *grant_fetch_indirect(struct ring *ring, u32 gref,
					       u32 nr);
void grant_return(struct ring *ring, struct list_head *reqs);
void grant_purge(struct ring *ring, bool all);
int scratch_get(struct ring *ring);
void scratch_put(struct ring *ring);

/* store.c */
struct store *store_alloc(const struct store_ops *ops);
void store_close(struct store *store);
void store_slow(struct store *store, struct blk_req *req);

/* bdev.c, file.c */
struct store *bdev_open(dev_t dev, bool read_only);
struct store *file_open(struct file *file, u32 cache, bool read_only);

/* control.c */
int control_init(void);
void control_exit(void);
struct store *control_claim(const char *name, bool read_only);
void control_add_disk(struct disk *disk);
void control_del_disk(struct disk *disk);

/* account.c */
void account_begin(struct disk *disk);
void account_end(void);
void account_set(struct disk *disk, struct cgroup_subsys_state *css);
int account_to_caller(struct disk *disk);

/* stats.c */
extern const struct attribute_group *blkback_groups[];

#endif
