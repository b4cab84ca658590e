// SPDX-License-Identifier: GPL-2.0-only
/*
 * What guests see of time: the scale from TSC to system time in vcpu_info, the
 * wall clock in shared_info, and the timers behind VIRQ_TIMER.
 */
#include "cpu/system.h"
#include "cpu/time.h"
#include "domain/evtchn.h"

#define NS_PER_SEC	   1000000000UL
#define DEFAULT_PERIOD_NS  10000000UL /* until the guest stops it */
#define SHORTEST_PERIOD_NS 1000000UL

/* ---- system time ---- */

/* An update in progress has an odd version. */
static void write_time_info(struct vcpu *v, const struct cpu_time *t)
{
	volatile struct vcpu_time_info *to = &v->info->time;

	to->version = v->time_version | 1;
	wmb();
	to->tsc_timestamp = t->stamp_tsc;
	to->system_time = t->stamp_ns;
	to->tsc_to_system_mul = t->mul;
	to->tsc_shift = t->shift;
	to->flags = tsc_stable ? XEN_PVCLOCK_TSC_STABLE_BIT : 0;
	wmb();
	v->time_version += 2;
	to->version = v->time_version;
}

/*
 * For the CPU it runs on now or is about to; from another CPU only while it is
 * down. Cheap when nothing has changed.
 */
void vtime_update_vcpu(struct vcpu *v)
{
	const struct cpu_time *t = &this_cpu(cpu_time);

	if (v->time_stamp_tsc == t->stamp_tsc &&
	    v->time_stamp_ns == t->stamp_ns &&
	    v->time_info == READ_ONCE(v->info))
		return;
	v->time_stamp_tsc = t->stamp_tsc;
	v->time_stamp_ns = t->stamp_ns;
	v->time_info = v->info;
	write_time_info(v, t);
	if (v->time_area)
		set_bit(&v->pending_work, VCPU_WORK_AREAS);
}

/* ---- wall clock ---- */

/* UTC at system time 0; others of the domain may be reading it. */
void vtime_update_wallclock(struct domain *d)
{
	volatile struct shared_info *s = d->shared_info;
	u64 base = wallclock_base_ns() + d->wallclock_offset_ns;
	u64 sec = base / NS_PER_SEC;
	u64 flags = spin_lock_irqsave(&d->shutdown_lock);

	if (!domain_is_dying(d)) {
		d->wallclock_version += 2;
		s->wc_version = d->wallclock_version - 1;
		wmb();
		s->wc_sec = sec;
		s->wc_sec_hi = sec >> 32;
		s->wc_nsec = base % NS_PER_SEC;
		wmb();
		s->wc_version = d->wallclock_version;
	}
	spin_unlock_irqrestore(&d->shutdown_lock, flags);
}

/* ---- timers ---- */

static void singleshot_fired(void *data)
{
	virq_send_vcpu(data, VIRQ_TIMER);
}

static void periodic_fired(void *data)
{
	struct vcpu *v = data;
	u64 period = READ_ONCE(v->periodic_ns), now = now_ns();

	if (!period)
		return;
	/* Late by more than a period: those are lost, not caught up with. */
	v->periodic_last_ns += period;
	if (v->periodic_last_ns + period < now)
		v->periodic_last_ns = now;
	virq_send_vcpu(v, VIRQ_TIMER);
	if (READ_ONCE(v->sched.running))
		timer_set(&v->periodic_timer, v->periodic_last_ns + period);
}

void vtime_init_vcpu(struct vcpu *v)
{
	timer_init(&v->singleshot_timer, singleshot_fired, v, v->sched.cpu);
	timer_init(&v->periodic_timer, periodic_fired, v, v->sched.cpu);
	v->periodic_ns = DEFAULT_PERIOD_NS;
}

void vtime_fini_vcpu(struct vcpu *v)
{
	timer_kill(&v->singleshot_timer);
	timer_kill(&v->periodic_timer);
}

int vtime_set_singleshot(struct vcpu *v, u64 deadline_ns)
{
	timer_set(&v->singleshot_timer, deadline_ns);
	return 0;
}

void vtime_stop_singleshot(struct vcpu *v)
{
	timer_stop(&v->singleshot_timer);
}

int vtime_set_periodic(struct vcpu *v, u64 period_ns)
{
	if (period_ns < SHORTEST_PERIOD_NS)
		return fail(-EINVAL);
	v->periodic_last_ns = now_ns();
	WRITE_ONCE(v->periodic_ns, period_ns);
	if (READ_ONCE(v->sched.running))
		timer_set(&v->periodic_timer, v->periodic_last_ns + period_ns);
	return 0;
}

void vtime_stop_periodic(struct vcpu *v)
{
	WRITE_ONCE(v->periodic_ns, 0);
	timer_stop(&v->periodic_timer);
}

void vtime_switch_in(struct vcpu *v)
{
	unsigned int cpu = v->sched.cpu;

	/* Timers fire where their vcpu is. */
	if (v->singleshot_timer.cpu != cpu)
		timer_migrate(&v->singleshot_timer, cpu);
	if (!v->periodic_ns)
		return;
	if (v->periodic_timer.cpu != cpu)
		timer_migrate(&v->periodic_timer, cpu);
	timer_set(&v->periodic_timer, v->periodic_last_ns + v->periodic_ns);
}

void vtime_switch_out(struct vcpu *v)
{
	if (v->periodic_ns)
		timer_stop(&v->periodic_timer);
}
