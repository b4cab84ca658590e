// SPDX-License-Identifier: GPL-2.0-only
/*
 * Steps: a block of 2 MiB, or up to as much in single pages, goes to the
 * hypervisor or comes back.
 *
 * A block is one free area of ours. If its frames are one aligned extent of
 * the machine too, it goes as one, and can come whole to somebody else; if
 * not, as 512 pages. It is asked back as one extent, so the next time it is.
 * Where there is no whole extent to be had it is filled page by page, and if
 * that ends half way, the rest is held as single pages.
 *
 * Nobody gets more than was asked for: when a part of a block is wanted, the
 * block is broken.
 *
 * What we hold is marked offline, is out of the direct map, has no P2M entry,
 * and does not count as managed memory.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/printk.h>

#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>

#include <xen/interface/memory.h>

#include "balloon.h"

#define GIVE_GFP \
	(GFP_HIGHUSER | __GFP_NORETRY | __GFP_NOWARN | __GFP_NOMEMALLOC)

bool balloon_scrub = true;
module_param_named(scrub, balloon_scrub, bool, 0644);
MODULE_PARM_DESC(scrub, "clear pages before they are given away");

/* Under balloon.lock. */
static xen_pfn_t pfns[BLOCK_PAGES], mfns[BLOCK_PAGES], extents[BLOCK_PAGES];

/* A reservation call on extents[]: how many extents were done. */
static unsigned int reservation_op(unsigned int cmd, unsigned int nr,
				   unsigned int order)
{
	struct xen_memory_reservation r = {
		.nr_extents = nr,
		.extent_order = order,
		.domid = DOMID_SELF,
	};
	int done;

	set_xen_guest_handle(r.extent_start, extents);
	balloon_counters.hypercalls++;
	done = HYPERVISOR_memory_op(cmd, &r);
	return done < 0 ? 0 : min_t(unsigned int, done, nr);
}

static bool is_one_extent(void)
{
	unsigned int i;

	if (mfns[0] % BLOCK_PAGES)
		return false;
	for (i = 1; i < BLOCK_PAGES; i++)
		if (mfns[i] != mfns[0] + i)
			return false;
	return true;
}

/* The pages named in pfns[] belong to nobody here from now on. */
static void mark_away(unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		__SetPageOffline(pfn_to_page(pfns[i]));
}

static void mark_back(unsigned int first, unsigned int nr)
{
	unsigned int i;

	for (i = first; i < first + nr; i++)
		__ClearPageOffline(pfn_to_page(pfns[i]));
}

/*
 * pfns[first..nr) are allocated and cannot be used: not to be touched, never to
 * be freed. The hypervisor refused to take the frames, and to map them.
 */
static void lose(unsigned int first, unsigned int nr)
{
	unsigned int i;

	for (i = first; i < nr; i++) {
		__SetPageOffline(pfn_to_page(pfns[i]));
		adjust_managed_page_count(pfn_to_page(pfns[i]), -1);
	}
	balloon.nr_lost += nr - first;
	pr_err("%u pages are lost: the hypervisor neither takes nor maps them\n",
	       nr - first);
}

/*
 * Nobody after us may read what was in a page. A kernel that clears what it
 * allocates (init_on_alloc, Debian's default) has done so with these already.
 */
static void scrub(xen_pfn_t pfn)
{
	if (balloon_scrub && !want_init_on_alloc(GIVE_GFP))
		clear_highpage(pfn_to_page(pfn));
}

/*
 * Give the frames of pfns[0..nr) away. Returns how many went. The rest is
 * mapped again and to be freed, up to *usable; what is beyond is lost.
 */
static unsigned int give(unsigned int nr, bool whole, unsigned int *usable)
{
	unsigned int i, done;
	int err;

	*usable = nr;
	for (i = 0; i < nr; i++) {
		mfns[i] = pfn_to_mfn(pfns[i]);
		scrub(pfns[i]);
	}
	whole = whole && is_one_extent();
	err = direct_map_unmap(pfns, nr);
	if (err == -EFAULT) {
		*usable = 0;
		lose(0, nr);
	}
	if (err)
		return 0;
	memcpy(extents, mfns, nr * sizeof(mfns[0]));
	if (whole)
		done = reservation_op(XENMEM_decrease_reservation, 1,
				      BLOCK_ORDER) *
		       BLOCK_PAGES;
	else
		done = reservation_op(XENMEM_decrease_reservation, nr, 0);
	if (done == nr && nr == BLOCK_PAGES) {
		balloon_counters.whole_blocks += whole;
		balloon_counters.split_blocks += !whole;
	}
	if (done < nr && direct_map_map(pfns + done, mfns + done, nr - done)) {
		*usable = done;
		lose(done, nr);
	}
	return done;
}

