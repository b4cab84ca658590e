/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: the two modes of a PV guest. A program in user mode must
 * reach its kernel by syscall, fault with the user bit, see no kernel page,
 * make no hypercall.
 */
#include "user.h"

STORY("user-mode");
/* attack: yes */

void story(void)
{
	/* mov (va), %rax with the address in rax */
	static const char load_rax[] = "\x48\x8b\x00";
	static const char do_syscall[] = "\x0f\x05";

	user_begin(0x400000);
	CHECK_EQ(user_run(do_syscall, 2, 17), TRAP_SYSCALL);
	CHECK_EQ(user_exit.rax, 17); /* no hypercall: the number is untouched */
	CHECK_EQ(user_exit.cs & 3, 3);
	CHECK_EQ(user_exit.rip, 0x400002);
	CHECK_EQ(user_run("\x0f\x0b", 2, 0), 6);
	CHECK_EQ(user_run(load_rax, 3, (u64)story), 14);
	CHECK_EQ(user_exit.cr2, (u64)story);
	CHECK_EQ(user_exit.error_code, 4);
	CHECK_EQ(user_run(load_rax, 3, 0xffff818000000000), 14);
	CHECK_EQ(user_exit.error_code & 4, 4);
	/* cli, in, hlt, wrmsr: no privilege at all */
	CHECK_EQ(user_run("\xfa", 1, 0), 13);
	CHECK_EQ(user_run("\xe4\x80", 2, 0), 13);
	CHECK_EQ(user_run("\xf4", 1, 0), 13);
	CHECK_EQ(user_run("\x0f\x30", 2, 0), 13);
	for (int i = 0; i < 1000; i++)
		CHECK_EQ(user_run(do_syscall, 2, 39), TRAP_SYSCALL);
	user_end();
}
