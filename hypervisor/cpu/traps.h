/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exceptions: those of the hypervisor itself are settled in cpu/traps.c, those
 * of a guest go up to guest_trap(), which the guest layer supplies.
 */
#pragma once

#define TRAP_DE	 0
#define TRAP_DB	 1
#define TRAP_NMI 2
#define TRAP_BP	 3
#define TRAP_OF	 4
#define TRAP_BR	 5
#define TRAP_UD	 6
#define TRAP_NM	 7
#define TRAP_DF	 8
#define TRAP_TS	 10
#define TRAP_NP	 11
#define TRAP_SS	 12
#define TRAP_GP	 13
#define TRAP_PF	 14
#define TRAP_MF	 16
#define TRAP_AC	 17
#define TRAP_MC	 18
#define TRAP_XM	 19
#define TRAP_CP	 21

#define PF_PRESENT 0x01
#define PF_WRITE   0x02
#define PF_USER	   0x04
#define PF_RSVD	   0x08
#define PF_INSN	   0x10

/* entry_vector of a frame that SYSCALL or SYSENTER made. */
#define ENTRY_SYSCALL 0x100

#ifndef __ASSEMBLER__

#include "include/abi.h"
#include "lib/types.h"

/* Entry points by vector, for the IDT: 0-31 and 32-255. */
extern const u64 exception_entries[32];
extern const u64 irq_entry_table[224];

/* Called from entry.S with interrupts off; @cr2 is read before all else. */
void hv_trap(struct cpu_user_regs *regs, u64 cr2);
void nmi_trap(struct cpu_user_regs *regs);
void machine_check_trap(struct cpu_user_regs *regs) __noreturn;

/*
 * Supplied by the guest layer. Exception of a guest: @regs is its frame,
 * interrupts are off. Returns to the exit path.
 */
void guest_trap(struct cpu_user_regs *regs, u64 cr2);
/*
 * Page fault of ours at an address that the guest layer answers for: true when
 * the access may be repeated, because an LDT page is mapped now (only when
 * @irqs_on: that may need other CPUs), or because the page table allows it and
 * only the TLB was stale.
 */
bool guest_fault_settled(u64 cr2, u32 error_code, bool irqs_on);
/* An NMI that nothing in the hypervisor asked for. Any context. */
void guest_platform_nmi(void);

/*
 * The IRETQ to a guest faulted (cpu/entry.S jumps on): @regs is that fault's
 * frame. Moves the guest's registers to its frame and handles the fault as the
 * guest's.
 */
void guest_iret_fault(struct cpu_user_regs *regs, u64 cr2) __noreturn;

/* True when the NMI was another CPU's message; set by cpu/smp.c. */
extern bool (*nmi_hook)(struct cpu_user_regs *regs);

#endif
