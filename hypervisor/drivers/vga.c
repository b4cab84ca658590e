/* SPDX-License-Identifier: GPL-2.0-only */
/* Plain text cells, grey on black, scrolled by copying. */
#include "drivers/vga.h"

#define COLUMNS 80
#define ROWS	25
#define BLANK	0x0720

static volatile u16 *cells;
static unsigned int column;

void vga_init(void *buffer)
{
	cells = buffer;
	for (unsigned int i = 0; i < COLUMNS * ROWS; i++)
		cells[i] = BLANK;
}

static void new_line(void)
{
	for (unsigned int i = 0; i < COLUMNS * (ROWS - 1); i++)
		cells[i] = cells[i + COLUMNS];
	for (unsigned int i = 0; i < COLUMNS; i++)
		cells[COLUMNS * (ROWS - 1) + i] = BLANK;
	column = 0;
}

void vga_write(const char *s, size_t n)
{
	for (; cells && n; n--, s++) {
		if (*s == '\n' || column == COLUMNS)
			new_line();
		if (*s >= ' ')
			cells[COLUMNS * (ROWS - 1) + column++] = 0x0700 | *s;
	}
}

void vga_stop(void)
{
	cells = NULL;
}
