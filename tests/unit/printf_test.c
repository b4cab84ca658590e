// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: a conversion differs from C, or the text leaves its
 * buffer. Every format is compared with the C library's result, in full and
 * cut at each length.
 */
/* links: lib/printf.c lib/string.c */
/* renames: snprintf vsnprintf memcpy memmove memset memcmp memchr strlen
 * strnlen strcmp strncmp strchr strstr strlcpy */
#include "lib/printf.h"
#include "test.h"

#include <stdlib.h>

int libc_vsnprintf(char *buf, size_t size, const char *fmt,
		   va_list ap) __asm__("vsnprintf");

static void same_as_libc(const char *fmt, ...)
{
	char theirs[256], *ours;
	int length, want;
	size_t size;
	va_list args;

	va_start(args, fmt);
	want = libc_vsnprintf(theirs, sizeof(theirs), fmt, args);
	va_end(args);
	for (size = 0; size < (size_t)want + 3; size++) {
		ours = malloc(size + !size);
		va_start(args, fmt);
		length = vsnprintf(ours, size, fmt, args);
		va_end(args);
		if (!EXPECT_EQ(length, want))
			test_note("format %s", fmt);
		if (size > (size_t)want && !EXPECT_STR(ours, theirs))
			test_note("format %s", fmt);
		if (size)
			EXPECT_EQ(ours[size - 1 < (size_t)want ? size - 1 :
								 (size_t)want],
				  0);
		free(ours);
	}
}

TEST(plain_text_and_percent)
{
	same_as_libc("no conversion");
	same_as_libc("%%");
	same_as_libc("a%cb%%", 'x');
}

TEST(signed_numbers)
{
	static const int values[] = { 0, 1, -1, 42, 2147483647, -2147483648 };
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		same_as_libc("%d", values[i]);
		same_as_libc("%i|", values[i]);
		same_as_libc("%5d", values[i]);
		same_as_libc("%-5d|", values[i]);
		same_as_libc("%05d", values[i]);
		same_as_libc("%+d % d", values[i], values[i]);
		same_as_libc("%.3d", values[i]);
		same_as_libc("%8.3d|", values[i]);
		same_as_libc("%hd %hhd", values[i], values[i]);
		same_as_libc("%ld %lld", values[i] * 1000000L,
			     values[i] * 3000000000LL);
	}
	same_as_libc("%ld", -9223372036854775807L - 1);
}

TEST(unsigned_numbers_in_every_base)
{
	static const unsigned long values[] = { 0, 1, 9, 255, 4096, ~0UL };
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		unsigned long v = values[i];

		same_as_libc("%u %x %X %o", (unsigned int)v, (unsigned int)v,
			     (unsigned int)v, (unsigned int)v);
		same_as_libc("%lu %lx %llX %zx", v, v, (unsigned long long)v,
			     (size_t)v);
		same_as_libc("%016lx|%-20lx|", v, v);
		same_as_libc("%hx %hhx", (unsigned int)v, (unsigned int)v);
		same_as_libc("%*lx|%-*lu|", 18, v, 22, v);
	}
	same_as_libc("%#x %#010x", 0x1f, 0x1f);
	same_as_libc("%p", (void *)0x1234);
}

TEST(strings)
{
	const char two[2] = { 'o', 'k' };

	same_as_libc("%s", "");
	same_as_libc("[%s] [%8s] [%-8s]", "dom0", "dom0", "dom0");
	same_as_libc("%.2s|%.9s", "dom0", "dom0");
	same_as_libc("%.*s", 2, two);
	same_as_libc("%8.2s|%-8.2s|", "dom0", "dom0");
}
