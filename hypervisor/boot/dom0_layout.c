// SPDX-License-Identifier: GPL-2.0-only
/*
 * dom0's memory layout: see the head of dom0_layout.h.
 *
 * dom0 takes the machine's memory map for its own. Its kernel and first page
 * tables have to lie in RAM of that map, or Linux stops; initrd and P2M it
 * could move out of the way, but that is slow, so they look for RAM as well.
 */
#include "boot/dom0_layout.h"

#include "mm/layout.h"

#define MAP_ALIGN MIB(4)
#define MAP_SLACK KIB(512)

#define PAGES(bytes) (((bytes) + PAGE_SIZE - 1) >> PAGE_SHIFT)

/* Tables of @level (1..3) that cover [start, end) of addresses. */
static u64 nr_tables(u64 start, u64 end, unsigned int level)
{
	unsigned int shift = PAGE_SHIFT + 9 * level;

	return ((end - 1) >> shift) - (start >> shift) + 1;
}

static u64 nr_tables_below_l4(u64 start, u64 end)
{
	return nr_tables(start, end, 1) + nr_tables(start, end, 2) +
	       nr_tables(start, end, 3);
}

bool dom0_layout_is_ram(const struct dom0_layout *l, u64 pfn, u64 nr)
{
	u64 at = pfn << PAGE_SHIFT, end = (pfn + nr) << PAGE_SHIFT;

	for (u32 i = 0; i < l->nr_e820 && at < end; i++) {
		const struct e820_entry *e = &l->e820[i];

		if (e->type == E820_RAM && e->addr <= at &&
		    at - e->addr < e->size)
			at = e->addr + e->size;
	}
	return at >= end;
}

/*
 * The first PFN at or after @from where @nr pages are RAM of the machine and
 * within dom0's memory; @from itself if there is no such place.
 */
static u64 place_in_ram(const struct dom0_layout *l, u64 from, u64 nr)
{
	if (dom0_layout_is_ram(l, from, nr))
		return from;
	for (u32 i = 0; i < l->nr_e820; i++) {
		u64 pfn = PAGES(l->e820[i].addr);

		if (pfn > from && pfn < l->nr_pages &&
		    nr <= l->nr_pages - pfn && dom0_layout_is_ram(l, pfn, nr))
			return pfn;
	}
	return from;
}

/*
 * Page tables depend on the end of the area, and it on their number. False: it
 * does not fit between virt_base and the end of the address space.
 */
static bool plan_map_end(struct dom0_layout *l)
{
	u64 start = l->virt_base, room = -start, used, size, need;

	l->nr_pt = 4;
	for (;;) {
		l->stack_pfn = l->pt_pfn + l->nr_pt;
		used = (l->stack_pfn + 1) << PAGE_SHIFT;
		size = ALIGN_UP(start + used, MAP_ALIGN) - start;
		if (size - used < MAP_SLACK)
			size += MAP_ALIGN;
		if (used >= room || size >= room)
			return false;
		need = 1 + nr_tables_below_l4(start, start + size);
		if (need <= l->nr_pt)
			break;
		l->nr_pt = need;
	}
	l->map_end_pfn = size >> PAGE_SHIFT;
	return true;
}

static u64 plan_p2m(struct dom0_layout *l, u64 pfn)
{
	u64 bytes;

	l->nr_p2m_data = PAGES(l->nr_pages * sizeof(u64));
	bytes = l->nr_p2m_data << PAGE_SHIFT;
	l->nr_p2m = l->nr_p2m_data;
	if (l->init_p2m) {
		l->p2m_va = l->init_p2m;
		l->nr_p2m += nr_tables_below_l4(l->p2m_va, l->p2m_va + bytes);
		pfn = place_in_ram(l, pfn, l->nr_p2m);
	} else {
		l->p2m_va = l->virt_base + (pfn << PAGE_SHIFT);
	}
	l->p2m_pfn = pfn;
	return pfn + l->nr_p2m;
}

static const char *check(const struct dom0_layout *l)
{
	u64 bytes;

	if (__builtin_add_overflow(l->virt_base, l->kernel_end, &bytes) ||
	    l->kernel_end > GIB(2) || l->initrd_bytes > GIB(64))
		return "is too large to be loaded";
	if (l->nr_pages > GIB(64) >> 3)
		return "gets more memory than a P2M can describe";
	/* Room for the largest P2M, 64 GiB, and not where we are. */
	if (l->virt_base < HV_VA_END ||
	    __builtin_add_overflow(l->init_p2m, GIB(64), &bytes) ||
	    (l->init_p2m < HV_VA_END && bytes > HV_VA_START))
		return "has Xen notes with impossible addresses";
	return NULL;
}

const char *dom0_layout_plan(struct dom0_layout *l)
{
	const char *err = check(l);
	u64 pfn;

	if (err)
		return err;
	l->nr_initrd = PAGES(l->initrd_bytes);
	pfn = PAGES(l->kernel_end);
	if (l->initrd_mapped) {
		l->initrd_pfn = pfn;
		pfn += l->nr_initrd;
	}
	if (!l->init_p2m)
		pfn = plan_p2m(l, pfn);
	l->start_info_pfn = pfn;
	l->pt_pfn = pfn + 1;
	if (!plan_map_end(l))
		return "and its initrd do not fit into the address space";
	pfn = l->map_end_pfn;
	if (!l->initrd_mapped) {
		l->initrd_pfn = place_in_ram(l, pfn, l->nr_initrd);
		pfn = l->initrd_pfn + l->nr_initrd;
	}
	if (l->init_p2m)
		pfn = plan_p2m(l, pfn);
	if (pfn > l->nr_pages || l->map_end_pfn > l->nr_pages)
		return "needs more memory than dom0 gets; raise dom0_mem=";
	pfn = l->kernel_start >> PAGE_SHIFT;
	if (!dom0_layout_is_ram(l, pfn, l->map_end_pfn - pfn))
		return "wants to be where this machine has no RAM";
	return NULL;
}
