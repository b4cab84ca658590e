// SPDX-License-Identifier: GPL-2.0-only
#include "sched_sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cpu/percpu.h"
#include "mm/frame.h"
#include "sched/private.h"
#include "sched/softirq.h"
#include "shim.h"
#include "test.h"

#define MAX_UNITS 256

u64 sim_now, sim_slow_ns, sim_late_ns, sim_wasted_ns;
unsigned long sim_interrupts, sim_kicks_locked;

static struct sim_unit *units[MAX_UNITS];
static struct sched_group *groups[MAX_UNITS];
static unsigned int nr_units, nr_groups;
static struct sim_unit idle_units[SHIM_CPUS];
static struct sched_group idle_group;
static u64 deadline[SHIM_CPUS];
static bool started;

/* ---- what the scheduler is given instead of hardware ---- */

u64 now_ns(void)
{
	return sim_now;
}

void local_timer_set(u64 deadline_ns)
{
	if (deadline_ns && sim_late_ns)
		deadline_ns += test_random_below(sim_late_ns);
	deadline[shim_cpu()] = deadline_ns;
}

void smp_kick(unsigned int cpu)
{
	u32 pending = READ_ONCE(per_cpu(softirq_pending, cpu));

	sim_interrupts++;
	/* It would have to wait for us. (A timer's lock is another one.) */
	if (shim_locks_held() && !(pending & 1U << SOFTIRQ_TIMER))
		sim_kicks_locked++;
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

/* ---- what a layer above does ---- */

static struct sim_unit *sim_of(struct sched_unit *u)
{
	return (struct sim_unit *)u;
}

static void context_switch(struct sched_unit *prev, struct sched_unit *next)
{
	struct sim_unit *p = sim_of(prev), *n = sim_of(next);

	if (!prev->is_idle) {
		u64 ran = sim_now - p->charged_at;

		p->left_ns -= ran < p->left_ns ? ran : p->left_ns;
		p->woken_at = sim_now;
		p->from_sleep = false;
	}
	if (next->is_idle)
		return;
	n->charged_at = sim_now;
	if (sim_now - n->woken_at > n->max_wait_ns)
		n->max_wait_ns = sim_now - n->woken_at;
	if (n->from_sleep) {
		n->nr_wakes++;
		if (sim_now - n->woken_at > sim_slow_ns)
			n->slow_wakes++;
	}
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

/* ---- time ---- */

static u64 vary(const struct sim_unit *s, u64 ns)
{
	return s->random && ns ? 1 + test_random_below(2 * ns) : ns;
}

static bool on_cpu(const struct sim_unit *s)
{
	return per_cpu(sched_cpu, s->u.cpu).curr == &s->u;
}

static u64 min_event(u64 end)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (deadline[cpu] && deadline[cpu] < end)
			end = deadline[cpu];
	for (unsigned int i = 0; i < nr_units; i++) {
		struct sim_unit *s = units[i];

		if (s->wake_at && s->wake_at < end)
			end = s->wake_at;
		if (on_cpu(s) && s->sleep_ns &&
		    s->charged_at + s->left_ns < end)
			end = s->charged_at + s->left_ns;
	}
	return end > sim_now ? end : sim_now;
}

/* An idle CPU that a queued unit may use does nothing useful. */
static void count_waste(u64 ns)
{
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (!per_cpu(sched_cpu, cpu).curr->is_idle)
			continue;
		for (unsigned int i = 0; i < nr_units; i++) {
			if (units[i]->u.where == UNIT_QUEUED &&
			    cpumask_test(&units[i]->u.hard_affinity, cpu)) {
				sim_wasted_ns += ns;
				break;
			}
		}
	}
}

static void settle(void)
{
	bool again;

	do {
		again = false;
		for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
			shim_set_cpu(cpu);
			if (!this_cpu(softirq_pending))
				continue;
			softirq_run();
			again = true;
		}
	} while (again);
}

static void go_to_sleep(struct sim_unit *s)
{
	s->wake_at = sim_now + vary(s, s->sleep_ns);
	shim_set_cpu(s->u.cpu);
	set_bit(&s->u.pause_flags, PAUSE_BLOCKED);
	unit_sleep(&s->u);
}

static void wake_up(struct sim_unit *s)
{
	s->wake_at = 0;
	s->left_ns = vary(s, s->run_ns);
	s->woken_at = sim_now;
	s->from_sleep = true;
	shim_set_cpu(test_random_below(nr_cpu_ids));
	clear_bit(&s->u.pause_flags, PAUSE_BLOCKED);
	unit_wake(&s->u);
}

static void step(u64 end)
{
	u64 next = min_event(end);

	count_waste(next - sim_now);
	sim_now = next;
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++) {
		if (!deadline[cpu] || deadline[cpu] > sim_now)
			continue;
		deadline[cpu] = 0;
		sim_interrupts++;
		shim_set_cpu(cpu);
		softirq_raise(SOFTIRQ_TIMER);
	}
	for (unsigned int i = 0; i < nr_units; i++) {
		struct sim_unit *s = units[i];

		if (on_cpu(s) && s->sleep_ns &&
		    s->charged_at + s->left_ns <= sim_now && !s->wake_at)
			go_to_sleep(s);
		else if (s->wake_at && s->wake_at <= sim_now)
			wake_up(s);
	}
	settle();
}

