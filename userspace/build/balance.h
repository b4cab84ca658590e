/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Who gives memory to whom. Pure arithmetic: what it is told comes from guests,
 * which may lie; it never goes beyond a guest's limits or what is free.
 */
#ifndef BUILD_BALANCE_H
#define BUILD_BALANCE_H

#include <stdbool.h>

/* All sizes in KiB; 0 <= available <= actual is for the caller to see to. */
struct balance_guest {
	long actual; /* the hypervisor's count */
	long available; /* what it could use without losing anything */
	long min, max;
	bool moving; /* still on its way to a target */
	bool stubborn; /* did not get to its target: asked for nothing */
	long coming; /* what it is about to free */
	bool hungry; /* in, out: pressed, and not content since */
	long target; /* out: where it is to go, 0 where it is */
};

/**
 * balance_plan() - set the targets of @count guests, given @free_kib.
 * Pressed guests grow into what is free; if that is not enough, the idle ones
 * shrink, most idle first, and what they free is given out in a later round.
 */
void balance_plan(struct balance_guest *guests, unsigned int count,
		  long free_kib);

#endif
