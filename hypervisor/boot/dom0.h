/* SPDX-License-Identifier: GPL-2.0-only */
/* dom0 under construction: shared by the dom0_*.c files, thrown away after. */
#pragma once

#include "boot/dom0_layout.h"
#include "boot/kernel_notes.h"
#include "domain/domain.h"

/* Machine frames that are contiguous in dom0's memory as well. */
struct dom0_chunk {
	u64 pfn;
	mfn_t mfn;
	u64 nr;
};

struct dom0_builder {
	struct domain *d;
	struct dom0_layout layout;
	struct kernel_notes notes;
	struct elf_image elf;
	mfn_t elf_buffer; /* INVALID_MFN: the ELF file is the module itself */
	u64 elf_buffer_pages;
	u64 max_pages; /* what dom0 may grow to */
	const char *cmdline;

	struct dom0_chunk *chunks;
	u32 nr_chunks, chunks_room;
	u32 last_chunk; /* where the last lookup was */
};

/* ---- dom0_memory.c ---- */
/*
 * How much dom0 gets and may grow to, from the options and from @avail, what
 * it could have. Panics when they contradict each other.
 */
void dom0_memory_size(struct dom0_builder *b, u64 avail);
/* Gives dom0 the frames as pages @pfn up, with M2P. */
void dom0_memory_add(struct dom0_builder *b, u64 pfn, mfn_t first, u64 nr);
/* The same with new frames, contents undefined. */
void dom0_memory_alloc(struct dom0_builder *b, u64 pfn, u64 nr);
mfn_t dom0_mfn(struct dom0_builder *b, u64 pfn);
void *dom0_virt(struct dom0_builder *b, u64 pfn);
/* Copies to pseudo-physical memory, or zeroes it when @src is NULL. */
void dom0_fill(struct dom0_builder *b, u64 paddr, const void *src, u64 bytes);
void dom0_write_p2m(struct dom0_builder *b);

/* ---- dom0_tables.c ---- */
/* Initial page tables; returns the L4. */
mfn_t dom0_write_tables(struct dom0_builder *b);
void dom0_write_start_info(struct dom0_builder *b);

/* The virtual address at which @pfn of the mapped area starts. */
static inline u64 dom0_va(const struct dom0_builder *b, u64 pfn)
{
	return b->layout.virt_base + (pfn << PAGE_SHIFT);
}
