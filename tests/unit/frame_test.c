// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: a frame is given out twice or never again, above the
 * limit of addresses that was asked for, with an old owner's data, or while a
 * TLB may still know it; blocks do not merge; heap objects overlap or leak.
 */
/* links: mm/frame.c mm/heap.c mm/ram.c lib/bitmap.c */
#include <string.h>

#include "cpu/tlb.h"
#include "lib/e820.h"
#include "mm/frame.h"
#include "mm/page.h"
#include "test.h"

#define NR_FRAMES  4096
#define HOLE_START 256
#define HOLE_END   300
#define NR_RAM	   (NR_FRAMES - 1 - (HOLE_END - HOLE_START))
#define MAX_BLOCKS 600

struct block {
	u64 m;
	unsigned int order;
	bool guests;
};

static struct block blocks[MAX_BLOCKS];
static u32 nr_blocks;
static u8 taken[NR_FRAMES];
static bool stale[NR_FRAMES]; /* freed by a guest, no flush since */

u64 now_ns(void)
{
	return 3600000000000UL; /* the machine has booted long ago */
}

u32 tlb_clock_now(void)
{
	return 7;
}

void tlb_filter(struct cpumask *mask, u32 stamp)
{
	EXPECT_EQ(stamp, 7);
}

void tlb_flush_mask(const struct cpumask *mask)
{
	memset(stale, 0, sizeof(stale));
}

static void boot(void)
{
	const struct e820_entry ram[] = {
		{ PAGE_SIZE, (HOLE_START - 1) * PAGE_SIZE, E820_RAM },
		{ HOLE_START * PAGE_SIZE, 10 * PAGE_SIZE, E820_RESERVED },
		{ HOLE_END * PAGE_SIZE - 0x800,
		  (NR_FRAMES - HOLE_END) * PAGE_SIZE + 0x800, E820_RAM },
	};

	if (shim_frame_table)
		return;
	nr_cpu_ids = 1;
	cpumask_fill(&cpu_online_mask, 1);
	shim_memory(NR_FRAMES);
	memset(mfn_to_virt(_mfn(0)), 0xaa, NR_FRAMES * PAGE_SIZE);
	ram_init(ram, ARRAY_SIZE(ram));
	frame_add_range(PAGE_SIZE, HOLE_START * PAGE_SIZE);
	frame_add_range(HOLE_END * PAGE_SIZE, NR_FRAMES * PAGE_SIZE);
}

static bool all_zero(u64 m, unsigned int order)
{
	const u64 *p = mfn_to_virt(_mfn(m));

	for (u64 i = 0; i < (PAGE_SIZE << order) / 8; i++)
		if (p[i])
			return false;
	return true;
}

static void note_taken(u64 m, unsigned int order, unsigned int bits)
{
	EXPECT_EQ(m & ((1UL << order) - 1), 0);
	if (bits)
		EXPECT(((m + (1UL << order)) << PAGE_SHIFT) <= 1UL << bits);
	for (u64 i = m; i < m + (1UL << order); i++) {
		EXPECT(i < NR_FRAMES && mfn_is_ram(_mfn(i)) && !taken[i]);
		EXPECT(!stale[i]);
		taken[i] = 1;
	}
}

static void take_one(void)
{
	static const unsigned int limits[] = { 0, 0, 13, 18, 20, 22, 36 };
	unsigned int bits = limits[test_random_below(ARRAY_SIZE(limits))];
	unsigned int order = test_random_below(7);
	bool guests = test_random() & 1;
	mfn_t m = guests ? frame_alloc_clean(order, bits, false) :
			   frame_alloc(order, bits);

	if (mfn_eq(m, INVALID_MFN))
		return;
	note_taken(mfn_x(m), order, bits);
	if (guests)
		EXPECT(all_zero(mfn_x(m), order));
	memset(mfn_to_virt(m), 0x55, PAGE_SIZE << order);
	blocks[nr_blocks++] =
		(struct block){ mfn_x(m), guests ? 0 : order, guests };
	/* A guest's frames go back one by one. */
	for (u64 i = 1; guests && i < 1UL << order; i++)
		blocks[nr_blocks++] = (struct block){ mfn_x(m) + i, 0, true };
}

static void give_one(void)
{
	u32 i = test_random_below(nr_blocks);
	struct block b = blocks[i];

	blocks[i] = blocks[--nr_blocks];
	memset(&taken[b.m], 0, 1UL << b.order);
	if (b.guests) {
		stale[b.m] = true;
		frame_free_stale(_mfn(b.m), 0, 7);
	} else {
		frame_free(_mfn(b.m), b.order);
	}
}

