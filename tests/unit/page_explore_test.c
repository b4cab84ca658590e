// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: an interleaving of two or three CPUs in the page layer
 * that chance does not find: a wait for each other, a table changed while it is
 * checked, a reference dropped twice.
 *
 * The CPUs are coroutines that can be switched at every access to a page's
 * words. For each set of programs all schedules with up to MAX_SWITCHES
 * involuntary switches are run, one after the other. The programs give all
 * back, so that afterwards every count must be what it was before; what they
 * hold in between they check themselves.
 */
/* links: page_model.c mm/owner.c mm/frame.c mm/ram.c mm/heap.c mm/m2p.c */
/* links: pv/mmu_entry.c pv/mmu_write.c lib/bitmap.c */
/* includes: mm/page.c */
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include "cpu/system.h"
#include "include/errno.h"
#include "test.h"

static void explore_yield(void);
static void explore_wait(void);

#define PAGE_YIELD() explore_yield()
#undef cpu_relax
#define cpu_relax() explore_wait()
#include "mm/page.c"
#undef V
#undef P
#undef F
#undef L

#include "page_model.h"

#define MAX_CPUS     3
#define STACK_BYTES  (256 * 1024)
#define MAX_SWITCHES 3
#define MAX_WAITS    10000 /* in one run: nobody gets on any more */

/* ---- coroutines ---- */

struct fiber {
	ucontext_t context;
	void (*program)(void);
	bool done;
};

static struct fiber fibers[MAX_CPUS];
static ucontext_t main_context;
static char *stacks;
static unsigned int nr_fibers, now_running;
static unsigned long step, nr_waits, nr_runs;
static bool exploring;

/* A schedule: at step at[i] go on with the to[i]-th next fiber. */
static unsigned long switch_at[MAX_SWITCHES];
static unsigned int switch_to[MAX_SWITCHES], nr_switches, next_switch;

static void go_on_with(unsigned int n)
{
	unsigned int from = now_running;

	if (n == from)
		return;
	now_running = n;
	shim_set_cpu(n);
	swapcontext(&fibers[from].context, &fibers[n].context);
}

static unsigned int after(unsigned int n, unsigned int turns)
{
	while (turns--)
		do
			n = (n + 1) % nr_fibers;
		while (fibers[n].done && n != now_running);
	return n;
}

static void explore_yield(void)
{
	if (!exploring)
		return;
	step++;
	if (next_switch < nr_switches && step == switch_at[next_switch])
		go_on_with(after(now_running, switch_to[next_switch++]));
}

/* Somebody else has to get on first. */
static void explore_wait(void)
{
	if (++nr_waits > MAX_WAITS) {
		test_fail(__FILE__, __LINE__, "the CPUs wait for each other");
		abort();
	}
	go_on_with(after(now_running, 1));
}

static void fiber_main(void)
{
	struct fiber *f = &fibers[now_running];
	unsigned int n;

	f->program();
	f->done = true;
	n = after(now_running, 1);
	if (fibers[n].done) {
		exploring = false;
		setcontext(&main_context);
	}
	now_running = n;
	shim_set_cpu(n);
	setcontext(&fibers[n].context);
}

static void start(unsigned int n, void (*program)(void))
{
	struct fiber *f = &fibers[n];

	f->program = program;
	f->done = false;
	getcontext(&f->context);
	f->context.uc_stack.ss_sp = stacks + n * STACK_BYTES;
	f->context.uc_stack.ss_size = STACK_BYTES;
	makecontext(&f->context, fiber_main, 0);
}

/* Runs the programs by the schedule; the number of steps it took. */
static unsigned long run(void (*const set[])(void), unsigned int n)
{
	nr_fibers = n;
	for (unsigned int i = 0; i < n; i++)
		start(i, set[i]);
	now_running = 0;
	shim_set_cpu(0);
	step = nr_waits = next_switch = 0;
	exploring = true;
	nr_runs++;
	swapcontext(&main_context, &fibers[0].context);
	shim_set_cpu(0);
	return step;
}

/* ---- programs ---- */

