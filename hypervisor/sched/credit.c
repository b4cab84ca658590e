// SPDX-License-Identifier: GPL-2.0-only
/*
 * The credit policy: weights, caps, boost for those who wake, balance.
 *
 * A unit's vtime is the CPU time it has used, divided by its share of the
 * weight: the group's weight over the number of its active units. On each CPU
 * the runnable unit with the smallest vtime runs next, so in the long run they
 * all advance alike, and used times are as weights. A unit's credit is what it
 * is behind of its CPU's min_vtime; it is limited on both sides when it joins a
 * queue: a sleeper comes back with at most BOOST of credit (that makes it
 * preempt whoever computes, which is the boost), a debtor with at most
 * DEBT_TURNS turns of debt. So nobody starves and nobody saves up. What a turn
 * that ends late overruns is less than that: it is paid back, or those would
 * have more than their weight whose turns happen to overrun.
 *
 * vtimes of different CPUs are compared as they are. A CPU takes a waiting unit
 * from another one when that unit is behind its own best by STEAL_LAG, or
 * when it has nothing to do. That spreads any number of units over any number
 * of CPUs by weight, and keeps pinned ones fair among themselves.
 *
 * A group with a cap has a budget of cap percent of each PERIOD_NS; its units
 * are parked when it is used up, until the refill.
 *
 * There is no tick. A CPU's slice timer runs while a unit waits in any queue or
 * the one that runs has a cap; the slice shrinks as the queue grows.
 */
#include "cpu/system.h"
#include "cpu/time.h"
#include "sched/private.h"
#include "sched/softirq.h"

#define PERIOD_NS	(30 * NS_PER_MS)
#define ROUND_NS	(16 * NS_PER_MS) /* all that wait get their turn */
#define SLICE_MIN_NS	(1 * NS_PER_MS)
#define DEBT_TURNS	3
#define OFFER_NS	(10 * NS_PER_MS) /* between offers to busy CPUs */
#define BUDGET_LEAST_NS ((s64)(100 * NS_PER_US)) /* not worth a switch */

/* vtime counts units of 16 ns: it then lasts for years at any weight. */
#define VTIME(ns)   ((s64)((ns) / 16))
#define BOOST	    VTIME(15 * NS_PER_MS)
#define STEAL_LAG   VTIME(10 * NS_PER_MS)
#define SPREAD	    VTIME(60 * NS_PER_MS) /* between CPUs' clocks */
#define PREEMPT_LAG VTIME(1 * NS_PER_MS)
#define NS_MAX	    (3600 * 1000 * NS_PER_MS) /* charged at a time */

u64 sched_slice_ns = 30 * NS_PER_MS;
u64 sched_ratelimit_ns = 500 * NS_PER_US;

/* About where the vtimes of busy CPUs are; for CPUs that were idle. */
static s64 global_vtime;

/* ---- vtime ---- */

/* What @ns of running costs @u. */
static s64 vtime_cost(const struct sched_unit *u, u64 ns)
{
	u64 nr = READ_ONCE(u->group->nr_active);
	u64 cost;

	/* 1 at weight 256 with one active unit, at most 1024. */
	ns = MIN(ns, NS_MAX);
	cost = ns * 256 / 16 * MAX(nr, 1UL) / READ_ONCE(u->group->weight);
	return MIN(cost, ns * 1024 / 16);
}

static void update_min_vtime(struct sched_cpu *sc, s64 candidate)
{
	candidate = MIN(candidate, sc->head_vtime);
	if (candidate <= sc->min_vtime)
		return;
	sc->min_vtime = candidate;
	/* A race between CPUs loses one of two values that are as good. */
	if (candidate > READ_ONCE(global_vtime) + STEAL_LAG)
		WRITE_ONCE(global_vtime, candidate);
}

/* How far CPUs are apart that take turns with units as light as these. */
static s64 usual_spread(struct sched_cpu *sc)
{
	struct sched_unit *u;
	s64 spread = SPREAD;

	if (!sc->curr->is_idle)
		spread = MAX(spread, vtime_cost(sc->curr, ROUND_NS));
	list_for_each(u, &sc->queue, queue)
		spread = MAX(spread, vtime_cost(u, ROUND_NS));
	return spread;
}

/*
 * A CPU whose units are pinned there, or are too heavy to share, falls behind
 * the others. It is brought nearer, all its units by the same amount: what they
 * did not get elsewhere meanwhile was not theirs to have.
 */
