/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPU policies: what CPUID shows, as lists of leaves that toolstacks read, edit
 * and set for a domain (<xen/sysctl.h> cpu_policy, <xen/domctl.h> cpu_policy).
 *
 * A domain's policy can only take features away from what pv_cpuid() offers.
 */
#pragma once

#include "include/abi.h"
#include "lib/types.h"

struct cpuid_leaf;
struct domain;

/* Feature words in the ABI's order, <xen/arch-x86/cpufeatureset.h>. */
#define CPU_FEATURE_WORDS 12

/* Bits kept of each feature word; all ones when nothing was set. */
struct cpu_policy {
	u32 keep[CPU_FEATURE_WORDS];
};

enum cpu_policy_kind {
	CPU_POLICY_HOST, /* the CPU as it is */
	CPU_POLICY_GUEST, /* what a PV domain is offered at most */
};

/* No policy: everything that is offered. */
void cpu_policy_init(struct cpu_policy *p);
/* Takes from *@l what @p does not keep. */
void cpu_policy_apply(const struct cpu_policy *p, u32 leaf, u32 sub,
		      struct cpuid_leaf *l);
/*
 * Makes @p of a toolstack's leaf; leaves without features change nothing.
 * -EINVAL: subleaf of a leaf that has none.
 */
int __must_check cpu_policy_set(struct cpu_policy *p,
				const struct xen_cpuid_leaf *l);

/*
 * Leaf number @i of a policy, with @d's own limits (NULL: none). false: there
 * are no more. The list is short: calling it for 0, 1, 2 ... is cheap enough.
 */
struct cpu_policy_walk {
	enum cpu_policy_kind kind;
	const struct domain *d;
	u32 leaf, sub;
	bool started;
};
bool cpu_policy_next(struct cpu_policy_walk *w, struct xen_cpuid_leaf *out);
/* The feature words of a kind. */
void cpu_policy_features(enum cpu_policy_kind kind,
			 u32 words[CPU_FEATURE_WORDS]);
