// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong when CPUs schedule at the same time: a unit runs on two
 * CPUs at once, or on a second one before the first has saved it; a wake-up or
 * a pause gets lost; CPUs wait for each other for ever.
 *
 * Each thread is a CPU: it takes softirqs and timer interrupts, and wakes,
 * pauses, moves and blocks units as fast as it can.
 */
/* links: sched/core.c sched/credit.c sched/timer.c sched/softirq.c */
/* links: lib/bitmap.c lib/printf.c */
/* sanitize: thread */
#include "test.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "cpu/percpu.h"
#include "cpu/time.h"
#include "mm/frame.h"
#include "sched/private.h"
#include "sched/softirq.h"
#include "shim.h"

#define CPUS	    4
#define UNITS	    9
#define GROUPS	    3
#define NOBODY	    (-1)
#define PATIENCE_NS 20000000000UL

struct unit {
	struct sched_unit u; /* first */
	int owner; /* CPU its state is in, atomic */
	u64 turns; /* times it was switched to */
	spinlock_t lock; /* pauses, as the domain's */
	int pauses;
};

static struct unit units[UNITS], idles[CPUS];
static struct sched_group groups[GROUPS], idle_group;
static u64 deadline[CPUS];
static bool stop;
/* Odd: the CPUs rest, each once it has written that number to `rests`. */
static unsigned int phase, rests[CPUS];
static bool to_wake; /* CPU 0 is to wake all units: wake_all() */
static unsigned long misplaced;

void local_timer_set(u64 deadline_ns)
{
	WRITE_ONCE(deadline[shim_cpu()], deadline_ns);
}

void exit_to_guest(void)
{
	abort();
}

bool frame_scrub_idle(bool leisure)
{
	(void)leisure;
	return false;
}

static void context_switch(struct sched_unit *prev, struct sched_unit *next)
{
	struct unit *p = (struct unit *)prev, *n = (struct unit *)next;
	int cpu = shim_cpu(), nobody = NOBODY;

	if (!prev->is_idle &&
	    __atomic_exchange_n(&p->owner, NOBODY, __ATOMIC_SEQ_CST) != cpu)
		__atomic_fetch_add(&misplaced, 1, __ATOMIC_RELAXED);
	if (next->is_idle)
		return;
	if (!__atomic_compare_exchange_n(&n->owner, &nobody, cpu, false,
					 __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
		__atomic_fetch_add(&misplaced, 1, __ATOMIC_RELAXED);
	__atomic_fetch_add(&n->turns, 1, __ATOMIC_RELAXED);
}

static void runstate_changed(struct sched_unit *u)
{
}

static void descheduled(struct sched_unit *u)
{
}

static const struct sched_ops ops = {
	.context_switch = context_switch,
	.runstate_changed = runstate_changed,
	.descheduled = descheduled,
};

static u64 next_random(u64 *state)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return *state >> 33;
}

static void pause_unit(struct unit *t)
{
	u64 flags = spin_lock_irqsave(&t->lock);

	if (t->pauses++ == 0) {
		set_bit(&t->u.pause_flags, PAUSE_VCPU);
		unit_sleep(&t->u);
	}
	spin_unlock_irqrestore(&t->lock, flags);
}

static void unpause_unit(struct unit *t)
{
	u64 flags = spin_lock_irqsave(&t->lock);

	if (t->pauses && --t->pauses == 0) {
		clear_bit(&t->u.pause_flags, PAUSE_VCPU);
		unit_wake(&t->u);
	}
	spin_unlock_irqrestore(&t->lock, flags);
}

static void take_interrupts(unsigned int cpu)
{
	u64 due = READ_ONCE(deadline[cpu]);

	if (due && now_ns() >= due) {
		WRITE_ONCE(deadline[cpu], 0);
		softirq_raise(SOFTIRQ_TIMER);
	}
	softirq_run();
}

static void move(struct unit *t, u64 random)
{
	struct cpumask hard = { { 1 + random % ((1 << CPUS) - 1) } };

	if (unit_set_affinity(&t->u, &hard, &hard))
		abort();
}

static void act(unsigned int cpu, u64 *seed)
{
	struct sched_unit *curr = per_cpu(sched_cpu, cpu).curr;
	struct unit *t = &units[next_random(seed) % UNITS];

	switch (next_random(seed) % 8) {
	case 0:
		/* What a guest does: only the one that runs here. */
		if (curr->is_idle)
			break;
		set_bit(&curr->pause_flags, PAUSE_BLOCKED);
		softirq_raise(SOFTIRQ_SCHEDULE);
		break;
	case 1:
		pause_unit(t);
		break;
	case 2:
		unpause_unit(t);
		break;
	case 3:
		move(t, next_random(seed));
		break;
	case 4:
		if (!curr->is_idle)
			unit_yield(curr);
		break;
	default:
		if (test_and_clear_bit(&t->u.pause_flags, PAUSE_BLOCKED))
			unit_wake(&t->u);
	}
}

/* Nothing blocks or pauses any more. */
static void wake_all(void)
{
	struct cpumask any = { { (1 << CPUS) - 1 } };

	for (int n = 0; n < UNITS; n++) {
		struct unit *t = &units[n];

		if (unit_set_affinity(&t->u, &any, &any))
			abort();
		while (t->pauses)
			unpause_unit(t);
		clear_bit(&t->u.pause_flags, PAUSE_BLOCKED);
		unit_wake(&t->u);
	}
}

static void *run_cpu(void *arg)
{
	unsigned int cpu = (unsigned long)arg, now;
	u64 seed = cpu + 1;

	shim_set_cpu(cpu);
	while (!__atomic_load_n(&stop, __ATOMIC_SEQ_CST)) {
		take_interrupts(cpu);
		/* The test's own thread says when to act. */
		now = __atomic_load_n(&phase, __ATOMIC_SEQ_CST);
		if (now % 2 == 0) {
			act(cpu, &seed);
			continue;
		}
		__atomic_store_n(&rests[cpu], now, __ATOMIC_SEQ_CST);
		if (cpu == 0 && __atomic_load_n(&to_wake, __ATOMIC_SEQ_CST)) {
			wake_all();
			__atomic_store_n(&to_wake, false, __ATOMIC_SEQ_CST);
		}
		sched_yield();
	}
	return NULL;
}

static void begin(void)
{
	nr_cpu_ids = CPUS;
	shim_set_cpu(0);
	sched_init();
	sched_register_ops(&ops);
	sched_group_init(&idle_group);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		cpumask_set(&cpu_online_mask, cpu);
		sched_init_cpu(cpu);
		idles[cpu].u.is_idle = true;
		unit_init(&idles[cpu].u, &idle_group, cpu);
		cpumask_set(&sched_idle_mask, cpu);
	}
	for (int i = 0; i < GROUPS; i++)
		sched_group_init(&groups[i]);
	for (int i = 0; i < UNITS; i++) {
		units[i].owner = NOBODY;
		spin_lock_init(&units[i].lock, RANK_VCPU);
		units[i].u.pause_flags = BIT(PAUSE_BLOCKED);
		unit_init(&units[i].u, &groups[i % GROUPS], i % CPUS);
	}
	EXPECT_EQ(sched_group_set(&groups[0], 512, 50), 0);
}

