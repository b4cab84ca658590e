/* SPDX-License-Identifier: GPL-2.0-only */
/* Between sched/core.c and the policy. */
#pragma once

#include "cpu/percpu.h"
#include "sched/sched.h"

#define NS_PER_MS 1000000UL
#define NS_PER_US 1000UL

/* Values of sched_unit.where. */
enum unit_where {
	UNIT_OFF, /* in no list: runs, sleeps, or is on its way to a queue */
	UNIT_QUEUED, /* in its CPU's queue */
	UNIT_PARKED, /* in its CPU's parked list: its group's cap is reached */
};

/*
 * One CPU's run queue. Rule: a unit's fields that are "under the CPU's lock"
 * belong to the lock of sched_cpu[unit->cpu]; unit->cpu changes only under the
 * old CPU's lock. A unit with `running` set stays with its CPU.
 */
struct sched_cpu {
	spinlock_t lock; /* RANK_SCHED, irq safe */
	unsigned int cpu;
	bool ready;
	struct sched_unit *curr, *idle;
	struct timer slice; /* end of curr's turn; armed if someone waits */
	u64 slice_ns; /* what it is to be armed for, 0: not; without the lock */
	struct list queue; /* by vtime, the smallest first */
	struct list parked;
	u32 nr_queued; /* read by others without the lock */
	/*
	 * The longest queue of any CPU when this one last looked. What a unit
	 * runs here it waits for there, so turns are as short everywhere.
	 */
	u32 crowd;
	s64 head_vtime; /* of the queue, S64_MAX: empty; likewise */
	s64 min_vtime; /* never goes back: where newcomers are placed */
	u64 offered_ns; /* when a busy CPU was last asked to take a unit */
	/* For others, who guess how far curr has got. */
	u64 picked_ns;
	s64 picked_vtime, cost_per_ms;
};

#define S64_MAX INT64_MAX

DECLARE_PER_CPU(struct sched_cpu, sched_cpu);

/* May another CPU take it? Pairs with unit_left(), after its state is saved. */
static inline bool unit_is_saved(const struct sched_unit *u)
{
	return !__atomic_load_n(&u->running, __ATOMIC_ACQUIRE);
}

/* CPUs that idle and have not been given work yet. */
extern struct cpumask sched_idle_mask;

/* ---- credit.c ---- */
void credit_group_init(struct sched_group *g);
void credit_group_fini(struct sched_group *g);
/* Weight or cap have changed. */
void credit_group_changed(struct sched_group *g);
/*
 * The best CPU for a unit that is about to be queued; an idle one is taken out
 * of sched_idle_mask. Lock of its present CPU held.
 */
unsigned int credit_place(struct sched_unit *u);
/*
 * The rest with @sc's lock held, for units of that CPU. insert: it has become
 * runnable, or has come from elsewhere; true: the CPU has to pick again, which
 * it is told without the lock that it then wants.
 */
bool __must_check credit_insert(struct sched_cpu *sc, struct sched_unit *u,
				u64 now);
/* After an insert that returned false, without locks. */
void credit_inserted(struct sched_cpu *sc);
void credit_remove(struct sched_cpu *sc, struct sched_unit *u);
/* Puts curr back where it belongs and takes out the next to run. */
struct sched_unit *credit_pick(struct sched_cpu *sc, u64 now);
/*
 * After a switch, without locks: sets or stops the slice timer; is there work
 * to offer to others?
 */
void credit_switched(struct sched_cpu *sc);
