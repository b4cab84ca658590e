// SPDX-License-Identifier: GPL-2.0-only
/*
 * dom0's memory while it is built: how much it gets, and which frames are which
 * pages. Frames come in the largest blocks there are and are not cleared: they
 * hold nobody's secrets yet, and dom0 is trusted with all memory anyway.
 */
#include "boot/boot.h"
#include "boot/dom0.h"
#include "lib/string.h"
#include "mm/frame.h"

#define CHUNKS_START 64

/*
 * What a dom0 without dom0_mem= leaves: contiguous memory for its own DMA
 * buffers to be exchanged for, domains' structures, and tables that grow.
 */
#define RESERVE_MAX   (MIB(128) >> PAGE_SHIFT)
#define RESERVE_SHARE 16

static unsigned long to_mib(u64 pages)
{
	return pages >> (20 - PAGE_SHIFT);
}

void dom0_memory_size(struct dom0_builder *b, u64 avail)
{
	u64 reserve = MIN(frame_nr_total() / RESERVE_SHARE, RESERVE_MAX);
	u64 most = avail > reserve ? avail - reserve : 0;
	u64 min = boot_options.dom0_mem_min >> PAGE_SHIFT;
	u64 max = boot_options.dom0_mem_max >> PAGE_SHIFT;
	u64 nr = boot_options.dom0_mem_bytes >> PAGE_SHIFT;

	if (boot_options.dom0_mem_bad)
		panic("dom0_mem= is not understood; give "
		      "SIZE[,min:SIZE][,max:SIZE], as in dom0_mem=1G,max:2G");
	if (min && max && min > max)
		panic("dom0_mem: min:%luM is more than max:%luM", to_mib(min),
		      to_mib(max));
	if (!nr && max && max < most)
		nr = max;
	if (!nr)
		nr = most;
	if (nr < min)
		nr = min;
	if (max && nr > max)
		nr = max;
	if (nr > avail)
		panic("dom0_mem=%luM is more than this machine has to give: %luM",
		      to_mib(nr), to_mib(avail));
	b->layout.nr_pages = nr;
	b->max_pages = MAX(max, nr);
}

static void chunk_add(struct dom0_builder *b, u64 pfn, mfn_t first, u64 nr)
{
	struct dom0_chunk *bigger;
	u32 room;

	if (b->nr_chunks == b->chunks_room) {
		room = b->chunks_room ? 2 * b->chunks_room : CHUNKS_START;
		bigger = heap_zalloc_array(room, sizeof(*bigger));
		if (!bigger)
			panic("dom0: out of memory while dom0 is built");
		memcpy(bigger, b->chunks, b->nr_chunks * sizeof(*bigger));
		heap_free(b->chunks);
		b->chunks = bigger;
		b->chunks_room = room;
	}
	b->chunks[b->nr_chunks++] =
		(struct dom0_chunk){ .pfn = pfn, .mfn = first, .nr = nr };
}

void dom0_memory_add(struct dom0_builder *b, u64 pfn, mfn_t first, u64 nr)
{
	if (!nr)
		return;
	if (owner_assign_frames(&b->d->pages, first, nr))
		panic("dom0: %lu pages at frame %#lx cannot be dom0's", nr,
		      mfn_x(first));
	for (u64 i = 0; i < nr; i++)
		m2p_set(mfn_add(first, i), pfn + i);
	chunk_add(b, pfn, first, nr);
}

void dom0_memory_alloc(struct dom0_builder *b, u64 pfn, u64 nr)
{
	unsigned int most = FRAME_MAX_ORDER, order;
	mfn_t m;

	while (nr) {
		/* Pages are as aligned as their frames: a balloon wants it. */
		order = pfn ? MIN(most, (unsigned int)__builtin_ctzl(pfn)) :
			      most;
		while (1UL << order > nr)
			order--;
		m = frame_alloc(order, 0);
		if (mfn_eq(m, INVALID_MFN)) {
			if (!order)
				panic("dom0: out of memory, %luM short; lower dom0_mem=",
				      to_mib(nr) + 1);
			most = order - 1;
			continue;
		}
		dom0_memory_add(b, pfn, m, 1UL << order);
		pfn += 1UL << order;
		nr -= 1UL << order;
	}
}

static const struct dom0_chunk *chunk_find(struct dom0_builder *b, u64 pfn)
{
	for (u32 i = 0; i < b->nr_chunks; i++) {
		u32 at = (b->last_chunk + i) % b->nr_chunks;
		const struct dom0_chunk *c = &b->chunks[at];

		if (pfn >= c->pfn && pfn - c->pfn < c->nr) {
			b->last_chunk = at;
			return c;
		}
	}
	panic("dom0: page %#lx has no frame", pfn);
}

mfn_t dom0_mfn(struct dom0_builder *b, u64 pfn)
{
	const struct dom0_chunk *c = chunk_find(b, pfn);

	return mfn_add(c->mfn, pfn - c->pfn);
}

void *dom0_virt(struct dom0_builder *b, u64 pfn)
{
	return mfn_to_virt(dom0_mfn(b, pfn));
}

void dom0_fill(struct dom0_builder *b, u64 paddr, const void *src, u64 bytes)
{
	while (bytes) {
		u64 pfn = paddr >> PAGE_SHIFT, in_page = paddr & ~PAGE_MASK;
		const struct dom0_chunk *c = chunk_find(b, pfn);
		u64 run = ((c->pfn + c->nr - pfn) << PAGE_SHIFT) - in_page;
		u8 *to = (u8 *)mfn_to_virt(mfn_add(c->mfn, pfn - c->pfn)) +
			 in_page;

		run = MIN(run, bytes);
		if (src) {
			memcpy(to, src, run);
			src = (const u8 *)src + run;
		} else {
			memset(to, 0, run);
		}
		paddr += run;
		bytes -= run;
	}
}

void dom0_write_p2m(struct dom0_builder *b)
{
	const struct dom0_layout *l = &b->layout;
	const u64 per_page = PAGE_SIZE / sizeof(u64);
	const struct dom0_chunk *c = &b->chunks[0];
	u64 pfn = 0;

	for (u64 page = 0; page < l->nr_p2m_data; page++) {
		u64 *p2m = dom0_virt(b, l->p2m_pfn + page);

		for (u64 i = 0; i < per_page; i++, pfn++) {
			/* Linux fills the tail of the last page itself. */
			if (pfn >= l->nr_pages) {
				p2m[i] = ~0UL;
				continue;
			}
			if (pfn - c->pfn >= c->nr)
				c = chunk_find(b, pfn);
			p2m[i] = mfn_x(c->mfn) + (pfn - c->pfn);
		}
	}
}
