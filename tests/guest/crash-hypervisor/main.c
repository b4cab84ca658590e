/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: what a fault in the hypervisor shows. The debug build has a
 * call that makes it read a bad address; the other one crashes this domain. In
 * either case the last line is the machine's reset, and the suite `boot` looks
 * at the lines before.
 */
#include "guest.h"

#include "include/hospes.h"

STORY("crash-hypervisor");
/* expect: machine: resetting */

void story(void)
{
	/* In our range, where nothing is mapped. */
	hypercall5(HOSPES_HYPERCALL_DEBUG, HOSPES_DEBUG_CRASH,
		   0xffff87fffffff000UL, 0, 0, 0);
	__asm__ volatile("xor %%esp, %%esp; ud2" ::);
}
