// SPDX-License-Identifier: GPL-2.0-only
/*
 * ubench: what the basic operations of a kernel cost where this runs.
 *
 * The same static program runs bare, in dom0 and in a guest, so that figures
 * differ by the platform alone.  Each row repeats its operation a fixed number
 * of times (under -icount that makes it repeatable) in several rounds after
 * one that is thrown away, and prints one JSON object:
 *
 *   {"row":"syscall","unit":"ns","min":338.0,"median":340.1,"ops":20000,...}
 *
 * "ubench fpu" instead checks that vector registers survive being switched
 * away from: run it in several domains at once.  It exits with 1 when not.
 * "ubench boot" prints what the TSC counted from the machine's reset to the
 * start of this kernel's clock; under -icount those are instructions.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#define MAX_ROUNDS 99
#define PAGE	   4096ul

static void die(const char *what)
{
	fprintf(stderr, "ubench: %s: %s\n", what, strerror(errno));
	exit(2);
}

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void wait_child(pid_t pid)
{
	int status;

	if (pid < 0)
		die("fork");
	if (waitpid(pid, &status, 0) != pid || status)
		die("a child failed");
}

/* Each row function does its operation n times. */

static void row_syscall(unsigned long n)
{
	while (n--)
		syscall(SYS_getppid);
}

static void row_clock(unsigned long n)
{
	struct timespec t;

	while (n--)
		clock_gettime(CLOCK_MONOTONIC, &t);
}

