/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a trap of a kernel whose stack is the hypervisor's memory.
 * The domain must crash with its registers shown, nothing be written, and the
 * machine be reset.
 */
#include "guest.h"

STORY("crash-stack");
/* attack: yes */
/* expect: machine: resetting */

void story(void)
{
	trap_resume = NULL;
	__asm__ volatile("mov %0, %%rsp; ud2" ::"r"(0xffff830000001000UL));
}
