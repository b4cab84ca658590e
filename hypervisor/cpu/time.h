/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System time: nanoseconds since boot, monotonic over all CPUs, from the TSC
 * scaled per CPU. Wall clock from the RTC.
 */
#pragma once

#include "cpu/percpu.h"
#include "lib/types.h"

/*
 * system_ns = stamp_ns + scale(tsc - stamp_tsc), as in struct vcpu_time_info.
 */
struct cpu_time {
	u64 stamp_tsc;
	u64 stamp_ns;
	u32 mul;
	s8 shift;
};

DECLARE_PER_CPU(struct cpu_time, cpu_time);

extern u64 tsc_hz;
extern bool tsc_stable; /* same on all CPUs: guests may read it on their own */

u64 now_ns(void);
/* Before time_init: the ACPI PM timer to calibrate with (else the PIT is used).
 */
void time_set_pm_timer(u16 port, bool is_32bit);
void time_init(void); /* boot CPU: calibrates the TSC, reads the RTC */
void time_init_secondary(void);
/*
 * Where the TSC is not to be trusted: sets this CPU's clock by the platform
 * timer again; to be called on each CPU about once a second. Nothing to do
 * otherwise.
 */
void time_resync(void);
/* Compares the TSCs of all CPUs; clears tsc_stable when one runs behind. */
void time_check_warp(void (*on_all_cpus)(void (*fn)(void *), void *arg));
void udelay(u64 us);

/* UTC at system time 0, in nanoseconds since 1970. */
u64 wallclock_base_ns(void);
void wallclock_set(u64 utc_ns, u64 at_system_ns);

/*
 * One-shot LAPIC timer of this CPU: raises SOFTIRQ_TIMER at @deadline_ns (0 =
 * off).
 */
void local_timer_set(u64 deadline_ns);
