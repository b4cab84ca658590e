/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of grant_table_op: its operations. */
#pragma once

#include "domain/grant.h"

/* What the operations of one call share, from begin to end. */
union grant_call {
	/* Consecutive operations name the same domain: looked up once. */
	struct {
		struct domain *d;
		domid_t id;
	} last;
	struct grant_unmap_batch unmap;
	struct grant_copy copy;
};

/*
 * One operation on @op, a private copy, the answer in which is written back
 * whatever is returned. An error ends the call.
 */
typedef int grant_op_fn(union grant_call *c, void *op);

/* The status that stands for an error of the layer below. */
int16_t grant_status(int err);

/* ---- grant_setup.c ---- */
grant_op_fn grant_op_setup, grant_op_status_frames, grant_op_query_size,
	grant_op_set_version, grant_op_get_version, grant_op_swap,
	grant_op_transfer, grant_op_cache_flush;