static void catch_up(struct sched_cpu *sc)
{
	s64 behind = READ_ONCE(global_vtime) - SPREAD - sc->min_vtime;
	struct sched_unit *u;

	if (behind <= 0)
		return;
	behind -= usual_spread(sc) - SPREAD;
	if (behind <= 0)
		return;
	sc->min_vtime += behind;
	sc->curr->vtime += behind;
	list_for_each(u, &sc->queue, queue)
		u->vtime += behind;
	if (sc->nr_queued)
		WRITE_ONCE(sc->head_vtime, sc->head_vtime + behind);
}

/* ---- caps ---- */

static void budget_add(struct sched_group *g, s64 ns, s64 limit)
{
	s64 old = READ_ONCE(g->budget_ns), new;

	do {
		new = MIN(old + ns, limit);
	} while (!cas_relaxed(&g->budget_ns, &old, new));
}

/* Gives the group what the periods that have passed brought. */
static void budget_refill(struct sched_group *g, u64 now)
{
	u64 begin = READ_ONCE(g->period_ns);
	s64 quota = PERIOD_NS / 100 * READ_ONCE(g->cap);
	u64 periods;

	if (now < begin + PERIOD_NS)
		return;
	periods = (now - begin) / PERIOD_NS;
	/* One of those who see it does it. */
	if (cas_relaxed(&g->period_ns, &begin, begin + periods * PERIOD_NS))
		budget_add(g, quota * (s64)MIN(periods, 1000UL), quota);
}

/* May a unit of this group run? With no cap: always. */
static bool budget_left(struct sched_group *g, u64 now)
{
	if (!READ_ONCE(g->cap))
		return true;
	budget_refill(g, now);
	return READ_ONCE(g->budget_ns) > BUDGET_LEAST_NS;
}

/* Timer: the next period has begun. */
static void group_unpark(void *data)
{
	struct sched_group *g = data;
	unsigned int cpu;

	cpumask_for_each(cpu, &g->parked_cpus) {
		cpumask_clear(&g->parked_cpus, cpu);
		softirq_raise_cpu(cpu, SOFTIRQ_SCHEDULE);
	}
}

void credit_group_init(struct sched_group *g)
{
	timer_init(&g->refill, group_unpark, g, this_cpu_id());
}

void credit_group_fini(struct sched_group *g)
{
	timer_kill(&g->refill);
}

void credit_group_changed(struct sched_group *g)
{
	unsigned int cpu;

	/* Those parked are looked at again, those that run get a limit. */
	cpumask_for_each(cpu, &cpu_online_mask)
		softirq_raise_cpu(cpu, SOFTIRQ_SCHEDULE);
}

/* ---- the queue of a CPU, with its lock ---- */

static struct sched_unit *queue_head(struct sched_cpu *sc)
{
	return list_empty(&sc->queue) ?
		       NULL :
		       list_first(&sc->queue, struct sched_unit, queue);
}

static void queue_changed(struct sched_cpu *sc, int change)
{
	struct sched_unit *head = queue_head(sc);

	WRITE_ONCE(sc->nr_queued, sc->nr_queued + change);
	WRITE_ONCE(sc->head_vtime, head ? head->vtime : S64_MAX);
}

static u64 slice_of(const struct sched_cpu *sc, const struct sched_unit *u)
{
	/* The one that runs, and a turn to spare: they end late. */
	u64 slice = ROUND_NS / (MAX(sc->nr_queued, sc->crowd) + 2);

	slice = MAX(slice, sc->nr_queued ? SLICE_MIN_NS : OFFER_NS);
	slice = MIN(slice, sched_slice_ns);
	if (READ_ONCE(u->group->cap)) {
		s64 nr = READ_ONCE(u->group->nr_active);
		s64 left = READ_ONCE(u->group->budget_ns) / MAX(nr, 1L);

		left = MAX(left, BUDGET_LEAST_NS);
		slice = MIN(slice, (u64)left);
	}
	return slice;
}

/* Behind its equals, with at most @credit. */
static void queue_add(struct sched_cpu *sc, struct sched_unit *u, s64 credit)
{
	struct list *at = sc->queue.prev;
	s64 least = sc->min_vtime - credit;
	s64 most = sc->min_vtime + vtime_cost(u, DEBT_TURNS * slice_of(sc, u));

	u->vtime = MIN(MAX(u->vtime, least), most);
	while (at != &sc->queue &&
	       list_entry(at, struct sched_unit, queue)->vtime > u->vtime)
		at = at->prev;
	list_add(at, &u->queue);
	WRITE_ONCE(u->where, UNIT_QUEUED);
	queue_changed(sc, 1);
}

