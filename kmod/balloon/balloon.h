/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the files of hospes_balloon share.
 *
 *   target.c       the store's words: what is wanted, and the answers
 *   sysfs.c        the same by hand
 *   main.c         policy: from what is wanted to steps, and what stopped it
 *   reservation.c  one step: a block of pages given to the hypervisor, or back
 *   direct_map.c   the kernel's own map of such a block, and its P2M entries
 *   verify.c       do P2M, M2P and direct map agree?
 *   stats.c        what the kernel knows about its memory
 *
 * The built-in driver stays loaded. It owns what it holds and memory/target;
 * we own what we hold. The domain's size is its current_pages less our pages.
 */
#ifndef HOSPES_BALLOON_H
#define HOSPES_BALLOON_H

#include <linux/list.h>
#include <linux/mm_types.h>
#include <linux/mutex.h>
#include <linux/types.h>

#include <xen/interface/xen.h>

#define BLOCK_ORDER    9
#define BLOCK_PAGES    512U /* 2 MiB, and what one mmu_update can change */
#define KB_PER_PAGE    4UL
#define BALLOON_KB_MAX (1UL << 40) /* a size that nobody can mean */

enum balloon_state {
	BALLOON_IDLE,
	BALLOON_INFLATING,
	BALLOON_DEFLATING,
	BALLOON_STUCK, /* shortfall_kb says by how much */
	BALLOON_LEAVING, /* an old tool took over through memory/target */
	BALLOON_LEGACY, /* ... and it is the built-in driver's now */
};

/*
 * All under lock, except that sizes may be read for show.
 */
struct balloon {
	struct mutex lock;
	struct list_head blocks, pages; /* through page->lru of what we hold */
	unsigned long nr_blocks, nr_pages; /* of 2 MiB, of 4 KiB */
	/* Refused by the hypervisor both ways: not used, never freed. */
	unsigned long nr_lost;

	bool has_target;
	unsigned long target_kb, min_kb, max_kb; /* max 0: none */
	unsigned long shortfall_kb;
	enum balloon_state state;
	unsigned long legacy_kb; /* what the old tool wants */
	bool unloading; /* nothing is started any more */
	bool cooperative; /* may give memory back to itself when it runs out */
	unsigned int seq; /* the toolstack's number of the target */
	unsigned int seq_done; /* ... and of the last one that was reached */
};

/* Of all that was done since load. */
struct balloon_counters {
	unsigned long hypercalls; /* a batch is one */
	unsigned long entries; /* in the batches */
	unsigned long whole_blocks; /* given away as one 2 MiB extent */
	unsigned long split_blocks; /* ... as 512 pages */
	unsigned long populated_whole; /* got back as one extent */
	unsigned long failures; /* steps that had no effect */
	unsigned long oom_deflates;
	u64 inflate_ns, deflate_ns; /* time spent in steps */
};

extern struct balloon balloon;
extern struct balloon_counters balloon_counters;
extern bool balloon_scrub;

static inline unsigned long balloon_held(void)
{
	return balloon.nr_blocks * BLOCK_PAGES + balloon.nr_pages +
	       balloon.nr_lost;
}

/* main.c */
unsigned long balloon_actual_kb(void);
const char *balloon_state_name(enum balloon_state state);
/* Wants @kb from now on; takes the lock. @seq is echoed when it is reached. */
void balloon_set_target(unsigned long kb, unsigned int seq);
void balloon_set_limits(unsigned long min_kb, unsigned long max_kb);
/*
 * An old tool wants @kb: give all back, and leave memory to the built-in
 * driver from then on; until then it is held where it is. Takes the lock.
 */
void balloon_go_legacy(unsigned long kb);
/* The built-in driver stops where it is. Any context that may wake others. */
void balloon_freeze_builtin(void);

/*
 * reservation.c: steps. Each returns the number of pages it moved, at least
 * one, or a negative errno when there was nothing it could do: -ENOMEM (no
 * page to be had, here or from the hypervisor), -EIO (the hypervisor refused).
 * Context: process, balloon.lock held, nothing is allocated while deflating.
 */
int reservation_give_block(void);
int reservation_give_pages(unsigned int nr);
int reservation_take_block(void);
int reservation_take_pages(unsigned int nr);

/*
 * direct_map.c. @pfns: up to BLOCK_PAGES page frames.
 * unmap takes them out of the direct map and the P2M and flushes TLBs; map
 * puts frame mfns[i] behind pfns[i]. 0, or -EIO and then nothing has changed;
 * unmap: -EFAULT when some are out of the map and did not go back in.
 */
int direct_map_unmap(const xen_pfn_t *pfns, unsigned int nr);
int direct_map_map(const xen_pfn_t *pfns, const xen_pfn_t *mfns,
		   unsigned int nr);
int direct_map_init(void);
void direct_map_exit(void);

/* verify.c: what a walk over all page frames found */
struct verify_result {
	unsigned long present, absent, special;
	unsigned long wrong_m2p, wrong_map, wrong_absent;
};

void balloon_verify(struct verify_result *r);

/* target.c: Context: process. Publishing never holds up a step. */
int target_init(void);
void target_exit(void);
void target_publish(void);

/* stats.c: prints "name value" for each figure through @emit. */
typedef void (*stat_fn)(void *arg, const char *name, unsigned long value);
void stats_walk(stat_fn emit, void *arg);

/* sysfs.c */
int sysfs_init(void);
void sysfs_exit(void);

#endif
