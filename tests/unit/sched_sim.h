/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine without guests for the scheduler: simulated time, up to SHIM_CPUS
 * CPUs that take softirqs and timer interrupts, units that compute and sleep.
 * All of it is one thread, so a run depends on its seed only.
 */
#ifndef SCHED_SIM_H
#define SCHED_SIM_H

#include <stdbool.h>

#include "sched/sched.h"

#define SIM_MS 1000000UL
#define SIM_S  (1000 * SIM_MS)

/* Computes for run_ns, sleeps for sleep_ns, and again. 0 sleep: a spinner. */
struct sim_unit {
	struct sched_unit u; /* first */
	u64 run_ns, sleep_ns;
	bool random; /* both times vary between 0 and twice */
	bool ticks; /* see sim_ticks */
	/* The state of that. */
	struct timer tick;
	u64 ticked_at;
	u64 left_ns; /* of computing */
	u64 wake_at; /* 0: not asleep */
	u64 charged_at; /* left_ns is right for this moment */
	/* What is measured. */
	u64 woken_at; /* runnable since, not yet run; 0: ran */
	bool from_sleep; /* that was a wake-up, not a preemption */
	u64 max_wait_ns;
	u64 seen_at, max_gap_ns; /* computed; with sim_turn_ns */
	u64 nr_wakes, slow_wakes; /* those that waited above sim_slow_ns */
	u64 ran_at_reset;
};

extern u64 sim_now;
extern u64 sim_slow_ns;
extern u64 sim_late_ns; /* timers' interrupts come late by up to this */
extern unsigned long sim_interrupts; /* timer interrupts and kicks */
/* Not 0: CPUs take turns, and the hypervisor's work takes about as long. */
extern u64 sim_turn_ns;
/* Spinners have a timer every 10 ms, while they run. */
extern bool sim_ticks;
/* CPUs told to pick by one that holds a lock. */
extern unsigned long sim_kicks_locked;
/* Turns that ended, if CPUs take turns, while one held a lock. */
extern unsigned long sim_turns_locked;

/* A fresh machine with @cpus CPUs, all idle. */
void sim_start(unsigned int cpus);
/* Lives until the next sim_start(). */
struct sched_group *sim_group(u32 weight);
/* A unit of @g that may use the CPUs of @cpus (bit mask), and begins to run. */
struct sim_unit *sim_unit(struct sched_group *g, u64 cpus, u64 run_ns,
			  u64 sleep_ns);
void sim_run(u64 ns);
/* Measures from now on. */
void sim_reset(void);
u64 sim_ran(const struct sim_unit *s); /* CPU time since then */
/* Nanoseconds that CPUs idled while a unit that may use them waited. */
extern u64 sim_wasted_ns;
/* Checks that units are where their flags say; false: says what is wrong. */
bool sim_consistent(void);
struct sim_unit *sim_unit_nr(unsigned int i); /* NULL past the last */
void sim_pause(struct sim_unit *s);
void sim_unpause(struct sim_unit *s);

#endif
