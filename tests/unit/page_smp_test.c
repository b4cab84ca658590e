// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: the page layer is right for one CPU, and wrong for four
 * that do the same to the same frames at the same time: a lost count, a table
 * changed while it is checked, a frame freed twice, a wait that never ends.
 *
 * Four threads, each a CPU with holdings of its own, under ThreadSanitizer.
 * When all stand still, every count is compared with page_model.c's.
 */
/* links: page_model.c mm/page.c mm/owner.c mm/frame.c mm/ram.c mm/heap.c */
/* links: mm/m2p.c pv/mmu_entry.c pv/mmu_write.c lib/bitmap.c */
/* sanitize: thread */
#include "page_model.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "debug/log.h"
#include "include/errno.h"
#include "mm/frame.h"
#include "test.h"

#define THREADS	 4
#define PAGES	 10 /* of each owner: few, so that threads meet */
#define MAX_HELD 64

struct holding {
	u32 f;
	enum page_type type; /* PAGE_NONE: a general reference only */
};

struct cpu {
	u64 seed;
	unsigned long rounds;
	unsigned int preempt_in_16;
	struct holding held[MAX_HELD];
	u32 nr_held;
	u32 number;
};

static struct cpu cpus[THREADS];
static _Thread_local struct cpu *me;
static u8 pinned[NR_FRAMES]; /* by the page's own word; see after_pin() */
static u32 guest_frames[2 * PAGES];

/* The harness's generator is one for all threads: each has its own here. */
static u64 roll(u64 limit)
{
	me->seed ^= me->seed << 13;
	me->seed ^= me->seed >> 7;
	me->seed ^= me->seed << 17;
	return (me->seed >> 20) % limit;
}

bool mmu_preempt_check(void)
{
	return me && roll(16) < me->preempt_in_16;
}

void mmu_drop_table(struct page *pg)
{
	int err = page_put_type_preemptible(pg);

	EXPECT(!err || err == -ERESTART);
	page_put(pg);
}

static u32 some_frame(void)
{
	return guest_frames[roll(2 * PAGES)];
}

static struct page_owner *owner_of(u32 f)
{
	return model_owner[held[f].owner];
}

static pte_t some_entry(u32 owner)
{
	u64 f = some_frame(), flags = PTE_P | PTE_U | PTE_A;

	while (held[f].owner != owner)
		f = some_frame();
	if (roll(2))
		flags |= PTE_RW;
	if (roll(4) == 0)
		flags = 0;
	return pte_make(_mfn(f), flags);
}

static void hold(u32 f, enum page_type t)
{
	me->held[me->nr_held++] = (struct holding){ f, t };
}

static void take(void)
{
	enum page_type t = PAGE_L1 + roll(PAGE_WRITABLE);
	u32 f = some_frame();
	int err, tries = 1 + roll(8);

	if (me->nr_held == MAX_HELD)
		return;
	do
		err = page_get_and_type_preemptible(&frame_table[f],
						    owner_of(f), t);
	while (err == -ERESTART && tries--);
	if (!err)
		hold(f, t);
}

static void drop(void)
{
	struct holding h;
	u32 i;

	if (!me->nr_held)
		return;
	i = roll(me->nr_held);
	h = me->held[i];
	me->held[i] = me->held[--me->nr_held];
	if (h.type != PAGE_NONE)
		mmu_drop_table(&frame_table[h.f]);
	else
		page_put(&frame_table[h.f]);
}

static void refer(void)
{
	u32 f = some_frame();

	if (me->nr_held < MAX_HELD && page_get(&frame_table[f], owner_of(f)))
		hold(f, PAGE_NONE);
}

static void pin_or_unpin(void)
{
	u32 f = some_frame();
	struct page *pg = &frame_table[f];
	enum page_type t = PAGE_L1 + roll(4);
	int err;

	if (roll(2)) {
		err = page_pin(pg, owner_of(f), t);
	} else if (page_get(pg, owner_of(f))) {
		err = page_unpin(pg);
		if (err == -ERESTART)
			page_put(pg);
		page_put(pg);
	}
}

/* What guests write through their own mappings may race with them. */
static void store(void)
{
	u32 f = some_frame();
	u32 slot = model_slots[roll(NR_SLOTS)];
	pte_t e = roll(3) ? some_entry(held[f].owner) : 0;

	if (page_get_and_type(&frame_table[f], owner_of(f), PAGE_WRITABLE))
		return;
	WRITE_ONCE(model_table(f)[slot], e);
	page_put_and_type(&frame_table[f]);
}

