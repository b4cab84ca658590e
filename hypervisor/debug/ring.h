/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The last text of the log, for xm dmesg: a byte ring that always holds the
 * newest RING_BYTES, addressed by a position that only grows.
 */
#pragma once

#include "lib/types.h"

#define RING_BYTES 65536U

/* Any context. */
void ring_write(const char *s, size_t n);
/*
 * Copies up to @n bytes from position *@pos on and moves it; a position that
 * has been overwritten moves to the oldest byte. Returns the number of bytes.
 */
size_t ring_read(char *buf, size_t n, u64 *pos);
/* Called after each write, in its context. */
void ring_set_hook(void (*written)(void));
/* Forgets what is there: reads from 0 begin here. */
void ring_clear(void);
