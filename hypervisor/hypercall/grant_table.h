/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of grant_table_op: its subcommands. */
#ifndef HOSPES_HYPERCALL_GRANT_TABLE_H
#define HOSPES_HYPERCALL_GRANT_TABLE_H

#include "include/abi.h"
#include "lib/types.h"

/* The status that stands for an error of the layer below. */
int16_t grant_status(int err);
/* More to do, and no reason to stop for now? One operation is always done. */
bool grant_op_go_on(u32 done, u32 count);

/*
 * Each works on @count operations at guest address @array, from *done on, which
 * it advances; when it stops early without an error it wants to be called
 * again.
 */
/* ---- grant_table.c ---- */
long hc_grant_table_op_map(u64 array, u32 count, u32 *done);
long hc_grant_table_op_unmap(u64 array, u32 count, u32 *done);
long hc_grant_table_op_replace(u64 array, u32 count, u32 *done);
long hc_grant_table_op_copy(u64 array, u32 count, u32 *done);
/* ---- grant_setup.c ---- */
long hc_grant_table_op_setup(u64 array, u32 count, u32 *done);
long hc_grant_table_op_query_size(u64 array, u32 count, u32 *done);
long hc_grant_table_op_set_version(u64 array, u32 count, u32 *done);
long hc_grant_table_op_get_version(u64 array, u32 count, u32 *done);
long hc_grant_table_op_status_frames(u64 array, u32 count, u32 *done);
long hc_grant_table_op_swap(u64 array, u32 count, u32 *done);
long hc_grant_table_op_cache_flush(u64 array, u32 count, u32 *done);
long hc_grant_table_op_transfer(u64 array, u32 count, u32 *done);

#endif
