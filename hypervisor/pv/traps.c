// SPDX-License-Identifier: GPL-2.0-only
/*
 * Exceptions of PV guests: what is settled here (page table writes, LDT pages,
 * privileged instructions, stale TLB entries), and what goes on to the guest's
 * own handler.
 */
#include "cpu/desc.h"
#include "cpu/fpu.h"
#include "cpu/section.h"
#include "cpu/traps.h"
#include "pv/callback.h"
#include "pv/debugreg.h"
#include "pv/decode.h"
#include "sched/softirq.h"

#define GP_IDT	  2 /* error code of #GP: a software interrupt */
#define LDT_BYTES (16 * PAGE_SIZE)

/* ---- page faults ---- */

/* Entry of @level for @va below the table at @m. */
static u64 walk_entry(mfn_t m, u64 va, unsigned int level)
{
	return READ_ONCE(((u64 *)mfn_to_virt(m))[pt_index(va, level)]);
}

/*
 * Do the tables that are loaded allow the access? Then only the TLB was stale:
 * somebody has given more rights meanwhile, and the fault threw the old entry
 * out.
 */
static bool access_allowed(u64 va, u32 error_code)
{
	u64 need = PTE_P | (error_code & PF_WRITE ? PTE_RW : 0) |
		   (error_code & PF_USER ? PTE_U : 0);
	mfn_t m = _mfn(read_cr3() >> PAGE_SHIFT);
	unsigned int level;
	u64 e;

	for (level = 4; level > 0; level--) {
		if (level != 4 && !mfn_is_ram(m))
			return false;
		e = walk_entry(m, va, level);
		if ((e & need) != need)
			return false;
		if ((error_code & PF_INSN) && (e & PTE_NX))
			return false;
		if (level < 4 && level > 1 && (e & PTE_PSE))
			return true;
		m = pte_mfn(e);
	}
	return true;
}

bool pv_ldt_window_fault(struct vcpu *v, u64 cr2, u32 error_code)
{
	u64 offset = cr2 - cpu_ldt_va(this_cpu_id());

	if (offset >= LDT_BYTES)
		return false;
	if (!pv_map_ldt_page(v, offset))
		pv_inject_pf(v, to_pv(v)->ldt_base + offset,
			     error_code & ~(u32)PF_PRESENT);
	return true;
}

bool guest_fault_settled(u64 cr2, u32 error_code, bool irqs_on)
{
	u64 offset = cr2 - cpu_ldt_va(this_cpu_id());
	bool ok;

	if (offset < LDT_BYTES) {
		if (!irqs_on || current->sched.is_idle)
			return false;
		irq_enable();
		ok = pv_map_ldt_page(current, offset);
		irq_disable();
		return ok;
	}
	/* Ours to look at only where guests may have mappings. */
	if (cr2 >= HV_VA_START && cr2 < HV_VA_END)
		return false;
	return (error_code & PF_PRESENT) && !(error_code & PF_RSVD) &&
	       access_allowed(cr2, error_code | PF_USER);
}

static void page_fault(struct vcpu *v, struct cpu_user_regs *regs, u64 cr2)
{
	const u32 protected_write = PF_PRESENT | PF_WRITE;
	u32 error_code = regs->error_code;
	struct pv_vcpu *pv = to_pv(v);

	if (unlikely(error_code & PF_RSVD)) {
		domain_crash(v->domain, "reserved bit in the tables at %016lx",
			     cr2);
		return;
	}
	if (pv->in_kernel &&
	    (error_code & (protected_write | PF_INSN)) == protected_write &&
	    (v->domain->vm_assist & BIT(VMASST_TYPE_writable_pagetables)) &&
	    pv_emulate_pt_write(v, cr2, error_code, regs))
		return;
	if (unlikely(cr2 >= HV_VA_START && cr2 < HV_VA_END) &&
	    pv_ldt_window_fault(v, cr2, error_code))
		return;
	if ((error_code & PF_PRESENT) && access_allowed(cr2, error_code))
		return;
	pv_inject_pf(v, cr2, error_code);
}

/* ---- general protection ---- */

/*
 * INT n with a gate that our IDT does not give to guests. The number is taken
 * from the instruction: some emulators push a wrong error code.
 */
static bool software_interrupt(struct vcpu *v, struct cpu_user_regs *regs)
{
	struct pv_vcpu *pv = to_pv(v);
	const struct pv_trap *t;
	struct insn in;
	u8 n;

	if (insn_fetch_bytes(&in, regs) || in.nr_bytes < 2 ||
	    in.bytes[0] != 0xcd)
		return false;
	n = in.bytes[1];
	t = &pv->traps[n];
	if (!t->address || t->dpl < (pv->in_kernel ? 1 : 3)) {
		pv_inject_gp(v, (u32)n << 3 | GP_IDT);
		return true;
	}
	regs->rip += 2;
	pv_inject(v, n, false, 0);
	return true;
}

static void general_protection(struct vcpu *v, struct cpu_user_regs *regs)
{
	u32 error_code = regs->error_code;

	if ((error_code & GP_IDT) && software_interrupt(v, regs))
		return;
	if (error_code == 0 && pv_emulate_privileged(regs))
		return;
	pv_inject_gp(v, error_code);
}

/* ---- the others ---- */

static void no_fpu(struct vcpu *v)
{
	struct pv_vcpu *pv = to_pv(v);

	fpu_set_ts(false);
	if (!pv->virtual_cr0_ts)
		return;
	pv->virtual_cr0_ts = 0;
	pv_inject(v, TRAP_NM, false, 0);
}

void guest_trap(struct cpu_user_regs *regs, u64 cr2)
{
	struct vcpu *v = current;

	/* Before another debug exception, ours, can change DR6. */
	if (regs->entry_vector == TRAP_DB)
		pv_debug_status_collect(v);
	section_begin(SECTION_TRAP, regs->entry_vector);
	irq_enable();
	switch (regs->entry_vector) {
	case TRAP_PF:
		page_fault(v, regs, cr2);
		break;
	case TRAP_GP:
		general_protection(v, regs);
		break;
	case TRAP_NM:
		no_fpu(v);
		break;
	case TRAP_UD:
		if (!pv_emulate_invalid_op(regs))
			pv_inject(v, TRAP_UD, false, 0);
		break;
	case TRAP_TS:
	case TRAP_NP:
	case TRAP_SS:
	case TRAP_AC:
		pv_inject(v, regs->entry_vector, true, regs->error_code);
		break;
	default:
		pv_inject(v, regs->entry_vector, false, 0);
		break;
	}
	section_end();
}

/* ---- NMIs that are nobody's: dom0 gets them ---- */

/*
 * Any instruction may have been interrupted, with any lock held: only note it.
 * Not before the next look at softirqs, which a tick brings at the latest.
 */
void guest_platform_nmi(void)
{
	softirq_raise(SOFTIRQ_NMI);
}

static void platform_nmi_softirq(void)
{
	struct vcpu *v = dom0 ? domain_vcpu(dom0, 0) : NULL;

	pr_warn("cpu%u: NMI%s", this_cpu_id(), v ? ", passed to dom0" : "");
	if (v)
		vcpu_send_nmi(v);
}

void pv_traps_init(void)
{
	softirq_register(SOFTIRQ_NMI, platform_nmi_softirq);
}
