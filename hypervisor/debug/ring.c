/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writers reserve their bytes with one atomic add and fill them in: no lock, so
 * that it works in NMI and panic. A reader may see bytes of a line that is
 * being written; text needs no more than that.
 */
#include "debug/ring.h"

static char ring[RING_BYTES];
static u64 ring_head; /* position past the newest byte */
static u64 ring_start; /* position of the oldest byte to show */
static void (*ring_hook)(void);

void ring_write(const char *s, size_t n)
{
	u64 at = __atomic_fetch_add(&ring_head, n, __ATOMIC_RELAXED);

	for (size_t i = 0; i < n; i++)
		ring[(at + i) % RING_BYTES] = s[i];
	if (ring_hook)
		ring_hook();
}

void ring_set_hook(void (*written)(void))
{
	ring_hook = written;
}

size_t ring_read(char *buf, size_t n, u64 *pos)
{
	u64 head = READ_ONCE(ring_head);
	u64 oldest = head > RING_BYTES ? head - RING_BYTES : 0;
	size_t done = 0;

	oldest = MAX(oldest, READ_ONCE(ring_start));
	if (*pos < oldest)
		*pos = oldest;
	while (done < n && *pos < head)
		buf[done++] = ring[(*pos)++ % RING_BYTES];
	return done;
}

void ring_clear(void)
{
	WRITE_ONCE(ring_start, READ_ONCE(ring_head));
}
