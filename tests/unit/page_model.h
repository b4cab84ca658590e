/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A small machine whose pages are watched: two owners, frames, tables with a
 * few entries, and a second opinion on every count.
 *
 * The second opinion knows nothing of the steps that led to a state. It takes
 * what is held from outside (struct held), walks the tables from there, and
 * says what each frame's references, type and type count have to be.
 */
#ifndef PAGE_MODEL_H
#define PAGE_MODEL_H

#include "mm/page.h"
#include "mm/pagetable.h"
#include "pv/mmu.h"

#define NR_FRAMES  96 /* RAM: frames 1 .. NR_FRAMES - 1 */
#define NR_GUEST   44 /* of these, the most an owner gets */
#define MMIO_FRAME (NR_FRAMES + 5) /* readable and writable */
#define MMIO_RO	   (NR_FRAMES + 6)
#define MMIO_NO	   (NR_FRAMES + 7)
#define NR_SLOTS   7

#define MODEL_PHYS_BITS 40

extern const u32 model_slots[NR_SLOTS]; /* the only ones in use */
extern struct page_owner *model_owner[2]; /* 0 may map devices */
extern int model_owners_live; /* owners with pages, by the hooks */

/* What the test itself holds of a frame. */
struct held {
	u32 refs; /* general references */
	u32 types; /* type references, each with a general one */
	enum page_type type; /* of these and of the pin */
	bool pinned;
	bool allocated;
	u8 owner;
};

extern struct held held[NR_FRAMES];

/* What a frame's counts have to be. */
struct expected {
	u32 refs, types;
	enum page_type type;
	bool live; /* types > 0 */
	bool conflict; /* two types at once: must never be */
};

/* Fresh memory and owners with @pages frames each; all in held[]. */
void model_setup(u32 pages);
/* Computes all of @e from held[] and the tables' contents. */
void model_expect(struct expected *e);
/* Compares with the frame table; false, and a failed expectation, if wrong. */
bool model_check(const struct expected *e);
/* Would all be consistent if frame @f were taken as a @t now? */
bool model_allows_type(u32 f, enum page_type t);
/* If @entry were written to the live table @table, beside what is there? */
bool model_allows_entry(u32 table, pte_t entry);
/* Is any frame between states? */
bool model_has_partial(void);
/* Ends all operations that were preempted. */
void model_quiesce(void);
pte_t *model_table(u32 f);

#endif
