/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of domctl and sysctl. */
#pragma once

#include "domain/domain.h"

/*
 * A subcommand: acts on @d, fills the output fields of *@op, a private copy.
 * -ERESTART: comes again with the same arguments.
 */
typedef int domctl_fn(struct domain *d, struct xen_domctl *op);

/* ---- domctl_create.c: making, filling and ending ---- */
int domctl_createdomain(struct xen_domctl *op);
domctl_fn domctl_max_vcpus, domctl_max_mem, domctl_setvcpucontext,
	domctl_getvcpucontext, domctl_hypercall_init, domctl_destroydomain;

/* ---- domctl_info.c ---- */
void domctl_fill_info(struct domain *d, struct xen_domctl_getdomaininfo *out);
int domctl_getdomaininfo(struct xen_domctl *op);
domctl_fn domctl_getvcpuinfo, domctl_getpageframeinfo3;

/* ---- domctl_sched.c ---- */
domctl_fn domctl_setvcpuaffinity, domctl_getvcpuaffinity,
	domctl_setnodeaffinity, domctl_getnodeaffinity, domctl_scheduler_op;

/* ---- cpu_policy.c ---- */
domctl_fn domctl_get_cpu_policy, domctl_set_cpu_policy;

/* ---- ctl_bitmap.c: the ABI's bitmaps of CPUs and nodes ---- */
/* Bits the guest did not give are clear. -EFAULT. */
int __must_check ctl_bitmap_in(u64 *map, unsigned int nbits,
			       const struct xenctl_bitmap *from);
/* What the guest's has more is cleared. -EFAULT; -EINVAL: absurdly long. */
int __must_check ctl_bitmap_out(const struct xenctl_bitmap *to, const u64 *map,
				unsigned int nbits);
