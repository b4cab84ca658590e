// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong with timers: one fires early, late, twice or never, out
 * of order, or on another CPU than its own, after any order of arming,
 * re-arming, stopping, moving and killing; or a callback that arms timers
 * upsets the heap. A plain array of deadlines is the model.
 */
/* links: sched/timer.c sched/softirq.c */
#include "test.h"

#include <string.h>

#include "cpu/percpu.h"
#include "sched/softirq.h"
#include "sched/timer.h"
#include "shim.h"

#define NR     200
#define CPUS   4
#define LATEST 1000

struct model {
	struct timer t;
	u64 due; /* 0 = not armed */
	bool dead, again;
};

static struct model m[NR];
static u64 now = 1, last_fired[CPUS];
static u64 programmed[CPUS];
static unsigned long nr_fired;

u64 now_ns(void)
{
	return now;
}

void local_timer_set(u64 deadline_ns)
{
	programmed[shim_cpu()] = deadline_ns;
}

static void set(struct model *t, u64 due)
{
	timer_set(&t->t, due);
	if (!t->dead)
		t->due = due;
}

static void fired(void *data)
{
	struct model *t = data;

	EXPECT(t->due && t->due <= now);
	EXPECT_EQ(t->t.cpu, shim_cpu());
	/* In the order of deadlines, but for what was armed too late. */
	EXPECT(t->due >= last_fired[shim_cpu()] || t->again);
	last_fired[shim_cpu()] = t->due;
	t->due = 0;
	nr_fired++;
	if (t->again)
		set(t, now + 1 + test_random_below(LATEST));
}

static void begin(void)
{
	static bool begun;

	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		shim_set_cpu(cpu);
		softirq_run();
		timer_init_cpu(cpu);
		last_fired[cpu] = 0;
	}
	if (!begun)
		timer_subsystem_init();
	begun = true;
	memset(m, 0, sizeof(m));
	for (int i = 0; i < NR; i++) {
		timer_init(&m[i].t, fired, &m[i], i % CPUS);
		m[i].again = i % 10 == 0;
	}
}

/* Every CPU that has an interrupt or a softirq due takes it. */
static void interrupts(void)
{
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		shim_set_cpu(cpu);
		if (programmed[cpu] && programmed[cpu] <= now) {
			programmed[cpu] = 0;
			softirq_raise(SOFTIRQ_TIMER);
		}
		softirq_run();
		last_fired[cpu] = 0;
	}
}

static void check_none_due(void)
{
	for (int i = 0; i < NR; i++) {
		EXPECT(!m[i].due || m[i].due > now);
		EXPECT_EQ(m[i].t.armed, m[i].due != 0);
	}
}

static void random_call(void)
{
	struct model *t = &m[test_random_below(NR)];

	shim_set_cpu(test_random_below(CPUS));
	switch (test_random_below(8)) {
	case 0:
		timer_stop(&t->t);
		t->due = 0;
		break;
	case 1:
		timer_migrate(&t->t, test_random_below(CPUS));
		break;
	case 2:
		if (test_random_below(20))
			break;
		timer_kill(&t->t);
		t->dead = true;
		t->due = 0;
		break;
	default:
		/* Now and then in the past. */
		set(t, now - 1 + test_random_below(LATEST));
	}
}

TEST(timers_fire_when_and_where_the_model_says)
{
	begin();
	for (unsigned long i = test_rounds(20000, 2000000); i; i--) {
		random_call();
		if (test_random_below(3) == 0) {
			interrupts();
			now += test_random_below(LATEST / 10);
			interrupts();
			check_none_due();
		}
	}
	EXPECT(nr_fired > 1000);
	now += 2 * LATEST;
	for (int i = 0; i < NR; i++)
		m[i].again = false;
	interrupts();
	check_none_due();
	for (int i = 0; i < NR; i++)
		EXPECT(!m[i].due);
}

TEST(a_deadline_in_the_past_fires_at_once)
{
	begin();
	shim_set_cpu(1);
	set(&m[1], now - 1);
	EXPECT(this_cpu(softirq_pending) & 1 << SOFTIRQ_TIMER);
	softirq_run();
	EXPECT(!m[1].due);
}

TEST(another_cpus_timer_wakes_that_cpu)
{
	begin();
	shim_set_cpu(0);
	set(&m[1], now + 5);
	EXPECT(per_cpu(softirq_pending, 1) & 1 << SOFTIRQ_TIMER);
	now += 5;
	interrupts();
	EXPECT(!m[1].due);
}

TEST(a_killed_timer_is_never_armed_again)
{
	begin();
	shim_set_cpu(0);
	set(&m[0], now + 5);
	timer_kill(&m[0].t);
	m[0].due = 0;
	timer_set(&m[0].t, now + 1);
	now += 10;
	interrupts();
	EXPECT(!m[0].t.armed);
}
