// SPDX-License-Identifier: GPL-2.0-only
/* Complaints, hints and the log file. */
#include "lib/log.h"
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool quiet, verbose;
static const char *awaited; /* NULL: nobody waits */
static int64_t awaited_since;

/* One write per line, so that lines of several processes do not mix. */
static void put_line(int fd, const char *head, const char *format, va_list args)
{
	char line[1024];
	int used, more;

	used = snprintf(line, sizeof(line), "%s", head);
	more = vsnprintf(line + used, sizeof(line) - used - 1, format, args);
	if (more < 0)
		return;
	used += more;
	if (used > (int)sizeof(line) - 2)
		used = sizeof(line) - 2;
	line[used++] = '\n';
	if (write(fd, line, used) < 0)
		return; /* nobody is left to be told */
}

void log_errorv(const char *format, va_list args)
{
	put_line(STDERR_FILENO, "Error: ", format, args);
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	log_errorv(format, args);
	va_end(args);
}

void log_warn(const char *format, ...)
{
	va_list args;

	if (quiet)
		return;
	va_start(args, format);
	put_line(STDERR_FILENO, "Warning: ", format, args);
	va_end(args);
}

void log_hint(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	put_line(STDERR_FILENO, "hint: ", format, args);
	va_end(args);
}

void log_say(const char *format, ...)
{
	va_list args;

	if (quiet)
		return;
	va_start(args, format);
	put_line(STDERR_FILENO, "", format, args);
	va_end(args);
}

void log_action(const char *format, ...)
{
	char head[64];
	struct tm tm;
	time_t now = time(NULL);
	va_list args;
	int fd, used;

	if (verbose) {
		va_start(args, format);
		put_line(STDERR_FILENO, "", format, args);
		va_end(args);
	}
	fd = open(LOG_FILE, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
	if (fd < 0)
		return;
	localtime_r(&now, &tm);
	used = strftime(head, sizeof(head), "[%Y-%m-%d %H:%M:%S ", &tm);
	snprintf(head + used, sizeof(head) - used, "%d] ", (int)getpid());
	va_start(args, format);
	put_line(fd, head, format, args);
	va_end(args);
	close(fd);
}

void log_set_quiet(void)
{
	quiet = true;
}

void log_set_verbose(void)
{
	verbose = true;
}

void log_patience(const char *what)
{
	awaited = isatty(STDERR_FILENO) ? what : NULL;
	awaited_since = log_now_ms();
}

int log_patience_left(void)
{
	int64_t waited = log_now_ms() - awaited_since;

	if (!awaited)
		return -1;
	return waited < LOG_SILENCE_MS ? (int)(LOG_SILENCE_MS - waited) : 0;
}

void log_patience_ends(void)
{
	if (awaited)
		log_say("%s: still waiting; Ctrl-C ends the waiting", awaited);
	awaited = NULL;
}

int64_t log_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void log_tame(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}
