/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The frame of a host test: tests register themselves, expectations report.
 *
 *	TEST(bitmap_finds_first_clear)
 *	{
 *		EXPECT_EQ(bitmap_first_clear(map, 64), 3);
 *	}
 *
 * A program's output is TAP. A failed expectation lets the test go on, so
 * that one run shows all of them; REQUIRE leaves the test. A crash or a
 * sanitizer's report ends the program, and the runner counts every test that
 * was announced and not reported as failed.
 */
#ifndef TEST_H
#define TEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct test {
	const char *name;
	void (*run)(void);
	struct test *next;
};

void test_register(struct test *test);

/* Makes test_<name>() and registers it before main() runs. */
#define TEST(name)                                                      \
	static void test_##name(void);                                  \
	static __attribute__((constructor)) void reg_##name(void)       \
	{                                                               \
		static struct test self = { #name, test_##name, NULL }; \
		test_register(&self);                                   \
	}                                                               \
	static void test_##name(void)

/* One failed expectation; `format` describes it. Thread safe. */
__attribute__((format(printf, 3, 4))) void test_fail(const char *file, int line,
						     const char *format, ...);

/* A remark in the log; it does not change the verdict. */
__attribute__((format(printf, 1, 2))) void test_note(const char *format, ...);

/*
 * `test` rounds in `make test`, a tenth of them in `make check`, `soak` rounds
 * in `make soak`.
 */
unsigned long test_rounds(unsigned long test, unsigned long soak);

/*
 * Pseudo-random numbers for a randomised test. The seed is new for each run,
 * is printed when the test fails, and HOSPES_SEED=n repeats a run.
 */
uint64_t test_random(void);
uint64_t test_random_below(uint64_t limit);

bool test_equal(const char *file, int line, const char *a, const char *b,
		int64_t left, int64_t right);
bool test_equal_str(const char *file, int line, const char *a, const char *b,
		    const char *left, const char *right);
bool test_equal_mem(const char *file, int line, const char *a, const char *b,
		    const void *left, const void *right, size_t size);

#define EXPECT(x) \
	((x) ? true : (test_fail(__FILE__, __LINE__, "%s", #x), false))
#define EXPECT_EQ(a, b) \
	test_equal(__FILE__, __LINE__, #a, #b, (int64_t)(a), (int64_t)(b))
#define EXPECT_STR(a, b) test_equal_str(__FILE__, __LINE__, #a, #b, a, b)
#define EXPECT_MEM(a, b, size) \
	test_equal_mem(__FILE__, __LINE__, #a, #b, a, b, size)
#define REQUIRE(x)              \
	do {                    \
		if (!EXPECT(x)) \
			return; \
	} while (0)

#endif
