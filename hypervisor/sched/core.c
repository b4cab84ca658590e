// SPDX-License-Identifier: GPL-2.0-only
/*
 * Scheduling: which unit runs on a CPU, and the changes of CPU.
 *
 * A unit is in one of these places:
 *
 *	asleep       pause_flags set; runstate blocked or offline
 *	queued       runnable, in the queue (or parked) of unit->cpu
 *	current      sched_cpu.curr of unit->cpu; runstate running
 *
 * Each change happens under the lock of unit->cpu. `running` is longer than
 * current: from before the switch to the unit until its state is in memory
 * again, which is when another CPU may take it.
 *
 * pause_flags change without that lock. Setting one and then unit_sleep(), or
 * clearing the last and then unit_wake(), looks at the flags again under the
 * lock, so the last one to get the lock leaves the unit where the flags say.
 */

#include "cpu/section.h"
#include "cpu/smp.h"
#include "cpu/system.h"
#include "cpu/time.h"
#include "debug/log.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "sched/private.h"
#include "sched/softirq.h"

DEFINE_PER_CPU(struct sched_cpu, sched_cpu);

struct cpumask sched_idle_mask;
unsigned int sched_id = XEN_SCHEDULER_CREDIT;

static const struct sched_ops *ops;

void sched_register_ops(const struct sched_ops *o)
{
	ops = o;
}

/*
 * Locks the CPU that @u belongs to, which may be changing. Who then sees the
 * unit here sees all that was done to it under its former CPU's lock (pairs
 * with unit_enqueue).
 */
static struct sched_cpu *unit_lock(const struct sched_unit *u, u64 *flags)
{
	for (;;) {
		u32 cpu = READ_ONCE(u->cpu);
		struct sched_cpu *sc = &per_cpu(sched_cpu, cpu);

		*flags = spin_lock_irqsave(&sc->lock);
		if (__atomic_load_n(&u->cpu, __ATOMIC_ACQUIRE) == cpu)
			return sc;
		spin_unlock_irqrestore(&sc->lock, *flags);
	}
}

static void unit_unlock(struct sched_cpu *sc, u64 flags)
{
	spin_unlock_irqrestore(&sc->lock, flags);
}

/* ---- runstates ---- */

static bool state_is_active(int state)
{
	return state == RUNSTATE_running || state == RUNSTATE_runnable;
}

static int sleep_state(const struct sched_unit *u)
{
	return READ_ONCE(u->pause_flags) == BIT(PAUSE_BLOCKED) ?
		       RUNSTATE_blocked :
		       RUNSTATE_offline;
}

/* The lock of the unit's CPU is held. */
static void set_runstate(struct sched_unit *u, int state, u64 now)
{
	struct vcpu_runstate_info *r = &u->runstate;
	int change;

	if (r->state == state)
		return;
	change = state_is_active(state) - state_is_active(r->state);
	if (change && !u->is_idle)
		__atomic_fetch_add(&u->group->nr_active, change,
				   __ATOMIC_RELAXED);
	/* CPUs' clocks may differ by a few ns. */
	if (now > r->state_entry_time) {
		r->time[r->state] += now - r->state_entry_time;
		r->state_entry_time = now;
	}
	r->state = state;
	ops->runstate_changed(u);
}

void unit_runstate(const struct sched_unit *u, struct vcpu_runstate_info *out)
{
	u64 flags, now;
	struct sched_cpu *sc = unit_lock(u, &flags);

	*out = u->runstate;
	now = now_ns();
	unit_unlock(sc, flags);
	if (now > out->state_entry_time)
		out->time[out->state] += now - out->state_entry_time;
}

u64 sched_cpu_idle_ns(unsigned int cpu)
{
	struct vcpu_runstate_info r;

	unit_runstate(per_cpu(sched_cpu, cpu).idle, &r);
	return r.time[RUNSTATE_running];
}

/* ---- sleep and wake ---- */

static bool unit_is_homeless(const struct sched_cpu *sc,
			     const struct sched_unit *u)
{
	return unit_runnable(u) && u->where == UNIT_OFF && sc->curr != u;
}

/*
 * A runnable unit that is in no list goes to the best queue. It may change CPU
 * once on the way; whoever moves, wakes or stops it meanwhile does all of it.
 */
