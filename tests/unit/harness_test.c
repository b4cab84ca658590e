// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: an expectation that cannot fail, or counts that do not
 * follow HOSPES_SOAK. The values the other tests lean on are checked here.
 */
#include "test.h"

#include <stdlib.h>

TEST(equal_values_are_equal)
{
	EXPECT(test_equal("", 0, "", "", -1, -1));
	EXPECT(test_equal_str("", 0, "", "", "ab", "ab"));
	EXPECT(test_equal_mem("", 0, "", "", "ab", "ab", 3));
}

TEST(rounds_follow_the_environment)
{
	unsetenv("HOSPES_SOAK");
	unsetenv("HOSPES_QUICK");
	EXPECT_EQ(test_rounds(3, 30), 3);
	setenv("HOSPES_QUICK", "1", 1);
	EXPECT_EQ(test_rounds(1000, 30), 100);
	EXPECT_EQ(test_rounds(1, 30), 1);
	unsetenv("HOSPES_QUICK");
	setenv("HOSPES_SOAK", "1", 1);
	EXPECT_EQ(test_rounds(3, 30), 30);
	setenv("HOSPES_SOAK", "0", 1);
	EXPECT_EQ(test_rounds(3, 30), 3);
	unsetenv("HOSPES_SOAK");
}

TEST(random_numbers_stay_below_their_limit_and_differ)
{
	bool seen[8] = { false };
	int i, distinct = 0;

	for (i = 0; i < 1000; i++) {
		uint64_t n = test_random_below(8);

		REQUIRE(n < 8);
		distinct += !seen[n];
		seen[n] = true;
	}
	EXPECT_EQ(distinct, 8);
}
