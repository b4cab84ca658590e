// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: a memory or string function is off by one, looks past
 * its limit, or loses bytes when areas overlap. Random cases are compared with
 * the C library; buffers end where their allocation does, so that one byte too
 * many is reported.
 */
/* links: lib/string.c */
/* renames: memcpy memmove memset memcmp memchr strlen strnlen strcmp strncmp
 * strchr strstr strlcpy */
#include "lib/string.h"
#include "test.h"

#include <stdlib.h>

/* The C library's, which `renames` hides. */
void *libc_memmove(void *dst, const void *src, size_t n) __asm__("memmove");
int libc_memcmp(const void *a, const void *b, size_t n) __asm__("memcmp");
size_t libc_strlen(const char *s) __asm__("strlen");
int libc_strncmp(const char *a, const char *b, size_t n) __asm__("strncmp");
char *libc_strstr(const char *hay, const char *needle) __asm__("strstr");

#define ROUNDS 20000

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

/* Text of two letters, so that prefixes and needles often match. */
static char *random_text(size_t max)
{
	size_t len = test_random_below(max + 1), i;
	char *text = malloc(len + 1);

	for (i = 0; i < len; i++)
		text[i] = 'a' + test_random_below(2);
	text[len] = '\0';
	return text;
}

TEST(memcpy_copies_exactly)
{
	size_t n, i;

	for (n = 0; n < 70; n++) {
		u8 *src = malloc(n + 1), *dst = malloc(n + 1);

		for (i = 0; i < n; i++)
			src[i] = test_random();
		dst[n] = 0x5a;
		EXPECT(memcpy(dst, src, n) == dst);
		EXPECT_EQ(libc_memcmp(dst, src, n), 0);
		EXPECT_EQ(dst[n], 0x5a);
		free(src);
		free(dst);
	}
}

TEST(memmove_survives_overlap)
{
	u8 ours[64], theirs[64];
	int round, i;

	for (round = 0; round < ROUNDS; round++) {
		size_t from = test_random_below(32), to = test_random_below(32);
		size_t n = test_random_below(32);

		for (i = 0; i < 64; i++)
			ours[i] = theirs[i] = test_random();
		memmove(ours + to, ours + from, n);
		libc_memmove(theirs + to, theirs + from, n);
		REQUIRE(EXPECT_MEM(ours, theirs, 64));
	}
}

TEST(memset_fills_exactly)
{
	u8 area[80];
	size_t n, i;

	for (n = 0; n < 70; n++) {
		for (i = 0; i < sizeof(area); i++)
			area[i] = 1;
		memset(area + 3, 0x1ff, n);
		for (i = 0; i < sizeof(area); i++)
			REQUIRE(area[i] == (i >= 3 && i < n + 3 ? 0xff : 1));
	}
}

TEST(comparisons_agree_with_the_c_library)
{
	int round;

	for (round = 0; round < ROUNDS; round++) {
		char *a = random_text(6), *b = random_text(6);
		size_t n = test_random_below(8);
		size_t both = MIN(libc_strlen(a), libc_strlen(b)) + 1;

		EXPECT_EQ(sign(strcmp(a, b)), sign(libc_strncmp(a, b, 99)));
		EXPECT_EQ(sign(strncmp(a, b, n)), sign(libc_strncmp(a, b, n)));
		EXPECT_EQ(sign(memcmp(a, b, both)),
			  sign(libc_memcmp(a, b, both)));
		EXPECT(strstr(a, b) == libc_strstr(a, b));
		free(a);
		free(b);
	}
}

TEST(bytes_compare_unsigned)
{
	EXPECT(strcmp("\x80", "\x01") > 0);
	EXPECT(strncmp("\x80", "\x01", 1) > 0);
	EXPECT(memcmp("\x80", "\x01", 1) > 0);
}

TEST(lengths_stop_where_they_should)
{
	char three[3] = { 'a', 'b', 'c' };

	EXPECT_EQ(strlen(""), 0);
	EXPECT_EQ(strlen("abc"), 3);
	EXPECT_EQ(strnlen(three, 3), 3);
	EXPECT_EQ(strnlen("ab", 3), 2);
	EXPECT_EQ(strnlen("ab", 0), 0);
}

TEST(searches_find_the_first)
{
	const char *text = "hypervisor";

	EXPECT(strchr(text, 'r') == text + 4);
	EXPECT(strchr(text, '\0') == text + 10);
	EXPECT(strchr(text, 'x') == NULL);
	EXPECT(strstr(text, "") == text);
}

TEST(strlcpy_cuts_and_terminates)
{
	char four[5] = "....";

	EXPECT_EQ(strlcpy(four, "abcdef", 4), 6);
	EXPECT_MEM(four, "abc", 4);
	EXPECT_EQ(four[4], 0);
	EXPECT_EQ(strlcpy(four, "x", 4), 1);
	EXPECT_STR(four, "x");
	EXPECT_EQ(strlcpy(four, "yz", 0), 2);
	EXPECT_STR(four, "x");
}

static void expect_number(const char *text, unsigned int base, u64 value,
			  size_t used)
{
	const char *end;

	EXPECT_EQ(strtou64(text, &end, base), value);
	EXPECT_EQ(end - text, used);
}

TEST(numbers_in_every_base)
{
	expect_number("0", 0, 0, 1);
	expect_number("512M", 0, 512, 3);
	expect_number("0x1Fg", 0, 0x1f, 4);
	expect_number("017", 0, 15, 3);
	expect_number("017", 10, 17, 3);
	expect_number("0x", 0, 0, 1);
	expect_number("ff", 16, 0xff, 2);
	expect_number("18446744073709551615", 10, ~0UL, 20);
	expect_number("-1", 0, 0, 0);
	expect_number("", 0, 0, 0);
	EXPECT_EQ(strtou64("7", NULL, 0), 7);
}
