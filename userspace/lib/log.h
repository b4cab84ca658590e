/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the toolstack says: complaints on stderr, one line each with what, where
 * and what to do; actions into the log file. Nothing here writes to stdout.
 */
#ifndef LIB_LOG_H
#define LIB_LOG_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_FILE "/var/log/xen/xend.log"

#define LOG_PRINTF(a, b) __attribute__((format(printf, a, b)))

/** log_error() - "Error: ..." on stderr, a line. */
void log_error(const char *format, ...) LOG_PRINTF(1, 2);

/** log_errorv() - the same for those who hold a va_list. */
void log_errorv(const char *format, va_list args);

/** log_warn() - "Warning: ..." on stderr, unless the user asked for quiet. */
void log_warn(const char *format, ...) LOG_PRINTF(1, 2);

/** log_hint() - "hint: ..." on stderr: what to do about the error before. */
void log_hint(const char *format, ...) LOG_PRINTF(1, 2);

/** log_say() - news for the person who typed: stderr, unless quiet. */
void log_say(const char *format, ...) LOG_PRINTF(1, 2);

/**
 * log_action() - one line, with the date, into LOG_FILE. Silent when the file
 * cannot be written: the log never keeps a guest from starting.
 */
void log_action(const char *format, ...) LOG_PRINTF(1, 2);

/** log_set_quiet() - keep log_say() and log_warn() to ourselves from now on. */
void log_set_quiet(void);

/** log_set_verbose() - show log_action()'s lines on stderr as well. */
void log_set_verbose(void);

/**
 * log_patience() - from now on somebody waits for @what to be done, and is
 * told so when it takes LOG_SILENCE_MS; nobody is who has no terminal.
 */
void log_patience(const char *what);
#define LOG_SILENCE_MS 2000

/** log_patience_left() - until they are to be told, ms; -1 for never. */
int log_patience_left(void);

/** log_patience_ends() - tell them; once. */
void log_patience_ends(void);

/** log_now_ms() - monotonic clock, milliseconds; for deadlines. */
int64_t log_now_ms(void);

/** log_tame() - what others wrote goes to a terminal: no control characters. */
void log_tame(char *text);

#endif
