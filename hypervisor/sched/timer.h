/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Timers: one heap per CPU ordered by deadline, driven by the local APIC timer.
 * Callbacks run in SOFTIRQ_TIMER on the timer's CPU, interrupts on.
 */
#pragma once

#include "lib/types.h"

struct timer {
	u64 expires_ns;
	void (*fn)(void *data);
	void *data;
	u32 cpu; /* whose heap; changes under the lock of the old one */
	bool armed; /* in the heap */
	bool dead; /* never to be armed again */
	u16 running; /* callbacks in progress, atomic */
	/* Place in the heap: eldest child, next younger sibling, and the elder
	 * sibling or, for an eldest child, the parent. */
	struct timer *child, *next, *prev;
};

/* Each CPU's heap, before any timer of that CPU. */
void timer_init_cpu(unsigned int cpu);

void timer_init(struct timer *t, void (*fn)(void *), void *data,
		unsigned int cpu);
/*
 * Arms or re-arms; a deadline in the past fires at once. Any CPU, any context.
 */
void timer_set(struct timer *t, u64 expires_ns);
void timer_stop(struct timer *t);
/*
 * Stops for good and waits until a callback in progress has returned. With
 * interrupts on, and not from the callback itself.
 */
void timer_kill(struct timer *t);
void timer_migrate(struct timer *t, unsigned int cpu);

/* Registers the softirq; boot CPU, once. */
void timer_subsystem_init(void);
