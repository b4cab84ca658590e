// SPDX-License-Identifier: GPL-2.0-only
/*
 * Whose tables and whose frames a memory hypercall is about.
 */
#include "pv/mmu.h"

/* A domain whose memory current's domain may manage, with a reference. */
static int get_controlled(domid_t id, struct domain **d)
{
	int err;

	*d = domain_get_by_id(id);
	if (!*d)
		return fail(-ESRCH);
	err = !domain_controls(current->domain, *d) ? -EPERM :
	      domain_is_dying(*d)		    ? -ESRCH :
						      0;
	if (!err)
		return 0;
	domain_put(*d);
	return fail(err);
}

static int get_tables(struct mmu_owners *o, u32 which)
{
	if (likely(!which || which - 1 == current->domain->id)) {
		o->tables = current->domain;
		return 0;
	}
	return get_controlled(which - 1, &o->tables);
}

static int get_frames(struct mmu_owners *o, domid_t id)
{
	int err;

	o->frames_domain = NULL;
	if (likely(id == DOMID_SELF)) {
		o->frames = &current->domain->pages;
		return 0;
	}
	if (id == DOMID_IO || id == DOMID_XEN) {
		o->frames = id == DOMID_IO ? &owner_io : &owner_xen;
		return current->domain->is_privileged ? 0 : fail(-EPERM);
	}
	/* Tools rely on this: to name oneself there is DOMID_SELF. */
	if (id == current->domain->id)
		return fail(-ESRCH);
	err = get_controlled(id, &o->frames_domain);
	if (!err)
		o->frames = &o->frames_domain->pages;
	return err;
}

int mmu_owners_get(struct mmu_owners *o, u32 foreigndom)
{
	int err = get_tables(o, foreigndom >> 16);

	if (err)
		return err;
	err = get_frames(o, foreigndom & 0xffff);
	if (err && o->tables != current->domain)
		domain_put(o->tables);
	return err;
}

void mmu_owners_put(struct mmu_owners *o)
{
	if (unlikely(o->frames_domain))
		domain_put(o->frames_domain);
	if (unlikely(o->tables != current->domain))
		domain_put(o->tables);
}