static struct page *data, *l1, *l2, *l3; /* l3 -> l2 -> l1 -> data */
static unsigned int preempt_every, preempt_count;

bool mmu_preempt_check(void)
{
	return preempt_every && ++preempt_count % preempt_every == 0;
}

void mmu_drop_table(struct page *pg)
{
	int err = page_put_type_preemptible(pg);

	EXPECT(!err || err == -ERESTART);
	page_put(pg);
}

static struct page_owner *me(void)
{
	return model_owner[0];
}

static pte_t entry_of(const struct page *pg, u64 flags)
{
	return pte_make(page_to_mfn(pg), flags);
}

static pte_t *entries(const struct page *pg)
{
	return mfn_to_virt(page_to_mfn(pg));
}

/* While it is held it stays what it is, and complete. */
static void hold_as(struct page *pg, enum page_type t)
{
	int err, tries = 4;

	do
		err = page_get_and_type_preemptible(pg, me(), t);
	while (err == -ERESTART && tries--);
	if (err)
		return;
	for (u32 i = 0; i < 3; i++) {
		EXPECT_EQ(page_type_of(load(&pg->type)), t);
		EXPECT(load(&pg->type) & PAGE_TYPE_VALIDATED);
	}
	mmu_drop_table(pg);
}

static void data_as_data(void)
{
	hold_as(data, PAGE_WRITABLE);
}

static void l1_as_data(void)
{
	if (page_get_and_type(l1, me(), PAGE_WRITABLE))
		return;
	EXPECT_EQ(page_type_of(load(&l1->type)), PAGE_WRITABLE);
	WRITE_ONCE(entries(l1)[1], entry_of(data, PTE_P | PTE_RW | PTE_U));
	EXPECT_EQ(page_type_of(load(&l1->type)), PAGE_WRITABLE);
	page_put_and_type(l1);
}

static void l1_as_table(void)
{
	hold_as(l1, PAGE_L1);
}

static void l1_as_wrong_table(void)
{
	hold_as(l1, PAGE_L2);
}

static void l2_as_table(void)
{
	hold_as(l2, PAGE_L2);
}

static void pin(struct page *pg, enum page_type t)
{
	int err, tries = 4;

	do
		err = page_pin(pg, me(), t);
	while (err == -ERESTART && tries--);
	if (err)
		return;
	EXPECT(load(&pg->type) & PAGE_TYPE_VALIDATED);
	err = page_unpin(pg);
	EXPECT(!err || err == -ERESTART);
	if (err)
		page_put(pg);
}

static void pin_l3(void)
{
	pin(l3, PAGE_L3);
}

static void pin_l2(void)
{
	if (!page_get(l2, me()))
		return;
	/* Two may pin it; the second one's is refused. */
	pin(l2, PAGE_L2);
	page_put(l2);
}

static void write_l1(void)
{
	int err;

	if (!page_lock_table(l1, me(), PAGE_L1))
		return;
	EXPECT(load(&l1->type) & PAGE_TYPE_VALIDATED);
	if (EXPECT(page_type_of(load(&l1->type)) == PAGE_L1)) {
		err = l1e_write(me(), me(), &entries(l1)[0],
				entry_of(data, PTE_P | PTE_U), PTE_KEEP_AD);
		EXPECT_EQ(err, 0);
		/* The table itself, writable: never. */
		err = l1e_write(me(), me(), &entries(l1)[2],
				entry_of(l1, PTE_P | PTE_RW), PTE_REPLACE);
		EXPECT(err);
	}
	EXPECT(load(&l1->type) & PAGE_TYPE_VALIDATED);
	page_unlock_table(l1);
}

static void write_l2(void)
{
	bool unhooked;
	int err;

	if (!page_get(l2, me()))
		return;
	err = upper_write(l2, me(), &entries(l2)[1], entry_of(l1, PTE_P),
			  PTE_REPLACE, &unhooked);
	if (!err)
		err = upper_write(l2, me(), &entries(l2)[1], 0, PTE_REPLACE,
				  &unhooked);
	EXPECT(err <= 0);
	page_put(l2);
}

