// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the registered tests of one program and reports them as TAP.
 *
 * A name on the command line runs only the tests that contain it.
 */
#include "test.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct test *first;
static struct test **last = &first;
static int failures;
static uint64_t seed, random_state;

void test_register(struct test *test)
{
	*last = test;
	last = &test->next;
}

void test_fail(const char *file, int line, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	printf("# %s:%d: %s\n", file, line, text);
	__atomic_add_fetch(&failures, 1, __ATOMIC_RELAXED);
}

void test_note(const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	printf("# %s\n", text);
}

static bool is_set(const char *name)
{
	const char *value = getenv(name);

	return value && strcmp(value, "1") == 0;
}

unsigned long test_rounds(unsigned long test, unsigned long soak)
{
	if (is_set("HOSPES_SOAK"))
		return soak;
	return is_set("HOSPES_QUICK") ? (test + 9) / 10 : test;
}

/* splitmix64: any seed will do, zero included. */
uint64_t test_random(void)
{
	uint64_t z = __atomic_add_fetch(&random_state, 0x9e3779b97f4a7c15,
					__ATOMIC_RELAXED);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

uint64_t test_random_below(uint64_t limit)
{
	return test_random() % limit;
}

bool test_equal(const char *file, int line, const char *a, const char *b,
		int64_t left, int64_t right)
{
	if (left == right)
		return true;
	test_fail(file, line,
		  "%s is %" PRId64 " (0x%" PRIx64 "), %s is %" PRId64
		  " (0x%" PRIx64 ")",
		  a, left, left, b, right, right);
	return false;
}

bool test_equal_str(const char *file, int line, const char *a, const char *b,
		    const char *left, const char *right)
{
	if (left && right && strcmp(left, right) == 0)
		return true;
	test_fail(file, line, "%s is \"%s\", %s is \"%s\"", a,
		  left ? left : "(null)", b, right ? right : "(null)");
	return false;
}

bool test_equal_mem(const char *file, int line, const char *a, const char *b,
		    const void *left, const void *right, size_t size)
{
	const unsigned char *l = left, *r = right;
	size_t i;

	for (i = 0; i < size; i++) {
		if (l[i] == r[i])
			continue;
		test_fail(file, line, "%s and %s differ at %zu: 0x%02x, 0x%02x",
			  a, b, i, l[i], r[i]);
		return false;
	}
	return true;
}

static bool run_one(struct test *test, int number)
{
	failures = 0;
	random_state = seed;
	test->run();
	if (failures)
		printf("# repeat with HOSPES_SEED=%" PRIu64
		       "\nnot ok %d - %s\n",
		       seed, number, test->name);
	else
		printf("ok %d - %s\n", number, test->name);
	return failures == 0;
}

int main(int argc, char **argv)
{
	const char *filter = argc > 1 ? argv[1] : "";
	const char *given = getenv("HOSPES_SEED");
	int count = 0, number = 0, failed = 0;
	struct test *test;

	setvbuf(stdout, NULL, _IOLBF, 0);
	seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);
	for (test = first; test; test = test->next)
		count += strstr(test->name, filter) != NULL;
	printf("1..%d\n", count);
	for (test = first; test; test = test->next)
		if (strstr(test->name, filter) && !run_one(test, ++number))
			failed++;
	return failed || !count;
}