static char *map_pages(unsigned long n)
{
	char *p = mmap(NULL, n * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die("mmap");
	return p;
}

static void row_fault(unsigned long n)
{
	char *p = map_pages(n);
	unsigned long i;

	/* one fault per page, whatever the machine's huge page policy is */
	madvise(p, n * PAGE, MADV_NOHUGEPAGE);
	for (i = 0; i < n; i++)
		p[i * PAGE] = 1;
	munmap(p, n * PAGE);
}

static void row_mmap(unsigned long n)
{
	enum {
		PAGES = 16
	};
	unsigned long i;
	char *p;

	while (n--) {
		p = map_pages(PAGES);
		for (i = 0; i < PAGES; i++)
			p[i * PAGE] = 1;
		munmap(p, PAGES * PAGE);
	}
}

static char *guarded;

static void make_writable(int sig)
{
	(void)sig;
	if (mprotect(guarded, PAGE, PROT_READ | PROT_WRITE))
		_exit(3);
}

/* A refused write, its signal, and the two mprotect() that go with it. */
static void row_protfault(unsigned long n)
{
	struct sigaction act = { .sa_handler = make_writable }, old;

	guarded = map_pages(1);
	sigaction(SIGSEGV, &act, &old);
	while (n--) {
		if (mprotect(guarded, PAGE, PROT_READ))
			die("mprotect");
		*(volatile char *)guarded = 1;
	}
	sigaction(SIGSEGV, &old, NULL);
	munmap(guarded, PAGE);
}

static void ignore_signal(int sig)
{
	(void)sig;
}

static void row_signal(unsigned long n)
{
	struct sigaction act = { .sa_handler = ignore_signal }, old;

	sigaction(SIGUSR1, &act, &old);
	while (n--)
		raise(SIGUSR1);
	sigaction(SIGUSR1, &old, NULL);
}

static void row_fork(unsigned long n)
{
	pid_t pid;

	while (n--) {
		pid = fork();
		if (pid == 0)
			_exit(0);
		wait_child(pid);
	}
}

static void row_exec(unsigned long n)
{
	pid_t pid;

	while (n--) {
		pid = fork();
		if (pid == 0) {
			execl("/proc/self/exe", "ubench", "nothing", NULL);
			_exit(127);
		}
		wait_child(pid);
	}
}

static void bounce(int in, int out, unsigned long n, bool first)
{
	char c = 0;

	if (first && write(out, &c, 1) != 1)
		die("pipe");
	while (n--) {
		if (read(in, &c, 1) != 1)
			die("pipe");
		if ((n || !first) && write(out, &c, 1) != 1)
			die("pipe");
	}
}

/* A byte to another process and back: two switches. */
static void row_pipe(unsigned long n)
{
	int there[2], back[2];
	pid_t pid;

	if (pipe(there) || pipe(back))
		die("pipe");
	pid = fork();
	if (pid == 0) {
		bounce(there[0], back[1], n, false);
		_exit(0);
	}
	bounce(back[0], there[1], n, true);
	wait_child(pid);
	close(there[0]);
	close(there[1]);
	close(back[0]);
	close(back[1]);
}

static void row_alu(unsigned long n)
{
	uint64_t x = 1;

	while (n--) {
		x = x * 3 + 1;
		__asm__ volatile("" : "+r"(x));
	}
}

static const struct row {
	const char *name;
	void (*run)(unsigned long n);
	unsigned long ops; /* per round, at scale 100 */
	const char *help;
} rows[] = {
	{ "syscall", row_syscall, 20000, "getppid()" },
	{ "clock", row_clock, 20000, "clock_gettime(CLOCK_MONOTONIC)" },
	{ "fault", row_fault, 2000, "first write to an anonymous page" },
	{ "mmap", row_mmap, 200, "map, touch and unmap 16 pages" },
	{ "protfault", row_protfault, 1000, "refused write, signal, mprotect" },
	{ "signal", row_signal, 5000, "raise() with a handler" },
	{ "fork", row_fork, 50, "fork, exit, wait" },
	{ "exec", row_exec, 30, "fork, exec of this program, wait" },
	{ "pipe", row_pipe, 1000, "one byte there and back: two switches" },
	{ "alu", row_alu, 3000000, "multiply and add in registers" },
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void measure(const struct row *row, unsigned int scale, int rounds)
{
	unsigned long ops = row->ops * scale / 100;
	double each[MAX_ROUNDS], start;
	int i;

	if (!ops)
		ops = 1;
	row->run(ops); /* the first one pays for translation and page cache */
	for (i = 0; i < rounds; i++) {
		start = now_ns();
		row->run(ops);
		each[i] = (now_ns() - start) / ops;
	}
	qsort(each, rounds, sizeof(each[0]), compare);
	printf("{\"row\":\"%s\",\"unit\":\"ns\",\"min\":%.1f,\"median\":%.1f,"
	       "\"ops\":%lu,\"rounds\":%d}\n",
	       row->name, each[0], each[rounds / 2], ops, rounds);
	fflush(stdout);
}

/*
 * Hold a value of our own in all eight words of two vector registers for
 * about the time of a scheduler's tick, then look.
 */
static unsigned int spoiled_words(uint64_t value, bool avx)
{
	uint64_t seen[8] = { 0 }, spins = 20000;
	unsigned int i, bad = 0, words = avx ? 8 : 4;

	if (avx)
		__asm__ volatile("vmovq %2, %%xmm5\n\t"
				 "vpbroadcastq %%xmm5, %%ymm5\n\t"
				 "vmovdqa %%ymm5, %%ymm14\n"
				 "1:\tdec %1\n\t"
				 "jnz 1b\n\t"
				 "vmovdqu %%ymm5, %0\n\t"
				 "vmovdqu %%ymm14, 32+%0\n\t"
				 "vzeroupper"
				 : "=o"(seen), "+r"(spins)
				 : "r"(value)
				 : "xmm5", "xmm14", "cc");
	else
		__asm__ volatile("movq %2, %%xmm5\n\t"
				 "punpcklqdq %%xmm5, %%xmm5\n\t"
				 "movdqa %%xmm5, %%xmm14\n"
				 "1:\tdec %1\n\t"
				 "jnz 1b\n\t"
				 "movdqu %%xmm5, %0\n\t"
				 "movdqu %%xmm14, 16+%0"
				 : "=o"(seen), "+r"(spins)
				 : "r"(value)
				 : "xmm5", "xmm14", "cc");
	for (i = 0; i < words; i++)
		bad += seen[i] != value;
	return bad;
}

static int check_fpu(unsigned long rounds)
{
	bool avx = __builtin_cpu_supports("avx2");
	uint64_t seed = (uint64_t)getpid() << 48 ^ (uint64_t)now_ns() << 16;
	unsigned long i, sse_bad = 0, avx_bad = 0;

	for (i = 0; i < rounds; i++) {
		sse_bad += spoiled_words(seed + i, false);
		if (avx)
			avx_bad += spoiled_words(~seed + i, true);
	}
	printf("{\"row\":\"fpu\",\"rounds\":%lu,\"avx\":%s,\"sse_bad\":%lu,"
	       "\"avx_bad\":%lu}\n",
	       rounds, avx ? "true" : "false", sse_bad, avx_bad);
	return sse_bad || avx_bad;
}

/* A PV kernel's boot clock starts with the kernel, the TSC with the machine. */
static int since_reset(void)
{
	struct timespec up;
	uint64_t ticks;

	clock_gettime(CLOCK_BOOTTIME, &up);
	ticks = __rdtsc() - up.tv_sec * 1000000000ul - up.tv_nsec;
	printf("{\"row\":\"boot\",\"unit\":\"ticks\",\"median\":%lu,\"ops\":1}\n",
	       ticks);
	return 0;
}

static void usage(FILE *out)
{
	size_t i;

	fputs("usage: ubench [--scale PERCENT] [--rounds N] [ROW...]\n"
	      "       ubench fpu [ROUNDS]\n"
	      "       ubench boot\n",
	      out);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		fprintf(out, "  %-10s %s\n", rows[i].name, rows[i].help);
}

static unsigned long number(const char *text, unsigned long max)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (!*text || *end || !n || n > max) {
		fprintf(stderr, "ubench: '%s' must be from 1 to %lu\n", text,
			max);
		exit(2);
	}
	return n;
}

static const struct row *find_row(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!strcmp(rows[i].name, name))
			return &rows[i];
	fprintf(stderr, "ubench: no row '%s'; ubench --help lists them\n",
		name);
	exit(2);
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "scale", required_argument, NULL, 's' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ 0 },
	};
	unsigned int scale = 100;
	int c, i, rounds = 7;

	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 's':
			scale = number(optarg, 100000);
			break;
		case 'r':
			rounds = number(optarg, MAX_ROUNDS);
			break;
		default:
			usage(c == 'h' ? stdout : stderr);
			return c == 'h' ? 0 : 2;
		}
	}
	argv += optind;
	if (argv[0] && !strcmp(argv[0], "nothing"))
		return 0;
	if (argv[0] && !strcmp(argv[0], "boot"))
		return since_reset();
	if (argv[0] && !strcmp(argv[0], "fpu"))
		return check_fpu(argv[1] ? number(argv[1], 1000000000) : 20000);
	for (i = 0; argv[i]; i++)
		find_row(argv[i]); /* all of them, before the first runs */
	for (i = 0; argv[i]; i++)
		measure(find_row(argv[i]), scale, rounds);
	if (i == 0)
		for (; i < (int)(sizeof(rows) / sizeof(rows[0])); i++)
			measure(&rows[i], scale, rounds);
	return 0;
}
