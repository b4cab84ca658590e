/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of sysctl. */
#ifndef HOSPES_HYPERCALL_SYSCTL_H
#define HOSPES_HYPERCALL_SYSCTL_H

#include "include/abi.h"
#include "lib/types.h"

/* A subcommand fills the output fields of *@op, a private copy. */
typedef int (*sysctl_fn)(struct xen_sysctl *op);

/* ---- sysctl_machine.c: CPUs, nodes, memory ---- */
int sysctl_physinfo(struct xen_sysctl *op);
int sysctl_cputopoinfo(struct xen_sysctl *op);
int sysctl_numainfo(struct xen_sysctl *op);
int sysctl_getcpuinfo(struct xen_sysctl *op);
int sysctl_availheap(struct xen_sysctl *op);

#endif
