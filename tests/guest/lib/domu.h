/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Unprivileged domains that a story makes of its own image, and calls between
 * it and them. The story runs as dom0 and finds the image in its initrd
 * ("machine: domu"). The guest has the same code at the same addresses, its own
 * data, and waits in a page that both see (the mailbox) for functions to run.
 */
#ifndef TESTS_GUEST_DOMU_H
#define TESTS_GUEST_DOMU_H

#include "guest.h"

#define DOMU_PAGES   512
#define DOMU_LOG     1024
#define DOMU_SHARED  64
#define DOMU_FRAMES  4 /* of its grant table */
#define DOMU_HANDLES 16 /* frames of these */
#define DOMU_PORTS   1023

typedef u64 (*domu_fn)(u64 a, u64 b, u64 c);

/* The page that both see. */
struct mailbox {
	u64 called, done; /* numbers of calls */
	domu_fn fn;
	u64 arg[3], result;
	u32 failed, broken;
	u64 log_written, log_read;
	u64 stop; /* a function that goes on for long looks here */
	u64 shared[DOMU_SHARED]; /* for the story */
	char log[DOMU_LOG];
};

struct domu {
	domid_t id;
	bool exists;
	u32 port; /* of dom0, to one that the guest's domu_port is */
	u64 mfn[DOMU_PAGES]; /* by page number, less that of the image */
	struct mailbox *box;
};

/* ---- in dom0 ---- */
/* A domain of @vcpus vcpus, made up to the point at which it could run. */
void domu_make(struct domu *g, unsigned int vcpus);
void domu_unpause(struct domu *g);
/* Both, and waits until it answers. */
void domu_start(struct domu *g, unsigned int vcpus);
/* Runs fn() in the guest; gives what it returns. */
u64 domu_call(struct domu *g, domu_fn fn, u64 a, u64 b, u64 c);
/* The same in two steps. */
void domu_begin(struct domu *g, domu_fn fn, u64 a, u64 b, u64 c);
u64 domu_result(struct domu *g);
/* Says what it said, counts its failures as ours. */
void domu_listen(struct domu *g);
/* Recounts it (debug builds). */
void domu_recount(struct domu *g);
/* Lets go of it and destroys it; not yet gone when someone holds it. */
void domu_destroy(struct domu *g);
/* As above after a recount, and it must be gone after that. */
void domu_end(struct domu *g);
/* In the list of domains, and there dead, if @dying is. */
bool domain_listed(domid_t id, bool *dying);
int domctl_simple(u32 cmd, domid_t id);
u64 free_pages(void);
void recount(domid_t id);

/*
 * Cases of one boot: each has a line of its own on the console, must give back
 * all memory it took, and leave all references right.
 */
struct domu_case {
	const char *name;
	void (*run)(void);
};
void domu_run_cases(const struct domu_case *cases, unsigned int nr);

/* ---- in both ---- */
bool in_dom0(void);
/* Gives up the CPU for a moment. */
void rest(void);
extern u64 domu_port; /* in the guest: an interdomain port to dom0, or 0 */

/* ---- in the guest ---- */
struct mailbox *domu_box(void);
void domu_main(void) __noreturn;

/* ---- grants, in both ---- */
/* Our table, set up to be used by version @version. */
void gnt_setup(u32 version);
extern struct grant_entry_v1 *gnt_v1;
extern union grant_entry_v2 *gnt_v2;
extern volatile u16 *gnt_status;
void gnt_give(u32 ref, domid_t to, u64 mfn, u16 flags);
void gnt_take_back(u32 ref);
u16 gnt_marks(u32 ref); /* GTF_reading, GTF_writing */
/* These give GNTST_*. */
s16 gnt_map(domid_t from, u32 ref, const void *at, u32 flags, u32 *handle);
s16 gnt_unmap(const void *at, u32 handle);
s16 gnt_copy_from(domid_t from, u32 ref, u32 offset, u64 to_mfn, u32 len);
s16 gnt_copy_to(domid_t to, u32 ref, u32 offset, u64 from_mfn, u32 len);
/* Puts a page of ours back where it was. */
void page_restore(void *va);

#endif
