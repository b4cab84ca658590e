/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers: one heap per CPU ordered by deadline, driven by the local APIC timer.
 * Callbacks run in SOFTIRQ_TIMER on the timer's CPU, interrupts on.
 */
#ifndef HOSPES_SCHED_TIMER_H
#define HOSPES_SCHED_TIMER_H

#include "lib/types.h"

struct timer {
	u64 expires_ns;
	void (*fn)(void *data);
	void *data;
	u32 cpu;
	u32 heap_index; /* 1-based; 0 = not armed */
	bool dead;
};

void timer_init(struct timer *t, void (*fn)(void *), void *data,
		unsigned int cpu);
/*
 * Arms or re-arms; a deadline in the past fires at once. Any CPU, any context.
 */
void timer_set(struct timer *t, u64 expires_ns);
void timer_stop(struct timer *t);
/* Stops for good and waits until a callback in progress has returned. */
void timer_kill(struct timer *t);
void timer_migrate(struct timer *t, unsigned int cpu);

#endif
