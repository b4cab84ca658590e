/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU variables: the linker collects their initial values in a template;
 * the boot CPU has its copy in the image, the others get one when they are
 * started.
 */
#include "cpu/percpu.h"

#include "lib/string.h"
#include "mm/frame.h"
#include "mm/page.h"

extern char _percpu_start[], _percpu_end[], _percpu_boot[];

u64 percpu_offset[NR_CPUS];

static void __init percpu_fill(unsigned int cpu, void *copy)
{
	memcpy(copy, _percpu_start, (size_t)(_percpu_end - _percpu_start));
	percpu_offset[cpu] = (u64)copy - (u64)_percpu_start;
}

void __init percpu_init_boot(void)
{
	struct cpu_info *info = cpu_info();

	memset(info, 0, sizeof(*info));
	percpu_fill(0, _percpu_boot);
	info->percpu_offset = percpu_offset[0];
	cpumask_set(&cpu_online_mask, 0);
}

int __init percpu_alloc(unsigned int cpu)
{
	u64 bytes = (u64)(_percpu_end - _percpu_start);
	unsigned int order = 0;
	mfn_t m;

	while (PAGE_SIZE << order < bytes)
		order++;
	m = frame_alloc(order, 0);
	if (mfn_eq(m, INVALID_MFN))
		return -ENOMEM;
	percpu_fill(cpu, mfn_to_virt(m));
	return 0;
}
