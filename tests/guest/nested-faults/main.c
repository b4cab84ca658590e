/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a fault inside a fault handler: lost frames, a stack that
 * does not unwind. Each handler run faults again, 100 deep, then all return.
 */
#include "guest.h"

STORY("nested-faults");

#define DEEP 100

static unsigned int depth, deepest;

static bool deeper(struct trap_frame *f)
{
	if (f->vector != 6)
		return false;
	depth++;
	if (depth > deepest)
		deepest = depth;
	if (depth < DEEP)
		__asm__ volatile("ud2");
	depth--;
	f->rip += 2;
	return true;
}

void story(void)
{
	trap_hook = deeper;
	__asm__ volatile("ud2");
	trap_hook = NULL;
	CHECK_EQ(deepest, DEEP);
	CHECK_EQ(depth, 0);
}
