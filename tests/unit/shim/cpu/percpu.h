/* SPDX-License-Identifier: GPL-2.0-only */
/* Per-CPU state where a thread is a CPU: an array, and shim_cpu() the index. */
#ifndef SHIM_CPU_PERCPU_H
#define SHIM_CPU_PERCPU_H

#include "shim.h"

#include_next "cpu/percpu.h"

extern struct cpu_info shim_cpu_info[SHIM_CPUS];

/* From here on the names mean ours: the real ones look at the stack pointer. */
#define cpu_info()    (&shim_cpu_info[shim_cpu()])
#define this_cpu_id() (shim_cpu())

#undef DEFINE_PER_CPU
#undef DECLARE_PER_CPU
#undef this_cpu
#undef per_cpu
#define DEFINE_PER_CPU(type, name)  typeof(type) percpu_##name[SHIM_CPUS]
#define DECLARE_PER_CPU(type, name) extern typeof(type) percpu_##name[SHIM_CPUS]
#define this_cpu(name)		    (percpu_##name[shim_cpu()])
#define per_cpu(name, cpu)	    (percpu_##name[cpu])

#endif
