/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Log, assertions and the ways to stop.
 *
 * Lines read "subsystem: d3v1: event, value". What a guest can trigger is
 * pr_debug or pr_guest (rate limited). All may be called in any context,
 * interrupts on or off, also before the console is up (the ring keeps it).
 */
#pragma once

#include "include/errno.h"
#include "lib/types.h"

enum log_level {
	LOG_ERR,
	LOG_WARN,
	LOG_INFO,
	LOG_DEBUG
};

void log_print(enum log_level level, const char *fmt, ...) __printf(2, 3);
/* As log_print, but at most a few lines a second over all callers. */
void log_print_limited(enum log_level level, const char *fmt, ...)
	__printf(2, 3);
void panic(const char *fmt, ...) __printf(1, 2) __noreturn;
void bug(const char *what, const char *file, int line) __noreturn;
/*
 * panic() in two parts, for those who have more than a line to show: all other
 * CPUs stand still in between, whatever locks they hold, the console's too.
 */
void panic_begin(void);
void panic_end(void) __noreturn;
/* Debug builds print where an error started; see fail(). */
int fail_at(int err, const char *file, int line);

/* Lines above @level are dropped; boot options loglvl= and guest_loglvl=. */
void log_set_level(enum log_level host, enum log_level guest);
/* Where text goes besides the ring: the console, once it is up. Any context. */
void log_set_output(void (*output)(const char *s, size_t n));
/* What panic() ends with; until then it only halts. */
struct panic_ops {
	void (*stop_others)(void); /* all other CPUs, by NMI */
	void (*sync_console)(void); /* no locks from here on */
	void (*dump_guest)(void); /* what ran, if it was a guest */
	void (*finish)(void); /* reset or halt; does not return */
};
void panic_register(const struct panic_ops *ops);

#define pr_err(...)   log_print(LOG_ERR, __VA_ARGS__)
#define pr_warn(...)  log_print(LOG_WARN, __VA_ARGS__)
#define pr_info(...)  log_print(LOG_INFO, __VA_ARGS__)
#define pr_debug(...) log_print(LOG_DEBUG, __VA_ARGS__)
#define pr_guest(...) log_print_limited(LOG_DEBUG, __VA_ARGS__)

/* Going on would corrupt someone else. Never reachable from any guest. */
#define BUG_ON(x)                                    \
	do {                                         \
		if (unlikely(x))                     \
			bug(#x, __FILE__, __LINE__); \
	} while (0)

#ifdef HOSPES_DEBUG
#define ASSERT(x)	     BUG_ON(!(x))
#define ASSERT_UNREACHABLE() bug("unreachable", __FILE__, __LINE__)
#define fail(err)	     fail_at((err), __FILE__, __LINE__)
#else
#define ASSERT(x)	     ((void)sizeof(!(x)))
#define ASSERT_UNREACHABLE() ((void)0)
#define fail(err)	     (err)
#endif
