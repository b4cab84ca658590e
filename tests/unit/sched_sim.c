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

u64 sim_now, sim_slow_ns, sim_late_ns, sim_wasted_ns, sim_turn_ns;
unsigned long sim_interrupts, sim_kicks_locked, sim_turns_locked;

bool sim_ticks;

static struct sim_unit *units[MAX_UNITS];
static struct sched_group *groups[MAX_UNITS];
static unsigned int nr_units, nr_groups;
static struct sim_unit idle_units[SHIM_CPUS];
static struct sched_group idle_group;
static u64 deadline[SHIM_CPUS];
static unsigned int turn; /* whose it is, nr_cpu_ids: a round is over */
static bool turn_ends;
static bool started;

/* ---- what the scheduler is given instead of hardware ---- */

u64 now_ns(void)
{
	return sim_now;
}

static u64 first_event(void)
{
	u64 first = UINT64_MAX;

	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		if (deadline[cpu] && deadline[cpu] < first)
			first = deadline[cpu];
	for (unsigned int i = 0; i < nr_units; i++)
		if (units[i]->wake_at && units[i]->wake_at < first)
			first = units[i]->wake_at;
	return first;
}

/* A timer that is the first of all has been set. */
static void check_turn(u64 deadline_ns, u64 first)
{
	if (deadline_ns >= first)
		return;
	turn_ends = true;
	sim_turns_locked += shim_locks_held() != 0;
}

void local_timer_set(u64 deadline_ns)
{
	if (deadline_ns && sim_late_ns)
		deadline_ns += test_random_below(sim_late_ns);
	deadline[shim_cpu()] = 0;
	if (deadline_ns)
		check_turn(deadline_ns, first_event());
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

#define TICK_NS (10 * SIM_MS)

static void tick(void *data)
{
	struct sim_unit *s = data;

	s->ticked_at = sim_now;
	if (s->u.running)
		timer_set(&s->tick, s->ticked_at + TICK_NS);
}

/* A periodic timer of its own, as a vcpu has it: only while it runs. */
static void switch_ticks(struct sim_unit *prev, struct sim_unit *next)
{
	if (prev->ticks)
		timer_stop(&prev->tick);
	if (!next->ticks)
		return;
	timer_migrate(&next->tick, next->u.cpu);
	timer_set(&next->tick, next->ticked_at + TICK_NS);
}

static void context_switch(struct sched_unit *prev, struct sched_unit *next)
{
	struct sim_unit *p = sim_of(prev), *n = sim_of(next);

	switch_ticks(p, n);

	if (!prev->is_idle) {
		/* take_turn() has counted what it did. */
		u64 ran = sim_turn_ns ? 0 : sim_now - p->charged_at;

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

/* Has a unit that is on a CPU done what it had to do at @when? */
static bool done_by(const struct sim_unit *s, u64 when)
{
	return on_cpu(s) && s->sleep_ns && !s->wake_at && !sim_turn_ns &&
	       s->charged_at + s->left_ns <= when;
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
		if (done_by(s, end))
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
	u64 wake_at = sim_now + vary(s, s->sleep_ns);

	check_turn(wake_at, first_event());
	s->wake_at = wake_at;
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

static void take_events(void)
{
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

		if (done_by(s, sim_now))
			go_to_sleep(s);
		else if (s->wake_at && s->wake_at <= sim_now)
			wake_up(s);
	}
}

static void advance(u64 next)
{
	count_waste(next - sim_now);
	sim_now = next;
}

static void step(u64 end)
{
	advance(min_event(end));
	take_events();
	settle();
}

/* Some work of the hypervisor, which takes its time. */
static void take_softirqs(u64 end)
{
	u64 ns = sim_turn_ns / 2 + test_random_below(sim_turn_ns);

	softirq_run();
	advance(sim_now + ns < end ? sim_now + ns : end);
}

static void take_turn(struct sim_unit *s, u64 end)
{
	u64 begin = sim_now;

	if (s->u.is_idle)
		return;
	if (s->seen_at && begin - s->seen_at > s->max_gap_ns)
		s->max_gap_ns = begin - s->seen_at;
	end = min_event(end);
	if (s->sleep_ns && begin + s->left_ns < end)
		end = begin + s->left_ns;
	advance(end);
	s->seen_at = end;
	s->left_ns -= end - begin;
	if (s->sleep_ns && !s->left_ns)
		go_to_sleep(s);
}

/*
 * CPUs take turns on one thread of an emulator that counts instructions as
 * time. A turn ends at the next event of any CPU, which the CPU sees when its
 * turn comes; who is next when an event is due has no time left, and the first
 * CPU goes on. A CPU that is given a timer that is the first of all also hands
 * on.
 */
static void step_turns(u64 end)
{
	bool idle = true;

	if (turn >= nr_cpu_ids)
		turn = 0;
	if (min_event(end) <= sim_now) {
		take_events();
		if (turn)
			turn++;
		return;
	}
	for (unsigned int cpu = 0; cpu < nr_cpu_ids; cpu++)
		idle = idle && per_cpu(sched_cpu, cpu).curr->is_idle &&
		       !per_cpu(softirq_pending, cpu);
	if (idle) {
		advance(min_event(end));
		return;
	}
	shim_set_cpu(turn);
	turn_ends = false;
	while (this_cpu(softirq_pending) && !turn_ends)
		take_softirqs(end);
	if (!turn_ends)
		take_turn(sim_of(per_cpu(sched_cpu, turn).curr), end);
	turn++;
}

void sim_run(u64 ns)
{
	u64 end = sim_now + ns;

	while (sim_now < end) {
		if (sim_turn_ns)
			step_turns(end);
		else
			step(end);
	}
	settle();
}

/* ---- making ---- */

static void free_all(void)
{
	for (unsigned int i = 0; i < nr_units; i++) {
		timer_kill(&units[i]->tick);
		free(units[i]);
	}
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
	s->ticks = sim_ticks && !sleep_ns;
	timer_init(&s->tick, tick, s, 0);
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
	sim_interrupts = sim_kicks_locked = sim_turns_locked = 0;
	for (unsigned int i = 0; i < nr_units; i++) {
		units[i]->max_wait_ns = units[i]->max_gap_ns = 0;
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
