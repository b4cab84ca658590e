// SPDX-License-Identifier: GPL-2.0-only
/* Stories of maps: of what, where, how often, and while something happens. */
#define _GNU_SOURCE
#include "privcmd.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xen/memory.h>

#define BAD_PTR	 ((void *)0xffff800000000000UL)
#define UNMAPPED ((void *)0x10000UL)

static int errs[NR_FRAMES];

static unsigned int *word(void *base, size_t page)
{
	return (unsigned int *)((char *)base + page * PAGE);
}

static unsigned int nr_errors(unsigned int nr)
{
	unsigned int i, n = 0;

	for (i = 0; i < nr; i++)
		n += errs[i] != 0;
	return n;
}

static void shuffle(uint64_t *a, size_t nr)
{
	size_t i, j;
	uint64_t t;

	for (i = nr - 1; i > 0; i--) {
		j = rand() % (i + 1);
		t = a[i];
		a[i] = a[j];
		a[j] = t;
	}
}

/*
 * Could be wrong: frames in each other's places at the seams of batches; a
 * hypercall for a few frames only. Numbers each frame, then looks at them in
 * another order.
 */
void story_batch(void)
{
	static uint64_t list[NR_FRAMES];
	static unsigned int number[1 << 20]; /* by the frame's low bits */
	void *p = area(NR_FRAMES);
	long updates = counter("updates"), used;
	unsigned int i, wrong = 0;

	CHECK_EQ(map_v2(privcmd_fd, p, test_dom, frames, errs, NR_FRAMES), 0);
	CHECK_EQ(nr_errors(NR_FRAMES), 0);
	used = counter("updates") - updates;
	for (i = 0; i < NR_FRAMES; i++) {
		*word(p, i) = i;
		number[frames[i] & 0xfffff] = i;
	}
	munmap(p, NR_FRAMES * PAGE);

	memcpy(list, frames, sizeof(list));
	shuffle(list, NR_FRAMES);
	p = area(NR_FRAMES);
	CHECK_EQ(map_v2(privcmd_fd, p, test_dom, list, errs, NR_FRAMES), 0);
	CHECK_EQ(nr_errors(NR_FRAMES), 0);
	for (i = 0; i < NR_FRAMES; i++)
		wrong += *word(p, i) != number[list[i] & 0xfffff];
	CHECK_EQ(wrong, 0);
	munmap(p, NR_FRAMES * PAGE);
	if (updates >= 0) {
		printf("# %ld mmu_update hypercalls for %u frames\n", used,
		       NR_FRAMES);
		CHECK(used <= (NR_FRAMES + 511) / 512);
	}
}

/*
 * Could be wrong: one refused frame takes others with it, or is not reported;
 * what was not mapped can be read; a hole cannot be filled later.
 */
void story_errors(void)
{
	static uint64_t list[3000];
	static const uint64_t bad[] = { ~0UL,	   1UL << 40, 1UL << 51,
					1UL << 39, 1UL << 30, (1UL << 40) - 1 };
	unsigned int i, wrong = 0;
	void *p = area(3000);
	int err;

	for (i = 0; i < 3000; i++)
		list[i] = i % 7 && i != 2999 ? frames[i] : bad[i % 6];
	CHECK_EQ(map_v2(privcmd_fd, p, test_dom, list, errs, 3000), 0);
	for (i = 0; i < 3000; i++) {
		if (list[i] == frames[i])
			wrong += errs[i] || *word(p, i) != i;
		else
			wrong += errs[i] >= 0 || errs[i] == -ENOENT;
	}
	CHECK_EQ(wrong, 0);
	CHECK_EQ(signal_of(word(p, 7)), SIGBUS);
	/* over what is there, over its edge, into the hole */
	CHECK_EQ(map_v2(privcmd_fd, word(p, 6), test_dom, frames, errs, 1),
		 -EINVAL);
	CHECK_EQ(map_v2(privcmd_fd, word(p, 7), test_dom, frames, errs, 2),
		 -EINVAL);
	CHECK_EQ(map_v2(privcmd_fd, word(p, 7), test_dom, frames + 7, &err, 1),
		 0);
	CHECK_EQ(err, 0);
	CHECK_EQ(*word(p, 7), 7);
	CHECK_EQ(*word(p, 8), 8);
	munmap(p, 3000 * PAGE);
	/* no such domain: soon, and for every frame */
	p = area(NR_FRAMES);
	CHECK_EQ(map_v2(privcmd_fd, p, 32000, frames, errs, NR_FRAMES), 0);
	CHECK_EQ(nr_errors(NR_FRAMES), NR_FRAMES);
	munmap(p, NR_FRAMES * PAGE);
	/* one's own frames, as if they were the domain's */
	p = area(1);
	CHECK_EQ(map_v2(privcmd_fd, p, DOMID_SELF, frames, &err, 1), 0);
	CHECK(err < 0);
	munmap(p, PAGE);
}

