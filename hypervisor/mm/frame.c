// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frame allocator: a buddy system.
 *
 * A free block's head carries PAGE_FREE and the fields below in count, and
 * links the block into the list of its zone, order and state. The zone of a
 * block is the top bit of its frame number: a limit on address bits is a limit
 * on zones, and low memory is used last.
 *
 * States. A clean block is all zero and in no CPU's TLB. A used one must be
 * zeroed before a guest gets it; when it is stale, CPUs that have not flushed
 * since its stamp (kept in aux) may still have it mapped, so that it must be
 * flushed before anyone gets it, we too. A pristine one is as boot found it:
 * it holds no guest's data, but it is zeroed too before a guest other than
 * domain 0 gets it. Idle CPUs make clean blocks of the others. Buddies merge
 * when they have the same state.
 */
#include "mm/frame.h"

#include "cpu/system.h"
#include "cpu/time.h"
#include "cpu/tlb.h"
#include "debug/log.h"
#include "mm/page.h"

/* Beside PAGE_FREE in count: state, order, and whether the stamp counts. */
enum state {
	CLEAN,
	USED,
	PRISTINE,
	NR_STATES
};
#define FREE_STATE	 3U
#define FREE_STALE	 4U
#define FREE_ORDER_SHIFT 3

#define NR_ZONES    32 /* frame numbers have 32 bits: 16 TiB */
#define NR_ORDERS   (FRAME_MAX_ORDER + 1)
#define SCRUB_ORDER 4
/* A block above this is not cleaned in one go while a guest waits. */
#define AT_ONCE_ORDER 9
/* Frames that an allocation of ours cleans at most, to have buddies merge. */
#define MERGE_FRAMES 1024
/* While the machine boots its CPUs have better things to do. */
#define PRISTINE_WAIT_NS 30000000000UL

struct block {
	mfn_t m;
	unsigned int order;
	enum state state;
	u32 stale; /* 0 or FREE_STALE */
	u32 stamp;
};

/* All under lock. Index: state, zone, order. */
static spinlock_t lock = SPINLOCK_INIT(RANK_FRAMES);
static u32 heads[NR_STATES][NR_ZONES][NR_ORDERS]; /* frame number, 0 = empty */
static u32 nonempty[NR_STATES][NR_ZONES]; /* bit n: heads[][][n] is not */
static u64 nr_free[NR_STATES];
/* All that is free, also what is on its way to be clean. */
static u64 nr_free_all;
static u32 scrubs_begun, scrubs_ended;

/* In which order states are tried. */
static const enum state for_us[NR_STATES] = { PRISTINE, USED, CLEAN };
static const enum state for_guests[NR_STATES] = { CLEAN, PRISTINE, USED };
static const enum state clean_only[NR_STATES] = { CLEAN, CLEAN, CLEAN };
static const enum state never_used[NR_STATES] = { CLEAN, PRISTINE, CLEAN };

static unsigned int zone_of(mfn_t m)
{
	return 31 - __builtin_clz((u32)mfn_x(m));
}

/* The highest zone below 2^addr_bits bytes, -1: none. */
static int top_zone(unsigned int addr_bits)
{
	if (!addr_bits || addr_bits > NR_ZONES + PAGE_SHIFT)
		return NR_ZONES - 1;
	return (int)addr_bits - PAGE_SHIFT - 1;
}

/* Under lock, but read without. */
static void count_free(enum state state, s64 frames)
{
	WRITE_ONCE(nr_free[state], nr_free[state] + frames);
}

static void link_block(const struct block *b)
{
	unsigned int zone = zone_of(b->m);
	u32 *head = &heads[b->state][zone][b->order];
	struct page *pg = mfn_to_page(b->m);

	/* Guests may look at any frame's count. */
	WRITE_ONCE(pg->count, PAGE_FREE | b->order << FREE_ORDER_SHIFT |
				      b->stale | b->state);
	pg->aux = b->stamp;
	pg->prev = 0;
	pg->next = *head;
	if (*head)
		frame_table[*head].prev = mfn_x(b->m);
	*head = mfn_x(b->m);
	nonempty[b->state][zone] |= 1U << b->order;
	count_free(b->state, 1L << b->order);
}

/*
 * Under lock. A list that is wrong stops the machine here, before a frame in
 * use is given to somebody else.
 */
static struct block unlink_block(struct page *pg)
{
	u32 free = pg->count & ~PAGE_FREE;
	struct block b = { page_to_mfn(pg), free >> FREE_ORDER_SHIFT,
			   free & FREE_STATE, free & FREE_STALE, pg->aux };
	unsigned int zone = zone_of(b.m);
	u32 *head = &heads[b.state][zone][b.order];

