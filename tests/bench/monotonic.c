/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * monotonic SECONDS: a thread pinned to each CPU reads CLOCK_MONOTONIC in turn
 * with the others; a reading that is before an earlier one of any CPU is a step
 * back. Prints the number of readings and the worst step; exits 1 if there was
 * one.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static _Atomic int64_t highest;
static _Atomic int64_t worst;
static _Atomic uint64_t readings;
static int64_t end_ns;

static int64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* What was published before a reading began must not be after it. */
static void *read_clock(void *arg)
{
	cpu_set_t one;
	int64_t now;

	CPU_ZERO(&one);
	CPU_SET((long)arg, &one);
	if (sched_setaffinity(0, sizeof(one), &one))
		exit(2);
	do {
		int64_t before = highest;

		now = now_ns();
		if (before - now > worst)
			worst = before - now;
		while (before < now &&
		       !__atomic_compare_exchange_n(&highest, &before, now, 0,
						    __ATOMIC_SEQ_CST,
						    __ATOMIC_SEQ_CST))
			;
		readings++;
	} while (now < end_ns);
	return NULL;
}

int main(int argc, char **argv)
{
	long cpus = sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t thread[256];

	if (argc != 2 || atoi(argv[1]) <= 0) {
		fprintf(stderr, "usage: monotonic SECONDS\n");
		return 2;
	}
	end_ns = now_ns() + atoi(argv[1]) * 1000000000LL;
	for (long i = 0; i < cpus && i < 256; i++)
		if (pthread_create(&thread[i], NULL, read_clock, (void *)i))
			return 2;
	for (long i = 0; i < cpus && i < 256; i++)
		pthread_join(thread[i], NULL);
	printf("cpus %ld readings %llu worst step back %lld ns\n", cpus,
	       (unsigned long long)readings, (long long)worst);
	return worst > 0;
}
