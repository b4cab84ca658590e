/* SPDX-License-Identifier: GPL-2.0-only */
/* Calling hypercalls by number: for hypercall/entry.S and multicalls. */
#pragma once

#include "hypercall/hypercall.h"

#define HYPERCALL_NR_ARGS 5

DECLARE_PER_CPU(u64[NR_HYPERCALLS], hypercall_counts);
/*
 * The arguments that a hypercall inside a multicall wants to be restarted with;
 * valid when vcpu.multicall_restarted is set.
 */
DECLARE_PER_CPU(u64[HYPERCALL_NR_ARGS], multicall_restart_args);

bool hypercall_caller_is_privileged(void);
long hypercall_dispatch(u64 nr, const u64 args[HYPERCALL_NR_ARGS]);
/* Calls of @nr since boot, over all CPUs. */
u64 hypercall_count(unsigned int nr);
