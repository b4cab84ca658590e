/* SPDX-License-Identifier: GPL-2.0-only */
/* What a crash shows of the hypervisor: registers, code, stack, a backtrace. */
#pragma once

#include "include/abi.h"
#include "lib/types.h"

/* Registers of any frame, guest or ours, one line group. */
void debug_show_registers(const struct cpu_user_regs *regs);
/* Registers, control registers, code bytes and the stack of a frame of ours. */
void debug_dump_hypervisor(const struct cpu_user_regs *regs);
/* Every word on this CPU's stack from @sp up that points into our text. */
void debug_show_trace(u64 sp);
/* Walks the tables that are loaded for @va and prints each level. */
void debug_show_walk(u64 va);
