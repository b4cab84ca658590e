/* SPDX-License-Identifier: GPL-2.0-only */
/* The machine's memory, from the boot loader's map to the frame allocator. */
#pragma once

#include "lib/types.h"

/* ---- bootmem.c: free RAM while booting, before the allocator has it ---- */
void bootmem_add(paddr_t start, paddr_t end);
/* Takes [start, end) away, rounded out to whole pages. */
void bootmem_reserve(paddr_t start, paddr_t end);
/*
 * The highest @bytes free below @limit (0 = none), zeroed, for ever. Both
 * @bytes and @align are whole pages. Panics when there is no such memory. The
 * direct map must show it.
 */
paddr_t bootmem_alloc(u64 bytes, u64 align, paddr_t limit);
/* What is left goes to @fn, range by range. */
void bootmem_release(void (*fn)(paddr_t start, paddr_t end));

/* ---- memory.c ---- */
/*
 * Makes the hypervisor's final mappings and loads them: direct map, image with
 * its access rights, frame table, M2P; hands free RAM to the frame allocator.
 * Panics when there is too little memory.
 */
void memory_init(void);
/*
 * Makes firmware's tables readable: in the direct map, RAM or not. Panics when
 * out of memory.
 */
void *memory_map_firmware(paddr_t pa, size_t bytes);
/* Boot has ended: data that is constant from now on is made read only. */
void memory_protect_ro_after_init(void);
/*
 * Gives back the image's code and data for booting. Nothing marked __init may
 * be used from here on.
 */
void memory_free_init(void);
