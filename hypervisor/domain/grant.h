/* SPDX-License-Identifier: GPL-2.0-only */
/* Grant tables. The ABI: <xen/grant_table.h>. */
#ifndef HOSPES_DOMAIN_GRANT_H
#define HOSPES_DOMAIN_GRANT_H

#include "domain/domain.h"

/* A mapping of a granted frame in the mapping domain's address space. */
struct grant_host_map {
	u64 addr; /* virtual, or GNTMAP_contains_pte: machine addr. of an L1e */
	mfn_t mfn;
	u32 flags; /* GNTMAP_* as the guest gave them */
};

int __must_check grant_table_init(struct domain *d, u32 max_frames,
				  u32 max_maptrack, u32 max_version);
/* Domain dies: unmaps what it mapped. Preemptible: -ERESTART. */
int grant_table_release_mappings(struct domain *d);
void grant_table_fini(struct domain *d);
/* XENMEM_acquire_resource: MFN of shared (or status) frame @idx, growing. */
int __must_check grant_table_frame(struct domain *d, bool status, u32 idx,
				   mfn_t *m);
/* How many such frames there can be. */
u32 grant_table_max_frames(const struct domain *d, bool status);

#endif
