// SPDX-License-Identifier: GPL-2.0-only
/*
 * References and types of frames: the layer that isolation rests on.
 *
 * Invariants
 *  1. A frame with general references is not freed; whoever holds a type
 *     reference holds a general one too.
 *  2. A frame has one type while its type count is above zero. All writable
 *     mappings of guests hold PAGE_WRITABLE references, so a frame in use as
 *     a table or for descriptors cannot be written by a guest.
 *  3. Entry i of a validated table holds one general and one type reference
 *     on what it maps (a read-only page: the general one only).
 *  4. When a frame's type changes, no CPU still has a translation from its
 *     old life in its TLB.
 *
 * The type word's states, and the only ways between them:
 *
 *   idle      count 0           entries hold nothing
 *   busy      count 1, !V       one CPU validates or devalidates; all others
 *                               leave the word alone and wait
 *   valid     count n > 0, V    entries hold references
 *   partial   count 0, P        entries [0, aux) hold references, and P holds
 *                               a general one; F: to be undone, content bad
 *
 *   idle -> busy -> valid       first get; content is checked
 *   valid -> valid              get, put, lock, pin: compare and swap
 *   valid -> busy -> idle       last put; never while L (locked) is set
 *   busy -> partial -> busy     the CPU was wanted for something else
 *
 * Nobody owns a partial page. A get of the same type goes on validating where
 * it stopped, a get of another type or page_unwind() devalidates. So nothing
 * is lost when the one who began never comes back, and relinquishing a domain
 * finds such pages in its list.
 *
 * Waiting. A CPU that is busy with a table waits only for tables of lower
 * levels, and a CPU that holds L waits for nobody, so there is no cycle. A
 * page that is wanted as another type than it has is refused at once. Entries
 * change under L only, and L can be taken in state valid only: what a validator
 * sees is frozen, since the frame is not writable and cannot be locked.
 *
 * TLB. With the drop to idle the flush clock is noted in aux; before the word
 * says so, because then the next user may read it. At a change of type those of
 * the owner's dirty CPUs that have not flushed since are flushed. This covers:
 *  - writable translations: they existed while the count was above zero;
 *  - cached paging-structure entries that lead to a former table, and whatever
 *    a CPU may still reach through it: their frames' references were dropped
 *    after the entry was cleared, so their own stamps are later than that.
 * The order in time is: entry cleared (a locked instruction), clock read,
 * reference dropped. A CPU counts up the clock before it flushes; when its
 * count is above the stamp, it flushed after the entry was cleared. Hence the
 * flushes that the ABI promises after changes of upper levels may wait for the
 * end of a batch: they are for the guest, isolation does not need them.
 * Frames mapped writable by others than their owner are marked PAGE_FOREIGN;
 * for them all CPUs count as dirty. Freed frames: see frame.c.
 */
#include "mm/page.h"

#include "cpu/system.h"
#include "cpu/tlb.h"
#include "debug/log.h"

#define V     PAGE_TYPE_VALIDATED
#define P     PAGE_TYPE_PARTIAL
#define F     PAGE_TYPE_FAILED
#define L     PAGE_TYPE_LOCKED
#define COUNT PAGE_TYPE_COUNT

/* What a guest can take; some are left for page_get_again(). */
#define MAX_REFS (PAGE_REFS - 16)

#define OWNER_IO  1
#define OWNER_XEN 2

struct page_owner owner_io = { .domid = 0x7ff1 };
struct page_owner owner_xen = { .domid = 0x7ff2,
				.lock = SPINLOCK_INIT(RANK_PAGES) };

static const struct page_type_ops *type_ops;

/* A place where tests switch to another thread. */
#ifndef PAGE_YIELD
#define PAGE_YIELD() ((void)0)
#endif

static inline bool cas32(u32 *p, u32 old, u32 new)
{
	PAGE_YIELD();
	return cas(p, &old, new);
}

static inline bool cas64(u64 *p, u64 old, u64 new)
{
	PAGE_YIELD();
	return cas(p, &old, new);
}

