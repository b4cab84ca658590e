// SPDX-License-Identifier: GPL-2.0-only
/*
 * Vcpus: making, switching between them, blocking and waking, up and down.
 *
 * No wake-up gets lost: who sleeps sets PAUSE_BLOCKED first and then looks for
 * events; who sends sets the event pending first and then looks for
 * PAUSE_BLOCKED. All of these are locked operations, so one of the two sees the
 * other's.
 */

#include "cpu/smp.h"
#include "cpu/system.h"
#include "cpu/time.h"
#include "cpu/tlb.h"
#include "domain/evtchn.h"
#include "mm/frame.h"
#include "mm/pagetable.h"
#include "sched/softirq.h"

/* ---- switching ---- */

static void load_idle_tables(void)
{
	tlb_note_flush();
	write_cr3(virt_to_paddr(master_l4));
}

/* Interrupts off. The new CR3 is loaded before the old one counts as gone. */
static void context_switch(struct sched_unit *prev, struct sched_unit *next)
{
	struct vcpu *from = unit_to_vcpu(prev), *to = unit_to_vcpu(next);
	struct domain *old = from->domain, *new = to->domain;
	unsigned int cpu = this_cpu_id();

	if (old->ops) {
		vcpu_write_runstate(from);
		vtime_switch_out(from);
		old->ops->switch_from(from);
	}
	current = to;
	if (new->ops) {
		cpumask_set(&new->pages.dirty_cpus, cpu);
		vtime_update_vcpu(to);
		new->ops->switch_to(to);
		vtime_switch_in(to);
	} else {
		load_idle_tables();
	}
	if (old->ops && old != new)
		cpumask_clear(&old->pages.dirty_cpus, cpu);
}

/* A vcpu's runstate area is to be written when it gets there. */
static void runstate_changed(struct sched_unit *u)
{
	struct vcpu *v = unit_to_vcpu(u);

	if (v->runstate_area)
		set_bit(&v->pending_work, VCPU_WORK_AREAS);
}

static void descheduled(struct sched_unit *u)
{
	domain_vcpu_stopped(unit_to_vcpu(u)->domain);
}

static const struct sched_ops ops = {
	.context_switch = context_switch,
	.runstate_changed = runstate_changed,
	.descheduled = descheduled,
};

void vcpu_subsystem_init(void)
{
	sched_register_ops(&ops);
}

/* ---- making ---- */

static void poll_timeout(void *data);

/* Vcpus of a domain begin on different CPUs. */
static unsigned int first_cpu(u32 id)
{
	unsigned int nr = id % cpumask_weight(&cpu_online_mask);
	unsigned int cpu = cpumask_first(&cpu_online_mask);

	while (nr--)
		cpu = cpumask_next(&cpu_online_mask, cpu);
	return cpu;
}

struct vcpu *vcpu_create(struct domain *d, u32 id, int *err)
{
	struct vcpu *v;

	*err = -EINVAL;
	if (id >= d->max_vcpus || d->vcpu[id])
		return NULL;
	*err = -ENOMEM;
	v = heap_zalloc(d->ops->vcpu_size);
	if (!v)
		return NULL;
	v->domain = d;
	v->id = id;
	spin_lock_init(&v->virq_lock, RANK_VCPU);
	v->sched.pause_flags = BIT(PAUSE_DOWN);
	if (d->pause_count)
		v->sched.pause_flags |= BIT(PAUSE_DOMAIN);
	*err = vcpu_area_init(v);
	if (*err)
		goto err_free;
	*err = d->ops->vcpu_init(v);
	if (*err)
		goto err_area;
	unit_init(&v->sched, &d->sched, first_cpu(id));
	timer_init(&v->poll_timer, poll_timeout, v, v->sched.cpu);
	vtime_init_vcpu(v);
	/* Complete before others find it. */
	__atomic_store_n(&d->vcpu[id], v, __ATOMIC_RELEASE);
	return v;

err_area:
	vcpu_area_fini(v);
err_free:
	heap_free(v);
	return NULL;
}

void vcpu_stop_timers(struct vcpu *v)
{
	vtime_fini_vcpu(v);
	timer_kill(&v->poll_timer);
}

/* With its domain, when nobody knows that any more. */
void vcpu_destroy(struct vcpu *v)
{
	vcpu_stop_timers(v);
	vcpu_area_fini(v);
	unit_fini(&v->sched);
	v->domain->ops->vcpu_fini(v);
	v->domain->vcpu[v->id] = NULL;
	heap_free(v);
}

/* ---- waking ---- */

/* It is no longer in SCHEDOP_poll, if it was. */
static void poll_end(struct vcpu *v)
{
	if (__atomic_exchange_n(&v->poll_port, POLL_NONE, __ATOMIC_SEQ_CST) !=
	    POLL_NONE)
		__atomic_fetch_sub(&v->domain->poll_waiters, 1,
				   __ATOMIC_SEQ_CST);
}

/* True: it slept, and does not any more. */
static bool vcpu_unblock(struct vcpu *v)
{
	u64 *flags = &v->sched.pause_flags;

	if (!test_bit(flags, PAUSE_BLOCKED) ||
	    !test_and_clear_bit(flags, PAUSE_BLOCKED))
		return false;
	poll_end(v);
	unit_wake(&v->sched);
	return true;
}