static u64 nr_taken(void)
{
	u64 n = 0;

	for (u32 i = 0; i < NR_FRAMES; i++)
		n += taken[i];
	return n;
}

TEST(ram_is_what_the_map_says)
{
	boot();
	EXPECT_EQ(frame_nr_total(), NR_RAM);
	EXPECT_EQ(frame_max_mfn(), NR_FRAMES - 1);
	EXPECT_EQ(frame_nr_free(), NR_RAM);
	EXPECT(!mfn_is_ram(_mfn(0)));
	EXPECT(mfn_is_ram(_mfn(1)));
	EXPECT(mfn_is_ram(_mfn(HOLE_START - 1)));
	EXPECT(!mfn_is_ram(_mfn(HOLE_START)));
	EXPECT(!mfn_is_ram(_mfn(HOLE_END - 1))); /* only half of it is */
	EXPECT(mfn_is_ram(_mfn(HOLE_END)));
	EXPECT(!mfn_is_ram(_mfn(NR_FRAMES)));
	EXPECT(!mfn_is_ram(INVALID_MFN));
}

TEST(random_blocks_come_and_go)
{
	unsigned long rounds = test_rounds(20000, 2000000);
	mfn_t m;

	boot();
	for (unsigned long i = 0; i < rounds; i++) {
		if (nr_blocks < MAX_BLOCKS - 64 && test_random() & 1)
			take_one();
		else if (nr_blocks)
			give_one();
		if (test_random_below(16) == 0)
			frame_scrub_idle(true);
		if (i % 64 == 0)
			EXPECT_EQ(frame_nr_free(), NR_RAM - nr_taken());
	}
	while (nr_blocks)
		give_one();
	EXPECT_EQ(frame_nr_free(), NR_RAM);
	while (frame_scrub_idle(true))
		;
	EXPECT_EQ(frame_nr_dirty(), 0);
	/* All has merged: frames 2048 to 4095 are one block again. */
	m = frame_alloc_clean(11, 0, false);
	REQUIRE(mfn_x(m) == 2048);
	EXPECT(all_zero(2048, 11));
	frame_free(m, 11);
}

TEST(limits_that_cannot_be_met)
{
	boot();
	EXPECT(mfn_eq(frame_alloc(0, 12), INVALID_MFN));
	EXPECT(mfn_eq(frame_alloc(0, 1), INVALID_MFN));
	EXPECT(mfn_eq(frame_alloc(12, 0), INVALID_MFN));
	EXPECT(mfn_eq(frame_alloc(FRAME_MAX_ORDER + 1, 0), INVALID_MFN));
	EXPECT_EQ(frame_nr_free(), NR_RAM);
}

struct object {
	u8 *p;
	size_t size;
	u8 fill;
};

static void check_object(const struct object *o)
{
	for (size_t i = 0; i < o->size; i++)
		if (!EXPECT_EQ(o->p[i], o->fill))
			return;
}

static size_t some_size(void)
{
	switch (test_random_below(8)) {
	case 0:
		return test_random_below(20000);
	case 1:
		return test_random_below(5000);
	default:
		return test_random_below(300);
	}
}

static struct object new_object(void)
{
	struct object o = { .size = some_size(), .fill = test_random() };
	bool zeroed = test_random() & 1;

	o.p = zeroed ? heap_zalloc(o.size) : heap_alloc(o.size);
	if (!EXPECT(o.p))
		return (struct object){ 0 };
	EXPECT_EQ((u64)o.p & 15, 0);
	for (size_t i = 0; zeroed && i < o.size; i++)
		EXPECT_EQ(o.p[i], 0);
	memset(o.p, o.fill, o.size);
	return o;
}

TEST(heap_objects_are_apart_and_come_back)
{
	unsigned long rounds = test_rounds(50000, 5000000);
	static struct object objects[300];
	u64 used = heap_bytes_used();

	boot();
	for (unsigned long i = 0; i < rounds; i++) {
		struct object *o = &objects[test_random_below(300)];

		if (!o->p) {
			*o = new_object();
			continue;
		}
		check_object(o);
		heap_free(o->p);
		o->p = NULL;
	}
	for (u32 i = 0; i < 300; i++)
		heap_free(objects[i].p);
	EXPECT_EQ(heap_bytes_used(), used);
	/* At most one empty slab of each size stays. */
	EXPECT(frame_nr_free() >= NR_RAM - 16);
	EXPECT(!heap_alloc(~0UL));
	EXPECT(!heap_zalloc_array(1UL << 40, 1UL << 40));
	heap_free(NULL);
}
