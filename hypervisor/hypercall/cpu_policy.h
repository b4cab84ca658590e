/* SPDX-License-Identifier: GPL-2.0-only */
/* CPU policies as sysctl and domctl show them. */
#ifndef HOSPES_HYPERCALL_CPU_POLICY_H
#define HOSPES_HYPERCALL_CPU_POLICY_H

#include "domain/domain.h"
#include "include/abi.h"

int sysctl_get_cpu_featureset(struct xen_sysctl *op);
int sysctl_get_cpu_policy(struct xen_sysctl *op);
int domctl_get_cpu_policy(struct domain *d, struct xen_domctl *op);
int domctl_set_cpu_policy(struct domain *d, struct xen_domctl *op);

#endif