/* After it no CPU is inside act(). */
static void let_rest(void)
{
	unsigned int now = __atomic_add_fetch(&phase, 1, __ATOMIC_SEQ_CST);

	for (int cpu = 0; cpu < CPUS; cpu++)
		while (__atomic_load_n(&rests[cpu], __ATOMIC_SEQ_CST) != now)
			sched_yield();
}

/*
 * Each unit must get its turns. It is a CPU that wakes them: no second thread
 * may act as one, and set its timer.
 */
static bool all_get_on(void)
{
	u64 turns[UNITS], end = now_ns() + PATIENCE_NS;
	int i = 0;

	__atomic_store_n(&to_wake, true, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&to_wake, __ATOMIC_SEQ_CST))
		sched_yield();
	for (int n = 0; n < UNITS; n++)
		turns[n] = __atomic_load_n(&units[n].turns, __ATOMIC_RELAXED);
	while (i < UNITS && now_ns() < end) {
		if (__atomic_load_n(&units[i].turns, __ATOMIC_RELAXED) >
		    turns[i] + 1)
			i++;
		else
			sched_yield();
	}
	return i == UNITS;
}

TEST(no_unit_runs_twice_or_gets_lost)
{
	pthread_t thread[CPUS];
	u64 end;

	begin();
	for (unsigned long cpu = 0; cpu < CPUS; cpu++)
		REQUIRE(!pthread_create(&thread[cpu], NULL, run_cpu,
					(void *)cpu));
	for (unsigned long i = test_rounds(4, 200); i; i--) {
		end = now_ns() + 200000000;
		while (now_ns() < end)
			sched_yield();
		let_rest();
		EXPECT(all_get_on());
		__atomic_add_fetch(&phase, 1, __ATOMIC_SEQ_CST);
	}
	__atomic_store_n(&stop, true, __ATOMIC_SEQ_CST);
	for (int cpu = 0; cpu < CPUS; cpu++)
		pthread_join(thread[cpu], NULL);
	EXPECT_EQ(misplaced, 0);
}
