// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: a count of references or types drifts, a table is
 * accepted that should not be or the reverse, a failed or preempted operation
 * leaves something behind, a CPU keeps a translation into a frame's next life.
 *
 * Random operations on the real page, owner, frame and entry code. After each,
 * every count is compared with page_model.c's, its result with what the model
 * foretold, and a model of TLBs is asked what CPUs could still reach.
 */
/* links: page_model.c mm/page.c mm/owner.c mm/frame.c mm/ram.c mm/heap.c */
/* links: mm/m2p.c pv/mmu_entry.c pv/mmu_write.c lib/bitmap.c */
#include "page_model.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cpu/tlb.h"
#include "debug/log.h"
#include "include/errno.h"
#include "mm/frame.h"
#include "test.h"

#define NR_TLBS 3

/* Why the last thing was refused. */
static char refusal[200];

void log_print_limited(enum log_level level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(refusal, sizeof(refusal), fmt, args);
	va_end(args);
}

static unsigned long nr_taken[PAGE_WRITABLE + 1];
static unsigned int preempt_in_16; /* how likely it is, of 16 */

bool mmu_preempt_check(void)
{
	return test_random_below(16) < preempt_in_16;
}

/* What is left keeps itself; model_quiesce() ends it. */
void mmu_drop_table(struct page *pg)
{
	int err = page_put_type_preemptible(pg);

	EXPECT(!err || err == -ERESTART);
	page_put(pg);
}

/* ---- TLBs ---- */

/* Bit t: the CPU may have cached the frame as a @t (PAGE_WRITABLE: data). */
static u8 cached[NR_TLBS][NR_FRAMES];
static u32 flush_clock = 1, flushed_at[NR_TLBS];
static unsigned long nr_flushes, nr_filtered;

static void tlb_empty(unsigned int cpu)
{
	flushed_at[cpu] = ++flush_clock;
	memset(cached[cpu], 0, sizeof(cached[cpu]));
}

u32 tlb_clock_now(void)
{
	return flush_clock;
}

void tlb_filter(struct cpumask *mask, u32 stamp)
{
	for (unsigned int cpu = 0; cpu < NR_TLBS; cpu++)
		if (cpumask_test(mask, cpu) && flushed_at[cpu] > stamp) {
			cpumask_clear(mask, cpu);
			nr_filtered++;
		}
}

void tlb_flush_mask(const struct cpumask *mask)
{
	for (unsigned int cpu = 0; cpu < NR_TLBS; cpu++)
		if (cpumask_test(mask, cpu)) {
			tlb_empty(cpu);
			nr_flushes++;
		}
}

/* Caches what a walk can find in a frame that is cached as a table. */
static bool tlb_walk(u8 *tlb, u32 f, enum page_type t)
{
	bool more = false;

	for (u32 i = 0; i < NR_SLOTS; i++) {
		pte_t p = model_table(f)[model_slots[i]];
		u64 to = mfn_x(pte_mfn(p));
		u8 bit = t == PAGE_L1 ? 1 << PAGE_WRITABLE : 1 << (t - 1);

		if (!(p & PTE_P) || to >= NR_FRAMES ||
		    (t == PAGE_L1 && !(p & PTE_RW)) ||
		    (t == PAGE_L4 && l4_slot_is_ours(model_slots[i])))
			continue;
		more |= !(tlb[to] & bit);
		tlb[to] |= bit;
	}
	return more;
}

/* All that the CPUs may have cached by now. */
static void tlb_fill(const struct expected *e)
{
	for (unsigned int cpu = 0; cpu < NR_TLBS; cpu++) {
		bool more = true;

		for (u32 f = 1; f < NR_FRAMES; f++)
			if (e[f].live && e[f].type <= PAGE_L4 &&
			    model_owner[held[f].owner]->dirty_cpus.bits[0] >>
					    cpu &
				    1)
				cached[cpu][f] |= 1 << e[f].type;
		while (more) {
			more = false;
			for (u32 f = 1; f < NR_FRAMES; f++)
				for (u32 t = PAGE_L1; t <= PAGE_L4; t++)
					if (cached[cpu][f] & 1 << t)
						more |= tlb_walk(cached[cpu], f,
								 t);
		}
	}
}

/* Nothing may be cached as what it was in an earlier life. */
static void tlb_check(const struct expected *e)
{
	for (unsigned int cpu = 0; cpu < NR_TLBS; cpu++)
		for (u32 f = 1; f < NR_FRAMES; f++)
			if (e[f].live &&
			    !EXPECT(!(cached[cpu][f] & ~(1 << e[f].type))))
				test_note("cpu %u: frame %u is type %u, cached "
					  "%x",
					  cpu, f, e[f].type, cached[cpu][f]);
}

