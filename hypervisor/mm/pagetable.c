/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The hypervisor's own page tables, below sixteen L3 tables that never change
 * place. A change is one store to one entry, so readers (the CPUs) need no
 * lock; writers have one. Tables are never freed.
 */
#include "mm/pagetable.h"

#include "cpu/features.h"
#include "cpu/tlb.h"
#include "debug/log.h"
#include "mm/frame.h"
#include "mm/page.h"

/* Upper entries allow all; the last level decides. U: guests read the M2P. */
#define TABLE_FLAGS (PTE_P | PTE_RW | PTE_A)

pte_t *master_l4;
paddr_t image_paddr;

static spinlock_t table_lock = SPINLOCK_INIT(RANK_PAGETABLE);
static void *(*table_alloc)(void) = page_alloc_zeroed;
static u64 ioremap_next = IOREMAP_VA;

static u64 level_frames(unsigned int level)
{
	return 1UL << 9 * (level - 1);
}

static u64 table_flags(u64 va)
{
	return va < M2P_GUEST_END ? TABLE_FLAGS | PTE_U : TABLE_FLAGS;
}

static pte_t *table_below(pte_t e)
{
	return mfn_to_virt(pte_mfn(e));
}

void __init hv_tables_init(void *(*alloc)(void))
{
	table_alloc = alloc;
	master_l4 = alloc();
	for (unsigned int i = HV_L4_FIRST; i <= HV_L4_LAST; i++) {
		u64 va = HV_VA_START + ((u64)(i - HV_L4_FIRST) << 39);

		master_l4[i] = pte_make(virt_to_mfn(alloc()), table_flags(va));
	}
}

void __init hv_tables_use_frames(void)
{
	table_alloc = page_alloc_zeroed;
}

/* Replaces a large page by a table with the same effect. */
static pte_t *split_large(pte_t *e, unsigned int level, u64 va)
{
	pte_t *table = table_alloc();
	u64 flags = *e & ~(PTE_ADDR | (level == 2 ? PTE_PSE : 0));
	u64 step = level_frames(level - 1);

	if (!table)
		return NULL;
	for (unsigned int i = 0; i < 512; i++)
		table[i] = pte_make(mfn_add(pte_mfn(*e), i * step), flags);
	WRITE_ONCE(*e, pte_make(virt_to_mfn(table), table_flags(va)));
	return table;
}

/* The entry of @level for @va; makes tables on the way down when asked. */
static pte_t *find_entry(u64 va, unsigned int level, bool make)
{
	pte_t *table = master_l4;

	for (unsigned int at = 4; at > level; at--) {
		pte_t *e = &table[pt_index(va, at)];

		if (!(*e & PTE_P)) {
			table = make ? table_alloc() : NULL;
			if (!table)
				return NULL;
			WRITE_ONCE(*e, pte_make(virt_to_mfn(table),
						table_flags(va)));
		} else if (*e & PTE_PSE) {
			table = make ? split_large(e, at, va) : NULL;
			if (!table)
				return NULL;
		} else {
			table = table_below(*e);
		}
	}
	return &table[pt_index(va, level)];
}

/* The highest level whose pages fit at this place. */
static unsigned int fitting_level(u64 va, mfn_t m, u64 nr)
{
	unsigned int level = cpu_features.page1gb ? 3 : 2;

	for (; level > 1; level--) {
		u64 mask = level_frames(level) - 1;

		if (nr > mask && !((va >> PAGE_SHIFT | mfn_x(m)) & mask))
			break;
	}
	return level;
}

/* A table in the way of a large page keeps its place: map below it. */
static bool has_table(u64 va, unsigned int level)
{
	pte_t *e = find_entry(va, level, false);

	return level > 1 && e && (*e & PTE_P) && !(*e & PTE_PSE);
}

int hv_map(u64 va, mfn_t m, u64 nr, u64 flags)
{
	int err = 0;

	ASSERT(va >= HV_VA_START && va < HV_VA_END);
	spin_lock(&table_lock);
	while (nr && !err) {
		unsigned int level = fitting_level(va, m, nr);
		u64 step;
		pte_t *e;

		while (has_table(va, level))
			level--;
		step = level_frames(level);
		e = find_entry(va, level, true);
		if (!e) {
			err = -ENOMEM;
			break;
		}
		WRITE_ONCE(*e, pte_make(m, flags | (level > 1 ? PTE_PSE : 0)));
		va += step << PAGE_SHIFT;
		m = mfn_add(m, step);
		nr -= step;
	}
	spin_unlock(&table_lock);
	return err;
}

void hv_unmap(u64 va, u64 nr)
{
	spin_lock(&table_lock);
	for (u64 i = 0; i < nr; i++) {
		pte_t *e = find_entry(va + i * PAGE_SIZE, 1, true);

		/* Only a split that found no memory leaves an entry behind. */
		BUG_ON(!e);
		WRITE_ONCE(*e, 0);
	}
	spin_unlock(&table_lock);
	tlb_flush_mask(&cpu_online_mask);
}

pte_t *hv_pte(u64 va)
{
	return find_entry(va, 1, false);
}

bool hv_is_mapped(u64 va)
{
	const pte_t *table = master_l4;

	for (unsigned int level = 4;; level--) {
		pte_t e = table[pt_index(va, level)];

		if (!(e & PTE_P) || level == 1 || (e & PTE_PSE))
			return e & PTE_P;
		table = table_below(e);
	}
}

void *ioremap(paddr_t pa, size_t size)
{
	u64 offset = pa & (PAGE_SIZE - 1), va;
	u64 nr = (offset + size + PAGE_SIZE - 1) >> PAGE_SHIFT;

	spin_lock(&table_lock);
	va = ioremap_next;
	if (nr > (IOREMAP_END - va) >> PAGE_SHIFT) {
		spin_unlock(&table_lock);
		return NULL;
	}
	ioremap_next = va + (nr + 1) * PAGE_SIZE; /* a guard page behind */
	spin_unlock(&table_lock);
	if (hv_map(va, _mfn(pa >> PAGE_SHIFT), nr, HV_UC))
		return NULL;
	return (void *)(va + offset);
}

void hv_fill_l4(pte_t *l4)
{
	for (unsigned int i = HV_L4_FIRST; i <= HV_L4_LAST; i++)
		l4[i] = master_l4[i];
}
