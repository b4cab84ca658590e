/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physical interrupts given to domains: pirq n of a domain is GSI n, or a
 * message signalled interrupt with a number above all GSIs.
 *
 * A level line is shut from the interrupt until every domain that was told has
 * said that it is done (PHYSDEVOP_eoi); messages and edges need no such word.
 * Domains that all say they are willing share a line.
 */
#pragma once

#include "domain/domain.h"

struct msi_source;

int __must_check pirq_init(struct domain *d);
/* The domain dies, its ports may still be bound. Interrupts on. */
void pirq_release_all(struct domain *d);
void pirq_fini(struct domain *d);

/*
 * Gives @d the line @gsi as pirq @gsi; again is fine. -EINVAL: no such line.
 * -ENOMEM.
 */
int __must_check pirq_map_gsi(struct domain *d, u32 gsi);
/*
 * Makes a message signalled interrupt and gives it to @d: as *@pirq, or chosen
 * when that is negative. Errors of msi_create; -EEXIST: number in use.
 */
int __must_check pirq_map_msi(struct domain *d, const struct msi_source *src,
			      s32 *pirq);
/* Takes it away; a bound port stays and gets nothing. -EINVAL: not mapped. */
int __must_check pirq_unmap(struct domain *d, u32 pirq);
/* XENIRQSTAT_* flags. -EINVAL: no such interrupt. */
int __must_check pirq_status(struct domain *d, u32 pirq, u32 *flags);
/*
 * Registers the guest's page with a bit per pirq: set when it needs
 * PHYSDEVOP_eoi. -EBUSY: has one. -EINVAL: not @d's page.
 */
int __must_check pirq_set_eoi_page(struct domain *d, mfn_t m);

/*
 * evtchn.c: a port was bound to @pirq / closed / moved to another vcpu. Called
 * with events.lock held, not the port's lock. bind: -EINVAL not mapped, -EBUSY
 * the hypervisor's own line or not shared, -EEXIST bound.
 */
int __must_check pirq_bind(struct domain *d, u32 pirq, u32 port,
			   bool will_share);
void pirq_unbind(struct domain *d, u32 pirq);
void pirq_set_affinity(struct domain *d, u32 pirq, const struct vcpu *v);
/*
 * The guest is done with the interrupt; harmless when it need not have said so.
 * -EINVAL: not mapped.
 */
int pirq_eoi(struct domain *d, u32 pirq);