static void check_all(void)
{
	struct expected e[NR_FRAMES];

	model_expect(e);
	model_check(e);
	tlb_check(e);
	tlb_fill(e);
}

/* ---- operations ---- */

static u32 random_frame(void)
{
	return 1 + test_random_below(NR_FRAMES - 1);
}

static u32 random_owned(void)
{
	u32 f;

	do
		f = random_frame();
	while (frame_table[f].owner < 3);
	return f;
}

static pte_t random_entry(u32 owner)
{
	static const u64 odd[] = { PTE_PSE,   PTE_G,	PTE_PWT,   PTE_PCD,
				   1UL << 45, PTE_NX,	1UL << 52, 0,
				   1UL << 62, PTE_AVAIL };
	u64 f = random_owned(), kind = test_random_below(32);
	u64 flags = PTE_P | PTE_A | PTE_U;

	/* Mostly its owner's, or nothing would ever be valid. */
	for (u32 i = 0; i < 8 && held[f].owner != owner; i++)
		f = random_owned();
	if (test_random() & 1)
		flags |= PTE_RW;
	if (kind == 0)
		f = MMIO_FRAME + test_random_below(3);
	if (kind == 1)
		f = random_frame();
	if (kind == 2)
		flags |= odd[test_random_below(ARRAY_SIZE(odd))];
	if (kind == 3)
		flags &= ~PTE_U;
	if (kind < 12 && kind > 7)
		flags &= ~PTE_P;
	return pte_make(_mfn(f), flags);
}

/* The outcome that the model foretells, or none while things are half done. */
static void expect_outcome(bool known, bool allowed, int err)
{
	if (known && !EXPECT_EQ(err == 0, allowed))
		test_note("refused last: %s", refusal);
}

static void op_get_type(void)
{
	static const enum page_type types[] = { PAGE_L1,      PAGE_L2,
						PAGE_L3,      PAGE_L4,
						PAGE_SEGDESC, PAGE_WRITABLE,
						PAGE_WRITABLE };
	enum page_type t = types[test_random_below(ARRAY_SIZE(types))];
	u32 f = random_owned();
	bool known = !model_has_partial(), allowed, pin;
	struct page_owner *o = model_owner[held[f].owner];
	struct page *pg = &frame_table[f];
	int err, tries = 1 + test_random_below(20);

	pin = t <= PAGE_L4 && test_random() & 1;
	allowed = model_allows_type(f, t) && !(pin && held[f].pinned);
	do
		err = pin ? page_pin(pg, o, t) :
			    page_get_and_type_preemptible(pg, o, t);
	while (err == -ERESTART && (known || tries--));
	if (err != -ERESTART)
		expect_outcome(known, allowed, err);
	if (known)
		EXPECT(!model_has_partial());
	if (err)
		return;
	nr_taken[t]++;
	held[f].type = t;
	if (pin)
		held[f].pinned = true;
	else
		held[f].types++;
}

/* Comes back until it is done: then nothing is left half done. */
static void put_to_the_end(struct page *pg)
{
	bool clean = !model_has_partial();
	int err = page_put_type_preemptible(pg);

	while (err == -ERESTART)
		err = page_unwind(pg);
	EXPECT_EQ(err, 0);
	if (clean)
		EXPECT(!model_has_partial());
	page_put(pg);
}

static void op_put_type(void)
{
	static void (*const ways[])(struct page * pg) = { mmu_drop_table,
							  page_put_and_type,
							  put_to_the_end };
	u32 f = random_owned();

	if (!held[f].types)
		return;
	held[f].types--;
	ways[test_random_below(3)](&frame_table[f]);
}

static void op_unpin(void)
{
	u32 f = random_owned();
	struct page *pg = &frame_table[f];
	int err = page_unpin(pg);

	EXPECT_EQ(err == -EINVAL, !held[f].pinned);
	held[f].pinned = false;
	if (err == -ERESTART)
		page_put(pg);
}

static void op_refs(void)
{
	u32 f = random_frame(), other = test_random() & 1;
	struct page *pg = &frame_table[f];
	bool own = pg->owner > 2 && held[f].owner == other;

	if (test_random() & 1) {
		if (page_get(pg, model_owner[other])) {
			EXPECT(own);
			held[f].refs++;
		} else {
			EXPECT(!own);
		}
	} else if (pg->owner > 2 && held[f].refs) {
		held[f].refs--;
		page_put(pg);
	}
}