static inline u32 load(const u32 *p)
{
	PAGE_YIELD();
	return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

/* Only the CPU that is busy with a page stores to its type word. */
static inline void store_type(struct page *pg, u32 x)
{
	PAGE_YIELD();
	__atomic_store_n(&pg->type, x, __ATOMIC_RELEASE);
}

static inline bool is_table(enum page_type t)
{
	return t >= PAGE_L1 && t <= PAGE_L4;
}

static inline u32 type_bits(enum page_type t)
{
	return (u32)t << PAGE_TYPE_SHIFT;
}

void page_register_type_ops(const struct page_type_ops *ops)
{
	type_ops = ops;
}

/* ---- owners and general references ---- */

u32 owner_encode(const struct page_owner *o)
{
	u64 offset = (u64)o - DIRECT_MAP_VA;

	if (likely(offset >> 36 == 0))
		return offset >> 4;
	BUG_ON(o != &owner_io && o != &owner_xen);
	return o == &owner_io ? OWNER_IO : OWNER_XEN;
}

struct page_owner *page_owner(const struct page *pg)
{
	u32 code = load(&pg->owner);

	if (likely(code > OWNER_XEN))
		return (void *)(DIRECT_MAP_VA + ((u64)code << 4));
	if (code == OWNER_XEN)
		return &owner_xen;
	return code == OWNER_IO ? &owner_io : NULL;
}

bool page_get(struct page *pg, struct page_owner *o)
{
	u32 code = owner_encode(o);

	for (;;) {
		u64 x = __atomic_load_n(&pg->count_owner, __ATOMIC_ACQUIRE);
		u32 refs = x & PAGE_REFS;

		/* No reference: being freed. */
		if (unlikely(x >> 32 != code || !refs || refs >= MAX_REFS))
			return false;
		if (likely(cas64(&pg->count_owner, x, x + 1)))
			return true;
	}
}

/* One more, by someone who holds one. */
static void page_get_again(struct page *pg)
{
	PAGE_YIELD();
	__atomic_fetch_add(&pg->count, 1, __ATOMIC_SEQ_CST);
}

void page_put(struct page *pg)
{
	u32 x;

	PAGE_YIELD();
	x = __atomic_sub_fetch(&pg->count, 1, __ATOMIC_SEQ_CST);
	ASSERT((x & PAGE_REFS) != PAGE_REFS);
	if (unlikely(!(x & PAGE_REFS)))
		owner_free_page(pg);
}

void page_mark_foreign(struct page *pg)
{
	u32 x;

	do {
		x = load(&pg->count);
		if (x & PAGE_FOREIGN)
			return;
	} while (!cas32(&pg->count, x, x | PAGE_FOREIGN));
}

/* ---- busy pages ---- */

/* A copy of a mask that other CPUs change meanwhile. */
static void cpumask_read(struct cpumask *dst, const struct cpumask *src)
{
	for (u32 i = 0; i < ARRAY_SIZE(dst->bits); i++)
		dst->bits[i] = __atomic_load_n(&src->bits[i], __ATOMIC_RELAXED);
}

static void flush_old_life(struct page *pg)
{
	bool foreign = load(&pg->count) & PAGE_FOREIGN;
	const struct page_owner *o = page_owner(pg);
	struct cpumask mask;

	cpumask_read(&mask, foreign || !o ? &cpu_online_mask : &o->dirty_cpus);
	tlb_filter(&mask, pg->aux);
	if (!cpumask_empty(&mask))
		tlb_flush_mask(&mask);
	/* No writable translation is left, and none can be made meanwhile. */
	if (foreign)
		__atomic_fetch_and(&pg->count, ~PAGE_FOREIGN, __ATOMIC_SEQ_CST);
}

/* @had_ref: a general reference is left over from partial. */
static void busy_to_partial(struct page *pg, enum page_type t, u32 flags,
			    bool had_ref)
{
	if (!had_ref)
		page_get_again(pg);
	store_type(pg, type_bits(t) | P | flags);
}

static void busy_to_idle(struct page *pg, enum page_type t, bool had_ref)
{
	WRITE_ONCE(pg->aux, tlb_clock_now());
	store_type(pg, type_bits(t));
	if (had_ref)
		page_put(pg);
}

static int busy_unwind(struct page *pg, enum page_type t, u32 flags,
		       bool had_ref, bool preemptible)
{
	int err = type_ops->devalidate(pg, t, preemptible);

	if (err)
		busy_to_partial(pg, t, flags, had_ref);
	else
		busy_to_idle(pg, t, had_ref);
	return err;
}

static int busy_validate(struct page *pg, enum page_type t, bool had_ref,
			 bool preemptible)
{
	int err = type_ops->validate(pg, t, preemptible), undo;

	if (likely(!err)) {
		store_type(pg, type_bits(t) | V | 1);
		if (had_ref)
			page_put(pg);
		return 0;
	}
	if (err == -ERESTART) {
		busy_to_partial(pg, t, 0, had_ref);
		return err;
	}
	undo = busy_unwind(pg, t, F, had_ref, preemptible);
	return undo ? undo : err;
}

/* partial -> busy; false: somebody else was faster. */
static bool partial_to_busy(struct page *pg, u32 x)
{
	return cas32(&pg->type, x, type_bits(page_type_of(x)) | 1);
}

static int unwind(struct page *pg, bool preemptible)
{
	for (;;) {
		u32 x = load(&pg->type);

		if (!(x & P))
			return 0;
		if (partial_to_busy(pg, x))
			return busy_unwind(pg, page_type_of(x), x & F, true,
					   preemptible);
	}
}

int page_unwind(struct page *pg)
{
	return unwind(pg, true);
}

/* ---- type references ---- */

static int refuse(const struct page *pg, u32 x, enum page_type t)
{
	const struct page_owner *o = page_owner(pg);

	pr_guest("mm: d%d: mfn %llx is type %u, count %u, flags %x; not %u",
		 o ? o->domid : -1, (unsigned long long)(pg - frame_table),
		 page_type_of(x), x & COUNT, x >> 24 & 0x1f, t);
	return fail(-EINVAL);
}

/* Word @x had count 0 and no P. -EAGAIN: it has changed. */
static int first_get(struct page *pg, u32 x, enum page_type t, bool preemptible)
{
	enum page_type was = page_type_of(x);
	bool new_life = was != t && was != PAGE_NONE;
	bool check = is_table(t) || t == PAGE_SEGDESC;

	if (!check && !new_life)
		return cas32(&pg->type, x, type_bits(t) | V | 1) ? 0 : -EAGAIN;
	if (!cas32(&pg->type, x, type_bits(t) | 1))
		return -EAGAIN;
	if (new_life)
		flush_old_life(pg);
	pg->aux = 0;
	if (check)
		return busy_validate(pg, t, false, preemptible);
	store_type(pg, type_bits(t) | V | 1);
	return 0;
}

/* Word @x is partial. -EAGAIN: it has changed. */
static int partial_get(struct page *pg, u32 x, enum page_type t,
		       bool preemptible)
{
	int err;

	/* A table half gone is still a table to those who cannot wait. */
	if (page_type_of(x) != t && !preemptible)
		return refuse(pg, x, t);
	if (page_type_of(x) == t && !(x & F)) {
		if (!partial_to_busy(pg, x))
			return -EAGAIN;
		return busy_validate(pg, t, true, preemptible);
	}
	err = unwind(pg, preemptible);
	if (err)
		return err;
	return page_type_of(x) == t ? -EINVAL : -EAGAIN;
}

/* A CPU is at it; it may take its time. */
static int wait_busy(bool preemptible)
{
	cpu_relax();
	if (preemptible && type_ops->preempt_check())
		return -ERESTART;
	return -EAGAIN;
}

static int slow_get(struct page *pg, enum page_type t, bool preemptible)
{
	int err;

	do {
		u32 x = load(&pg->type);

		if (!(x & COUNT))
			err = x & P ? partial_get(pg, x, t, preemptible) :
				      first_get(pg, x, t, preemptible);
		else if (page_type_of(x) != t || (x & COUNT) == COUNT)
			err = refuse(pg, x, t);
		else if (!(x & V))
			err = wait_busy(preemptible);
		else
			err = cas32(&pg->type, x, x + 1) ? 0 : -EAGAIN;
	} while (err == -EAGAIN);
	return err;
}

static inline int type_get(struct page *pg, enum page_type t, bool preemptible)
{
	u32 x = load(&pg->type);

	/* The usual cases: data used as data, and one more of the same. */
	if (t == PAGE_WRITABLE && likely(x == type_bits(t)) &&
	    cas32(&pg->type, x, type_bits(t) | V | 1))
		return 0;
	if (likely((x & ~(COUNT | L | PAGE_TYPE_PINNED)) ==
		   (type_bits(t) | V)) &&
	    (x & COUNT) != COUNT && cas32(&pg->type, x, x + 1))
		return 0;
	return slow_get(pg, t, preemptible);
}

int page_get_type(struct page *pg, enum page_type t)
{
	return type_get(pg, t, false);
}

/* The last reference of a table or of descriptors. */
static int last_put(struct page *pg, u32 x, bool preemptible)
{
	enum page_type t = page_type_of(x);

	if (x & L || !(x & V)) {
		cpu_relax();
		return -EAGAIN;
	}
	ASSERT(!(x & PAGE_TYPE_PINNED));
	if (!cas32(&pg->type, x, type_bits(t) | 1))
		return -EAGAIN;
	if (is_table(t)) {
		pg->aux = 512;
		return busy_unwind(pg, t, 0, false, preemptible);
	}
	busy_to_idle(pg, t, false);
	return 0;
}

static inline int type_put(struct page *pg, bool preemptible)
{
	for (;;) {
		u32 x = load(&pg->type);
		int err;

		ASSERT(x & COUNT);
		if (likely((x & COUNT) > 1)) {
			if (cas32(&pg->type, x, x - 1))
				return 0;
			continue;
		}
		if (page_type_of(x) == PAGE_WRITABLE ||
		    page_type_of(x) == PAGE_NONE) {
			/*
			 * Ours is the only reference: nobody else writes aux,
			 * and a data page in use has none.
			 */
			WRITE_ONCE(pg->aux, tlb_clock_now());
			if (cas32(&pg->type, x, x & ~(COUNT | V)))
				return 0;
			continue;
		}
		err = last_put(pg, x, preemptible);
		if (err != -EAGAIN)
			return err;
	}
}

void page_put_type(struct page *pg)
{
	int err = type_put(pg, false);

	BUG_ON(err);
}

int page_put_type_preemptible(struct page *pg)
{
	return type_put(pg, true);
}

static inline int get_and_type(struct page *pg, struct page_owner *o,
			       enum page_type t, bool preemptible)
{
	int err;

	if (unlikely(!page_get(pg, o)))
		return fail(-EPERM);
	err = type_get(pg, t, preemptible);
	if (unlikely(err))
		page_put(pg);
	return err;
}

int page_get_and_type(struct page *pg, struct page_owner *o, enum page_type t)
{
	return get_and_type(pg, o, t, false);
}

int page_get_and_type_preemptible(struct page *pg, struct page_owner *o,
				  enum page_type t)
{
	return get_and_type(pg, o, t, true);
}

void page_put_and_type(struct page *pg)
{
	page_put_type(pg);
	page_put(pg);
}

/* ---- pins and the lock of a table ---- */

int page_pin(struct page *pg, struct page_owner *o, enum page_type t)
{
	int err = get_and_type(pg, o, t, true);
	u32 x;

	if (err)
		return err;
	do {
		x = load(&pg->type);
		if (x & PAGE_TYPE_PINNED) {
			/* If it is the last after all, it may stay partial. */
			err = type_put(pg, true);
			page_put(pg);
			return fail(-EINVAL);
		}
	} while (!cas32(&pg->type, x, x | PAGE_TYPE_PINNED));
	return 0;
}

int page_unpin(struct page *pg)
{
	int err;
	u32 x;

	do {
		x = load(&pg->type);
		if (!(x & PAGE_TYPE_PINNED))
			return fail(-EINVAL);
	} while (!cas32(&pg->type, x, x & ~PAGE_TYPE_PINNED));
	err = type_put(pg, true);
	if (!err)
		page_put(pg);
	return err;
}

bool page_lock_table(struct page *pg, const struct page_owner *o,
		     enum page_type t)
{
	u32 code = owner_encode(o);

	/* Others' locks are not for us, not even for a moment. */
	if (unlikely(load(&pg->owner) != code))
		return false;
	for (;;) {
		u32 x = load(&pg->type);

		if (unlikely(!(x & V) || page_type_of(x) != t))
			return false;
		if (unlikely(x & L)) {
			cpu_relax();
			continue;
		}
		if (likely(cas32(&pg->type, x, x | L)))
			break;
	}
	/* Now its references, and so its owner, stay. */
	if (likely(load(&pg->owner) == code))
		return true;
	page_unlock_table(pg);
	return false;
}

void page_unlock_table(struct page *pg)
{
	PAGE_YIELD();
	__atomic_fetch_and(&pg->type, ~L, __ATOMIC_SEQ_CST);
}
