/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A probe, in debug builds: how long a CPU is in the hypervisor without a look
 * at what waits for it. A section begins when a guest enters by a hypercall or
 * a fault, at each check of a long hypercall, and with each softirq; it ends at
 * the next check or on the way out. The longest of each kind is kept, in ticks
 * of the TSC: instructions, when an emulator counts those (-icount).
 *
 * The hooks may be called in any context; those that interrupt another section
 * count in it.
 */
#pragma once

#include "lib/types.h"

/* Kinds below this are hypercalls by number. */
#define SECTION_TRAP	64 /* detail: vector */
#define SECTION_SOFTIRQ 65 /* and by number from here on */
#define SECTION_SCRUB	80 /* an idle CPU */
#define SECTION_KINDS	81

struct section_longest {
	u64 ticks;
	u64 detail; /* first argument of the hypercall */
	u64 where; /* return address of the check that ended it */
};

/* The longest of @kind since the last section_forget_all(). */
struct section_longest section_longest(unsigned int kind);
void section_forget_all(void);

void section_note_begin(unsigned int kind, u64 detail);
void section_note_check(void);
void section_note_end(void);

#ifdef HOSPES_DEBUG
#define section_begin(kind, detail) section_note_begin(kind, detail)
#define section_check()		    section_note_check()
#define section_end()		    section_note_end()
#else
#define section_begin(kind, detail) ((void)0)
#define section_check()		    ((void)0)
#define section_end()		    ((void)0)
#endif
