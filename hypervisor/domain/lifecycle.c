// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pausing domains and how they end: shutdown, crash, kill.
 *
 * Pauses are counted under shutdown_lock; the counts show in the pause_flags of
 * the vcpus. A domain that shuts down is paused by that, and has shut down when
 * the last of its vcpus has left its CPU.
 */
#include <stdarg.h>

#include "cpu/time.h"
#include "domain/evtchn.h"
#include "domain/grant.h"
#include "domain/pirq.h"
#include "domain/reservation.h"
#include "lib/printf.h"

#define WATCHDOG_SLOTS ARRAY_SIZE(((struct domain *)0)->watchdog)

/* ---- pause ---- */

/* shutdown_lock held. */
static void vcpu_hold(struct vcpu *v, unsigned int flag)
{
	set_bit(&v->sched.pause_flags, flag);
	unit_sleep(&v->sched);
}

static void vcpu_release(struct vcpu *v, unsigned int flag)
{
	clear_bit(&v->sched.pause_flags, flag);
	unit_wake(&v->sched);
}

static void pause_locked(struct domain *d)
{
	struct vcpu *v;

	if (d->pause_count++ == 0)
		for_each_vcpu(v, d)
			vcpu_hold(v, PAUSE_DOMAIN);
}

static void unpause_locked(struct domain *d)
{
	struct vcpu *v;

	ASSERT(d->pause_count > 0);
	if (--d->pause_count == 0)
		for_each_vcpu(v, d)
			vcpu_release(v, PAUSE_DOMAIN);
}

static void domain_pause_nosync(struct domain *d)
{
	u64 flags = spin_lock_irqsave(&d->shutdown_lock);

	pause_locked(d);
	spin_unlock_irqrestore(&d->shutdown_lock, flags);
}

static void domain_sync(struct domain *d)
{
	struct vcpu *v;

	ASSERT(d != current->domain);
	for_each_vcpu(v, d)
		unit_sleep_sync(&v->sched);
}

void domain_pause(struct domain *d)
{
	domain_pause_nosync(d);
	domain_sync(d);
}

void domain_unpause(struct domain *d)
{
	u64 flags = spin_lock_irqsave(&d->shutdown_lock);

	unpause_locked(d);
	spin_unlock_irqrestore(&d->shutdown_lock, flags);
}

void domain_pause_by_controller(struct domain *d)
{
	u64 flags = spin_lock_irqsave(&d->shutdown_lock);

	/* The domain's own count is one, however many the controller's. */
	if (d->controller_pause_count++ == 0)
		pause_locked(d);
	spin_unlock_irqrestore(&d->shutdown_lock, flags);
	domain_sync(d);
}

int domain_unpause_by_controller(struct domain *d)
{
	u64 flags = spin_lock_irqsave(&d->shutdown_lock);
	int err = d->controller_pause_count ? 0 : -EINVAL;

	if (!err && --d->controller_pause_count == 0)
		unpause_locked(d);
	spin_unlock_irqrestore(&d->shutdown_lock, flags);
	return err;
}

/* ---- shutdown ---- */

void domain_vcpu_stopped(struct domain *d)
{
	struct vcpu *v;
	bool done;
	u64 flags;

	if (!READ_ONCE(d->is_shutting_down) || READ_ONCE(d->is_shut_down))
		return;
	for_each_vcpu(v, d)
		if (READ_ONCE(v->sched.running))
			return;
	flags = spin_lock_irqsave(&d->shutdown_lock);
	done = d->is_shutting_down && !d->is_shut_down;
	if (done)
		d->is_shut_down = true;
	spin_unlock_irqrestore(&d->shutdown_lock, flags);
	if (done)
		virq_send_global(VIRQ_DOM_EXC);
}

void domain_shutdown(struct domain *d, u8 reason)
{
	u64 flags;
	bool first;

	if (d->is_hardware) {
		pr_info("domain: d%u: shut down, reason %u", d->id, reason);
		if (reason == SHUTDOWN_crash && current->domain == d)
			d->ops->show(current);
		machine_shutdown(reason);
	}
	flags = spin_lock_irqsave(&d->shutdown_lock);
	first = !d->is_shutting_down;
	if (first) {
		d->is_shutting_down = true;
		if (!d->shutdown_code_set)
			d->shutdown_code = reason;
		pause_locked(d);
	}
	spin_unlock_irqrestore(&d->shutdown_lock, flags);
	/* Its vcpus may all be asleep: then none will tell. */
	if (first)
		domain_vcpu_stopped(d);
}

void domain_set_shutdown_code(struct domain *d, u8 reason)
{
	u64 flags = spin_lock_irqsave(&d->shutdown_lock);

	if (!d->is_shutting_down) {
		d->shutdown_code = reason;
		d->shutdown_code_set = true;
	}
	spin_unlock_irqrestore(&d->shutdown_lock, flags);
}