/* A guest's store through a mapping of its own. */
static void op_store(void)
{
	u32 f = random_owned();
	struct page *pg = &frame_table[f];
	u32 slot = model_slots[test_random_below(NR_SLOTS)];
	bool known = !model_has_partial();
	int err = page_get_type(pg, PAGE_WRITABLE);

	expect_outcome(known, true,
		       err && !model_allows_type(f, PAGE_WRITABLE) ? 0 : err);
	if (err)
		return;
	if (test_random_below(4) == 0)
		model_table(f)[slot] = test_random_below(8) ? 0 : ~0UL;
	else
		model_table(f)[slot] = random_entry(held[f].owner);
	page_put_type(pg);
}

static void write_l1(u32 f, pte_t *slot, pte_t new)
{
	struct page_owner *o = model_owner[held[f].owner];
	bool known = !model_has_partial(), allowed = true;
	struct page_owner *frames = o;
	pte_t old = *slot;
	int err;

	if (test_random_below(8) == 0) {
		frames = model_owner[!held[f].owner];
		new = random_entry(!held[f].owner);
		known = false;
	}
	if (new &PTE_P && ((old ^ new) & (PTE_ADDR | 0x9b) || !(old & PTE_P)))
		allowed = model_allows_entry(f, new) || old == (new | PTE_RW);
	if (!EXPECT(page_lock_table(&frame_table[f], o, PAGE_L1)))
		return;
	switch (test_random_below(3)) {
	case 0:
		err = l1e_cas(o, slot, old, new);
		break;
	case 1:
		err = l1e_cas(o, slot, old ^ PTE_A, new);
		EXPECT(err);
		allowed = false;
		break;
	default:
		err = l1e_write(o, frames, slot, new,
				test_random() & 1 ? PTE_REPLACE : PTE_KEEP_AD);
		break;
	}
	page_unlock_table(&frame_table[f]);
	expect_outcome(known, allowed, err);
	if (err)
		EXPECT_EQ(*slot, old);
}

static void write_upper(u32 f, pte_t *slot, pte_t new)
{
	struct page_owner *o = model_owner[held[f].owner];
	bool known = !model_has_partial(), allowed = true, unhooked;
	int err;

	if (new &PTE_P)
		allowed = model_allows_entry(f, new);
	if (page_type_of(frame_table[f].type) == PAGE_L4 &&
	    l4_slot_is_ours(((u64)slot & 4095) / 8))
		allowed = false;
	do
		err = upper_write(&frame_table[f], o, slot, new, PTE_REPLACE,
				  &unhooked);
	while (known && err == -ERESTART);
	if (err != -ERESTART)
		expect_outcome(known, allowed, err);
}

/* Some levels of tables that would be valid, if nothing is in the way. */
static void op_plant(void)
{
	u32 f = random_owned(), owner = held[f].owner, levels;

	for (levels = 1 + test_random_below(4); levels; levels--) {
		u32 below = random_owned();

		if (held[below].owner != owner ||
		    page_get_type(&frame_table[f], PAGE_WRITABLE))
			return;
		for (u32 i = 0; i < NR_SLOTS; i++)
			model_table(f)[model_slots[i]] = 0;
		for (u32 i = test_random_below(3); i < NR_SLOTS; i += 2)
			model_table(f)[model_slots[i]] =
				pte_make(_mfn(below), PTE_P | PTE_RW | PTE_A);
		page_put_type(&frame_table[f]);
		f = below;
	}
}

static void op_entry(void)
{
	u32 f = random_owned(), slot = model_slots[test_random_below(NR_SLOTS)];
	enum page_type t;
	pte_t new;

	for (u32 i = 0; i < 12 && !(frame_table[f].type & PAGE_TYPE_VALIDATED);
	     i++)
		f = random_owned();
	t = page_type_of(frame_table[f].type);
	if (!(frame_table[f].type & PAGE_TYPE_VALIDATED) || t > PAGE_L4)
		return;
	new = random_entry(held[f].owner);
	if (test_random_below(8) == 0)
		new = model_table(f)[slot] ^
		      (test_random() & 1 ? PTE_RW : PTE_A | PTE_U);
	if (!page_get(&frame_table[f], model_owner[held[f].owner]))
		return;
	if (t == PAGE_L1)
		write_l1(f, &model_table(f)[slot], new);
	else
		write_upper(f, &model_table(f)[slot], new);
	page_put(&frame_table[f]);
}

