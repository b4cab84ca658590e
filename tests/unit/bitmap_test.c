// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: a search skips or invents a bit at a word's edge, or
 * two CPUs setting bits of one word lose one. Searches are compared with a
 * plain loop.
 */
/* links: lib/bitmap.c */
#include "lib/bitmap.h"
#include "test.h"

#define BITS 200

static unsigned int plain_search(const u64 *map, unsigned int nbits,
				 unsigned int from)
{
	while (from < nbits && !test_bit(map, from))
		from++;
	return from < nbits ? from : nbits;
}

TEST(searches_agree_with_a_plain_loop)
{
	u64 map[BITMAP_LONGS(BITS)];
	unsigned int nbits, from, round, i;

	for (round = 0; round < 2000; round++) {
		for (i = 0; i < BITMAP_LONGS(BITS); i++)
			map[i] = test_random() & test_random() & test_random();
		if (round & 1)
			for (i = 0; i < BITMAP_LONGS(BITS); i++)
				map[i] = ~map[i];
		nbits = test_random_below(BITS + 1);
		from = test_random_below(BITS + 1);
		REQUIRE(EXPECT_EQ(bitmap_next_set(map, nbits, from),
				  plain_search(map, nbits, from)));
	}
}

TEST(for_each_visits_every_bit_once)
{
	u64 map[BITMAP_LONGS(BITS)] = { 0 };
	unsigned int i, seen = 0, sum = 0;

	set_bit(map, 0);
	set_bit(map, 63);
	set_bit(map, 64);
	set_bit(map, 199);
	bitmap_for_each(i, map, BITS) {
		seen++;
		sum += i;
	}
	EXPECT_EQ(seen, 4);
	EXPECT_EQ(sum, 0 + 63 + 64 + 199);
}

TEST(test_and_change_tell_what_was)
{
	u64 map[2] = { 0 };

	EXPECT(!test_and_set_bit(map, 65));
	EXPECT(test_and_set_bit(map, 65));
	EXPECT_EQ(map[1], 2);
	EXPECT(test_and_clear_bit(map, 65));
	EXPECT(!test_and_clear_bit(map, 65));
	EXPECT_EQ(map[0] | map[1], 0);
}

TEST(cpumasks)
{
	struct cpumask a, b, c;

	cpumask_zero(&a);
	EXPECT(cpumask_empty(&a));
	EXPECT_EQ(cpumask_first(&a), NR_CPUS);
	cpumask_fill(&b, 70);
	EXPECT_EQ(cpumask_weight(&b), 70);
	cpumask_set(&a, 69);
	cpumask_set(&a, 200);
	EXPECT(cpumask_intersects(&a, &b));
	cpumask_and(&c, &a, &b);
	EXPECT_EQ(cpumask_first(&c), 69);
	EXPECT_EQ(cpumask_next(&c, 69), NR_CPUS);
	cpumask_fill(&c, 70);
	cpumask_set(&c, 200);
	EXPECT_EQ(cpumask_weight(&c), 71);
	EXPECT_EQ(cpumask_next(&c, 69), 200);
	EXPECT(!cpumask_equal(&c, &b));
	cpumask_clear(&c, 200);
	EXPECT(cpumask_equal(&c, &b));
	cpumask_clear(&a, 69);
	EXPECT(!cpumask_intersects(&a, &b));
	cpumask_fill(&a, 10000);
	EXPECT_EQ(cpumask_weight(&a), NR_CPUS);
}
