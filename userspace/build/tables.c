// SPDX-License-Identifier: GPL-2.0-only
/*
 * The first page tables of a guest. Two regions are mapped: the kernel's, and
 * the P2M list's. Each has its tables in one run of frames: its L3s, then L2s,
 * then L1s, in the order of addresses, so that a table is found by arithmetic.
 * The hypervisor checks all of it when the L4 is pinned; a frame that is a
 * table may only be mapped read-only.
 */
#include "build/pv.h"
#include "lib/foreign.h"
#include <errno.h>
#include <string.h>

#define PTE_P	0x001ul
#define PTE_RW	0x002ul
#define PTE_US	0x004ul
#define PTE_A	0x020ul
#define PTE_D	0x040ul
#define LEAF	(PTE_P | PTE_RW | PTE_A)
#define NODE	(PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)
#define ENTRIES 512

struct region {
	const struct pv_guest *guest;
	uint64_t va;
	uint64_t first; /* frame at va */
	uint64_t nr_pages;
	uint64_t tables; /* first frame of its tables */
	uint64_t *map; /* of those tables */
	uint64_t nr_l3, nr_l2, nr_l1;
};

static unsigned int slot(uint64_t va, int shift)
{
	return va >> shift & (ENTRIES - 1);
}

static uint64_t span(const struct region *r, int shift)
{
	uint64_t last = r->va + (r->nr_pages << XEN_PAGE_SHIFT) - 1;

	return (last >> shift) - (r->va >> shift) + 1;
}

static uint64_t entry(const struct region *r, uint64_t pfn, uint64_t flags)
{
	return r->guest->p2m[pfn] << XEN_PAGE_SHIFT | flags;
}

/* @count tables from number @lower on hang below those from @upper on. */
static void link_level(const struct region *r, uint64_t upper, uint64_t lower,
		       uint64_t count, int shift)
{
	uint64_t va, i, table;

	for (i = 0; i < count; i++) {
		va = ((r->va >> shift) + i) << shift;
		table = upper + (va >> (shift + 9)) - (r->va >> (shift + 9));
		r->map[table * ENTRIES + slot(va, shift)] =
			entry(r, r->tables + lower + i, NODE);
	}
}

static void fill_leaves(const struct region *r, uint64_t l1)
{
	const struct pv_layout *l = &r->guest->layout;
	uint64_t i, va, pfn, table, flags;

	for (i = 0; i < r->nr_pages; i++) {
		va = r->va + (i << XEN_PAGE_SHIFT);
		pfn = r->first + i;
		table = l1 + (va >> 21) - (r->va >> 21);
		flags = pfn - l->tables < l->nr_tables ? LEAF & ~PTE_RW : LEAF;
		r->map[table * ENTRIES + slot(va, XEN_PAGE_SHIFT)] =
			entry(r, pfn, flags);
	}
}

/* Fill the region's tables and hang them into the L4. */
static void fill_region(struct region *r, uint64_t *l4)
{
	uint64_t i;

	r->nr_l3 = span(r, 39);
	r->nr_l2 = span(r, 30);
	r->nr_l1 = span(r, 21);
	for (i = 0; i < r->nr_l3; i++)
		l4[slot(r->va + (i << 39), 39)] = entry(r, r->tables + i, NODE);
	link_level(r, 0, r->nr_l3, r->nr_l2, 30);
	link_level(r, r->nr_l3, r->nr_l3 + r->nr_l2, r->nr_l1, 21);
	fill_leaves(r, r->nr_l3 + r->nr_l2);
}

static void *map_zeroed(const struct pv_guest *guest, uint64_t pfn,
			uint64_t count)
{
	void *map = foreign_map(guest->domid, guest->p2m + pfn, count);

	if (map)
		memset(map, 0, count << XEN_PAGE_SHIFT);
	return map;
}

int pv_write_tables(const struct pv_guest *guest)
{
	const struct kernel *kernel = &guest->image->kernel;
	const struct pv_layout *l = &guest->layout;
	struct region r = { .guest = guest,
			    .va = kernel->virt_base,
			    .nr_pages = l->mapped_end,
			    .tables = l->tables + 1 };
	uint64_t *l4, *map;
	int err = 0;

	l4 = map_zeroed(guest, l->tables, l->nr_tables);
	if (!l4)
		return -errno;
	r.map = l4 + ENTRIES;
	fill_region(&r, l4);
	if (l->nr_p2m_tables) {
		r.va = kernel->init_p2m;
		r.first = l->p2m;
		r.nr_pages = l->nr_p2m;
		r.tables = l->p2m + l->nr_p2m;
		map = map_zeroed(guest, r.tables, l->nr_p2m_tables);
		r.map = map;
		if (map)
			fill_region(&r, l4);
		else
			err = -errno;
		foreign_unmap(map, l->nr_p2m_tables);
	}
	foreign_unmap(l4, l->nr_tables);
	return err;
}
