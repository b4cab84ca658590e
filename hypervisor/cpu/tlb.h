/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TLB flushes and the clock that lets most of them be skipped.
 *
 * tlb_clock counts flushes; each CPU notes the clock at its last full flush
 * (any CR3 load). A frame notes the clock when its type count drops to zero
 * (page.h, aux): at retype only those CPUs need an IPI that have not flushed
 * since.
 */
#pragma once

#include "cpu/percpu.h"
#include "lib/bitmap.h"

void tlb_init(void);
/*
 * For pv/entry.S, which does tlb_note_flush() itself while the clock is even,
 * i.e. while nobody waits for it to advance.
 */
extern u32 tlb_clock;
DECLARE_PER_CPU(u32, tlb_flushed_at);

u32 tlb_clock_now(void);
/*
 * Notes that this CPU flushes: to be called right before a CR3 load, interrupts
 * off, no access to a guest's memory between. Leaving it out costs a needless
 * IPI now and then, no more.
 */
void tlb_note_flush(void);
/* Takes CPUs out of @mask that have flushed since @stamp. */
void tlb_filter(struct cpumask *mask, u32 stamp);

void tlb_flush_local(void);
/* All entries, on each CPU of the mask; waits. Interrupts on. */
void tlb_flush_mask(const struct cpumask *mask);
/* One page on each CPU of the mask; waits. Interrupts on. */
void tlb_flush_page_mask(const struct cpumask *mask, u64 va);
