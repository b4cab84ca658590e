/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a frame that is not ours gets mapped: the hypervisor's image,
 * heap, frame table, other RAM. Tries every frame of the machine's RAM, for
 * writing and for reading; only our own may work.
 */
#include "guest.h"

STORY("foreign-frames");
/* attack: yes */

#define LOW_FRAME 0x100 /* dom0 may map the first MiB */

static u64 ram_end;
static xen_pfn_t grant_frame;

static bool is_ours(u64 mfn)
{
	u64 pfn = M2P[mfn];

	return (pfn < start_info->nr_pages && p2m[pfn] == mfn) ||
	       mfn == start_info->shared_info >> PAGE_SHIFT ||
	       mfn == grant_frame;
}

static void find_ram_end(void)
{
	static struct {
		u64 addr, size;
		u32 type;
	} __packed map[128];
	struct xen_memory_map m = { .nr_entries = 128 };

	m.buffer.p = map;
	CHECK_EQ(HC(memory_op, XENMEM_machine_memory_map, &m, 0, 0), 0);
	/* the last range of RAM that begins at 1 MiB */
	for (u32 i = 0; i < m.nr_entries; i++)
		if (map[i].type == 1 && map[i].addr == 0x100000)
			ram_end = (map[i].addr + map[i].size) >> PAGE_SHIFT;
	if (!ram_end)
		broken("no RAM at 1 MiB");
}

void story(void)
{
	char *window = page_new();
	u64 home = virt_to_mfn(window) << PAGE_SHIFT | PTE_KERNEL;
	u64 tried = 0, mapped = 0;
	/* besides its memory a guest is shown shared_info and its grants */
	struct gnttab_setup_table s = { .dom = DOMID_SELF, .nr_frames = 1 };

	find_ram_end();
	s.frame_list.p = &grant_frame;
	CHECK_EQ(HC(grant_table_op, GNTTABOP_setup_table, &s, 1, 0), 0);
	for (u64 mfn = LOW_FRAME; mfn < ram_end; mfn++) {
		if (is_ours(mfn))
			continue;
		tried++;
		if (update_va(window, mfn << PAGE_SHIFT | PTE_KERNEL, 0) == 0) {
			mapped++;
			if (mapped < 5)
				say("frame %#lx was mapped for writing", mfn);
		}
		if (update_va(window, mfn << PAGE_SHIFT | PTE_RO, 0) == 0) {
			mapped++;
			if (mapped < 5)
				say("frame %#lx was mapped", mfn);
		}
	}
	CHECK_EQ(update_va(window, home, UVMF_INVLPG), 0);
	say("%lu frames tried", tried);
	CHECK(tried > 1000);
	CHECK_EQ(mapped, 0);
}
