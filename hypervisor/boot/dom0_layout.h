/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where everything goes in dom0's pseudo-physical memory and in its initial
 * address space. Arithmetic only; dom0_build.c does what this says.
 *
 *   PFN 0 ......... kernel ....... what it has not claimed below is free RAM
 *   kernel end      [initrd, P2M: only for kernels without the notes]
 *                   start_info
 *                   page tables of the mapped area, the L4 first
 *                   boot stack
 *                   slack of at least 512 KiB, to a multiple of 4 MiB
 *   map_end ....... mapped from virt_base so far
 *                   initrd, not mapped
 *                   P2M and the page tables that map it at p2m_va
 *                   the rest of the memory
 */
#pragma once

#include "lib/e820.h"

struct dom0_layout {
	/* Set by the caller. */
	u64 nr_pages; /* all of dom0's memory */
	u64 virt_base; /* address of PFN 0 */
	u64 kernel_start, kernel_end; /* pseudo-physical bytes */
	u64 initrd_bytes; /* 0: none */
	bool initrd_mapped; /* no note MOD_START_PFN */
	u64 init_p2m; /* 0: no such note */
	const struct e820_entry *e820; /* the machine's, which dom0 uses */
	u32 nr_e820;

	/* Results: first PFN and number of pages of each. */
	u64 start_info_pfn;
	u64 pt_pfn, nr_pt; /* tables of the mapped area, L4 first */
	u64 stack_pfn;
	u64 map_end_pfn;
	u64 initrd_pfn, nr_initrd;
	u64 p2m_pfn, nr_p2m_data;
	u64 nr_p2m; /* with the page tables */
	u64 p2m_va;
};

/* NULL, or the reason why it cannot be done, a whole sentence's end. */
const char *dom0_layout_plan(struct dom0_layout *l);

/* Are all the pages RAM in the map? */
bool dom0_layout_is_ram(const struct dom0_layout *l, u64 pfn, u64 nr);
