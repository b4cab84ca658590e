// SPDX-License-Identifier: GPL-2.0-only
/*
 * ubench: what the paths between a program and its kernel cost.
 *
 * usage: ubench [ROW...] | ubench boot | ubench fpu [ROUNDS]
 *
 * Prints `row ticks ns` for each row: TSC ticks and nanoseconds for one
 * operation. Under QEMU's -icount shift=0 one tick is one instruction. A tenth
 * of the operations runs first and is not counted: it fills the emulator's
 * translation cache. The same static binary runs on both sides of every pair.
 *
 * `ubench boot` prints what passed between the machine's reset and the start
 * of this kernel's clock, which means something only under -icount. `ubench
 * fpu` measures nothing: it keeps a value in a vector register while others
 * run, and exits 1 when the register came back changed.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <setjmp.h>
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

static void fatal(const char *what)
{
	perror(what);
	exit(1);
}

static void run_syscall(long n)
{
	while (n--)
		syscall(SYS_getppid);
}

static void run_clock(long n)
{
	struct timespec now;

	while (n--)
		clock_gettime(CLOCK_MONOTONIC, &now);
}

static void run_page_fault(long n)
{
	long size = n * 4096, at;
	char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		fatal("mmap");
	for (at = 0; at < size; at += 4096)
		p[at] = 1;
	munmap(p, size);
}

static void run_mmap(long n)
{
	const long size = 1 << 20;
	long at;

	while (n--) {
		char *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			fatal("mmap");
		for (at = 0; at < size; at += 4096)
			p[at] = 1;
		munmap(p, size);
	}
}

static sigjmp_buf fault_return;

static void on_fault(int sig)
{
	(void)sig;
	siglongjmp(fault_return, 1);
}

static void run_protection_fault(long n)
{
	struct sigaction action = { .sa_handler = on_fault };
	volatile char *p =
		mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	volatile long left = n;

	if (p == MAP_FAILED)
		fatal("mmap");
	sigaction(SIGSEGV, &action, NULL);
	while (left-- > 0)
		if (!sigsetjmp(fault_return, 1))
			*p = 1;
	signal(SIGSEGV, SIG_DFL);
	munmap((void *)p, 4096);
}

static void on_signal(int sig)
{
	(void)sig;
}

static void run_signal(long n)
{
	signal(SIGUSR1, on_signal);
	while (n--)
		raise(SIGUSR1);
}

static void wait_for(pid_t pid)
{
	int status;

	if (pid < 0)
		fatal("fork");
	if (waitpid(pid, &status, 0) != pid || status != 0)
		fatal("child");
}

static void run_fork(long n)
{
	while (n--) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		wait_for(pid);
	}
}

static void run_exec(long n)
{
	while (n--) {
		pid_t pid = fork();

		if (pid == 0) {
			execl("/proc/self/exe", "ubench", "nothing", NULL);
			_exit(1);
		}
		wait_for(pid);
	}
}

static void echo_bytes(int from, int to, long n)
{
	char byte;

	while (n--)
		if (read(from, &byte, 1) != 1 || write(to, &byte, 1) != 1)
			_exit(1);
	_exit(0);
}

/* One operation is a byte there and back: two switches. */
static void run_pipe(long n)
{
	int there[2], back[2];
	char byte = 0;
	pid_t pid;
	long left;

	if (pipe(there) || pipe(back))
		fatal("pipe");
	pid = fork();
	if (pid == 0)
		echo_bytes(there[0], back[1], n);
	for (left = n; left--;)
		if (write(there[1], &byte, 1) != 1 ||
		    read(back[0], &byte, 1) != 1)
			fatal("pipe");
	wait_for(pid);
	close(there[0]);
	close(there[1]);
	close(back[0]);
	close(back[1]);
}

static void run_alu(long n)
{
	volatile unsigned long x = 1;

	while (n--)
		x = x * 3 + 1;
}