/* This CPU is to look at the parked units of @g when it has a budget again. */
static void await_refill(struct sched_cpu *sc, struct sched_group *g)
{
	cpumask_set(&g->parked_cpus, sc->cpu);
	/* Here: it need not wake another CPU. */
	timer_migrate(&g->refill, this_cpu_id());
	timer_set(&g->refill, READ_ONCE(g->period_ns) + PERIOD_NS);
}

static void park(struct sched_cpu *sc, struct sched_unit *u)
{
	list_add_tail(&sc->parked, &u->queue);
	WRITE_ONCE(u->where, UNIT_PARKED);
	await_refill(sc, u->group);
}

void credit_remove(struct sched_cpu *sc, struct sched_unit *u)
{
	bool queued = u->where == UNIT_QUEUED;

	list_del(&u->queue);
	WRITE_ONCE(u->where, UNIT_OFF);
	if (queued)
		queue_changed(sc, -1);
}

/* Brings the vtime of the unit that runs, and its group's budget, up to date.*/
static void charge_curr(struct sched_cpu *sc, u64 now)
{
	struct sched_unit *u = sc->curr;
	u64 used;

	if (u->is_idle || now <= u->charged_ns)
		return;
	used = now - u->charged_ns;
	u->charged_ns = now;
	u->vtime += vtime_cost(u, used);
	if (READ_ONCE(u->group->cap))
		budget_add(u->group, -(s64)used, S64_MAX);
	update_min_vtime(sc, u->vtime);
}

/* ---- placing and preempting ---- */

/* An idle CPU the unit may use, its own or one it likes first; else NR_CPUS. */
static unsigned int claim_idle_cpu(const struct sched_unit *u)
{
	struct cpumask idle, liked;

	for (;;) {
		unsigned int cpu;

		cpumask_and(&idle, &sched_idle_mask, &u->hard_affinity);
		if (cpumask_empty(&idle))
			return NR_CPUS;
		cpumask_and(&liked, &idle, &u->soft_affinity);
		if (cpumask_empty(&liked))
			liked = idle;
		cpu = u->cpu;
		if (!cpumask_test(&liked, cpu))
			cpu = cpumask_first(&liked);
		/* Two that wake at once get two CPUs. */
		if (test_and_clear_bit(sched_idle_mask.bits, cpu))
			return cpu;
	}
}

unsigned int credit_place(struct sched_unit *u)
{
	unsigned int cpu, best;
	u32 least;

	best = claim_idle_cpu(u);
	if (best < NR_CPUS)
		return best;

	/* All are busy: stay, unless elsewhere the queue is much shorter. */
	best = NR_CPUS;
	least = UINT32_MAX;
	if (cpumask_test(&u->hard_affinity, u->cpu)) {
		best = u->cpu;
		least = READ_ONCE(per_cpu(sched_cpu, best).nr_queued);
		least = least ? least - 1 : 0;
	}
	cpumask_for_each(cpu, &cpu_online_mask) {
		struct sched_cpu *sc = &per_cpu(sched_cpu, cpu);

		if (cpumask_test(&u->hard_affinity, cpu) && sc->idle &&
		    READ_ONCE(sc->nr_queued) < least) {
			least = READ_ONCE(sc->nr_queued);
			best = cpu;
		}
	}
	/* None left of those it was given: then any. */
	return best < NR_CPUS ? best : u->cpu;
}

/* Without locks: sets the slice timer for what was decided under the CPU's. */
void credit_inserted(struct sched_cpu *sc)
{
	u64 want;

	do {
		want = READ_ONCE(sc->slice_ns);
		if (want)
			timer_set(&sc->slice, want);
		else
			timer_stop(&sc->slice);
		/* Another CPU may have decided anew, and been overtaken. */
	} while (READ_ONCE(sc->slice_ns) != want);
}