static void unit_enqueue(struct sched_unit *u)
{
	u64 flags;
	struct sched_cpu *sc = unit_lock(u, &flags);
	unsigned int cpu = sc->cpu;
	bool picks = false;

	if (unit_is_homeless(sc, u)) {
		if (unit_is_saved(u))
			cpu = credit_place(u);
		if (cpu == sc->cpu)
			picks = credit_insert(sc, u, now_ns());
		else
			/* pairs with unit_lock() */
			__atomic_store_n(&u->cpu, cpu, __ATOMIC_RELEASE);
	}
	unit_unlock(sc, flags);
	if (cpu != sc->cpu) {
		sc = unit_lock(u, &flags);
		if (unit_is_homeless(sc, u))
			picks = credit_insert(sc, u, now_ns());
		unit_unlock(sc, flags);
		/* place() took it from the idle ones: it looks in any case. */
		softirq_raise_cpu(cpu, SOFTIRQ_SCHEDULE);
		if (sc->cpu == cpu)
			return;
	}
	if (picks)
		softirq_raise_cpu(sc->cpu, SOFTIRQ_SCHEDULE);
	else
		credit_inserted(sc);
}

void unit_wake(struct sched_unit *u)
{
	u64 flags;
	struct sched_cpu *sc = unit_lock(u, &flags);
	bool woken = false;

	if (!state_is_active(u->runstate.state)) {
		woken = unit_runnable(u);
		set_runstate(u, woken ? RUNSTATE_runnable : sleep_state(u),
			     now_ns());
	}
	unit_unlock(sc, flags);
	if (woken)
		unit_enqueue(u);
}

void unit_sleep(struct sched_unit *u)
{
	u64 flags;
	struct sched_cpu *sc = unit_lock(u, &flags);
	bool picks = false;

	if (!unit_runnable(u)) {
		if (sc->curr == u) {
			picks = true;
		} else {
			if (u->where != UNIT_OFF)
				credit_remove(sc, u);
			set_runstate(u, sleep_state(u), now_ns());
		}
	}
	unit_unlock(sc, flags);
	if (picks)
		softirq_raise_cpu(sc->cpu, SOFTIRQ_SCHEDULE);
}

void unit_sleep_sync(struct sched_unit *u)
{
	unit_sleep(u);
	while (!unit_runnable(u) && !unit_is_saved(u))
		cpu_relax();
}

void unit_yield(struct sched_unit *u)
{
	u64 flags;
	struct sched_cpu *sc = unit_lock(u, &flags);

	if (sc->curr == u && sc->nr_queued) {
		u->yielding = true;
		softirq_raise_cpu(sc->cpu, SOFTIRQ_SCHEDULE);
	}
	unit_unlock(sc, flags);
}

int unit_set_affinity(struct sched_unit *u, const struct cpumask *hard,
		      const struct cpumask *soft)
{
	struct cpumask usable;
	struct sched_cpu *sc;
	bool move = false, picks = false;
	u64 flags;

	cpumask_and(&usable, hard, &cpu_online_mask);
	if (cpumask_empty(&usable))
		return fail(-EINVAL);
	sc = unit_lock(u, &flags);
	u->hard_affinity = *hard;
	u->soft_affinity = *soft;
	if (!cpumask_test(hard, sc->cpu)) {
		/* On its CPU: moved when it has been switched out. */
		if (sc->curr == u) {
			picks = true;
		} else if (u->where != UNIT_OFF) {
			credit_remove(sc, u);
			move = true;
		}
	}
	unit_unlock(sc, flags);
	if (picks)
		softirq_raise_cpu(sc->cpu, SOFTIRQ_SCHEDULE);
	if (move)
		unit_enqueue(u);
	return 0;
}

/* ---- the switch ---- */

/* With interrupts off: the unit that has just left this CPU. */
static void unit_left(struct sched_cpu *sc, struct sched_unit *u)
{
	__atomic_store_n(&u->running, false, __ATOMIC_RELEASE);
	ops->descheduled(u);
	/* The policy left it out of the queue: it has to go elsewhere. */
	if (!u->is_idle && unit_runnable(u) && READ_ONCE(u->where) == UNIT_OFF)
		unit_enqueue(u);
}

/* SOFTIRQ_SCHEDULE: interrupts on, the guest's state is in its frame. */
static void schedule(void)
{
	struct sched_cpu *sc = &this_cpu(sched_cpu);
	struct sched_unit *prev, *next;
	u64 now, flags;

	flags = spin_lock_irqsave(&sc->lock);
	now = now_ns();
	prev = sc->curr;
	next = credit_pick(sc, now);
	if (next == prev) {
		spin_unlock_irqrestore(&sc->lock, flags);
		credit_switched(sc);
		return;
	}
	set_runstate(prev,
		     unit_runnable(prev) ? RUNSTATE_runnable :
					   sleep_state(prev),
		     now);
	set_runstate(next, RUNSTATE_running, now);
	sc->curr = next;
	/*
	 * A full barrier: an event's sender sets it pending and then reads
	 * running (vcpu_wake), next reads what is pending on its way out.
	 */
	(void)__atomic_exchange_n(&next->running, true, __ATOMIC_SEQ_CST);
	spin_unlock(&sc->lock);

	ops->context_switch(prev, next);
	unit_left(sc, prev);
	irq_restore(flags);
	credit_switched(sc);
}

