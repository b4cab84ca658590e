/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt flags and barriers that a program may use; constants as they are.
 */
#ifndef SHIM_CPU_SYSTEM_H
#define SHIM_CPU_SYSTEM_H

#include "shim.h"

#define irq_enable  hw_irq_enable
#define irq_disable hw_irq_disable
#define irq_flags   hw_irq_flags
#define irq_enabled hw_irq_enabled
#define irq_save    hw_irq_save
#define irq_restore hw_irq_restore
#include_next "cpu/system.h"
#undef irq_enable
#undef irq_disable
#undef irq_flags
#undef irq_enabled
#undef irq_save
#undef irq_restore

/* ThreadSanitizer understands these, not the asm of the real ones. */
#undef mb
#undef rmb
#undef wmb
#define mb()  __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define wmb() __atomic_thread_fence(__ATOMIC_RELEASE)

static inline void irq_enable(void)
{
	shim_set_irqs(true);
}

static inline void irq_disable(void)
{
	shim_set_irqs(false);
}

static inline u64 irq_flags(void)
{
	return shim_irqs_on() ? RFLAGS_IF : 0;
}

static inline bool irq_enabled(void)
{
	return shim_irqs_on();
}

static inline u64 irq_save(void)
{
	u64 flags = irq_flags();

	shim_set_irqs(false);
	return flags;
}

static inline void irq_restore(u64 flags)
{
	if (flags & RFLAGS_IF)
		shim_set_irqs(true);
}

#endif