/* Memory goes, and other memory comes: a frame may change its owner. */
static void op_balloon(void)
{
	u32 f = random_owned(), owner = test_random() & 1;
	struct page *pg = &frame_table[f];
	struct page_owner *o = model_owner[held[f].owner];

	if (page_get(pg, o)) {
		EXPECT_EQ(owner_release_page(o, pg), held[f].allocated);
		held[f].allocated = false;
		page_put(pg);
	}
	pg = owner_alloc_pages(model_owner[owner], 0, 0);
	if (!pg)
		return;
	f = pg - frame_table;
	held[f] = (struct held){ .allocated = true, .owner = owner };
	for (u32 i = 0; owner && i < 512; i++)
		EXPECT_EQ(model_table(f)[i], 0);
	for (u32 cpu = 0; cpu < NR_TLBS; cpu++)
		EXPECT_EQ(cached[cpu][f], 0);
}

static void op_other(void)
{
	unsigned int cpu = test_random_below(NR_TLBS);

	switch (test_random_below(3)) {
	case 0:
		tlb_empty(cpu);
		break;
	case 1:
		frame_scrub_idle(true);
		break;
	default:
		if (test_random_below(4) == 0)
			model_quiesce();
		break;
	}
}

static void random_op(void)
{
	static void (*const ops[])(void) = {
		op_get_type, op_get_type, op_put_type, op_put_type, op_unpin,
		op_refs,     op_store,	  op_store,    op_entry,    op_entry,
		op_entry,    op_balloon,  op_plant,    op_plant,    op_other
	};

	ops[test_random_below(ARRAY_SIZE(ops))]();
}

/* All holders let go; the tables have to fall apart by themselves. */
static void let_go(void)
{
	preempt_in_16 = 0;
	model_quiesce();
	for (u32 f = 1; f < NR_FRAMES; f++) {
		struct page *pg = &frame_table[f];

		if (pg->owner < 3)
			continue;
		while (held[f].types) {
			held[f].types--;
			page_put_and_type(pg);
		}
		if (held[f].pinned)
			EXPECT(!page_unpin(pg));
		held[f].pinned = false;
		while (held[f].refs) {
			held[f].refs--;
			page_put(pg);
		}
	}
	check_all();
}

static void let_all_memory_go(void)
{
	for (u32 i = 0; i < 2; i++) {
		struct page_owner *o = model_owner[i];
		struct page *pg;

		o->dying = true;
		while (owner_free_run(o, NULL, 64))
			;
		while (owner_first_allocated(o, &pg)) {
			if (!pg)
				continue;
			EXPECT(owner_release_page(o, pg));
			page_put(pg);
		}
		EXPECT_EQ(o->nr_pages, 0);
		EXPECT_EQ(o->first_page, 0);
		heap_free(o);
	}
	EXPECT_EQ(model_owners_live, 0);
}

static void run_world(unsigned long rounds, unsigned int preempt)
{
	u64 free;

	nr_cpu_ids = NR_TLBS;
	cpumask_fill(&cpu_online_mask, NR_TLBS);
	model_setup(NR_GUEST / 2);
	memset(cached, 0, sizeof(cached));
	free = frame_nr_free() + model_owner[0]->nr_pages +
	       model_owner[1]->nr_pages;
	preempt_in_16 = preempt;
	for (unsigned long i = 0; i < rounds; i++) {
		random_op();
		check_all();
		if (preempt == 0)
			EXPECT(!model_has_partial());
	}
	let_go();
	let_all_memory_go();
	/* and the heap's frame, in which the owners were */
	EXPECT_EQ(frame_nr_free(), free + 1);
}

static void run_worlds(unsigned long rounds, unsigned int preempt)
{
	const unsigned long in_one_world = 20000;

	while (rounds) {
		unsigned long n = MIN(rounds, in_one_world);

		run_world(n, preempt);
		rounds -= n;
	}
}

TEST(random_operations_keep_every_count)
{
	run_worlds(test_rounds(500000, 50000000), 0);
	test_note("%lu flushes, %lu not needed; L1 %lu, L2 %lu, L3 %lu, L4 "
		  "%lu, descriptors %lu, data %lu times",
		  nr_flushes, nr_filtered, nr_taken[PAGE_L1], nr_taken[PAGE_L2],
		  nr_taken[PAGE_L3], nr_taken[PAGE_L4], nr_taken[PAGE_SEGDESC],
		  nr_taken[PAGE_WRITABLE]);
}

TEST(random_operations_preempted_now_and_then)
{
	run_worlds(test_rounds(250000, 25000000), 2);
}

TEST(random_operations_preempted_all_the_time)
{
	run_worlds(test_rounds(250000, 25000000), 16);
}
