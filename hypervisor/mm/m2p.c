// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine to physical table: for each frame of RAM the number its owner
 * gave it. Guests read it through a window of their own; we never rely on it.
 */
#include "mm/page.h"

void m2p_set(mfn_t m, u64 pfn)
{
	WRITE_ONCE(((u64 *)M2P_VA)[mfn_x(m)], pfn);
}

#define MAX_EXTENTS  256 /* one for each GiB of machine memory */
#define EXTENT_PAGES 512

static u32 extents[MAX_EXTENTS]; /* first frames; 0: no memory there */
static u32 nr_extents;

void m2p_add_extent(u64 index, mfn_t first)
{
	if (index >= MAX_EXTENTS)
		return; /* the tools see less then, no more */
	extents[index] = mfn_x(first);
	nr_extents = MAX(nr_extents, (u32)index + 1);
}

void m2p_share_extents(void)
{
	for (u32 i = 0; i < nr_extents; i++)
		for (u32 j = 0; extents[i] && j < EXTENT_PAGES; j++)
			page_share_with_owner(mfn_to_page(_mfn(extents[i] + j)),
					      &owner_xen, true);
}

u32 m2p_nr_extents(void)
{
	return nr_extents;
}

u64 m2p_extent(u32 i)
{
	return extents[i];
}

u64 m2p_get(mfn_t m)
{
	return READ_ONCE(((u64 *)M2P_VA)[mfn_x(m)]);
}