static void change_l1(u32 f, pte_t *slot, pte_t e)
{
	struct page_owner *o = owner_of(f);
	struct page *pg = &frame_table[f];
	int err = 0;

	if (!page_lock_table(pg, o, PAGE_L1))
		return;
	if (EXPECT(page_type_of(READ_ONCE(pg->type)) == PAGE_L1)) {
		if (roll(4))
			err = l1e_write(o, o, slot, e, roll(2));
		else
			err = l1e_cas(o, slot, READ_ONCE(*slot), e);
	}
	page_unlock_table(pg);
	EXPECT(err == 0 || err == -EINVAL || err == -EPERM);
}

static void change_entry(void)
{
	u32 f = some_frame();
	struct page *pg = &frame_table[f];
	pte_t *slot = &model_table(f)[model_slots[roll(NR_SLOTS)]];
	pte_t e = some_entry(held[f].owner);
	bool unhooked;
	int err = 0;

	if (!page_get(pg, owner_of(f)))
		return;
	if (roll(2))
		change_l1(f, slot, e);
	else
		err = upper_write(pg, owner_of(f), slot, e, PTE_KEEP_AD,
				  &unhooked);
	EXPECT(err <= 0);
	page_put(pg);
}

static void scrub(void)
{
	frame_scrub_idle(true);
}

static void *run_cpu(void *arg)
{
	static void (*const ops[])(void) = {
		take,  take,  drop,	    drop,  drop,	 refer,
		store, store, pin_or_unpin, scrub, change_entry, change_entry
	};

	me = arg;
	shim_set_cpu(me->number);
	for (unsigned long i = 0; i < me->rounds; i++)
		ops[roll(ARRAY_SIZE(ops))]();
	return NULL;
}

/* Nobody runs: what the CPUs hold, and what is pinned, goes to the model. */
static void collect(void)
{
	for (u32 i = 0; i < THREADS; i++)
		for (u32 k = 0; k < cpus[i].nr_held; k++) {
			const struct holding *h = &cpus[i].held[k];

			if (h->type == PAGE_NONE) {
				held[h->f].refs++;
				continue;
			}
			held[h->f].types++;
			held[h->f].type = h->type;
		}
	for (u32 i = 0; i < 2 * PAGES; i++) {
		u32 f = guest_frames[i], type = frame_table[f].type;

		pinned[f] = !!(type & PAGE_TYPE_PINNED);
		held[f].pinned = pinned[f];
		if (pinned[f])
			held[f].type = page_type_of(type);
	}
}

static void let_go(void)
{
	for (u32 i = 0; i < THREADS; i++) {
		me = &cpus[i];
		me->preempt_in_16 = 0;
		while (me->nr_held)
			drop();
	}
	for (u32 i = 0; i < 2 * PAGES; i++) {
		u32 f = guest_frames[i];

		if (pinned[f])
			EXPECT(!page_unpin(&frame_table[f]));
		held[f].pinned = false;
		held[f].types = held[f].refs = 0;
	}
}

static void check(void)
{
	struct expected e[NR_FRAMES];

	model_expect(e);
	model_check(e);
}

static void release_memory(void)
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
			owner_release_page(o, pg);
			page_put(pg);
		}
		EXPECT_EQ(o->nr_pages, 0);
		heap_free(o);
	}
}

static void run_machine(unsigned long rounds, unsigned int preempt)
{
	pthread_t threads[THREADS];
	u32 n = 0;

	nr_cpu_ids = THREADS;
	cpumask_fill(&cpu_online_mask, THREADS);
	model_setup(PAGES);
	for (u32 f = 1; f < NR_FRAMES; f++)
		if (held[f].allocated)
			guest_frames[n++] = f;
	for (u32 i = 0; i < THREADS; i++) {
		cpus[i] = (struct cpu){ .seed = test_random() | 1,
					.rounds = rounds / THREADS,
					.preempt_in_16 = preempt,
					.number = i };
		if (!EXPECT(!pthread_create(&threads[i], NULL, run_cpu,
					    &cpus[i])))
			abort();
	}
	for (u32 i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	me = NULL;
	model_quiesce();
	collect();
	check();
	let_go();
	check();
	release_memory();
}

static void run_machines(unsigned long rounds, unsigned int preempt)
{
	const unsigned long in_one = 2000;

	for (; rounds >= in_one; rounds -= in_one)
		run_machine(in_one, preempt);
}

TEST(four_cpus_keep_every_count)
{
	run_machines(test_rounds(200000, 20000000), 0);
}

TEST(four_cpus_preempted_now_and_then)
{
	run_machines(test_rounds(200000, 20000000), 4);
}
