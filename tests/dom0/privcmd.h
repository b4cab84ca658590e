/* SPDX-License-Identifier: GPL-2.0-only */
/* What the stories of privcmd share: a test domain, files, small checks. */
#ifndef TESTS_DOM0_PRIVCMD_H
#define TESTS_DOM0_PRIVCMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define __XEN_TOOLS__ 1
#include <sys/ioctl.h>

#include <xen/xen.h>
#include <xen/sys/privcmd.h>

#define PAGE	  4096UL
#define NR_FRAMES 10000U

/* The files all stories use; open_privcmd() makes more. */
extern int privcmd_fd, buf_fd;
/* The test domain, and its frames: frame i holds the number i all over. */
extern domid_t test_dom;
extern uint64_t frames[NR_FRAMES];

int open_privcmd(void);

/* Hypercall memory of @pages pages, zeroed, for the life of the program. */
void *hcall_mem(size_t pages);

/* The result of a hypercall, or -errno. */
long hcall(uint64_t op, uint64_t a, uint64_t b, uint64_t c, uint64_t d,
	   uint64_t e);
/* The result of an ioctl, or -errno. */
long ctl(int fd, unsigned long cmd, void *arg);

/* An empty VMA of privcmd for @pages pages. */
void *area(size_t pages);
/* MMAPBATCH_V2: its result, errors in errs[]. */
long map_v2(int fd, void *at, domid_t dom, const uint64_t *mfn, int *errs,
	    unsigned int nr);
/* A counter of the module in sysfs; -1 for a module that has none. */
long counter(const char *name);

/* How a child that runs fn(arg) ends: its exit status, or -signal. */
int child(void (*fn)(void *), void *arg);
/* For child(): read the byte at @p. */
void touch(void *p);
/* The signal that reading the byte at @p ends in, or 0. */
int signal_of(void *p);
/* fork, and run fn(arg) in the child until it is killed */
int start_child(void (*fn)(void *), void *arg);

void say_failed(const char *file, int line, const char *what, long got,
		long wanted);

#define CHECK_EQ(got, wanted)                                         \
	do {                                                          \
		long g_ = (long)(got), w_ = (long)(wanted);           \
		if (g_ != w_)                                         \
			say_failed(__FILE__, __LINE__, #got, g_, w_); \
	} while (0)

#define CHECK(cond) CHECK_EQ(!!(cond), 1)

/* privcmd_maps.c */
void story_batch(void);
void story_errors(void);
void story_v1(void);
void story_ranges(void);
void story_places(void);
void story_vma(void);
void story_resource(void);
void story_killed(void);
void story_races(void);
void story_leaks(void);
/* privcmd_calls.c */
void story_ioctls(void);
void story_hypercall(void);
void story_buffers(void);
void story_dm_op(void);
void story_restrict(void);

#endif
