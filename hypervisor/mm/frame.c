// SPDX-License-Identifier: GPL-2.0-only
/*
 * The frame allocator: a buddy system.
 *
 * A free block's head carries PAGE_FREE and the flags below in count, its order
 * in aux, and links the block into the list of its zone, order and state. The
 * zone of a block is the top bit of its frame number: a limit on address bits
 * is a limit on zones, and low memory is used last.
 *
 * States. A clean block is all zero and in no CPU's TLB. A dirty block must be
 * zeroed before a guest gets it; when it is stale, CPUs that have not flushed
 * since its stamp (kept in type) may still have it mapped, so that it must be
 * flushed before anyone gets it, we too. Idle CPUs make clean blocks of dirty
 * ones; buddies of different state do not merge until then.
 */
#include "mm/frame.h"

#include "cpu/spinlock.h"
#include "cpu/tlb.h"
#include "debug/log.h"
#include "lib/string.h"
#include "mm/page.h"

/* Beside PAGE_FREE in count. */
#define FREE_DIRTY 1U
#define FREE_USED  2U /* not as boot found it */
#define FREE_STALE 4U

#define NR_ZONES    32 /* frame numbers have 32 bits: 16 TiB */
#define NR_ORDERS   (FRAME_MAX_ORDER + 1)
#define SCRUB_ORDER 6

struct block {
	mfn_t m;
	unsigned int order;
	u32 flags;
	u32 stamp;
};

/* All under lock. Index: dirty?, zone, order. */
static spinlock_t lock = SPINLOCK_INIT(RANK_FRAMES);
static u32 heads[2][NR_ZONES][NR_ORDERS]; /* frame number, 0 = empty */
static u32 nonempty[2][NR_ZONES]; /* bit n: heads[][][n] is not empty */
static u64 nr_free[2];

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

static void link_block(const struct block *b)
{
	unsigned int dirty = b->flags & FREE_DIRTY, zone = zone_of(b->m);
	u32 *head = &heads[dirty][zone][b->order];
	struct page *pg = mfn_to_page(b->m);

	pg->count = PAGE_FREE | b->flags;
	pg->aux = b->order;
	pg->type = b->stamp;
	pg->prev = 0;
	pg->next = *head;
	if (*head)
		frame_table[*head].prev = mfn_x(b->m);
	*head = mfn_x(b->m);
	nonempty[dirty][zone] |= 1U << b->order;
	nr_free[dirty] += 1UL << b->order;
}

static struct block unlink_block(struct page *pg)
{
	struct block b = { page_to_mfn(pg), pg->aux, pg->count & ~PAGE_FREE,
			   pg->type };
	unsigned int dirty = b.flags & FREE_DIRTY, zone = zone_of(b.m);
	u32 *head = &heads[dirty][zone][b.order];

	if (pg->prev)
		frame_table[pg->prev].next = pg->next;
	else
		*head = pg->next;
	if (pg->next)
		frame_table[pg->next].prev = pg->prev;
	if (!*head)
		nonempty[dirty][zone] &= ~(1U << b.order);
	nr_free[dirty] -= 1UL << b.order;
	pg->count = pg->type = pg->aux = 0;
	return b;
}

static bool can_merge(const struct block *b, mfn_t other)
{
	const struct page *pg = mfn_to_page(other);

	return mfn_is_ram(other) && pg->count & PAGE_FREE &&
	       !((pg->count ^ b->flags) & FREE_DIRTY) && pg->aux == b->order;
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
		if (o.flags & FREE_STALE)
			b.stamp = b.flags & FREE_STALE ? tlb_clock_now() :
							 o.stamp;
		b.flags |= o.flags;
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

static bool take_from(unsigned int dirty, int zone, unsigned int order,
		      struct block *b)
{
	u32 orders = nonempty[dirty][zone] >> order;

	if (!orders)
		return false;
	order += __builtin_ctz(orders);
	*b = unlink_block(&frame_table[heads[dirty][zone][order]]);
	return true;
}

/* Under lock. Low memory is for those who can use no other. */
static bool take_block(unsigned int prefer_dirty, int zone, unsigned int order,
		       struct block *b)
{
	for (; zone >= 0; zone--)
		if (take_from(prefer_dirty, zone, order, b) ||
		    take_from(!prefer_dirty, zone, order, b)) {
			split_block(b, order);
			return true;
		}
	return false;
}

static void flush_block(struct block *b)
{
	struct cpumask mask = cpu_online_mask;

	if (!(b->flags & FREE_STALE))
		return;
	tlb_filter(&mask, b->stamp);
	if (!cpumask_empty(&mask))
		tlb_flush_mask(&mask);
	b->flags &= ~FREE_STALE;
}

static void scrub_block(struct block *b)
{
	flush_block(b);
	memset(mfn_to_virt(b->m), 0, PAGE_SIZE << b->order);
	b->flags &= ~FREE_DIRTY;
}

/* Cleans a dirty block in @zone or below, up to @order of it. */
static bool scrub_one(int zone, unsigned int order)
{
	struct block b;
	bool found = false;

	spin_lock(&lock);
	for (; zone >= 0 && !found; zone--)
		found = take_from(1, zone, 0, &b);
	if (found && b.order > order)
		split_block(&b, order);
	spin_unlock(&lock);
	if (!found)
		return false;
	scrub_block(&b);
	spin_lock(&lock);
	give_block(b);
	spin_unlock(&lock);
	return true;
}

static bool alloc_block(unsigned int order, unsigned int addr_bits,
			unsigned int prefer_dirty, struct block *b)
{
	int zone = top_zone(addr_bits);
	bool found;

	if (order > FRAME_MAX_ORDER)
		return false;
	do {
		spin_lock(&lock);
		found = take_block(prefer_dirty, zone, order, b);
		spin_unlock(&lock);
		/* Dirty and clean buddies may make up a block when cleaned. */
	} while (!found && order && scrub_one(zone, order));
	return found;
}

mfn_t frame_alloc(unsigned int order, unsigned int addr_bits)
{
	struct block b;

	if (!alloc_block(order, addr_bits, 1, &b))
		return INVALID_MFN;
	flush_block(&b);
	return b.m;
}

mfn_t frame_alloc_clean(unsigned int order, unsigned int addr_bits,
			bool pristine_ok)
{
	struct block b;

	if (!alloc_block(order, addr_bits, 0, &b))
		return INVALID_MFN;
	if (b.flags & FREE_DIRTY && (b.flags & FREE_USED || !pristine_ok))
		scrub_block(&b);
	return b.m;
}

static void free_block(struct block b)
{
	spin_lock(&lock);
	give_block(b);
	spin_unlock(&lock);
}

void frame_free(mfn_t m, unsigned int order)
{
	free_block((struct block){ m, order, FREE_DIRTY | FREE_USED, 0 });
}

void frame_free_stale(mfn_t m, u32 stamp)
{
	free_block((struct block){ m, 0, FREE_DIRTY | FREE_USED | FREE_STALE,
				   stamp });
}

bool frame_scrub_idle(void)
{
	return READ_ONCE(nr_free[1]) && scrub_one(NR_ZONES - 1, SCRUB_ORDER) &&
	       READ_ONCE(nr_free[1]);
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
		free_block((struct block){ _mfn(m), order, FREE_DIRTY, 0 });
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

u64 frame_nr_free(void)
{
	return READ_ONCE(nr_free[0]) + READ_ONCE(nr_free[1]);
}

u64 frame_nr_dirty(void)
{
	return READ_ONCE(nr_free[1]);
}
