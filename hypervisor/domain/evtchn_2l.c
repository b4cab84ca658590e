// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two-level event ABI: a pending and a mask bit for each port in
 * shared_info, and in vcpu_info a selector with a bit for each word of pending
 * bits. The guest may write all of it at any time; we use only single locked
 * operations on it, and believe nothing of it but what they return.
 *
 * The order matters: pending bit, then selector bit, then upcall_pending. The
 * guest goes the other way round, so what it misses it is told again.
 */
#include "domain/evtchn.h"

/* Its port's word has work for @v. */
static void select_word(struct vcpu *v, u32 port)
{
	/* Read after the pending bit was set: see vcpu_register_info(). */
	struct vcpu_info *info = READ_ONCE(v->info);
	volatile u64 *sel = (volatile u64 *)&info->evtchn_pending_sel;

	if (!test_and_set_bit(sel, port / BITS_PER_LONG))
		vcpu_mark_events_pending(v);
}

static void set_pending_2l(struct vcpu *v, struct evtchn *chn)
{
	struct domain *d = v->domain;
	u32 port = chn->port;

	if (test_and_set_bit((u64 *)d->shared_info->evtchn_pending, port))
		return;
	if (!test_bit((u64 *)d->shared_info->evtchn_mask, port))
		select_word(v, port);
	vcpu_wake_pollers(d, port);
}

static void clear_pending_2l(struct domain *d, struct evtchn *chn)
{
	clear_bit((u64 *)d->shared_info->evtchn_pending, chn->port);
}

static bool is_pending_2l(const struct domain *d, const struct evtchn *chn)
{
	return test_bit((u64 *)d->shared_info->evtchn_pending, chn->port);
}

static bool is_masked_2l(const struct domain *d, const struct evtchn *chn)
{
	return test_bit((u64 *)d->shared_info->evtchn_mask, chn->port);
}

static void unmask_2l(struct domain *d, struct evtchn *chn)
{
	struct vcpu *v = domain_vcpu(d, chn->vcpu);

	if (test_and_clear_bit((u64 *)d->shared_info->evtchn_mask, chn->port) &&
	    is_pending_2l(d, chn) && v)
		select_word(v, chn->port);
}

static bool is_busy_2l(const struct domain *d, const struct evtchn *chn)
{
	return false;
}

static void init_port_2l(struct domain *d, struct evtchn *chn)
{
}

void evtchn_2l_mark_all(struct vcpu *v)
{
	__atomic_store_n(&v->info->evtchn_pending_sel, ~0UL, __ATOMIC_SEQ_CST);
	vcpu_mark_events_pending(v);
}

const struct evtchn_ops evtchn_2l_ops = {
	.set_pending = set_pending_2l,
	.clear_pending = clear_pending_2l,
	.unmask = unmask_2l,
	.is_pending = is_pending_2l,
	.is_masked = is_masked_2l,
	.is_busy = is_busy_2l,
	.init_port = init_port_2l,
};
