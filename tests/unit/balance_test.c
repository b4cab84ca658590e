// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: a guest is driven beyond its limits, memory is promised
 * that is not free, an idle guest becomes a pressed one, or memory goes to and
 * fro for ever.
 */
/* links: ../../userspace/build/balance.c */
#include "build/balance.h"
#include "test.h"

#define MIB 1024L
#define MAX 8

static struct balance_guest guest(long actual, long available)
{
	return (struct balance_guest){ .actual = actual * MIB,
				       .available = available * MIB,
				       .min = 64 * MIB,
				       .max = 256 * MIB };
}

TEST(balance_leaves_content_guests_alone)
{
	struct balance_guest g[2] = { guest(128, 40), guest(256, 200) };

	balance_plan(g, 2, 100 * MIB);
	EXPECT_EQ(g[0].target, 0);
	EXPECT_EQ(g[1].target, 0);
}

TEST(balance_grows_into_what_is_free)
{
	struct balance_guest g[1] = { guest(128, 8) };

	balance_plan(g, 1, 100 * MIB);
	/* (8 + 32) / (128 + 32) is a quarter */
	EXPECT(g[0].target >= 158 * MIB && g[0].target <= 162 * MIB);
	g[0].max = 140 * MIB;
	balance_plan(g, 1, 100 * MIB);
	EXPECT_EQ(g[0].target, 140 * MIB);
	balance_plan(g, 1, 10 * MIB);
	EXPECT_EQ(g[0].target, 138 * MIB);
	balance_plan(g, 1, 0);
	EXPECT_EQ(g[0].target, 0);
	balance_plan(g, 1, -5);
	EXPECT_EQ(g[0].target, 0);
}

TEST(balance_feeds_in_parts)
{
	struct balance_guest g[1] = { guest(128, 18) };

	balance_plan(g, 1, 4 * MIB);
	EXPECT_EQ(g[0].target, 132 * MIB);
	/* no longer pressed, but not content either */
	g[0].actual = 132 * MIB;
	g[0].available = 22 * MIB;
	balance_plan(g, 1, 100 * MIB);
	EXPECT(g[0].target >= 146 * MIB && g[0].target <= 150 * MIB);
	g[0].actual = 148 * MIB;
	g[0].available = 38 * MIB;
	balance_plan(g, 1, 100 * MIB);
	EXPECT_EQ(g[0].target, 0);
	g[0].available = 30 * MIB;
	balance_plan(g, 1, 100 * MIB);
	EXPECT_EQ(g[0].target, 0);
}

TEST(balance_takes_from_the_idle)
{
	struct balance_guest g[3] = { guest(128, 8), guest(256, 200),
				      guest(200, 100) };

	balance_plan(g, 3, 0);
	EXPECT_EQ(g[0].target, 0); /* nothing is free yet */
	EXPECT(g[1].target >= 222 * MIB && g[1].target <= 226 * MIB);
	EXPECT_EQ(g[2].target, 0);
	/* on its way: nobody else is asked meanwhile */
	g[1].moving = true;
	g[1].coming = 32 * MIB;
	balance_plan(g, 3, 0);
	EXPECT_EQ(g[1].target, 0);
	EXPECT_EQ(g[2].target, 0);
	/* it does not get there: another one is */
	g[1].moving = false;
	g[1].coming = 0;
	g[1].stubborn = true;
	balance_plan(g, 3, 0);
	EXPECT_EQ(g[1].target, 0);
	EXPECT(g[2].target && g[2].target < 200 * MIB);
}

/* Guests that say anything: limits hold, and all is settled in the end. */
TEST(balance_settles_within_limits)
{
	unsigned long rounds = test_rounds(2000, 20000);

	while (rounds--) {
		struct balance_guest g[MAX];
		unsigned int n = 1 + test_random_below(MAX), moves = 1, pass;
		long used[MAX], free_kib = test_random_below(300) * MIB;

		for (unsigned int i = 0; i < n; i++) {
			g[i] = guest(64 + 4 * test_random_below(48), 0);
			used[i] = test_random_below(g[i].actual + 1);
		}
		for (pass = 0; moves && pass < 100; pass++) {
			long taken = 0, given = 0;

			for (unsigned int i = 0; i < n; i++)
				g[i].available = g[i].actual > used[i] ?
							 g[i].actual - used[i] :
							 0;
			balance_plan(g, n, free_kib);
			moves = 0;
			for (unsigned int i = 0; i < n; i++) {
				if (!g[i].target)
					continue;
				moves++;
				REQUIRE(g[i].target >= g[i].min);
				REQUIRE(g[i].target <= g[i].max);
				if (g[i].target > g[i].actual)
					taken += g[i].target - g[i].actual;
				else
					given += g[i].actual - g[i].target;
				g[i].actual = g[i].target;
			}
			REQUIRE(taken <= free_kib);
			free_kib += given - taken;
		}
		REQUIRE(pass < 100);
	}
}