	BUG_ON(!(pg->count & PAGE_FREE));
	BUG_ON((pg->prev ? frame_table[pg->prev].next : *head) != mfn_x(b.m));
	if (pg->prev)
		frame_table[pg->prev].next = pg->next;
	else
		*head = pg->next;
	if (pg->next)
		frame_table[pg->next].prev = pg->prev;
	if (!*head)
		nonempty[b.state][zone] &= ~(1U << b.order);
	count_free(b.state, -(1L << b.order));
	WRITE_ONCE(pg->count, 0);
	pg->aux = 0;
	return b;
}

static bool can_merge(const struct block *b, mfn_t other)
{
	const struct page *pg = mfn_to_page(other);
	u32 same = PAGE_FREE | b->order << FREE_ORDER_SHIFT | b->state;

	return mfn_is_ram(other) &&
	       (READ_ONCE(pg->count) & ~FREE_STALE) == same;
}

/* Under lock. Merges with free buddies and links. */
static void give_block(struct block b)
{
	while (b.order < FRAME_MAX_ORDER) {
		mfn_t other = _mfn(mfn_x(b.m) ^ 1UL << b.order);
		struct block o;

		if (!mfn_x(other) || !can_merge(&b, other))
			break;
		o = unlink_block(mfn_to_page(other));
		if (o.stale)
			b.stamp = b.stale ? tlb_clock_now() : o.stamp;
		b.stale |= o.stale;
		b.m = _mfn(mfn_x(b.m) & mfn_x(other));
		b.order++;
	}
	link_block(&b);
}

/* Under lock. Halves a block until it has @order; keeps the lower part. */
static void split_block(struct block *b, unsigned int order)
{
	while (b->order > order) {
		struct block upper = *b;

		upper.order = --b->order;
		upper.m = mfn_add(b->m, 1UL << b->order);
		link_block(&upper);
	}
}

static bool take_from(enum state state, int zone, unsigned int order,
		      struct block *b)
{
	u32 orders = nonempty[state][zone] >> order;

	if (!orders)
		return false;
	order += __builtin_ctz(orders);
	*b = unlink_block(&frame_table[heads[state][zone][order]]);
	return true;
}

/* Under lock. Low memory is for those who can use no other. */
static bool take_block(const enum state *states, int zone, unsigned int order,
		       struct block *b)
{
	for (; zone >= 0; zone--)
		for (u32 i = 0; i < NR_STATES; i++)
			if (take_from(states[i], zone, order, b)) {
				split_block(b, order);
				return true;
			}
	return false;
}

static void flush_block(struct block *b)
{
	struct cpumask mask = cpu_online_mask;

	if (!b->stale)
		return;
	tlb_filter(&mask, b->stamp);
	if (!cpumask_empty(&mask))
		tlb_flush_mask(&mask);
	b->stale = 0;
}

/*
 * Past the caches: who gets these frames uses them later, and a CPU that cleans
 * while it is idle spares what its guests have there. Not a string instruction:
 * that would be the slow way under emulation.
 */
static void zero_frames(void *start, size_t bytes)
{
	char *p = start, *end = p + bytes;

	for (; p < end; p += 64)
		__asm__ volatile("movnti %1, (%0)\n\t"
				 "movnti %1, 8(%0)\n\t"
				 "movnti %1, 16(%0)\n\t"
				 "movnti %1, 24(%0)\n\t"
				 "movnti %1, 32(%0)\n\t"
				 "movnti %1, 40(%0)\n\t"
				 "movnti %1, 48(%0)\n\t"
				 "movnti %1, 56(%0)"
				 :
				 : "r"(p), "r"(0UL)
				 : "memory");
	__asm__ volatile("sfence" ::: "memory");
}

static void scrub_block(struct block *b)
{
	flush_block(b);
	zero_frames(mfn_to_virt(b->m), PAGE_SIZE << b->order);
	b->state = CLEAN;
}

/* Cleans a block in @zone or below, up to @order of it. */
static bool scrub_one(enum state state, int zone, unsigned int order)
{
	struct block b;
	bool found = false;

	spin_lock(&lock);
	for (; zone >= 0 && !found; zone--)
		found = take_from(state, zone, 0, &b);
	if (found) {
		split_block(&b, order);
		scrubs_begun++;
	}
	spin_unlock(&lock);
	if (!found)
		return false;
	scrub_block(&b);
	spin_lock(&lock);
	give_block(b);
	WRITE_ONCE(scrubs_ended, scrubs_ended + 1);
	spin_unlock(&lock);
	return true;
}