/* When this CPU is to look again while @u runs: see credit_inserted(). */
static void set_slice_end(struct sched_cpu *sc, struct sched_unit *u, u64 now)
{
	u64 end = 0;

	/*
	 * With nobody in the queue, but somewhere else, it looks around. Timers
	 * of all CPUs are also what makes an emulator's take turns.
	 */
	if (!u->is_idle &&
	    (sc->nr_queued || sc->crowd || READ_ONCE(u->group->cap)))
		end = MAX(u->slice_start_ns + slice_of(sc, u), now);
	WRITE_ONCE(sc->slice_ns, end);
}

/* Something joined the queue: is it curr's turn to go now? */
static bool check_preempt(struct sched_cpu *sc, struct sched_unit *u, u64 now)
{
	struct sched_unit *curr = sc->curr;

	if (curr->is_idle) {
		cpumask_clear(&sched_idle_mask, sc->cpu);
		return true;
	}
	if (u->vtime + PREEMPT_LAG >= curr->vtime) {
		set_slice_end(sc, curr, now);
		return false;
	}
	if (now >= curr->slice_start_ns + sched_ratelimit_ns)
		return true;
	WRITE_ONCE(sc->slice_ns, curr->slice_start_ns + sched_ratelimit_ns);
	return false;
}

bool credit_insert(struct sched_cpu *sc, struct sched_unit *u, u64 now)
{
	if (!budget_left(u->group, now)) {
		park(sc, u);
		return false;
	}
	charge_curr(sc, now);
	/* An idle CPU's clock stood still. */
	if (sc->curr->is_idle && !sc->nr_queued)
		sc->min_vtime = MAX(sc->min_vtime, READ_ONCE(global_vtime));
	queue_add(sc, u, BOOST);
	return check_preempt(sc, u, now);
}

/* ---- picking ---- */

/* Takes a unit that waits at @from and is behind @limit; NULL: none to have. */
static struct sched_unit *steal_from(struct sched_cpu *from,
				     struct sched_cpu *sc, s64 limit)
{
	bool idle = limit == S64_MAX;
	int tries = idle ? 100 : 1;
	struct sched_unit *u, *found = NULL;

	/* Not spin_lock(): it may be waiting for ours. */
	while (!spin_trylock(&from->lock)) {
		if (--tries == 0)
			return NULL;
		cpu_relax();
	}
	list_for_each(u, &from->queue, queue) {
		if (u->vtime >= limit)
			break;
		if (!unit_is_saved(u) ||
		    !cpumask_test(&u->hard_affinity, sc->cpu))
			continue;
		if (!idle && !cpumask_test(&u->soft_affinity, sc->cpu))
			continue;
		found = u;
		break;
	}
	if (found) {
		credit_remove(from, found);
		/* pairs with unit_lock() */
		__atomic_store_n(&found->cpu, sc->cpu, __ATOMIC_RELEASE);
	}
	spin_unlock(&from->lock);
	return found;
}

/*
 * A unit from elsewhere that should run here rather than one whose vtime is
 * @own (S64_MAX: rather than nothing). The one furthest behind is tried first.
 */
static struct sched_unit *steal(struct sched_cpu *sc, s64 own)
{
	s64 limit = own == S64_MAX ? S64_MAX : own - STEAL_LAG;
	s64 best = limit;
	struct sched_cpu *from = NULL;
	struct sched_unit *u;
	unsigned int cpu;
	u32 crowd = 0;

	cpumask_for_each(cpu, &cpu_online_mask) {
		struct sched_cpu *other = &per_cpu(sched_cpu, cpu);

		if (other == sc)
			continue;
		crowd = MAX(crowd, READ_ONCE(other->nr_queued));
		if (READ_ONCE(other->head_vtime) < best) {
			best = READ_ONCE(other->head_vtime);
			from = other;
		}
	}
	sc->crowd = crowd;
	if (!from)
		return NULL;
	u = steal_from(from, sc, limit);
	if (u || own != S64_MAX)
		return u;
	/* Nothing to do here: whatever there is. */
	cpumask_for_each(cpu, &cpu_online_mask) {
		struct sched_cpu *other = &per_cpu(sched_cpu, cpu);

		if (other != sc && READ_ONCE(other->nr_queued)) {
			u = steal_from(other, sc, S64_MAX);
			if (u)
				return u;
		}
	}
	return NULL;
}

/* Parked units whose group has a budget again go back to the queue. */
static void unpark(struct sched_cpu *sc, u64 now)
{
	struct sched_unit *u, *tmp;

	list_for_each_safe(u, tmp, &sc->parked, queue) {
		if (budget_left(u->group, now)) {
			list_del(&u->queue);
			queue_add(sc, u, SPREAD);
		} else {
			await_refill(sc, u->group);
		}
	}
}