void idle_loop(void)
{
	struct sched_cpu *sc = &this_cpu(sched_cpu);
	bool more;

	/*
	 * The way here from a guest has interrupts off; softirqs and scrubbing,
	 * which wait for other CPUs, must not.
	 */
	irq_enable();
	/* From here on there is a CPU to be had. */
	cpumask_set(&sched_idle_mask, sc->cpu);
	for (;;) {
		softirq_run();
		if (!sc->curr->is_idle)
			exit_to_guest();
		section_begin(SECTION_SCRUB, 0);
		/* An idle thread of a core, or of an emulator, slows others. */
		more = frame_scrub_idle(
			cpumask_equal(&sched_idle_mask, &cpu_online_mask));
		section_end();
		if (more)
			continue;
		irq_disable();
		if (READ_ONCE(this_cpu(softirq_pending)))
			irq_enable();
		else
			cpu_wait_irq();
	}
}

/* ---- beginning and end ---- */

void sched_init_cpu(unsigned int cpu)
{
	struct sched_cpu *sc = &per_cpu(sched_cpu, cpu);

	if (sc->ready)
		return;
	timer_init_cpu(cpu);
	spin_lock_init(&sc->lock, RANK_SCHED);
	sc->cpu = cpu;
	list_init(&sc->queue);
	list_init(&sc->parked);
	sc->head_vtime = S64_MAX;
	sc->ready = true;
}

void sched_init(void)
{
	timer_subsystem_init();
	softirq_register(SOFTIRQ_SCHEDULE, schedule);
	sched_init_cpu(this_cpu_id());
}

void sched_group_init(struct sched_group *g)
{
	memset(g, 0, sizeof(*g));
	g->weight = 256;
	credit_group_init(g);
}

void sched_group_fini(struct sched_group *g)
{
	credit_group_fini(g);
}

int sched_group_set(struct sched_group *g, u32 weight, u32 cap)
{
	if (weight == 0 || weight > 65535 || cap > 100 * MAX(g->nr_units, 1U))
		return fail(-EINVAL);
	WRITE_ONCE(g->weight, weight);
	WRITE_ONCE(g->cap, cap);
	credit_group_changed(g);
	return 0;
}

static void slice_expired(void *data)
{
	struct sched_cpu *sc = data;

	softirq_raise_cpu(sc->cpu, SOFTIRQ_SCHEDULE);
}

void unit_init(struct sched_unit *u, struct sched_group *g, unsigned int cpu)
{
	struct sched_cpu *sc = &per_cpu(sched_cpu, cpu);

	u->group = g;
	u->cpu = cpu;
	list_init(&u->queue);
	cpumask_fill(&u->hard_affinity, NR_CPUS);
	cpumask_fill(&u->soft_affinity, NR_CPUS);
	u->runstate.state = RUNSTATE_offline;
	u->runstate.state_entry_time = now_ns();
	if (!u->is_idle) {
		g->nr_units++;
		return;
	}
	u->runstate.state = RUNSTATE_running;
	u->running = true;
	timer_init(&sc->slice, slice_expired, sc, cpu);
	sc->idle = sc->curr = u;
}

void unit_fini(struct sched_unit *u)
{
	ASSERT(!u->running && u->where == UNIT_OFF);
	u->group->nr_units--;
}

void sched_dump(void (*name)(const struct sched_unit *u, char *buf, size_t n))
{
	unsigned int cpu;

	cpumask_for_each(cpu, &cpu_online_mask) {
		struct sched_cpu *sc = &per_cpu(sched_cpu, cpu);
		char curr[16], line[160];
		struct sched_unit *u;
		int n = 0;
		u64 flags;

		line[0] = 0;
		flags = spin_lock_irqsave(&sc->lock);
		name(sc->curr, curr, sizeof(curr));
		list_for_each(u, &sc->queue, queue) {
			char buf[16];

			if (n > (int)sizeof(line) - 20)
				break;
			name(u, buf, sizeof(buf));
			n += snprintf(line + n, sizeof(line) - n, " %s", buf);
		}
		spin_unlock_irqrestore(&sc->lock, flags);
		pr_err("sched: cpu %u: runs %s, %u wait:%s", cpu, curr,
		       sc->nr_queued, line);
	}
}
