/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of domctl and sysctl. */
#ifndef HOSPES_HYPERCALL_DOMCTL_H
#define HOSPES_HYPERCALL_DOMCTL_H

#include "domain/domain.h"
#include "lib/bitmap.h"
#include "lib/types.h"

/*
 * A subcommand: acts on @d, fills the output fields of *@op, a private copy.
 * -ERESTART: comes again with the same arguments.
 */
typedef int (*domctl_fn)(struct domain *d, struct xen_domctl *op);

/* ---- domctl_create.c: making, filling and ending ---- */
int domctl_createdomain(struct xen_domctl *op);
int domctl_max_vcpus(struct domain *d, struct xen_domctl *op);
int domctl_max_mem(struct domain *d, struct xen_domctl *op);
int domctl_setvcpucontext(struct domain *d, struct xen_domctl *op);
int domctl_getvcpucontext(struct domain *d, struct xen_domctl *op);
int domctl_hypercall_init(struct domain *d, struct xen_domctl *op);
int domctl_destroydomain(struct domain *d, struct xen_domctl *op);

/* ---- domctl_info.c ---- */
void domctl_fill_info(struct domain *d, struct xen_domctl_getdomaininfo *out);
int domctl_getdomaininfo(struct xen_domctl *op);
int domctl_getvcpuinfo(struct domain *d, struct xen_domctl *op);
int domctl_getpageframeinfo3(struct domain *d, struct xen_domctl *op);

/* ---- domctl_sched.c ---- */
int domctl_setvcpuaffinity(struct domain *d, struct xen_domctl *op);
int domctl_getvcpuaffinity(struct domain *d, struct xen_domctl *op);
int domctl_setnodeaffinity(struct domain *d, struct xen_domctl *op);
int domctl_getnodeaffinity(struct domain *d, struct xen_domctl *op);
int domctl_scheduler_op(struct domain *d, struct xen_domctl *op);

/* ---- ctl_bitmap.c: the ABI's bitmaps of CPUs and nodes ---- */
/* Bits the guest did not give are clear. -EFAULT. */
int __must_check ctl_bitmap_in(u64 *map, unsigned int nbits,
			       const struct xenctl_bitmap *from);
/* What the guest's has more is cleared. -EFAULT; -EINVAL: absurdly long. */
int __must_check ctl_bitmap_out(const struct xenctl_bitmap *to, const u64 *map,
				unsigned int nbits);

#endif
