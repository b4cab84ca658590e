// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: firmware's overlapping, unsorted, empty or wrapping
 * entries turn doubtful memory into RAM, or the result overlaps itself. Random
 * maps are compared with the type of every single byte.
 */
/* links: lib/e820.c */
#include "lib/e820.h"
#include "test.h"

#define BYTES 64
#define MOST  8

static u32 plain_type(const struct e820_entry *map, u32 n, u64 addr)
{
	u32 type = 0, i;

	for (i = 0; i < n; i++)
		if (addr >= map[i].addr && addr - map[i].addr < map[i].size &&
		    map[i].type > type)
			type = map[i].type;
	return type;
}

static void expect_well_formed(const struct e820_entry *out, u32 n)
{
	u32 i;

	for (i = 0; i < n; i++) {
		EXPECT(out[i].size > 0);
		if (i && out[i - 1].type == out[i].type)
			EXPECT(out[i - 1].addr + out[i - 1].size < out[i].addr);
		else if (i)
			EXPECT(out[i - 1].addr + out[i - 1].size <=
			       out[i].addr);
	}
}

TEST(random_maps_agree_byte_by_byte)
{
	struct e820_entry map[MOST], out[2 * MOST + 1];
	u32 round, n, nr, i;
	u64 addr;

	for (round = 0; round < 20000; round++) {
		n = test_random_below(MOST + 1);
		for (i = 0; i < n; i++)
			map[i] = (struct e820_entry){
				.addr = test_random_below(BYTES),
				.size = test_random_below(BYTES / 2),
				.type = 1 + test_random_below(5),
			};
		nr = e820_sanitise(out, 2 * MOST + 1, map, n);
		expect_well_formed(out, nr);
		for (addr = 0; addr < 2 * BYTES; addr++)
			REQUIRE(EXPECT_EQ(plain_type(out, nr, addr),
					  plain_type(map, n, addr)));
	}
}

TEST(a_wrapping_entry_is_no_memory)
{
	const struct e820_entry map[] = {
		{ 0x1000, 0x1000, E820_RAM },
		{ ~0UL - 0xfff, 0x10000, E820_RAM },
	};
	struct e820_entry out[4];

	EXPECT_EQ(e820_sanitise(out, 4, map, 2), 1);
	EXPECT_EQ(out[0].addr, 0x1000);
	EXPECT_EQ(out[0].size, 0x1000);
}

TEST(what_does_not_fit_is_left_out)
{
	const struct e820_entry map[] = {
		{ 0x3000, 0x1000, E820_RAM },
		{ 0x1000, 0x1000, E820_RAM },
		{ 0x5000, 0x1000, E820_ACPI },
	};
	struct e820_entry out[3] = { { 0 }, { 0 }, { 7, 7, 7 } };

	EXPECT_EQ(e820_sanitise(out, 2, map, 3), 2);
	EXPECT_EQ(out[0].addr, 0x1000);
	EXPECT_EQ(out[1].addr, 0x3000);
	EXPECT_EQ(out[2].type, 7);
}

TEST(no_entries)
{
	struct e820_entry out[1];

	EXPECT_EQ(e820_sanitise(out, 1, NULL, 0), 0);
}
