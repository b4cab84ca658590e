/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of memory_op: its subcommands. */
#pragma once

#include "domain/domain.h"

/* The first argument: command in the low bits, extents done above them. */
#define MEMOP_CMD_BITS 6
#define MEMOP_CMD_MASK ((1UL << MEMOP_CMD_BITS) - 1)

/* More is to be done at extent @done: the value to return. */
long memory_op_restart(unsigned int cmd, u64 done, u64 arg);

/* An operation on the structure at guest address @arg. */
typedef long memory_op_fn(u64 arg);

/* ---- memory_reservation.c ---- */
long hc_memory_op_reservation(unsigned int cmd, u64 start, u64 arg);
memory_op_fn hc_memory_op_exchange, hc_memory_op_claim;

/* ---- memory_map.c ---- */
memory_op_fn hc_memory_op_machine_map, hc_memory_op_map, hc_memory_op_set_map,
	hc_memory_op_machphys_mapping, hc_memory_op_machphys_list;
long hc_memory_op_acquire_resource(u64 start, u64 arg);
