/* SPDX-License-Identifier: GPL-2.0-only */
/* What the CPUs can do: read once at boot from CPUID. */
#pragma once

#include "lib/types.h"

struct cpu_features {
	u32 max_leaf, max_ext_leaf;
	char vendor[13];
	bool amd; /* AMD or Hygon */
	bool smep, smap, x2apic, tsc_deadline, invariant_tsc, xsave, xsaveopt,
		page1gb, hypervisor;
	u8 phys_bits;
	u64 xcr0_all; /* state components we switch */
	u32 xsave_size; /* bytes for xcr0_all, standard format */
};

extern struct cpu_features cpu_features;

void cpu_features_init(void); /* panics when a needed one is missing */
/* This CPU: CR0, CR4, EFER and PAT as all CPUs have them. */
void cpu_enable_features(void);
