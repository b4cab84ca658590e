/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a crash with noreboot: the machine must stay, and say that it
 * does.
 */
#include "guest.h"

STORY("crash-noreboot");
/* machine: noreboot stays */
/* expect: machine: stopped, as noreboot says */

void story(void)
{
	__asm__ volatile("xor %%esp, %%esp; ud2" ::);
}
