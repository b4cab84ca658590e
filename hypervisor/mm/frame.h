/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame allocator (buddy, per order free lists, dirty frames scrubbed off
 * the critical path) and the heap for small objects.
 */
#pragma once

#include "lib/types.h"

#define FRAME_MAX_ORDER 18 /* 1 GiB */

/* Memory of the boot that is free now; after ram_init(). */
void frame_add_range(paddr_t start, paddr_t end);
/* 2^order frames of our own, contents undefined; INVALID_MFN when none. */
mfn_t frame_alloc(unsigned int order, unsigned int addr_bits);
void frame_free(mfn_t m, unsigned int order);
/*
 * For guests: contents zeroed, unless @pristine_ok and no one has used the
 * frames since boot. Above order 0, INVALID_MFN can mean as well that there
 * are such frames but they are not all clean; see frame_scrub_some().
 */
mfn_t frame_alloc_clean(unsigned int order, unsigned int addr_bits,
			bool pristine_ok);
/* A guest's frame: CPUs that have not flushed since @stamp may still map it. */
void frame_free_stale(mfn_t m, unsigned int order, u32 stamp);
/*
 * Cleans a few free frames below 2^@addr_bits (0: any), as a step towards a
 * larger block of clean ones; false: all are clean.
 */
bool frame_scrub_some(unsigned int addr_bits);
/*
 * For the idle loop, interrupts on: zeroes a few free frames; false: there was
 * nothing to do. With @leisure also those that nobody has used yet: most of the
 * machine, and in no hurry.
 */
bool frame_scrub_idle(bool leisure);
/* One zeroed page of our own in the direct map; NULL when out of memory. */
void *page_alloc_zeroed(void);
void page_free(void *va);
u64 frame_nr_free(void);
u64 frame_nr_dirty(void); /* of these, not yet scrubbed */
u64 frame_nr_total(void); /* frames of RAM in the machine */
u64 frame_max_mfn(void); /* highest frame of RAM */

/* Heap, any size (large ones are whole frames), 16 byte aligned. */
void *heap_alloc(size_t size);
void *heap_zalloc(size_t size);
void *heap_zalloc_array(size_t n, size_t size); /* NULL on overflow */
void heap_free(void *p);
u64 heap_bytes_used(void);
