/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Formatted text into a bounded buffer: %d %i %u %x %X %o %c %s %p %% with
 * flags, width, precision, and h hh l ll z. No floating point.
 */
#pragma once

#include <stdarg.h>

#include "lib/types.h"

/* Returns the length the full text has; the text is always terminated. */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);
