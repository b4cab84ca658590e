/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A second count of the references on an owner's pages, for debugging: whoever
 * holds some says so, then they are compared with the frame table's.
 */
#pragma once

#include "mm/page.h"

struct recount;

/* Counts what the pages' own state holds (allocated, pinned). NULL: no memory.
 */
struct recount *recount_begin(struct page_owner *o);
/* A holder of a general reference on @m, and of a type one unless PAGE_NONE. */
void recount_ref(struct recount *rc, mfn_t m, enum page_type t);
/* The number of pages that differ; the first few are logged. Frees @rc. */
u64 recount_end(struct recount *rc);
