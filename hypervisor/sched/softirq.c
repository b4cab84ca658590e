// SPDX-License-Identifier: GPL-2.0-only
/*
 * Softirqs: one word of pending bits per CPU. Others set bits in it, so every
 * access is a locked one; the owner clears a bit before it runs the handler,
 * so that what is raised meanwhile is not lost.
 */
#include "sched/softirq.h"

#include "cpu/section.h"
#include "cpu/smp.h"
#include "debug/log.h"

DEFINE_PER_CPU(u32, softirq_pending);

static void (*handlers[SOFTIRQ_NR])(void);

void softirq_register(enum softirq nr, void (*fn)(void))
{
	ASSERT(!handlers[nr]);
	handlers[nr] = fn;
}

void softirq_raise(enum softirq nr)
{
	__atomic_fetch_or(&this_cpu(softirq_pending), 1U << nr,
			  __ATOMIC_SEQ_CST);
}

void softirq_raise_cpu(unsigned int cpu, enum softirq nr)
{
	u32 bit = 1U << nr;
	u32 old;

	old = __atomic_fetch_or(&per_cpu(softirq_pending, cpu), bit,
				__ATOMIC_SEQ_CST);
	/* Whoever set the first bit has kicked it, or is about to. */
	if (!(old & bit) && cpu != this_cpu_id())
		smp_kick(cpu);
}

void softirq_run(void)
{
	u32 *word = &this_cpu(softirq_pending);
	u32 pending;

	while ((pending = READ_ONCE(*word)) != 0) {
		unsigned int nr = __builtin_ctz(pending);

		__atomic_fetch_and(word, ~(1U << nr), __ATOMIC_SEQ_CST);
		section_begin(SECTION_SOFTIRQ + nr, 0);
		if (handlers[nr])
			handlers[nr]();
		section_end();
	}
}
