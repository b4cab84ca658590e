/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Per-CPU state: what sits at the top of each CPU's stack, and per-CPU
 * variables.
 *
 * Each CPU owns a 64 KiB aligned stack area (mm/layout.h). cpu_info is at its
 * very top, so that the stack pointer finds it, and its first member is where
 * the entry paths build the guest's register frame (TSS.rsp0 points at
 * guest.es). IST stacks lie in the same area, so this holds in every handler.
 *
 * There is one hypervisor stack per CPU, not per vcpu: a vcpu is descheduled
 * only on the way back to the guest, when its whole state is in the frame.
 */
#pragma once

#include "include/abi.h"
#include "lib/types.h"

struct vcpu;

#define STACK_AREA_SIZE 0x10000UL

struct cpu_info {
	struct cpu_user_regs guest; /* es..gs are not part of the frame */
	u64 percpu_offset;
	struct vcpu *current;
	u32 cpu;
	u32 pad[3];
};

/* The frame must end 16-byte aligned for the CPU's pushes to land in it. */
_Static_assert(sizeof(struct cpu_info) % 16 == 8, "cpu_info placement");

static inline struct cpu_info *cpu_info(void)
{
	u64 sp;

	__asm__("mov %%rsp, %0" : "=r"(sp));
	return (struct cpu_info *)((sp | (STACK_AREA_SIZE - 1)) + 1 -
				   sizeof(struct cpu_info));
}

static inline unsigned int this_cpu_id(void)
{
	return cpu_info()->cpu;
}

#define current	     (cpu_info()->current)
#define guest_regs() (&cpu_info()->guest)

/* The boot CPU's copy and cpu_info, before anything else in C. */
void percpu_init_boot(void);
/* Another CPU's copy of the variables, as they are in the image; -ENOMEM. */
int __must_check percpu_alloc(unsigned int cpu);

/* Offset of each CPU's copy from the linked address of a variable. */
extern u64 percpu_offset[];

#define DEFINE_PER_CPU(type, name) \
	__section(".data.percpu") typeof(type) percpu_##name
#define DECLARE_PER_CPU(type, name) extern typeof(type) percpu_##name
/* By integers: the distance is not one within an object. */
#define percpu_ptr_(name, off) \
	((typeof(&percpu_##name))((u64)&percpu_##name + (off)))
#define this_cpu(name)	   (*percpu_ptr_(name, cpu_info()->percpu_offset))
#define per_cpu(name, cpu) (*percpu_ptr_(name, percpu_offset[cpu]))