static long map_v1(void *at, uint64_t *mfn, int nr)
{
	privcmd_mmapbatch_t m = {
		.num = nr,
		.dom = test_dom,
		.addr = (uintptr_t)at,
		.arr = mfn,
	};

	return ctl(privcmd_fd, IOCTL_PRIVCMD_MMAPBATCH, &m);
}

/* Could be wrong: marks on frames that were mapped, none on those that not. */
void story_v1(void)
{
	static uint64_t list[1500];
	unsigned int i, wrong = 0;
	void *p = area(1500);

	for (i = 0; i < 1500; i++)
		list[i] = i % 500 == 3 ? 1UL << 30 : frames[i];
	CHECK_EQ(map_v1(p, list, 1500), 0);
	for (i = 0; i < 1500; i++) {
		if (i % 500 == 3)
			wrong += list[i] !=
				 (1UL << 30 | PRIVCMD_MMAPBATCH_MFN_ERROR);
		else
			wrong += list[i] != frames[i] || *word(p, i) != i;
	}
	CHECK_EQ(wrong, 0);
	munmap(p, 1500 * PAGE);
	p = area(1);
	CHECK_EQ(map_v1(p, frames, 0), -EINVAL);
	CHECK_EQ(map_v1(p, frames, -1), -EINVAL);
	CHECK_EQ(map_v1(p, BAD_PTR, 1), -EFAULT);
	munmap(p, PAGE);
}

static long map_ranges(int num, privcmd_mmap_entry_t *ranges)
{
	privcmd_mmap_t m = { .num = num, .dom = test_dom, .entry = ranges };

	return ctl(privcmd_fd, IOCTL_PRIVCMD_MMAP, &m);
}

/* Could be wrong: lengths that wrap, ranges that overlap or leave a gap. */
void story_ranges(void)
{
	char *p = area(4);
	privcmd_mmap_entry_t r[] = {
		{ (uintptr_t)p, frames[5], 1 },
		{ (uintptr_t)p + PAGE, frames[6], 1 },
		{ (uintptr_t)p + 2 * PAGE, frames[7], 1 },
	};
	static const uint64_t lengths[] = { 0,	       5,
					    1UL << 52, 1UL << 63,
					    ~0UL,      ~0UL >> 12,
					    1UL << 32, 0xfffffffffffffUL };
	size_t i;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		r[0].npages = lengths[i];
		CHECK_EQ(map_ranges(1, r), -EINVAL);
	}
	r[0].npages = 1;
	CHECK_EQ(map_ranges(0, r), -EINVAL);
	CHECK_EQ(map_ranges(-1, r), -EINVAL);
	CHECK_EQ(map_ranges(1, BAD_PTR), -EFAULT);
	CHECK_EQ(map_ranges(3, r), 0);
	CHECK_EQ(*word(p, 0), 5);
	CHECK_EQ(*word(p, 2), 7);
	CHECK_EQ(map_ranges(1, r), -EINVAL); /* used */
	munmap(p, 4 * PAGE);

	p = area(4);
	r[0].va = (uintptr_t)p;
	r[1].va = (uintptr_t)p + 2 * PAGE; /* a gap */
	CHECK_EQ(map_ranges(2, r), -EINVAL);
	munmap(p, 4 * PAGE);
	p = area(4);
	r[0].va = (uintptr_t)p;
	r[1].va = (uintptr_t)p; /* twice the same place */
	CHECK_EQ(map_ranges(2, r), -EINVAL);
	munmap(p, 4 * PAGE);
	p = area(4);
	r[0].va = (uintptr_t)p;
	r[1].va = (uintptr_t)p + PAGE;
	r[1].npages = 4; /* over the end */
	CHECK_EQ(map_ranges(2, r), -EINVAL);
	munmap(p, 4 * PAGE);
}

static long map_at(void *at, unsigned int nr)
{
	return map_v2(privcmd_fd, at, test_dom, frames, errs, nr);
}

static void places_of_others(void)
{
	char *anon = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *buf = hcall_mem(4);
	void *p;

	CHECK_EQ(map_at(anon, 4), -EINVAL);
	CHECK_EQ(map_at(buf, 4), -EINVAL);
	CHECK_EQ(map_at(NULL, 4), -EINVAL);
	CHECK_EQ(map_at(BAD_PTR, 4), -EINVAL);
	CHECK_EQ(map_at((void *)~0xfffUL, 4), -EINVAL);
	CHECK_EQ(map_at((void *)story_batch, 4), -EINVAL);
	munmap(anon, 4 * PAGE);
	munmap(buf, 4 * PAGE);

	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, privcmd_fd,
		 0);
	CHECK(p == MAP_FAILED && errno == EINVAL);
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, privcmd_fd, PAGE);
	CHECK(p == MAP_FAILED && errno == EINVAL);
	p = mmap(NULL, PAGE, PROT_NONE, MAP_SHARED, privcmd_fd, 0);
	CHECK_EQ(map_at(p, 1), -EINVAL);
	munmap(p, PAGE);
}