/* curr goes where it belongs: queue, parked, or nowhere. */
static void put_back(struct sched_cpu *sc, struct sched_unit *u, u64 now)
{
	if (u->is_idle || !unit_runnable(u) ||
	    !cpumask_test(&u->hard_affinity, sc->cpu))
		return;
	if (budget_left(u->group, now))
		queue_add(sc, u, SPREAD);
	else
		park(sc, u);
}

struct sched_unit *credit_pick(struct sched_cpu *sc, u64 now)
{
	struct sched_unit *prev = sc->curr, *next = NULL, *stolen;
	bool yields = prev->yielding;

	charge_curr(sc, now);
	catch_up(sc);
	prev->yielding = false;
	if (!list_empty(&sc->parked))
		unpark(sc, now);
	if (yields)
		next = queue_head(sc);
	put_back(sc, prev, now);
	if (!next)
		next = queue_head(sc);

	stolen = steal(sc, next ? next->vtime : S64_MAX);
	if (stolen) {
		if (!next)
			sc->min_vtime =
				MAX(sc->min_vtime, READ_ONCE(global_vtime));
		queue_add(sc, stolen, SPREAD);
		next = stolen;
	}
	if (!next) {
		cpumask_set(&sched_idle_mask, sc->cpu);
		WRITE_ONCE(sc->slice_ns, 0);
		return sc->idle;
	}
	credit_remove(sc, next);
	update_min_vtime(sc, next->vtime);
	if (next != prev || now >= next->slice_start_ns + slice_of(sc, next))
		next->slice_start_ns = now;
	next->charged_ns = now;
	WRITE_ONCE(sc->picked_ns, now);
	WRITE_ONCE(sc->picked_vtime, next->vtime);
	WRITE_ONCE(sc->cost_per_ms, vtime_cost(next, NS_PER_MS));
	set_slice_end(sc, next, now);
	cpumask_clear(&sched_idle_mask, sc->cpu);
	return next;
}

/* ---- offering ---- */

/* What a unit that has run since the last pick should have got to. */
static s64 estimate_vtime(const struct sched_cpu *sc, u64 now)
{
	u64 since = READ_ONCE(sc->picked_ns);
	u64 ms = now > since ? (now - since) / NS_PER_MS : 0;

	return READ_ONCE(sc->picked_vtime) +
	       READ_ONCE(sc->cost_per_ms) * (s64)MIN(ms, NS_MAX / NS_PER_MS);
}

/*
 * A CPU that runs one unit all the time has no timer to make it look around.
 * The one whose unit is ahead of the @waiting one the most; NR_CPUS: none is.
 */
static unsigned int lonely_cpu_ahead(const struct sched_cpu *sc,
				     const struct sched_unit *waiting, u64 now)
{
	unsigned int cpu, found = NR_CPUS;
	s64 most = waiting->vtime + STEAL_LAG;

	cpumask_for_each(cpu, &cpu_online_mask) {
		const struct sched_cpu *other = &per_cpu(sched_cpu, cpu);
		s64 vtime;

		if (other == sc || READ_ONCE(other->nr_queued) ||
		    !cpumask_test(&waiting->hard_affinity, cpu))
			continue;
		vtime = estimate_vtime(other, now);
		if (vtime > most) {
			most = vtime;
			found = cpu;
		}
	}
	return found;
}

/* If units wait here: wakes a CPU that has less to do, so that it takes one. */
void credit_switched(struct sched_cpu *sc)
{
	struct sched_unit *head;
	unsigned int cpu = NR_CPUS;
	u64 flags, now;

	credit_inserted(sc);
	if (!READ_ONCE(sc->nr_queued))
		return;
	now = now_ns();
	flags = spin_lock_irqsave(&sc->lock);
	head = queue_head(sc);
	if (head)
		cpu = claim_idle_cpu(head);
	if (head && cpu == NR_CPUS && now >= sc->offered_ns + OFFER_NS) {
		cpu = lonely_cpu_ahead(sc, head, now);
		sc->offered_ns = now;
	}
	spin_unlock_irqrestore(&sc->lock, flags);
	if (cpu < NR_CPUS)
		softirq_raise_cpu(cpu, SOFTIRQ_SCHEDULE);
}
