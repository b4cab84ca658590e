/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's own mappings: slots 256..271 of the master L4, built at
 * boot, with every L3 of those slots in place for ever, so that a change made
 * below them shows in all guests' tables at once.
 */
#pragma once

#include "lib/types.h"
#include "mm/layout.h"

typedef u64 pte_t; /* an entry of any level */

#define PTE_P		 (1UL << 0)
#define PTE_RW		 (1UL << 1)
#define PTE_U		 (1UL << 2)
#define PTE_PWT		 (1UL << 3)
#define PTE_PCD		 (1UL << 4)
#define PTE_A		 (1UL << 5)
#define PTE_D		 (1UL << 6)
#define PTE_PSE		 (1UL << 7)
#define PTE_PAT		 (1UL << 7) /* level 1 */
#define PTE_G		 (1UL << 8)
#define PTE_AVAIL	 (7UL << 9)
#define PTE_GUEST_KERNEL (1UL << 52) /* guest's entry lacked U: see abi 3.2 */
#define PTE_NX		 (1UL << 63)
#define PTE_ADDR	 0x000ffffffffff000UL

#define HV_RW (PTE_P | PTE_RW | PTE_A | PTE_D | PTE_NX)
#define HV_RO (PTE_P | PTE_A | PTE_NX)
#define HV_RX (PTE_P | PTE_A)
#define HV_UC (HV_RW | PTE_PCD | PTE_PWT)

static inline unsigned int pt_index(u64 va, unsigned int level)
{
	return va >> (PAGE_SHIFT + 9 * (level - 1)) & 511;
}

static inline mfn_t pte_mfn(pte_t e)
{
	return _mfn((e & PTE_ADDR) >> PAGE_SHIFT);
}

static inline pte_t pte_make(mfn_t m, u64 flags)
{
	return mfn_x(m) << PAGE_SHIFT | flags;
}

extern pte_t *master_l4; /* the idle CPUs' L4, in the direct map */

/* Where the image was loaded; for addresses of our own code and data. */
extern paddr_t image_paddr;

static inline mfn_t hv_image_mfn(const void *va)
{
	return _mfn(((u64)va - IMAGE_VA + image_paddr) >> PAGE_SHIFT);
}

/*
 * The boot: takes zeroed pages for tables from @alloc until it is NULL (then
 * from the frame allocator), makes the master L4 and its sixteen L3s.
 */
void hv_tables_init(void *(*alloc)(void));
void hv_tables_use_frames(void);

/*
 * Maps @nr frames from @m at @va, with pages as large as alignment allows.
 * Makes missing tables, splits large pages; -ENOMEM. No flush is needed for
 * fresh addresses; for others it is the caller's to do.
 */
int __must_check hv_map(u64 va, mfn_t m, u64 nr, u64 flags);
void hv_unmap(u64 va, u64 nr); /* flushes all CPUs */
/* The entry of level 1 that maps @va; NULL when there is no table. */
pte_t *hv_pte(u64 va);
bool hv_is_mapped(u64 va);
/* Device memory, uncached; never unmapped. NULL when out of address space. */
void *ioremap(paddr_t pa, size_t size);
/* Fills the hypervisor's sixteen slots into a guest's L4 page. */
void hv_fill_l4(pte_t *l4);