static void unwind_l2(void)
{
	int err;

	if (!page_get(l2, me()))
		return;
	err = page_unwind(l2);
	EXPECT(!err || err == -ERESTART);
	page_put(l2);
}

static void (*const programs[])(void) = {
	data_as_data, l1_as_data, l1_as_table, l1_as_wrong_table, l2_as_table,
	pin_l3,	      pin_l2,	  write_l1,    write_l2,	  unwind_l2
};

/* ---- schedules ---- */

static void reset_tables(void)
{
	const u64 flags = PTE_P | PTE_RW | PTE_U | PTE_A;

	memset(entries(l1), 0, PAGE_SIZE);
	memset(entries(l2), 0, PAGE_SIZE);
	memset(entries(l3), 0, PAGE_SIZE);
	entries(l1)[0] = entry_of(data, flags);
	entries(l2)[0] = entry_of(l1, flags);
	entries(l3)[0] = entry_of(l2, flags);
	entries(l3)[77] = entry_of(l2, flags);
}

static bool run_once(void (*const set[])(void), unsigned int n,
		     unsigned long *steps)
{
	struct expected e[NR_FRAMES];

	reset_tables();
	preempt_count = 0;
	*steps = run(set, n);
	model_quiesce();
	model_expect(e);
	if (model_check(e))
		return true;
	for (unsigned int i = 0; i < nr_switches; i++)
		test_note("switch %u: at step %lu, to the %u. next", i,
			  switch_at[i], switch_to[i]);
	return false;
}

/* All ways to put @left more switches behind step @from. */
static bool explore(void (*const set[])(void), unsigned int n,
		    unsigned long from, unsigned int left)
{
	unsigned long steps, at;
	unsigned int depth = nr_switches;

	if (!run_once(set, n, &steps))
		return false;
	if (!left)
		return true;
	for (at = from + 1; at <= steps; at++)
		for (unsigned int to = 1; to < n; to++) {
			switch_at[depth] = at;
			switch_to[depth] = to;
			nr_switches = depth + 1;
			if (!explore(set, n, at, left - 1))
				return false;
			nr_switches = depth;
		}
	return true;
}

static struct page *new_page(void)
{
	struct page *pg = owner_alloc_pages(me(), 0, 0);

	held[pg - frame_table].allocated = true;
	return pg;
}

static void set_up(void)
{
	if (stacks)
		return;
	stacks = malloc(MAX_CPUS * STACK_BYTES);
	model_setup(0);
	data = new_page();
	l1 = new_page();
	l2 = new_page();
	l3 = new_page();
}

static void explore_pairs(unsigned int switches)
{
	for (u32 a = 0; a < ARRAY_SIZE(programs); a++)
		for (u32 b = 0; b < ARRAY_SIZE(programs); b++) {
			void (*set[])(void) = { programs[a], programs[b] };

			nr_switches = 0;
			if (!explore(set, 2, 0, switches)) {
				test_note("programs %u and %u", a, b);
				return;
			}
		}
	test_note("%lu schedules", nr_runs);
}

TEST(every_pair_in_every_order)
{
	set_up();
	preempt_every = 0;
	explore_pairs(test_rounds(2, 3));
}

TEST(every_pair_while_preempted)
{
	set_up();
	preempt_every = 1;
	explore_pairs(test_rounds(2, 3));
	preempt_every = 3;
	explore_pairs(test_rounds(1, 2));
}

TEST(some_threes)
{
	static void (*const sets[][3])(void) = {
		{ pin_l3, write_l2, l1_as_data },
		{ l2_as_table, unwind_l2, pin_l3 },
		{ l1_as_table, write_l1, l1_as_data },
		{ pin_l2, pin_l2, write_l1 },
		{ pin_l3, l1_as_wrong_table, write_l1 },
	};

	set_up();
	for (preempt_every = 0; preempt_every < 3; preempt_every++)
		for (u32 i = 0; i < ARRAY_SIZE(sets); i++) {
			nr_switches = 0;
			if (!explore(sets[i], 3, 0, test_rounds(1, 2)))
				test_note("set %u", i);
		}
	test_note("%lu schedules", nr_runs);
}
