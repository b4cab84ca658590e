/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of memory_op: its subcommands. */
#pragma once

#include "domain/domain.h"

/* The first argument: command in the low bits, extents done above them. */
#define MEMOP_CMD_BITS 6
#define MEMOP_CMD_MASK ((1UL << MEMOP_CMD_BITS) - 1)

/* More is to be done at extent @done: the value to return. */
long memory_op_restart(unsigned int cmd, u64 done, u64 arg);

/* ---- memory_reservation.c ---- */
long hc_memory_op_reservation(unsigned int cmd, u64 start, u64 arg);
long hc_memory_op_exchange(u64 arg);
long hc_memory_op_claim(u64 arg);

/* ---- memory_map.c ---- */
long hc_memory_op_machine_map(u64 arg);
long hc_memory_op_map(u64 arg);
long hc_memory_op_set_map(u64 arg);
long hc_memory_op_machphys_mapping(u64 arg);
long hc_memory_op_machphys_list(u64 arg);
long hc_memory_op_acquire_resource(u64 start, u64 arg);
