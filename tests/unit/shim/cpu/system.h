/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupt flags, barriers and registers that a program may use. */
#ifndef SHIM_CPU_SYSTEM_H
#define SHIM_CPU_SYSTEM_H

#include "shim.h"

#define irq_enable  hw_irq_enable
#define irq_disable hw_irq_disable
#define irq_flags   hw_irq_flags
#define irq_enabled hw_irq_enabled
#define irq_save    hw_irq_save
#define irq_restore hw_irq_restore
#define rdmsr	    hw_rdmsr
#define wrmsr	    hw_wrmsr
#define read_cr0    hw_read_cr0
#define read_cr4    hw_read_cr4
#define write_cr0   hw_write_cr0
#define write_cr4   hw_write_cr4
#include_next "cpu/system.h"
#undef rdmsr
#undef wrmsr
#undef read_cr0
#undef read_cr4
#undef write_cr0
#undef write_cr4
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

/* Registers that only some code saves and restores: they hold what was put. */
extern u64 shim_cr0, shim_cr4, shim_msr;

static inline u64 rdmsr(u32 msr)
{
	(void)msr;
	return shim_msr;
}

static inline void wrmsr(u32 msr, u64 value)
{
	(void)msr;
	shim_msr = value;
}

static inline u64 read_cr0(void)
{
	return shim_cr0;
}

static inline void write_cr0(u64 value)
{
	shim_cr0 = value;
}

static inline u64 read_cr4(void)
{
	return shim_cr4;
}

static inline void write_cr4(u64 value)
{
	shim_cr4 = value;
}

#endif
