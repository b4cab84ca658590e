// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exceptions in the hypervisor itself. Three kinds are foreseen: an access to
 * guest memory or an MSR with an entry in the fixup table, a page fault that
 * the guest layer can settle (its LDT, a stale TLB entry), and the IRETQ to a
 * guest with a frame the CPU refuses, which becomes the guest's fault. All
 * others end in a dump: no guest can cause them.
 */
#include "cpu/extable.h"
#include "cpu/percpu.h"
#include "cpu/system.h"
#include "cpu/traps.h"
#include "debug/dump.h"
#include "debug/log.h"

#define DR6_DEFAULT 0xffff0ff0UL

#define MSR_MCG_CAP	   0x179
#define MSR_MCG_STATUS	   0x17a
#define MSR_MC_STATUS(n)   (0x401 + 4 * (n))
#define MSR_MC_ADDR(n)	   (0x402 + 4 * (n))
#define MCG_CAP_NR_BANKS   0xff
#define MC_STATUS_VALID	   (1UL << 63)
#define MC_STATUS_HAS_ADDR (1UL << 58)

/* The IRETQ of the way to a guest, in pv/entry.S. */
extern const char guest_iret_insn[];

bool (*nmi_hook)(struct cpu_user_regs *regs);

static const char *const trap_names[32] = {
	[TRAP_DE] = "divide error",
	[TRAP_DB] = "debug",
	[TRAP_NMI] = "NMI",
	[TRAP_BP] = "breakpoint",
	[TRAP_OF] = "overflow",
	[TRAP_BR] = "bound range",
	[TRAP_UD] = "invalid opcode",
	[TRAP_NM] = "no FPU",
	[TRAP_DF] = "double fault",
	[TRAP_TS] = "invalid TSS",
	[TRAP_NP] = "segment not present",
	[TRAP_SS] = "stack fault",
	[TRAP_GP] = "general protection",
	[TRAP_PF] = "page fault",
	[TRAP_MF] = "x87 error",
	[TRAP_AC] = "alignment check",
	[TRAP_MC] = "machine check",
	[TRAP_XM] = "SIMD error",
	[TRAP_CP] = "control protection",
};

static const char *trap_name(u32 vector)
{
	if (vector >= ARRAY_SIZE(trap_names) || !trap_names[vector])
		return "exception";
	return trap_names[vector];
}

static void __noreturn hv_fatal(struct cpu_user_regs *regs, u64 cr2)
{
	static u32 depth;

	irq_disable();
	/*
	 * A fault while dumping a fault: say the least, without the dump. One
	 * more, and saying that is what fails.
	 */
	if (__atomic_fetch_add(&depth, 1, __ATOMIC_SEQ_CST) == 1)
		pr_err("fault in a fault: %s at %016lx",
		       trap_name(regs->entry_vector), regs->rip);
	panic_begin();
	pr_err("cpu%u: %s in the hypervisor, error %x, cr2 %016lx",
	       this_cpu_id(), trap_name(regs->entry_vector), regs->error_code,
	       cr2);
	debug_dump_hypervisor(regs);
	panic_end();
}

/*
 * A guest's single step or breakpoint that came due in our first instructions
 * or while we touched its memory. It is ours to swallow: the guest cannot put a
 * breakpoint on our code.
 */
static void hv_debug_trap(struct cpu_user_regs *regs)
{
	u64 dr6;

	__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
	__asm__ volatile("mov %0, %%dr6" ::"r"(DR6_DEFAULT));
	regs->rflags &= ~RFLAGS_TF;
}

void hv_trap(struct cpu_user_regs *regs, u64 cr2)
{
	u32 vector = regs->entry_vector;
	u64 fixup;

	if (vector == TRAP_DB) {
		hv_debug_trap(regs);
		return;
	}
	if (vector == TRAP_DF)
		hv_fatal(regs, cr2);
	if (regs->rip == (u64)guest_iret_insn)
		guest_iret_fault(regs, cr2);
	fixup = extable_find(regs->rip);
	if (!fixup)
		hv_fatal(regs, cr2);
	if (vector == TRAP_PF && guest_fault_settled(cr2, regs->error_code,
						     regs->rflags & RFLAGS_IF))
		return;
	regs->rip = fixup;
}

void nmi_trap(struct cpu_user_regs *regs)
{
	if (nmi_hook && nmi_hook(regs))
		return;
	guest_platform_nmi();
}

void machine_check_trap(struct cpu_user_regs *regs)
{
	u64 cap, status, addr;

	panic_begin();
	cap = rdmsr(MSR_MCG_CAP);
	pr_err("cpu%u: machine check, status %lx", this_cpu_id(),
	       rdmsr(MSR_MCG_STATUS));
	for (u32 i = 0; i < (cap & MCG_CAP_NR_BANKS); i++) {
		status = rdmsr(MSR_MC_STATUS(i));
		if (!(status & MC_STATUS_VALID))
			continue;
		addr = status & MC_STATUS_HAS_ADDR ? rdmsr(MSR_MC_ADDR(i)) : 0;
		pr_err("cpu%u: bank %u: status %016lx, address %016lx",
		       this_cpu_id(), i, status, addr);
	}
	debug_show_registers(regs);
	panic_end();
}
