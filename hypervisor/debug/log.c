/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Log lines, and the ways to stop. A line is formatted on the stack, then goes
 * to the ring and to the console in one piece each, so that lines of two CPUs
 * do not mix.
 */
#include "debug/log.h"

#include "cpu/system.h"
#include "debug/dump.h"
#include "debug/ring.h"
#include "lib/printf.h"
#include "lib/string.h"

#define LINE_MAX_BYTES 512

static enum log_level host_level = LOG_INFO;
static enum log_level guest_level = LOG_DEBUG;
static void (*log_output)(const char *s, size_t n);
static const struct panic_ops *panic_ops;
static u32 panicking;

void log_set_level(enum log_level host, enum log_level guest)
{
	host_level = host;
	guest_level = guest;
}

void log_set_output(void (*output)(const char *s, size_t n))
{
	char buf[256];
	u64 pos = 0;
	size_t n;

	/* What was said before there was a console. */
	while (!log_output && (n = ring_read(buf, sizeof(buf), &pos)) > 0)
		output(buf, n);
	log_output = output;
}

static void log_line(const char *fmt, va_list ap)
{
	static const char prefix[] = "(hospes) ";
	char line[LINE_MAX_BYTES];
	size_t n = sizeof(prefix) - 1;

	memcpy(line, prefix, n);
	n += vsnprintf(line + n, sizeof(line) - n - 1, fmt, ap);
	n = MIN(n, sizeof(line) - 2);
	if (line[n - 1] != '\n')
		line[n++] = '\n';
	ring_write(line, n);
	if (log_output)
		log_output(line, n);
}

void log_print(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (level > host_level)
		return;
	va_start(ap, fmt);
	log_line(fmt, ap);
	va_end(ap);
}

/*
 * A bucket of tokens that the time stamp counter refills: about ten lines at
 * once, then a line each 2^28 ticks (a tenth of a second on today's machines).
 */
static bool limit_pass(void)
{
	static u64 spent_until;
	u64 now = rdtsc(), window = 1UL << 28, old = READ_ONCE(spent_until);
	u64 base = MAX(old, now > 10 * window ? now - 10 * window : 0);

	if (base + window > now)
		return false;
	return cas_relaxed(&spent_until, &old, base + window);
}

void log_print_limited(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	if (level > guest_level || !limit_pass())
		return;
	va_start(ap, fmt);
	log_line(fmt, ap);
	va_end(ap);
}

int fail_at(int err, const char *file, int line)
{
	log_print_limited(LOG_DEBUG, "fail: %s:%d: error %d", file, line, err);
	return err;
}

void panic_register(const struct panic_ops *ops)
{
	panic_ops = ops;
}

static void __noreturn stop_for_good(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

/*
 * The first CPU to come here goes on; others stop and keep the log readable.
 * One that comes again has failed while it showed what happened: it ends here.
 */
void panic_begin(void)
{
	static bool alone;

	irq_disable();
	if (__atomic_exchange_n(&panicking, 1, __ATOMIC_SEQ_CST)) {
		if (READ_ONCE(alone))
			panic_ops->finish();
		stop_for_good();
	}
	/* To tell of new text needs what may be broken: this CPU's own data. */
	ring_set_hook(NULL);
	if (panic_ops) {
		panic_ops->stop_others();
		WRITE_ONCE(alone, true);
		panic_ops->sync_console();
	}
}

void panic_end(void)
{
	if (panic_ops) {
		panic_ops->dump_guest();
		panic_ops->finish();
	}
	stop_for_good();
}

void panic(const char *fmt, ...)
{
	va_list ap;

	panic_begin();
	va_start(ap, fmt);
	log_line(fmt, ap);
	va_end(ap);
	panic_end();
}

void bug(const char *what, const char *file, int line)
{
	panic_begin();
	log_print(LOG_ERR, "bug: %s at %s:%d", what, file, line);
	debug_show_trace((u64)__builtin_frame_address(0));
	panic_end();
}
