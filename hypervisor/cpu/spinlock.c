/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticket spinlocks and reader-writer locks.
 *
 * A ticket word holds the next ticket in its high half and the one being served
 * in its low half. Debug builds keep, per CPU, the ranks of the locks held, as
 * a bitmap: a lock may be taken when no bit at or above its rank is set. Locks
 * above RANK_LEAF do not exist.
 */
#include "cpu/spinlock.h"

#include "cpu/percpu.h"
#include "cpu/system.h"
#include "debug/log.h"

#define TICKET_STEP 0x10000U

#ifdef HOSPES_DEBUG
static DEFINE_PER_CPU(u64, ranks_held);
bool lock_checks_on; /* once per-CPU data is there */

static void rank_enter(spinlock_t *l, bool same_rank_ok)
{
	u64 held;

	if (!lock_checks_on)
		return;
	held = this_cpu(ranks_held) >> l->rank;
	if (same_rank_ok)
		held &= ~1UL;
	if (held)
		panic("lock: cpu %u takes rank %u while holding ranks %#lx",
		      this_cpu_id(), l->rank, this_cpu(ranks_held));
	if (!same_rank_ok)
		this_cpu(ranks_held) |= BIT(l->rank);
	l->holder = (u16)(this_cpu_id() + 1);
}

static void rank_leave(spinlock_t *l)
{
	if (!lock_checks_on)
		return;
	BUG_ON(l->holder != this_cpu_id() + 1 && l->holder != 0);
	l->holder = 0;
	this_cpu(ranks_held) &= ~BIT(l->rank);
}
#else
static inline void rank_enter(spinlock_t *l, bool same_rank_ok)
{
}

static inline void rank_leave(spinlock_t *l)
{
}
#endif

void spin_lock_init(spinlock_t *l, enum lock_rank rank)
{
	*l = (spinlock_t){ .rank = (u16)rank };
}

static inline void take_ticket(spinlock_t *l)
{
	u32 mine =
		__atomic_fetch_add(&l->ticket, TICKET_STEP, __ATOMIC_ACQUIRE);

	while ((u16)mine != mine >> 16) {
		cpu_relax();
		mine = (mine & 0xffff0000) |
		       (u16)__atomic_load_n(&l->ticket, __ATOMIC_ACQUIRE);
	}
}

void spin_lock(spinlock_t *l)
{
	take_ticket(l);
	rank_enter(l, false);
}

void spin_lock_second(spinlock_t *l)
{
	take_ticket(l);
	rank_enter(l, true);
}

bool spin_trylock(spinlock_t *l)
{
	u32 seen = READ_ONCE(l->ticket);

	if ((u16)seen != seen >> 16 ||
	    !__atomic_compare_exchange_n(&l->ticket, &seen, seen + TICKET_STEP,
					 false, __ATOMIC_ACQUIRE,
					 __ATOMIC_RELAXED))
		return false;
	/* Who does not wait cannot deadlock: two run queues are locked so. */
	rank_enter(l, true);
	return true;
}

void spin_unlock(spinlock_t *l)
{
	rank_leave(l);
	/* Only the holder writes the low half. */
	__atomic_fetch_add((u16 *)&l->ticket, 1, __ATOMIC_RELEASE);
}

u64 spin_lock_irqsave(spinlock_t *l)
{
	u64 flags = irq_save();

	spin_lock(l);
	return flags;
}

void spin_unlock_irqrestore(spinlock_t *l, u64 flags)
{
	spin_unlock(l);
	irq_restore(flags);
}

void rw_lock_init(rwlock_t *l, enum lock_rank rank)
{
	*l = (rwlock_t){ .writers = { .rank = (u16)rank } };
}

void read_lock(rwlock_t *l)
{
	for (;;) {
		while (__atomic_load_n(&l->writer_waiting, __ATOMIC_ACQUIRE))
			cpu_relax();
		__atomic_fetch_add(&l->readers, 1, __ATOMIC_SEQ_CST);
		if (!__atomic_load_n(&l->writer_waiting, __ATOMIC_SEQ_CST))
			return;
		__atomic_fetch_sub(&l->readers, 1, __ATOMIC_SEQ_CST);
	}
}

void read_unlock(rwlock_t *l)
{
	__atomic_fetch_sub(&l->readers, 1, __ATOMIC_RELEASE);
}

void write_lock(rwlock_t *l)
{
	spin_lock(&l->writers);
	__atomic_store_n(&l->writer_waiting, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&l->readers, __ATOMIC_ACQUIRE))
		cpu_relax();
}

void write_unlock(rwlock_t *l)
{
	__atomic_store_n(&l->writer_waiting, 0, __ATOMIC_RELEASE);
	spin_unlock(&l->writers);
}
