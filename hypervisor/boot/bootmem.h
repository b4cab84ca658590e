/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Free RAM while booting, before the frame allocator has it: a few ranges, from
 * which things are cut out.
 */
#pragma once

#include "lib/types.h"

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
