/* SPDX-License-Identifier: GPL-2.0-only */
/* Free RAM while booting. */
#include "boot/memory.h"

#include "boot/boot.h"
#include "debug/log.h"
#include "lib/string.h"
#include "mm/page.h"

#define MAX_RANGES (2 * BOOT_MAX_E820)

struct range {
	paddr_t start, end;
};

static struct range ranges[MAX_RANGES] __initdata;
static unsigned int nr_ranges __initdata;

void __init bootmem_add(paddr_t start, paddr_t end)
{
	start = ALIGN_UP(start, PAGE_SIZE);
	end = ALIGN_DOWN(end, PAGE_SIZE);
	if (start >= end)
		return;
	if (nr_ranges == MAX_RANGES)
		panic("memory: the map is in more than %u pieces", MAX_RANGES);
	ranges[nr_ranges++] = (struct range){ start, end };
}

void __init bootmem_reserve(paddr_t start, paddr_t end)
{
	unsigned int n = nr_ranges;

	start = ALIGN_DOWN(start, PAGE_SIZE);
	end = ALIGN_UP(end, PAGE_SIZE);
	for (unsigned int i = 0; i < n; i++) {
		struct range *r = &ranges[i];
		paddr_t tail = r->end;

		if (start >= r->end || end <= r->start)
			continue;
		/* The part before stays here, the part behind is new. */
		r->end = MAX(r->start, start);
		bootmem_add(end, tail);
	}
}

/* Where a piece would start in @r, 0 when it does not fit. */
static paddr_t __init fit(const struct range *r, u64 bytes, u64 align,
			  paddr_t limit)
{
	paddr_t end = limit ? MIN(r->end, limit) : r->end, start;

	if (end < r->start || end - r->start < bytes)
		return 0;
	start = ALIGN_DOWN(end - bytes, align);
	return start >= r->start ? start : 0;
}

paddr_t __init bootmem_alloc(u64 bytes, u64 align, paddr_t limit)
{
	paddr_t best = 0;

	for (unsigned int i = 0; i < nr_ranges; i++)
		best = MAX(best, fit(&ranges[i], bytes, align, limit));
	if (!best)
		panic("memory: no %lu KiB free%s while starting: the machine has too little",
		      bytes >> 10, limit ? " in the low part" : "");
	bootmem_reserve(best, best + bytes);
	memset(paddr_to_virt(best), 0, bytes);
	return best;
}

void __init bootmem_release(void (*fn)(paddr_t start, paddr_t end))
{
	for (unsigned int i = 0; i < nr_ranges; i++)
		if (ranges[i].start < ranges[i].end)
			fn(ranges[i].start, ranges[i].end);
	nr_ranges = 0;
}
