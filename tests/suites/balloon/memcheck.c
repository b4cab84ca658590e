// SPDX-License-Identifier: GPL-2.0-only
/*
 * memcheck MIB [SECONDS]: fills so much memory, and reads and writes it over
 * and over. Each word is a function of its page, its place and the pass, so a
 * page that is lost, swapped with another or stale is seen. Ends by SIGTERM, or
 * after SECONDS, with "passes N errors N"; status 1 if there were errors.
 */
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#define PAGE  4096u
#define WORDS (PAGE / sizeof(uint64_t))

static volatile sig_atomic_t ending;

static void on_term(int sig)
{
	(void)sig;
	ending = 1;
}

static uint64_t word(uint64_t page, uint64_t place, uint64_t pass)
{
	return (page << 32 | place << 16) ^ pass * 0x9e3779b97f4a7c15u;
}

/* What pass @old left there, and now @pass; returns words that were wrong. */
static unsigned long visit(uint64_t *p, uint64_t page, uint64_t old,
			   uint64_t pass)
{
	unsigned long wrong = 0;

	for (uint64_t i = 0; i < WORDS; i++) {
		wrong += p[i] != word(page, i, old);
		p[i] = word(page, i, pass);
	}
	return wrong;
}

int main(int argc, char **argv)
{
	unsigned long pages, errors = 0, passes = 0;
	time_t end = 0;
	uint64_t *memory;

	if (argc < 2 || atol(argv[1]) < 1) {
		fprintf(stderr, "usage: memcheck MIB [SECONDS]\n");
		return 2;
	}
	pages = (unsigned long)atol(argv[1]) * (1024 * 1024 / PAGE);
	if (argc > 2)
		end = time(NULL) + atol(argv[2]);
	memory = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED) {
		perror("memcheck");
		return 2;
	}
	signal(SIGTERM, on_term);
	for (uint64_t i = 0; i < pages * WORDS; i++)
		memory[i] = word(i / WORDS, i % WORDS, 0);
	while (!ending && (!end || time(NULL) < end)) {
		for (unsigned long i = 0; i < pages && !ending; i++)
			errors += visit(memory + i * WORDS, i, passes,
					passes + 1);
		/* an unfinished pass is not looked at again */
		passes += !ending;
	}
	printf("passes %lu errors %lu\n", passes, errors);
	return errors ? 1 : 0;
}
