// SPDX-License-Identifier: GPL-2.0-only
/*
 * Log, time, TLB and cross-CPU calls of the machine in shim.h.
 *
 * The log is TAP remarks, debug lines left out. A panic or a failed assertion
 * ends the program, which fails the test. There is no TLB: flushes only move
 * the clock that the skipping of flushes goes by.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "cpu/smp.h"
#include "cpu/time.h"
#include "cpu/tlb.h"
#include "debug/log.h"
#include "mm/recount.h"

#define WEAK __attribute__((weak))

WEAK u32 tlb_clock = 1;

WEAK void log_print(enum log_level level, const char *fmt, ...)
{
	va_list args;

	if (level == LOG_DEBUG)
		return;
	va_start(args, fmt);
	printf("# log: ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
}

WEAK void log_print_limited(enum log_level level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
}

WEAK void log_set_level(enum log_level host, enum log_level guest)
{
	(void)host;
	(void)guest;
}

WEAK void panic(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	printf("# panic: ");
	vprintf(fmt, args);
	printf("\n");
	va_end(args);
	fflush(stdout);
	abort();
}

WEAK void bug(const char *what, const char *file, int line)
{
	panic("%s:%d: %s", file, line, what);
}

WEAK int fail_at(int err, const char *file, int line)
{
	(void)file;
	(void)line;
	return err;
}

WEAK u64 now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (u64)t.tv_sec * 1000000000 + t.tv_nsec;
}

WEAK void local_timer_set(u64 deadline_ns)
{
	(void)deadline_ns;
}

WEAK u32 tlb_clock_now(void)
{
	return __atomic_load_n(&tlb_clock, __ATOMIC_SEQ_CST);
}

WEAK void tlb_note_flush(void)
{
	__atomic_add_fetch(&tlb_clock, 1, __ATOMIC_SEQ_CST);
}

WEAK void tlb_filter(struct cpumask *mask, u32 stamp)
{
	(void)mask;
	(void)stamp;
}

WEAK void tlb_flush_local(void)
{
	tlb_note_flush();
}

WEAK void tlb_flush_mask(const struct cpumask *mask)
{
	(void)mask;
	tlb_note_flush();
}

WEAK void tlb_flush_page_mask(const struct cpumask *mask, u64 va)
{
	(void)mask;
	(void)va;
	tlb_note_flush();
}

/* Runs fn once on the calling thread: no other thread takes interrupts. */
WEAK void smp_call_mask(const struct cpumask *mask, void (*fn)(void *arg),
			void *arg)
{
	(void)mask;
	fn(arg);
}

WEAK void smp_kick(unsigned int cpu)
{
	(void)cpu;
}

/* Nobody recounts in tests that do not link mm/recount.c. */
WEAK void recount_ref(struct recount *rc, mfn_t m, enum page_type t)
{
	(void)rc;
	(void)m;
	(void)t;
}
