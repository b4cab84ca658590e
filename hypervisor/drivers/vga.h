/* SPDX-License-Identifier: GPL-2.0-only */
/* Text output on VGA, 80 by 25, until dom0 takes the display. */
#pragma once

#include "lib/types.h"

/* @buffer: the text memory at machine address 0xb8000, mapped. */
void vga_init(void *buffer);
void vga_write(const char *s, size_t n);
void vga_stop(void); /* dom0 owns the display from here on */
