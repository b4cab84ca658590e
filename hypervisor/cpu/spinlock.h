/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ticket spinlocks with ranks, and reader-writer locks.
 *
 * Every lock is initialised with its rank; debug builds stop when a CPU takes
 * a lock whose rank is not above all it holds (same rank: allowed only through
 * spin_lock_second(), the caller orders by domain id, then address). The order
 * is explained in docs/locking.md. A lock that is ever taken in an interrupt
 * handler is always taken with the irq variants; the others are taken with
 * interrupts on, so that a spinning CPU still answers TLB flush requests.
 */
#pragma once

#include "lib/types.h"

/* Outermost first. */
enum lock_rank {
	RANK_DOMCTL, /* serialises domain construction and destruction */
	RANK_DOMAIN, /* struct domain: lifecycle, vcpu set, settings */
	RANK_GRANT, /* one grant table */
	RANK_GRANT_MAP, /* one maptrack free list */
	RANK_GRANT_ENTRY, /* one active grant */
	RANK_EVTCHN, /* one event channel table: bind and close */
	RANK_PIRQ, /* all domains' pirq tables: bind, map */
	RANK_MSI, /* the list of message signalled interrupts */
	RANK_PORT, /* one event channel port */
	RANK_VCPU, /* per-vcpu odds and ends */
	RANK_EVENT_QUEUE, /* one vcpu's FIFO event queues */
	RANK_DOMAIN_LIST, /* the list and hash of all domains */
	RANK_PAGES, /* page_owner: page list and counts */
	RANK_IRQ, /* one irq descriptor */
	RANK_SCHED, /* one CPU's run queue */
	RANK_TIMER, /* one CPU's timer heap */
	RANK_FRAMES, /* the frame allocator */
	RANK_HEAP,
	RANK_PAGETABLE, /* the hypervisor's own mappings */
	RANK_PLATFORM, /* port 0xcf8, RTC, IO-APIC index registers, time */
	RANK_CONSOLE,
	RANK_LEAF, /* takes nothing below it */
};

typedef struct {
	u32 ticket; /* next in the high half, owner in the low half */
	u16 rank;
	u16 holder; /* cpu + 1, debug builds */
} spinlock_t;

#define SPINLOCK_INIT(r)    \
	{                   \
		.rank = (r) \
	}

void spin_lock_init(spinlock_t *l, enum lock_rank rank);
void spin_lock(spinlock_t *l);
void spin_lock_second(spinlock_t *l); /* same rank as one held */
bool spin_trylock(spinlock_t *l);
void spin_unlock(spinlock_t *l);
u64 __must_check spin_lock_irqsave(spinlock_t *l); /* returns RFLAGS */
void spin_unlock_irqrestore(spinlock_t *l, u64 flags);

/* Readers share; a waiting writer holds new readers back. */
typedef struct {
	u32 readers;
	u32 writer_waiting;
	spinlock_t writers;
} rwlock_t;

#define RWLOCK_INIT(r)                      \
	{                                   \
		.writers = SPINLOCK_INIT(r) \
	}

void rw_lock_init(rwlock_t *l, enum lock_rank rank);
void read_lock(rwlock_t *l);
void read_unlock(rwlock_t *l);
void write_lock(rwlock_t *l);
void write_unlock(rwlock_t *l);
