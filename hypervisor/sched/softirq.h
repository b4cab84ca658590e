/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Work that an interrupt handler or another CPU leaves for the next time a CPU
 * is about to return to its guest or to idle. Handlers run with interrupts on,
 * no locks held.
 */
#pragma once

#include "cpu/percpu.h"
#include "lib/types.h"

enum softirq {
	SOFTIRQ_TIMER,
	SOFTIRQ_SCHEDULE,
	SOFTIRQ_NMI, /* an NMI from the platform: to dom0 */
	SOFTIRQ_KEYS, /* console keys that were pressed */
	SOFTIRQ_CON_RING, /* there is new text in the log's ring */
	SOFTIRQ_NR,
};

DECLARE_PER_CPU(u32, softirq_pending); /* read by the exit path in entry.S */

void softirq_register(enum softirq nr, void (*fn)(void));
void softirq_raise(enum softirq nr); /* this CPU, any context */
void softirq_raise_cpu(unsigned int cpu, enum softirq nr); /* kicks it */
void softirq_run(void); /* until none is pending */
