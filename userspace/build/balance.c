// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest with less than 15 % of its memory available is pressed, and grows
 * until 25 % are (also when it comes in parts); one with more than 40 % is
 * idle, and gives until 40 % are left. The gaps between these keep memory from
 * going to and fro.
 *
 * What is not free yet is not promised: a shrinking guest's memory goes to the
 * hypervisor first, and to whoever is pressed when it is there.
 */
#include "build/balance.h"
#include <stddef.h>

#define PRESSED	  15 /* percent of actual */
#define CONTENT	  25
#define IDLE	  40
#define PIECE_KIB 2048L
/* Less is not worth a move of an idle guest. */
#define LEAST_KIB (2 * PIECE_KIB)

static long at_most(long a, long b)
{
	return a < b ? a : b;
}

/* x with (available + x) = CONTENT % of (actual + x), in whole pieces. */
static long wanted(const struct balance_guest *g)
{
	long x;

	if (g->moving || g->actual >= g->max ||
	    g->available >= g->actual / 100 * (g->hungry ? CONTENT : PRESSED))
		return 0;
	x = (g->actual / 100 * CONTENT - g->available) / (100 - CONTENT) * 100;
	x = (x + PIECE_KIB - 1) / PIECE_KIB * PIECE_KIB;
	return at_most(x, g->max - g->actual);
}

/* x with (available - x) = IDLE % of (actual - x), in whole pieces. */
static long spare(const struct balance_guest *g)
{
	long x;

	if (g->moving || g->stubborn || g->target || g->actual <= g->min)
		return 0;
	x = (g->available - g->actual / 100 * IDLE) / (100 - IDLE) * 100;
	x = at_most(x, g->actual - g->min) / PIECE_KIB * PIECE_KIB;
	return x < LEAST_KIB ? 0 : x;
}

/* Give out what is free; what is missing then. */
static long grow(struct balance_guest *guests, unsigned int count,
		 long free_kib)
{
	long missing = 0;

	for (unsigned int i = 0; i < count; i++) {
		long want = wanted(&guests[i]);
		long get = at_most(want, free_kib);

		guests[i].hungry = want ||
				   (guests[i].hungry && guests[i].moving);
		get = get < PIECE_KIB && get < want ? 0 : get;
		if (get > 0) {
			guests[i].target = guests[i].actual + get;
			free_kib -= get;
		} else {
			get = 0;
		}
		missing += want - get;
	}
	return missing;
}

static void shrink(struct balance_guest *guests, unsigned int count,
		   long missing)
{
	while (missing > 0) {
		struct balance_guest *best = NULL;
		long give;

		for (unsigned int i = 0; i < count; i++)
			if (spare(&guests[i]) > 0 &&
			    (!best || spare(&guests[i]) > spare(best)))
				best = &guests[i];
		if (!best)
			return;
		give = (missing + PIECE_KIB - 1) / PIECE_KIB * PIECE_KIB;
		give = at_most(spare(best),
			       give < LEAST_KIB ? LEAST_KIB : give);
		best->target = best->actual - give;
		missing -= give;
	}
}

void balance_plan(struct balance_guest *guests, unsigned int count,
		  long free_kib)
{
	long missing;

	for (unsigned int i = 0; i < count; i++)
		guests[i].target = 0;
	missing = grow(guests, count, free_kib);
	for (unsigned int i = 0; i < count; i++)
		missing -= guests[i].coming;
	shrink(guests, count, missing);
}
