/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physical interrupts given to domains: pirq n of a domain is GSI n, or a
 * message signalled interrupt. Delivery, masking and end of interrupt for level
 * lines.
 */
#ifndef HOSPES_DOMAIN_PIRQ_H
#define HOSPES_DOMAIN_PIRQ_H

#include "domain/domain.h"

int __must_check pirq_init(struct domain *d);
void pirq_release_all(struct domain *d);
void pirq_fini(struct domain *d);

/*
 * evtchn.c: a port was bound to @pirq / closed / moved to another vcpu. Called
 * with events.lock held, not the port's lock. bind: -EINVAL not mapped, -EBUSY
 * the hypervisor's own line or not shared, -EEXIST bound.
 */
int __must_check pirq_bind(struct domain *d, u32 pirq, u32 port,
			   bool will_share);
void pirq_unbind(struct domain *d, u32 pirq);
void pirq_set_affinity(struct domain *d, u32 pirq, const struct vcpu *v);
/* The guest unmasked the port of a pirq by hypercall: end of interrupt. */
void pirq_eoi(struct domain *d, u32 pirq);

#endif