/* On failure *begun says how many blocks had been taken away to be cleaned. */
static bool try_alloc(unsigned int order, int zone, const enum state *states,
		      struct block *b, u32 *begun)
{
	bool found;

	spin_lock(&lock);
	found = take_block(states, zone, order, b);
	if (found)
		WRITE_ONCE(nr_free_all, nr_free_all - (1UL << order));
	*begun = scrubs_begun;
	spin_unlock(&lock);
	return found;
}

static bool alloc_block(unsigned int order, unsigned int addr_bits,
			const enum state *states, struct block *b)
{
	int zone = top_zone(addr_bits);
	u32 begun;

	if (order > FRAME_MAX_ORDER)
		return false;
	if (try_alloc(order, zone, states, b, &begun))
		return true;
	if (begun == READ_ONCE(scrubs_ended))
		return false;
	/* Others have blocks in hand that they clean; these come back. */
	while ((s32)(READ_ONCE(scrubs_ended) - begun) < 0)
		cpu_relax();
	return try_alloc(order, zone, states, b, &begun);
}

mfn_t frame_alloc(unsigned int order, unsigned int addr_bits)
{
	u32 left = MERGE_FRAMES >> SCRUB_ORDER;
	struct block b;

	while (!alloc_block(order, addr_bits, for_us, &b))
		if (!order || !left-- || !frame_scrub_some(addr_bits))
			return INVALID_MFN;
	flush_block(&b);
	return b.m;
}

mfn_t frame_alloc_clean(unsigned int order, unsigned int addr_bits,
			bool pristine_ok)
{
	const enum state *states = for_guests;
	struct block b;

	if (order > AT_ONCE_ORDER)
		states = pristine_ok ? never_used : clean_only;
	if (!alloc_block(order, addr_bits, states, &b))
		return INVALID_MFN;
	if (b.state == USED || (b.state == PRISTINE && !pristine_ok))
		scrub_block(&b);
	return b.m;
}

static void free_block(struct block b)
{
	spin_lock(&lock);
	BUG_ON(mfn_to_page(b.m)->count & PAGE_FREE);
	give_block(b);
	WRITE_ONCE(nr_free_all, nr_free_all + (1UL << b.order));
	spin_unlock(&lock);
}

void frame_free(mfn_t m, unsigned int order)
{
	free_block((struct block){ m, order, USED, 0, 0 });
}

void frame_free_stale(mfn_t m, unsigned int order, u32 stamp)
{
	free_block((struct block){ m, order, USED, FREE_STALE, stamp });
}

bool frame_scrub_some(unsigned int addr_bits)
{
	int zone = top_zone(addr_bits);

	return scrub_one(USED, zone, SCRUB_ORDER) ||
	       scrub_one(PRISTINE, zone, SCRUB_ORDER);
}

bool frame_scrub_idle(bool leisure)
{
	const int all = NR_ZONES - 1;

	if (READ_ONCE(nr_free[USED]))
		return scrub_one(USED, all, SCRUB_ORDER);
	return leisure && READ_ONCE(nr_free[PRISTINE]) &&
	       now_ns() > PRISTINE_WAIT_NS &&
	       scrub_one(PRISTINE, all, SCRUB_ORDER);
}

void frame_add_range(paddr_t start, paddr_t end)
{
	u64 m = DIV_ROUND_UP(start, PAGE_SIZE);
	u64 last = MIN(end >> PAGE_SHIFT, 1UL << NR_ZONES);

	BUG_ON(!frame_nr_total()); /* ram_init() comes first */
	m = MAX(m, 1UL);
	while (m < last) {
		unsigned int order = MIN(__builtin_ctzl(m), FRAME_MAX_ORDER);

		while (m + (1UL << order) > last)
			order--;
		free_block((struct block){ _mfn(m), order, PRISTINE, 0, 0 });
		m += 1UL << order;
	}
}

void *page_alloc_zeroed(void)
{
	mfn_t m = frame_alloc_clean(0, 0, false);

	return mfn_eq(m, INVALID_MFN) ? NULL : mfn_to_virt(m);
}

void page_free(void *va)
{
	frame_free(virt_to_mfn(va), 0);
}

u64 frame_nr_dirty(void)
{
	return READ_ONCE(nr_free[USED]) + READ_ONCE(nr_free[PRISTINE]);
}

u64 frame_nr_free(void)
{
	return READ_ONCE(nr_free_all);
}