int reservation_give_block(void)
{
	struct page *page = alloc_pages(GIVE_GFP, BLOCK_ORDER);
	unsigned int i, done, usable;

	if (!page)
		return -ENOMEM;
	for (i = 0; i < BLOCK_PAGES; i++)
		pfns[i] = page_to_pfn(page) + i;
	done = give(BLOCK_PAGES, true, &usable);
	if (!done)
		balloon_counters.failures++;
	mark_away(done);
	adjust_managed_page_count(page, -(long)done);
	if (done == BLOCK_PAGES) {
		list_add(&page->lru, &balloon.blocks);
		balloon.nr_blocks++;
		return done;
	}
	/* The hypervisor stopped in the middle: what is left is ours. */
	split_page(page, BLOCK_ORDER);
	for (i = 0; i < done; i++)
		list_add(&page[i].lru, &balloon.pages);
	for (; i < usable; i++)
		__free_page(page + i);
	balloon.nr_pages += done;
	return done ? done : -EIO;
}

int reservation_give_pages(unsigned int nr)
{
	unsigned int i, got, done, usable;
	struct page *page;

	nr = min(nr, BLOCK_PAGES);
	for (got = 0; got < nr; got++) {
		page = alloc_page(GIVE_GFP);
		if (!page)
			break;
		pfns[got] = page_to_pfn(page);
	}
	if (!got)
		return -ENOMEM;
	done = give(got, false, &usable);
	mark_away(done);
	for (i = 0; i < done; i++) {
		page = pfn_to_page(pfns[i]);
		adjust_managed_page_count(page, -1);
		list_add(&page->lru, &balloon.pages);
	}
	for (; i < usable; i++)
		__free_page(pfn_to_page(pfns[i]));
	balloon.nr_pages += done;
	if (done)
		return done;
	balloon_counters.failures++;
	return -EIO;
}

/* Give frames back that could not be mapped: nobody has seen them. */
static void return_frames(unsigned int nr)
{
	memcpy(extents, mfns, nr * sizeof(mfns[0]));
	if (reservation_op(XENMEM_decrease_reservation, nr, 0) != nr)
		WARN_ONCE(1, "balloon: frames not taken back\n");
	balloon_counters.failures++;
}

/* Frames for pfns[0..nr), as many as there are, and their map. */
static unsigned int take(unsigned int nr)
{
	unsigned int done;

	memcpy(extents, pfns, nr * sizeof(pfns[0]));
	done = reservation_op(XENMEM_populate_physmap, nr, 0);
	memcpy(mfns, extents, done * sizeof(mfns[0]));
	if (done && direct_map_map(pfns, mfns, done)) {
		return_frames(done);
		return 0;
	}
	return done;
}

/* pfns[] is a block: one extent for it. */
static bool take_whole(void)
{
	unsigned int i;

	extents[0] = pfns[0];
	if (reservation_op(XENMEM_populate_physmap, 1, BLOCK_ORDER) != 1)
		return false;
	for (i = 0; i < BLOCK_PAGES; i++)
		mfns[i] = extents[0] + i;
	if (direct_map_map(pfns, mfns, BLOCK_PAGES)) {
		return_frames(BLOCK_PAGES);
		return false;
	}
	balloon_counters.populated_whole++;
	return true;
}

/* The first @done pages of a block are back, the others stay away one by one.
 */
static void break_block(struct page *page, unsigned int done)
{
	unsigned int i;

	mark_back(0, BLOCK_PAGES);
	split_page(page, BLOCK_ORDER);
	for (i = 0; i < done; i++)
		__free_page(page + i);
	for (; i < BLOCK_PAGES; i++) {
		__SetPageOffline(page + i);
		list_add(&page[i].lru, &balloon.pages);
	}
	balloon.nr_pages += BLOCK_PAGES - done;
}

/* Take @want pages of a block, and hold the rest as single pages. */
static int take_of_block(unsigned int want)
{
	struct page *page =
		list_first_entry_or_null(&balloon.blocks, struct page, lru);
	unsigned int i, done = BLOCK_PAGES;

	if (!page)
		return -ENOMEM;
	for (i = 0; i < BLOCK_PAGES; i++)
		pfns[i] = page_to_pfn(page) + i;
	if (want < BLOCK_PAGES || !take_whole())
		done = take(want);
	if (!done) {
		balloon_counters.failures++;
		return -ENOMEM;
	}
	list_del(&page->lru);
	balloon.nr_blocks--;
	adjust_managed_page_count(page, done);
	if (done < BLOCK_PAGES) {
		break_block(page, done);
	} else {
		mark_back(0, BLOCK_PAGES);
		__free_pages(page, BLOCK_ORDER);
	}
	return done;
}

int reservation_take_block(void)
{
	return take_of_block(BLOCK_PAGES);
}

int reservation_take_pages(unsigned int nr)
{
	struct page *page;
	unsigned int i, got = 0, done;

	nr = min(nr, BLOCK_PAGES);
	list_for_each_entry(page, &balloon.pages, lru)
	{
		if (got == nr)
			break;
		pfns[got++] = page_to_pfn(page);
	}
	if (!got)
		return take_of_block(nr);
	done = take(got);
	mark_back(0, done);
	for (i = 0; i < done; i++) {
		page = pfn_to_page(pfns[i]);
		list_del(&page->lru);
		adjust_managed_page_count(page, 1);
		__free_page(page);
	}
	balloon.nr_pages -= done;
	if (done)
		return done;
	balloon_counters.failures++;
	return -ENOMEM;
}