static const struct row {
	const char *name;
	void (*run)(long n);
	long count;
} rows[] = {
	{ "syscall", run_syscall, 100000 },
	{ "clock", run_clock, 50000 },
	{ "page-fault", run_page_fault, 8000 },
	{ "mmap-1m", run_mmap, 20 },
	{ "protection-fault", run_protection_fault, 3000 },
	{ "signal", run_signal, 5000 },
	{ "fork", run_fork, 200 },
	{ "exec", run_exec, 100 },
	{ "pipe", run_pipe, 3000 },
	{ "alu", run_alu, 5000000 },
};

static double now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e9 + t.tv_nsec;
}

static void measure(const struct row *row)
{
	uint64_t ticks;
	double ns;

	row->run(row->count / 10 + 1);
	ns = now_ns();
	ticks = __rdtsc();
	row->run(row->count);
	ticks = __rdtsc() - ticks;
	ns = now_ns() - ns;
	printf("%s %.1f %.1f\n", row->name, (double)ticks / row->count,
	       ns / row->count);
	fflush(stdout);
}

/* Holds `value` in a 256-bit register for a while and stores it to `out`. */
__attribute__((target("avx"))) static void hold_ymm(uint64_t value,
						    uint64_t out[4])
{
	long spins = 20000;

	__asm__ volatile("vbroadcastsd %2, %%ymm5\n"
			 "1: dec %1\n"
			 "jnz 1b\n"
			 "vmovdqu %%ymm5, %0\n"
			 : "=m"(*(uint64_t(*)[4])out), "+r"(spins)
			 : "m"(value)
			 : "xmm5", "cc");
}

static void hold_xmm(uint64_t value, uint64_t out[4])
{
	long spins = 20000;

	__asm__ volatile("movq %2, %%xmm5\n"
			 "punpcklqdq %%xmm5, %%xmm5\n"
			 "1: dec %1\n"
			 "jnz 1b\n"
			 "movdqu %%xmm5, %0\n"
			 "movdqu %%xmm5, 16+%0\n"
			 : "=m"(*(uint64_t(*)[4])out), "+r"(spins)
			 : "m"(value)
			 : "xmm5", "cc");
}

static int check_fpu(long rounds)
{
	bool avx = __builtin_cpu_supports("avx");
	uint64_t out[4], value;
	long i, bad = 0;
	int k;

	for (i = 0; i < rounds; i++) {
		value = 0x5a5a000000000000 + getpid() * 0x10001UL + i;
		if (avx && i % 2)
			hold_ymm(value, out);
		else
			hold_xmm(value, out);
		for (k = 0; k < 4; k++)
			bad += out[k] != value;
	}
	printf("fpu %ld rounds, %ld words changed\n", rounds, bad);
	return bad != 0;
}

/* The TSC starts with the machine, the boot clock with the kernel. */
static int since_reset(void)
{
	struct timespec up;
	uint64_t ticks;

	clock_gettime(CLOCK_BOOTTIME, &up);
	ticks = __rdtsc() - up.tv_sec * 1000000000UL - up.tv_nsec;
	printf("boot %lu %lu\n", ticks, ticks);
	return 0;
}

static bool wanted(const char *name, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], name) == 0)
			return true;
	return argc == 1;
}

int main(int argc, char **argv)
{
	size_t i, measured = 0;

	if (argc == 2 && strcmp(argv[1], "nothing") == 0)
		return 0;
	if (argc == 2 && strcmp(argv[1], "boot") == 0)
		return since_reset();
	if (argc >= 2 && strcmp(argv[1], "fpu") == 0)
		return check_fpu(argc > 2 ? atol(argv[2]) : 20000);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (!wanted(rows[i].name, argc, argv))
			continue;
		measure(&rows[i]);
		measured++;
	}
	if (measured == 0)
		fprintf(stderr, "ubench: no such row\n");
	return measured == 0;
}
