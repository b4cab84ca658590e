// SPDX-License-Identifier: GPL-2.0-only
/*
 * What is RAM, and which of the rest a domain with device rights may map.
 *
 * Whether a frame is RAM never changes after boot: an entry that maps it is
 * counted when it is made, and uncounted when it goes, by the same answer.
 */
#include "debug/log.h"
#include "lib/e820.h"
#include "mm/frame.h"
#include "mm/page.h"

#define MAX_RAM_RANGES 256 /* as many as boot takes from the firmware */

struct frame_range ram_biggest;
static struct frame_range ram[MAX_RAM_RANGES];
static u32 nr_ram; /* biggest first; written once at boot */
static u64 ram_frames, ram_max;

/* Lists of device frames only grow, at the head; readers take no lock. */
struct io_range {
	struct frame_range frames;
	struct io_range *next;
};

static struct io_range *denied, *readonly_io;
static struct io_range early[32]; /* before the heap works */
static u32 nr_early;
static spinlock_t io_lock = SPINLOCK_INIT(RANK_LEAF);

static void ram_insert(struct frame_range r)
{
	u32 i = nr_ram++;

	for (; i > 0 && ram[i - 1].nr < r.nr; i--)
		ram[i] = ram[i - 1];
	ram[i] = r;
	ram_frames += r.nr;
	ram_max = MAX(ram_max, r.start + r.nr - 1);
}

void ram_init(const struct e820_entry *map, u32 nr)
{
	nr_ram = 0;
	ram_frames = ram_max = 0;
	for (u32 i = 0; i < nr; i++) {
		u64 first = DIV_ROUND_UP(map[i].addr, PAGE_SIZE);
		u64 end = (map[i].addr + map[i].size) >> PAGE_SHIFT;

		if (map[i].type != E820_RAM || end <= first)
			continue;
		if (nr_ram == MAX_RAM_RANGES)
			panic("mm: more than %u ranges of RAM", MAX_RAM_RANGES);
		ram_insert((struct frame_range){ first, end - first });
	}
	ram_biggest = ram[0];
}

bool mfn_is_other_ram(mfn_t m)
{
	for (u32 i = 1; i < nr_ram; i++)
		if (mfn_x(m) - ram[i].start < ram[i].nr)
			return true;
	return false;
}

u64 frame_nr_total(void)
{
	return ram_frames;
}

u64 frame_max_mfn(void)
{
	return ram_max;
}

static bool io_find(struct io_range *const *list, mfn_t m)
{
	const struct io_range *r = __atomic_load_n(list, __ATOMIC_ACQUIRE);

	for (; r; r = r->next)
		if (mfn_x(m) - r->frames.start < r->frames.nr)
			return true;
	return false;
}

static int io_add(struct io_range **list, mfn_t start, u64 nr)
{
	u32 slot = __atomic_fetch_add(&nr_early, 1, __ATOMIC_RELAXED);
	struct io_range *r = slot < ARRAY_SIZE(early) ? &early[slot] :
							heap_zalloc(sizeof(*r));

	if (!r)
		return -ENOMEM;
	r->frames = (struct frame_range){ mfn_x(start), nr };
	spin_lock(&io_lock);
	r->next = *list;
	__atomic_store_n(list, r, __ATOMIC_RELEASE);
	spin_unlock(&io_lock);
	return 0;
}

void __init iomem_deny(mfn_t start, u64 nr)
{
	if (io_add(&denied, start, nr))
		panic("mm: no memory to note device frames %llx",
		      (unsigned long long)mfn_x(start));
}

int iomem_readonly(mfn_t start, u64 nr)
{
	for (u64 i = 0; i < nr; i++)
		if (!io_find(&readonly_io, mfn_add(start, i)))
			return io_add(&readonly_io, start, nr);
	return 0;
}

bool iomem_allowed(mfn_t m, bool *readonly)
{
	/* Writes here are interrupt messages to any CPU. */
	if (mfn_x(m) - 0xfee00 < 0x100 || io_find(&denied, m))
		return false;
	*readonly = io_find(&readonly_io, m);
	return true;
}
