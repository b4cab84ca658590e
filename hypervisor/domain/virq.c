// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual interrupts. Per-vcpu ones go to the port that vcpu bound; global ones
 * are bound by vcpu 0 and go to one domain: dom0, or who was put in its place.
 */
#include "domain/virq.h"

/* Protects handlers[], and the handlers' lives while one is sent to. */
static spinlock_t handlers_lock = SPINLOCK_INIT(RANK_PORT);
/* Each holds a reference; NULL: dom0. */
static struct domain *handlers[NR_VIRQS];

bool virq_is_global(u32 virq)
{
	switch (virq) {
	case VIRQ_TIMER:
	case VIRQ_DEBUG:
	case VIRQ_XENOPROF:
	case VIRQ_XENPMU:
		return false;
	default:
		return true;
	}
}

void virq_set_port(struct vcpu *v, u32 virq, u32 port)
{
	u64 flags = spin_lock_irqsave(&v->virq_lock);

	WRITE_ONCE(v->virq_port[virq], port);
	spin_unlock_irqrestore(&v->virq_lock, flags);
}

void virq_send_vcpu(struct vcpu *v, u32 virq)
{
	struct domain *d = v->domain;
	u64 flags;
	u32 port;

	if (!READ_ONCE(v->virq_port[virq]))
		return;
	/* While the lock is held the port stays bound: see unbind(). */
	flags = spin_lock_irqsave(&v->virq_lock);
	port = v->virq_port[virq];
	if (port) {
		struct evtchn *chn = evtchn_get(d, port);

		evtchn_ops_of(d)->set_pending(d->vcpu[READ_ONCE(chn->vcpu)],
					      chn);
	}
	spin_unlock_irqrestore(&v->virq_lock, flags);
}

void virq_send_global(u32 virq)
{
	struct domain *d;
	struct vcpu *v;
	u64 flags;

	flags = spin_lock_irqsave(&handlers_lock);
	d = handlers[virq] ? handlers[virq] : dom0;
	v = d ? domain_vcpu(d, 0) : NULL;
	if (v)
		virq_send_vcpu(v, virq);
	spin_unlock_irqrestore(&handlers_lock, flags);
}

int virq_set_handler(struct domain *d, u32 virq)
{
	struct domain *old;
	u64 flags;

	if (virq >= NR_VIRQS || !virq_is_global(virq))
		return fail(-EINVAL);
	if (d == dom0)
		d = NULL;
	if (d)
		domain_get(d);
	flags = spin_lock_irqsave(&handlers_lock);
	old = handlers[virq];
	handlers[virq] = d;
	spin_unlock_irqrestore(&handlers_lock, flags);
	if (old)
		domain_put(old);
	return 0;
}

void virq_forget_handler(struct domain *d)
{
	for (u32 virq = 0; virq < NR_VIRQS; virq++)
		if (READ_ONCE(handlers[virq]) == d &&
		    virq_set_handler(NULL, virq))
			continue;
}
