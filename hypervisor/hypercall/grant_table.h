/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of grant_table_op: its subcommands. */
#pragma once

#include "include/abi.h"
#include "lib/types.h"

/* The status that stands for an error of the layer below. */
int16_t grant_status(int err);
/* More to do, and no reason to stop for now? One operation is always done. */
bool grant_op_go_on(u32 done, u32 count);

/*
 * An operation works on @count structures at guest address @array, from *done
 * on, which it advances; when it stops early without an error it wants to be
 * called again.
 */
typedef long grant_op_fn(u64 array, u32 count, u32 *done);

/* ---- grant_setup.c ---- */
grant_op_fn hc_grant_table_op_setup, hc_grant_table_op_query_size,
	hc_grant_table_op_set_version, hc_grant_table_op_get_version,
	hc_grant_table_op_status_frames, hc_grant_table_op_swap,
	hc_grant_table_op_cache_flush, hc_grant_table_op_transfer;
