/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Code in user mode: an L4 of its own with one page of code, run until it
 * comes back by a trap or a syscall.
 */
#ifndef TESTS_GUEST_USER_H
#define TESTS_GUEST_USER_H

#include "guest.h"

#define USER_STACK_TOP 0x600800UL

/* How the code came back. */
extern struct user_exit {
	int vector; /* or TRAP_SYSCALL */
	u64 rax, rip, cs, rsp, error_code, cr2;
} user_exit;

/*
 * Registers the syscall callback, builds and pins tables with one page of code
 * at @code_va (a page's address, lower half) and takes the traps. Once.
 */
void user_begin(u64 code_va);
/* The kernel's view of the code page. */
extern char *user_code;
/* Runs what is at @va with @rax until it traps; gives user_exit.vector. */
int user_run_at(u64 va, u64 rax);
/* Puts @n bytes of code in the page and runs them. */
int user_run(const char *code, size_t n, u64 rax);
void user_end(void);

#endif