void sim_run(u64 ns)
{
	u64 end = sim_now + ns;

	while (sim_now < end)
		step(end);
}

/* ---- making ---- */

static void free_all(void)
{
	for (unsigned int i = 0; i < nr_units; i++)
		free(units[i]);
	for (unsigned int i = 0; i < nr_groups; i++) {
		sched_group_fini(groups[i]);
		free(groups[i]);
	}
	nr_units = nr_groups = 0;
}

void sim_start(unsigned int cpus)
{
	free_all();
	sim_now += SIM_S;
	nr_cpu_ids = cpus;
	cpumask_zero(&cpu_online_mask);
	cpumask_zero(&sched_idle_mask);
	shim_set_cpu(0);
	if (!started) {
		sched_init();
		sched_register_ops(&ops);
		started = true;
	}
	sched_group_init(&idle_group);
	for (unsigned int cpu = 0; cpu < SHIM_CPUS; cpu++) {
		struct sched_cpu *sc = &per_cpu(sched_cpu, cpu);

		shim_set_cpu(cpu);
		softirq_run(); /* what the last machine left */
		timer_stop(&sc->slice);
		memset(sc, 0, sizeof(*sc));
		sched_init_cpu(cpu);
		memset(&idle_units[cpu], 0, sizeof(idle_units[cpu]));
		idle_units[cpu].u.is_idle = true;
		unit_init(&idle_units[cpu].u, &idle_group, cpu);
		if (cpu < cpus) {
			cpumask_set(&cpu_online_mask, cpu);
			cpumask_set(&sched_idle_mask, cpu);
		}
	}
	sim_reset();
}

struct sched_group *sim_group(u32 weight)
{
	struct sched_group *g = calloc(1, sizeof(*g));

	if (!g || nr_groups == MAX_UNITS)
		abort();
	groups[nr_groups++] = g;
	shim_set_cpu(0);
	sched_group_init(g);
	if (sched_group_set(g, weight, 0))
		abort();
	return g;
}

struct sim_unit *sim_unit(struct sched_group *g, u64 cpus, u64 run_ns,
			  u64 sleep_ns)
{
	struct sim_unit *s = calloc(1, sizeof(*s));
	struct cpumask mask = { { cpus } };

	if (!s || nr_units == MAX_UNITS)
		abort();
	s->run_ns = s->left_ns = run_ns;
	s->sleep_ns = sleep_ns;
	s->u.pause_flags = BIT(PAUSE_DOWN);
	units[nr_units++] = s;
	unit_init(&s->u, g, nr_units % nr_cpu_ids);
	if (unit_set_affinity(&s->u, &mask, &mask))
		abort();
	s->woken_at = sim_now;
	clear_bit(&s->u.pause_flags, PAUSE_DOWN);
	unit_wake(&s->u);
	settle();
	return s;
}

struct sim_unit *sim_unit_nr(unsigned int i)
{
	return i < nr_units ? units[i] : NULL;
}

void sim_pause(struct sim_unit *s)
{
	set_bit(&s->u.pause_flags, PAUSE_VCPU);
	unit_sleep(&s->u);
	settle();
}

void sim_unpause(struct sim_unit *s)
{
	s->woken_at = sim_now;
	clear_bit(&s->u.pause_flags, PAUSE_VCPU);
	unit_wake(&s->u);
	settle();
}

/* ---- measuring ---- */

static u64 total_ran(const struct sim_unit *s)
{
	struct vcpu_runstate_info r;

	unit_runstate(&s->u, &r);
	return r.time[RUNSTATE_running];
}

void sim_reset(void)
{
	sim_wasted_ns = 0;
	sim_interrupts = sim_kicks_locked = 0;
	for (unsigned int i = 0; i < nr_units; i++) {
		units[i]->max_wait_ns = 0;
		units[i]->nr_wakes = units[i]->slow_wakes = 0;
		units[i]->ran_at_reset = total_ran(units[i]);
	}
}

u64 sim_ran(const struct sim_unit *s)
{
	return total_ran(s) - s->ran_at_reset;
}

static bool unit_in_order(const struct sim_unit *s)
{
	const struct sched_unit *u = &s->u;
	bool runnable = u->pause_flags == 0, here = on_cpu(s);

	if (here != (u->runstate.state == RUNSTATE_running) ||
	    here != u->running)
		return false;
	if (!runnable)
		return !here && u->where == UNIT_OFF;
	if (here)
		return u->where == UNIT_OFF &&
		       cpumask_test(&u->hard_affinity, u->cpu);
	return u->where != UNIT_OFF && u->runstate.state == RUNSTATE_runnable &&
	       cpumask_test(&u->hard_affinity, u->cpu);
}

bool sim_consistent(void)
{
	u32 queued = 0, counted = 0;

	for (unsigned int i = 0; i < nr_units; i++) {
		const struct sched_unit *u = &units[i]->u;

		queued += u->where == UNIT_QUEUED;
		if (unit_in_order(units[i]))
			continue;
		test_note("unit %u: flags %lx, state %d, where %u, cpu %u", i,
			  (unsigned long)u->pause_flags, u->runstate.state,
			  u->where, u->cpu);
		return false;
	}
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		counted += per_cpu(sched_cpu, cpu).nr_queued;
	return queued == counted;
}