void domain_resume(struct domain *d)
{
	u64 flags = spin_lock_irqsave(&d->shutdown_lock);

	if (d->is_shut_down) {
		d->is_shutting_down = d->is_shut_down = false;
		d->shutdown_code_set = false;
		unpause_locked(d);
	}
	spin_unlock_irqrestore(&d->shutdown_lock, flags);
}

void domain_crash(struct domain *d, const char *why, ...)
{
	struct vcpu *v = current->domain == d ? current : domain_vcpu(d, 0);
	char text[160];
	va_list ap;

	if (READ_ONCE(d->is_shutting_down))
		return;
	va_start(ap, why);
	vsnprintf(text, sizeof(text), why, ap);
	va_end(ap);
	pr_err("domain: d%uv%u: crashed: %s", d->id, v ? v->id : 0, text);
	if (v && d->ops->show)
		d->ops->show(v);
	domain_shutdown(d, SHUTDOWN_crash);
}

/* ---- the watchdog ---- */

static void watchdog_fired(void *data)
{
	struct domain *d = data;

	pr_warn("domain: d%u: watchdog fired", d->id);
	domain_shutdown(d, SHUTDOWN_watchdog);
}

/* d->lock held. */
static int watchdog_slot(struct domain *d, u32 id, u32 timeout_s)
{
	u32 slot = id - 1;

	if (id > WATCHDOG_SLOTS)
		return fail(-EINVAL);
	if (id != 0)
		return d->watchdogs & BIT(slot) ? (int)slot : fail(-EINVAL);
	if (timeout_s == 0)
		return fail(-EINVAL);
	for (slot = 0; slot < WATCHDOG_SLOTS; slot++)
		if (!(d->watchdogs & BIT(slot)))
			return slot;
	return fail(-ENOSPC);
}

int domain_watchdog(struct domain *d, u32 id, u32 timeout_s)
{
	struct timer *t;
	int slot;

	spin_lock(&d->lock);
	slot = watchdog_slot(d, id, timeout_s);
	if (slot < 0)
		goto out;
	t = &d->watchdog[slot];
	if (timeout_s) {
		if (!t->fn)
			timer_init(t, watchdog_fired, d, this_cpu_id());
		d->watchdogs |= BIT(slot);
		timer_set(t, now_ns() + timeout_s * 1000000000UL);
	} else {
		d->watchdogs &= ~BIT(slot);
		timer_stop(t);
	}
	slot = id ? 0 : slot + 1;
out:
	spin_unlock(&d->lock);
	return slot;
}

/* ---- kill ---- */

/* One caller at a time is at it, whichever domain. */
static spinlock_t kill_lock = SPINLOCK_INIT(RANK_DOMCTL);

enum kill_stage {
	KILL_STOP,
	KILL_EVENTS,
	KILL_VCPUS,
	KILL_GRANTS,
	KILL_MEMORY,
	KILL_DONE,
};

static int kill_stop(struct domain *d)
{
	domain_pause(d);
	spin_lock(&d->lock);
	d->life = DOMAIN_DYING;
	spin_unlock(&d->lock);
	spin_lock(&d->pages.lock);
	d->pages.dying = true;
	spin_unlock(&d->pages.lock);
	/* Binders look at life under this lock: the last of them is through. */
	spin_lock(&d->events.lock);
	spin_unlock(&d->events.lock);
	virq_forget_handler(d);
	return reservation_claim(d, 0);
}

/* Nothing runs, nothing wakes: timers and the pages vcpus hold. */
static int kill_vcpus(struct domain *d)
{
	struct vcpu *v;

	for (u32 i = 0; i < WATCHDOG_SLOTS; i++)
		timer_kill(&d->watchdog[i]);
	pirq_release_all(d);
	for_each_vcpu(v, d) {
		vcpu_stop_timers(v);
		vcpu_area_fini(v);
	}
	return 0;
}

static int kill_step(struct domain *d)
{
	switch (d->relinquish_stage) {
	case KILL_STOP:
		return kill_stop(d);
	case KILL_EVENTS:
		return evtchn_reset(d);
	case KILL_VCPUS:
		return kill_vcpus(d);
	case KILL_GRANTS:
		return grant_table_release_mappings(d);
	case KILL_MEMORY:
		return d->ops->domain_relinquish(d);
	default:
		return 0;
	}
}

int domain_kill(struct domain *d)
{
	bool dead = false;
	int err = 0;

	if (d->is_hardware || d == current->domain)
		return fail(-EINVAL);
	if (!spin_trylock(&kill_lock))
		return -ERESTART;
	if (d->life != DOMAIN_DEAD) {
		err = kill_step(d);
		if (!err)
			d->relinquish_stage++;
		dead = d->relinquish_stage == KILL_DONE;
		if (dead)
			WRITE_ONCE(d->life, DOMAIN_DEAD);
		else
			err = -ERESTART;
	}
	spin_unlock(&kill_lock);
	if (dead) {
		/* What is left goes with the last reference. */
		page_unshare(mfn_to_page(d->shared_info_mfn));
		virq_send_global(VIRQ_DOM_EXC);
		domain_put(d);
	}
	return err;
}
