/* SPDX-License-Identifier: GPL-2.0-only */
/* A second domain; see victim.h. */
#include "victim.h"

u64 victim_mfn[VICTIM_PAGES];

static struct xen_domctl op;

int domctl(struct xen_domctl *o, u32 cmd, domid_t id)
{
	o->cmd = cmd;
	o->domain = id;
	o->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	return (int)HC(domctl, o, 0, 0, 0);
}

domid_t victim_new(void)
{
	struct xen_memory_reservation r = { .nr_extents = VICTIM_PAGES };

	op.u.createdomain = (struct xen_domctl_createdomain){
		.handle = { 0x56 },
		.max_vcpus = 1,
		.max_evtchn_port = 1023,
		.max_grant_frames = 4,
		.max_maptrack_frames = 4,
		.grant_opts = 1,
	};
	if (domctl(&op, XEN_DOMCTL_createdomain, 0))
		broken("no second domain");
	r.domid = op.domain;
	op.u.max_vcpus.max = 1;
	if (domctl(&op, XEN_DOMCTL_max_vcpus, r.domid))
		broken("no vcpu for it");
	op.u.max_mem.max_memkb = VICTIM_PAGES * 4;
	if (domctl(&op, XEN_DOMCTL_max_mem, r.domid))
		broken("no room for it");
	for (u64 i = 0; i < VICTIM_PAGES; i++)
		victim_mfn[i] = i;
	r.extent_start.p = victim_mfn;
	if (HC(memory_op, XENMEM_populate_physmap, &r, 0, 0) != VICTIM_PAGES)
		broken("no memory for it");
	return r.domid;
}

u64 victim_shared_info(domid_t id)
{
	if (domctl(&op, XEN_DOMCTL_getdomaininfo, id))
		broken("d%u is not known", id);
	return op.u.getdomaininfo.shared_info_frame;
}

/* The call gives the next domain when there is none with this number. */
bool victim_exists(domid_t id)
{
	return domctl(&op, XEN_DOMCTL_getdomaininfo, id) == 0 &&
	       op.domain == id;
}

bool victim_destroy(domid_t id)
{
	u64 end = system_time() + 10000000000UL;

	while (system_time() < end) {
		int err = domctl(&op, XEN_DOMCTL_destroydomain, id);

		/* it wants to be called again until its memory is gone */
		if (err && err != -EAGAIN && err != -ERESTART)
			break;
		if (!err)
			return wait_for(!victim_exists(id));
	}
	return false;
}

int map_foreign(void *va, u64 mfn, u64 flags, domid_t owner)
{
	struct mmu_update u = { pt_entry_maddr((u64)va, 1),
				mfn << PAGE_SHIFT | flags };
	int err = (int)HC(mmu_update, &u, 1, 0, owner);

	mmuext(MMUEXT_INVLPG_LOCAL, (u64)va, 0);
	return err;
}
