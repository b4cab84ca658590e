/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Scheduling. Knows units (one in each vcpu) and groups (one in each domain),
 * not domains. The policy is credit (sched/credit.c); private.h has
 * what it does.
 *
 * A unit runs when nothing pauses it: pause_flags are set and cleared by their
 * owners; unit_wake() after clearing, unit_sleep*() after setting one.
 */
#pragma once

#include "cpu/spinlock.h"
#include "include/abi.h"
#include "lib/bitmap.h"
#include "lib/list.h"
#include "sched/timer.h"

/* Bits of pause_flags; the last two stand for counts of the domain layer. */
#define PAUSE_BLOCKED 0 /* SCHEDOP_block or poll */
#define PAUSE_DOWN    1 /* not brought up */
#define PAUSE_DOMAIN  2 /* domain's pause count is not zero */
#define PAUSE_VCPU    3 /* vcpu's pause count is not zero */

struct sched_group { /* embedded in struct domain */
	u32 weight; /* 1..65535, default 256 */
	u32 cap; /* percent of one CPU, 0 = none */
	u32 nr_units;
	/* The policy's. */
	u32 nr_active; /* units running or runnable, atomic */
	s64 budget_ns; /* with a cap: left of this period, atomic */
	u64 period_ns; /* when this period began, atomic */
	struct timer refill; /* armed while a unit waits for the next one */
	struct cpumask parked_cpus; /* where such units are */
};

struct sched_unit { /* embedded in struct vcpu */
	struct sched_group *group;
	u64 pause_flags;
	u32 cpu; /* where it runs or ran last; under that CPU's lock */
	bool running; /* on a CPU now: its state is not in memory */
	bool is_idle;
	struct cpumask hard_affinity; /* under the CPU's lock */
	struct cpumask soft_affinity;
	struct vcpu_runstate_info runstate; /* state, entry time, ns in each */
	/* The policy's, under the CPU's lock. */
	struct list queue;
	u8 where; /* UNIT_* of private.h */
	bool yielding; /* lets the first in the queue pass, once */
	s64 vtime; /* time used, weighted: the smallest runs first */
	u64 charged_ns; /* vtime is up to date with this moment */
	u64 slice_start_ns;
};

extern unsigned int sched_id; /* XEN_SCHEDULER_CREDIT */
/* Longest time before another's turn; least before a wake-up preempts. */
extern u64 sched_slice_ns, sched_ratelimit_ns;

void sched_init(void); /* boot CPU, before any unit */
/* Each CPU, before its idle unit; again is harmless. */
void sched_init_cpu(unsigned int cpu);
void sched_group_init(struct sched_group *g);
void sched_group_fini(struct sched_group *g);
/* is_idle is set by the caller: that unit runs on @cpu from now on. */
void unit_init(struct sched_unit *u, struct sched_group *g, unsigned int cpu);
/* It sleeps for good: off its CPU, never to be woken. */
void unit_fini(struct sched_unit *u);

static inline bool unit_runnable(const struct sched_unit *u)
{
	return READ_ONCE(u->pause_flags) == 0;
}

void unit_wake(struct sched_unit *u); /* any context */
/* Takes it off its CPU soon; _sync waits until its state is in memory. */
void unit_sleep(struct sched_unit *u);
void unit_sleep_sync(struct sched_unit *u);
void unit_yield(struct sched_unit *u);
int __must_check unit_set_affinity(struct sched_unit *u,
				   const struct cpumask *hard,
				   const struct cpumask *soft);
/* Runstate with the time in the current state added. */
void unit_runstate(const struct sched_unit *u, struct vcpu_runstate_info *out);
/* -EINVAL: weight 0 or above 65535, cap above 100 for each unit. */
int __must_check sched_group_set(struct sched_group *g, u32 weight, u32 cap);
u64 sched_cpu_idle_ns(unsigned int cpu); /* time the CPU had nothing to do */
/* One line for each CPU and each waiting unit (console key r). */
void sched_dump(void (*name)(const struct sched_unit *u, char *buf, size_t n));

/*
 * What the layer above does for us. context_switch runs in SOFTIRQ_SCHEDULE
 * with interrupts off: saves @prev, loads @next (either may be the idle unit),
 * sets current. It returns on the same stack.
 */
struct sched_ops {
	void (*context_switch)(struct sched_unit *prev,
			       struct sched_unit *next);
	/* With the run queue's lock held: takes none. */
	void (*runstate_changed)(struct sched_unit *u);
	/* After context_switch: @u's state is in memory. Interrupts off. */
	void (*descheduled)(struct sched_unit *u);
};
void sched_register_ops(const struct sched_ops *ops);

/* The idle loop of every CPU; also what the boot ends in. */
void idle_loop(void) __noreturn;
/* Supplied by the entry code: to the guest that is current, stack reset. */
void exit_to_guest(void) __noreturn;