/* Could be wrong: maps where nothing of privcmd is, or only a part of it. */
void story_places(void)
{
	char *p = area(4);

	places_of_others();
	CHECK_EQ(map_at(p, 3), -EINVAL);
	CHECK_EQ(map_at(p, 5), -EINVAL);
	CHECK_EQ(map_at(p + PAGE, 3), -EINVAL);
	CHECK_EQ(map_at(p + 8, 4), -EINVAL);
	CHECK_EQ(map_at(p, 0), -EINVAL);
	CHECK_EQ(map_at(p, 1U << 31), -EINVAL);
	CHECK_EQ(map_at(p, ~0U), -EINVAL);
	CHECK_EQ(signal_of(p), SIGBUS);
	CHECK_EQ(map_v2(privcmd_fd, p, test_dom, UNMAPPED, errs, 4), -EFAULT);
	CHECK_EQ(map_v2(privcmd_fd, p, test_dom, BAD_PTR, errs, 4), -EFAULT);
	munmap(p, 4 * PAGE);
	p = area(4);
	CHECK_EQ(map_v2(privcmd_fd, p, test_dom, frames, BAD_PTR, 4), -EFAULT);
	munmap(p, 4 * PAGE);
	p = area(4);
	CHECK_EQ(map_at(p, 4), 0);
	CHECK_EQ(map_at(p, 4), -EINVAL);
	CHECK_EQ(map_at(p + PAGE, 1), -EINVAL);
	munmap(p, 4 * PAGE);
}

static bool refused(void *result)
{
	return result == MAP_FAILED;
}

/*
 * Could be wrong: the kernel copies, moves or splits entries that it knows
 * nothing of.
 */
void story_vma(void)
{
	char *p = area(8), *free_place = area(8);

	munmap(free_place, 8 * PAGE);
	CHECK(refused(mremap(p, 8 * PAGE, 8 * PAGE,
			     MREMAP_MAYMOVE | MREMAP_FIXED, free_place)));
	CHECK_EQ(map_at(p, 8), 0);
	CHECK_EQ(munmap(p + 2 * PAGE, PAGE), -1);
	CHECK_EQ(munmap(p, PAGE), -1);
	CHECK_EQ(mprotect(p + PAGE, PAGE, PROT_READ), -1);
	CHECK_EQ(mprotect(p, 8 * PAGE, PROT_READ), -1);
	CHECK_EQ(mprotect(p, 8 * PAGE, PROT_NONE), -1);
	CHECK(refused(mremap(p, 8 * PAGE, 8 * PAGE,
			     MREMAP_MAYMOVE | MREMAP_FIXED, free_place)));
	CHECK(refused(mremap(p, 8 * PAGE, 16 * PAGE, MREMAP_MAYMOVE)));
	CHECK(refused(mremap(p, 8 * PAGE, 4 * PAGE, 0)));
	CHECK(refused(mremap(p + PAGE, PAGE, PAGE,
			     MREMAP_MAYMOVE | MREMAP_FIXED, free_place)));
	CHECK(refused(mremap(p, 0, 8 * PAGE, MREMAP_MAYMOVE)));
	CHECK(refused(mremap(p, 8 * PAGE, 8 * PAGE,
			     MREMAP_MAYMOVE | MREMAP_DONTUNMAP)));
	CHECK_EQ(madvise(p, 8 * PAGE, MADV_DONTNEED), -1);
	CHECK_EQ(madvise(p, 8 * PAGE, MADV_DOFORK), -1);
	CHECK_EQ(child(touch, p), -SIGSEGV); /* not inherited */
	CHECK_EQ(*word(p, 7), 7);
	CHECK_EQ(munmap(p, 8 * PAGE), 0);
}

static long map_resource(void *at, uint32_t type, uint32_t idx, uint64_t num)
{
	privcmd_mmap_resource_t r = {
		.dom = test_dom,
		.type = type,
		.idx = idx,
		.num = num,
		.addr = (uintptr_t)at,
	};

	return ctl(privcmd_fd, IOCTL_PRIVCMD_MMAP_RESOURCE, &r);
}

