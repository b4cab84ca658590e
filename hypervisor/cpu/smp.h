/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cross-CPU calls. All need interrupts on in the caller (a CPU that waits
 * answers others meanwhile) unless said otherwise.
 */
#pragma once

#include "lib/bitmap.h"

/* Runs fn(arg) on each online CPU of @mask, this one included, and waits. */
void smp_call_mask(const struct cpumask *mask, void (*fn)(void *arg),
		   void *arg);
/*
 * Makes @cpu pass through its return-to-guest or idle path soon, where
 * softirqs and events are looked at. Any context. Nothing to do for the CPU
 * itself.
 */
void smp_kick(unsigned int cpu);
/* NMI to every other CPU: stop them for a crash dump. */
void smp_stop_others(void);

void smp_init(void); /* after irq_init */
