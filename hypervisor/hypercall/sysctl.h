/* SPDX-License-Identifier: GPL-2.0-only */
/* Between the files of sysctl. */
#pragma once

#include "include/abi.h"
#include "lib/types.h"

/* A subcommand fills the output fields of *@op, a private copy. */
typedef int sysctl_fn(struct xen_sysctl *op);

/* ---- sysctl_machine.c: CPUs, nodes, memory ---- */
sysctl_fn sysctl_physinfo, sysctl_cputopoinfo, sysctl_numainfo,
	sysctl_getcpuinfo, sysctl_availheap;

/* ---- cpu_policy.c ---- */
sysctl_fn sysctl_get_cpu_featureset, sysctl_get_cpu_policy;