/* Could be wrong: numbers of frames beyond the VMA or the resource. */
void story_resource(void)
{
	const uint32_t grants = XENMEM_resource_grant_table;
	privcmd_mmap_resource_t size = { .dom = test_dom, .type = grants };
	char *p = area(2);

	CHECK_EQ(ctl(privcmd_fd, IOCTL_PRIVCMD_MMAP_RESOURCE, &size), 0);
	CHECK_EQ(size.num, 4);
	CHECK_EQ(map_resource(p, grants, 0, 0), -EINVAL);
	CHECK_EQ(map_resource(NULL, grants, 0, 1), -EINVAL);
	CHECK_EQ(map_resource(p, grants, 0, 3), -EINVAL);
	CHECK_EQ(map_resource(p, grants, 0, ~0UL), -EINVAL);
	CHECK_EQ(map_resource(p, grants, 0, 1UL << 52), -EINVAL);
	CHECK_EQ(map_resource(p, grants, ~0U, 2), -EINVAL);
	CHECK_EQ(map_resource(p + 1, grants, 0, 1), -EINVAL);
	CHECK(map_resource(p, 77, 0, 1) < 0);
	CHECK(map_resource(p, grants, 4, 1) < 0);
	CHECK_EQ(map_resource(p, grants, 0, 2), 0);
	*word(p, 0) = 0x12345678;
	CHECK_EQ(map_resource(p, grants, 0, 1), -EINVAL);
	munmap(p, 2 * PAGE);
	p = area(2);
	CHECK_EQ(map_resource(p, grants, 0, 1), 0); /* and the rest later */
	CHECK_EQ(map_resource(p + PAGE, grants, 1, 1), 0);
	CHECK_EQ(*word(p, 0), 0x12345678);
	*word(p, 0) = 0;
	munmap(p, 2 * PAGE);
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static void map_for_ever(void *arg)
{
	void *p;

	(void)arg;
	for (;;) {
		p = area(NR_FRAMES);
		map_at(p, NR_FRAMES);
		munmap(p, NR_FRAMES * PAGE);
	}
}

/* Eight million frames, none of them good: hours, for those that wait. */
static void map_in_vain(void *arg)
{
	const size_t nr = 8 << 20;
	uint64_t *list = mmap(NULL, nr * 8, PROT_READ,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
			      0);
	int *err = mmap(NULL, nr * 4, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	(void)arg;
	map_v2(privcmd_fd, area(nr), test_dom, list, err, nr);
}

/*
 * Could be wrong: a process that is killed in the middle keeps frames (the
 * domain could not go then), or cannot be killed.
 */
void story_killed(void)
{
	struct timespec nap = { .tv_nsec = 70000000 };
	double start;
	int i, pid;

	for (i = 0; i < 8; i++) {
		pid = start_child(i % 2 ? map_in_vain : map_for_ever, NULL);
		nap.tv_nsec += 7000000;
		nanosleep(&nap, NULL);
		start = now();
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		CHECK(now() - start < 5);
	}
}

static volatile bool stop;

static void *remap_over(void *at)
{
	while (!stop) {
		munmap(at, 600 * PAGE);
		mmap(at, 600 * PAGE, PROT_READ, MAP_SHARED | MAP_FIXED,
		     privcmd_fd, 0);
	}
	return NULL;
}

/*
 * Could be wrong: a VMA that goes away or changes between two batches, or two
 * threads that map to one place.
 */
static void race(void *arg)
{
	pthread_t other, third;
	double end = now() + 1.5;
	void *p = area(600);
	int err[600];

	(void)arg;
	pthread_create(&other, NULL, remap_over, p);
	pthread_create(&third, NULL, remap_over, p);
	while (now() < end)
		map_v2(privcmd_fd, p, test_dom, frames, err, 600);
	stop = true;
	pthread_join(other, NULL);
	pthread_join(third, NULL);
}

void story_races(void)
{
	CHECK_EQ(child(race, NULL), 0);
}

static long available_kb(void)
{
	char line[128];
	FILE *f = fopen("/proc/meminfo", "re");
	long kb = -1;

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "MemAvailable: %ld", &kb) == 1)
			break;
	if (f)
		fclose(f);
	return kb;
}

/* Could be wrong: memory of ours, or tables, that stay behind each map. */
void story_leaks(void)
{
	long before = available_kb();
	int i;
	void *p;

	for (i = 0; i < 30; i++) {
		p = area(NR_FRAMES);
		CHECK_EQ(map_at(p, NR_FRAMES), 0);
		if (i % 3 == 2)
			map_at(p, NR_FRAMES);
		munmap(p, NR_FRAMES * PAGE);
		p = area(3);
		map_at(p, 2);
		map_v2(privcmd_fd, p, 32000, frames, errs, 3);
		munmap(p, 3 * PAGE);
	}
	CHECK(before - available_kb() < 2048);
}
