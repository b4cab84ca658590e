/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptor tables and the virtual address area that each CPU has for them:
 *
 *   +0x00000  stacks (64 KiB, aligned): guard, #DB, guard, #MC, guard, NMI,
 *             guard, #DF (2 pages), guard, main stack (6 pages)
 *   +0x10000  GDT window: 14 pages of the guest, page 14 ours, then a hole
 *   +0x20000  LDT window: 16 pages of the guest
 *   +0x31000  entry stubs (1 page, read and execute)
 *   +0x33000  TSS (1 page)
 *
 * What is not named is a hole: going astray faults.
 */
#pragma once

#include "cpu/percpu.h"
#include "mm/pagetable.h"

#define CPU_AREA_SIZE  0x40000UL
#define CPU_AREA_GDT   0x10000UL
#define CPU_AREA_LDT   0x20000UL
#define CPU_AREA_STUBS 0x31000UL
#define CPU_AREA_TSS   0x33000UL

/* Slots of the TSS's interrupt stack table; 0 means the main stack. */
#define IST_NMI 1
#define IST_DF	2
#define IST_MC	3
#define IST_DB	4

static inline u64 cpu_area(unsigned int cpu)
{
	return VMAP_VA + cpu * CPU_AREA_SIZE;
}

static inline u64 cpu_gdt_va(unsigned int cpu)
{
	return cpu_area(cpu) + CPU_AREA_GDT;
}

static inline u64 cpu_ldt_va(unsigned int cpu)
{
	return cpu_area(cpu) + CPU_AREA_LDT;
}

static inline struct cpu_info *cpu_area_info(unsigned int cpu)
{
	return (struct cpu_info *)(cpu_area(cpu) + STACK_AREA_SIZE -
				   sizeof(struct cpu_info));
}

/*
 * The entries that map the windows: GDT_GUEST_PAGES of the GDT, 16 of the LDT.
 * Changed by the CPU itself only (or before it runs); no flush is done here.
 */
pte_t *cpu_gdt_ptes(unsigned int cpu);
pte_t *cpu_ldt_ptes(unsigned int cpu);

/* What the GDT window shows where the guest has no page: HV_RO, all zero. */
mfn_t desc_zero_mfn(void);

/* This CPU: LDT of @entries descriptors in its window, 0 = none. */
void desc_load_ldt(unsigned int entries);

/*
 * Fills the IDT from the entry points of cpu/entry.S and loads it; while
 * booting, before there is a TSS, without interrupt stacks.
 */
void idt_init_early(void);
/*
 * Maps and fills the area of @cpu, whose per-CPU variables exist: stacks,
 * tables, stubs. -ENOMEM.
 */
int __must_check cpu_area_init(unsigned int cpu);
void cpu_area_set_current(unsigned int cpu, struct vcpu *v);
/* On the CPU, on its own stack: GDT, TSS, IDT with stacks, entry MSRs. */
void desc_init_cpu(void);