/* Makes it look at what is pending, wherever it is. */
static void vcpu_kick(struct vcpu *v)
{
	/* This CPU's own looks on its way out anyway. */
	if (v != current && READ_ONCE(v->sched.running))
		smp_kick(READ_ONCE(v->sched.cpu));
}

/* An event arrived: runnable, or kicked. */
static void vcpu_wake(struct vcpu *v)
{
	if (!vcpu_unblock(v))
		vcpu_kick(v);
}

void vcpu_mark_events_pending(struct vcpu *v)
{
	struct vcpu_info *info = READ_ONCE(v->info);

	if (__atomic_exchange_n(&info->evtchn_upcall_pending, 1,
				__ATOMIC_SEQ_CST))
		return;
	/*
	 * In a poll with events masked (a spinlock's) only the port wakes; the
	 * guest cannot change the mask meanwhile.
	 */
	if (READ_ONCE(v->poll_port) != POLL_NONE &&
	    READ_ONCE(info->evtchn_upcall_mask))
		return;
	vcpu_wake(v);
}

bool vcpu_event_pending(const struct vcpu *v)
{
	const struct vcpu_info *info = v->info;

	return READ_ONCE(info->evtchn_upcall_pending) &&
	       !READ_ONCE(info->evtchn_upcall_mask);
}

void vcpu_send_nmi(struct vcpu *v)
{
	if (!test_and_set_bit(&v->pending_work, VCPU_WORK_NMI))
		vcpu_wake(v);
}

/* ---- sleeping ---- */

void vcpu_block(void)
{
	struct vcpu *v = current;

	WRITE_ONCE(v->info->evtchn_upcall_mask, 0);
	set_bit(&v->sched.pause_flags, PAUSE_BLOCKED);
	if (vcpu_event_pending(v) || test_bit(&v->pending_work, VCPU_WORK_NMI))
		clear_bit(&v->sched.pause_flags, PAUSE_BLOCKED);
	else
		softirq_raise(SOFTIRQ_SCHEDULE);
}

static void poll_timeout(void *data)
{
	struct vcpu *v = data;

	if (READ_ONCE(v->poll_port) != POLL_NONE)
		vcpu_unblock(v);
}

void vcpu_wake_pollers(struct domain *d, u32 port)
{
	struct vcpu *v;

	/* The port was set pending by a locked operation before this. */
	if (likely(!READ_ONCE(d->poll_waiters)))
		return;
	for_each_vcpu(v, d) {
		s32 waits_for = READ_ONCE(v->poll_port);

		if (waits_for == (s32)port || waits_for == POLL_MANY)
			vcpu_unblock(v);
	}
}

static int poll_any_pending(struct vcpu *v, const u32 *ports, u32 nr,
			    bool *pending)
{
	*pending = vcpu_event_pending(v) ||
		   test_bit(&v->pending_work, VCPU_WORK_NMI);
	for (u32 i = 0; i < nr && !*pending; i++) {
		int err = evtchn_poll_pending(v->domain, ports[i], pending);

		if (err)
			return err;
	}
	return 0;
}

int vcpu_poll(const u32 *ports, u32 nr, u64 timeout_ns)
{
	struct vcpu *v = current;
	bool pending;
	int err;

	if (nr == 1 && (s32)ports[0] <= 0)
		return fail(-EINVAL);
	WRITE_ONCE(v->poll_port, nr == 0 ? POLL_TIME :
				 nr == 1 ? (s32)ports[0] :
					   POLL_MANY);
	__atomic_fetch_add(&v->domain->poll_waiters, 1, __ATOMIC_SEQ_CST);
	set_bit(&v->sched.pause_flags, PAUSE_BLOCKED);

	err = poll_any_pending(v, ports, nr, &pending);
	if (err || pending) {
		clear_bit(&v->sched.pause_flags, PAUSE_BLOCKED);
		poll_end(v);
		return err;
	}
	if (timeout_ns) {
		/* Fires where it waits. */
		timer_migrate(&v->poll_timer, this_cpu_id());
		timer_set(&v->poll_timer, timeout_ns);
	} else {
		timer_stop(&v->poll_timer);
	}
	softirq_raise(SOFTIRQ_SCHEDULE);
	return 0;
}

/* ---- up and down ---- */

int vcpu_up(struct vcpu *v)
{
	if (!v->initialised)
		return fail(-EINVAL);
	if (test_and_clear_bit(&v->sched.pause_flags, PAUSE_DOWN))
		unit_wake(&v->sched);
	return 0;
}

int vcpu_down(struct vcpu *v)
{
	struct domain *d = v->domain;
	struct vcpu *other;

	if (test_and_set_bit(&v->sched.pause_flags, PAUSE_DOWN))
		return 0;
	unit_sleep(&v->sched);
	for_each_vcpu(other, d)
		if (!test_bit(&other->sched.pause_flags, PAUSE_DOWN))
			return 0;
	domain_shutdown(d, SHUTDOWN_poweroff);
	return 0;
}
