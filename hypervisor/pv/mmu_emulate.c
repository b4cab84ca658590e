// SPDX-License-Identifier: GPL-2.0-only
/*
 * Stores of a guest kernel to its level 1 tables, which it sees read only.
 *
 * Each is done as the checked update of one entry. The effect of an instruction
 * is computed by pt_store_decode() and pt_store_apply(), which know no
 * hypervisor state: old entry and registers in, new entry, flags and registers
 * out. The entry is changed by compare-and-swap against the old value the
 * effect was computed from, so that locked instructions stay atomic even
 * against the A and D bits that the hardware sets.
 */
#include "pv/pt_store.h"

#include "pv/mmu.h"

#define PF_PRESENT_WRITE 3 /* error code bits */
#define TRAP_DEBUG	 1
#define DR6_BS		 (1UL << 14)
/* Each turn the hardware must have set an A or D bit. */
#define MAX_TURNS 16

static void not_emulated(const struct vcpu *v, const struct insn *in, u64 va,
			 const struct cpu_user_regs *regs)
{
	const u8 *b = in->bytes;

	pr_guest("mmu: d%dv%u: rip %016lx: write to the table entry at "
		 "%016lx not emulated: %02x %02x %02x %02x %02x %02x %02x %02x",
		 v->domain->id, v->id, (unsigned long)regs->rip,
		 (unsigned long)va, b[0], b[1], b[2], b[3], b[4], b[5], b[6],
		 b[7]);
}

/* The level 1 table that @va leads to read only, or NULL. */
static struct page *written_table(const struct vcpu *v, u64 va)
{
	pte_t e = mmu_read_l1e(v, va);
	struct page *pg = mfn_to_page(pte_mfn(e));

	if ((e & (PTE_P | PTE_RW)) != PTE_P || !mfn_is_ram(pte_mfn(e)) ||
	    page_type_of(READ_ONCE(pg->type)) != PAGE_L1)
		return NULL;
	return pg;
}

static int store(struct page_owner *o, pte_t *slot, const struct pt_store *s,
		 const struct cpu_user_regs *regs, struct pt_effect *effect)
{
	int err = -EAGAIN;

	for (u32 i = 0; err == -EAGAIN && i < MAX_TURNS; i++) {
		pte_t old = READ_ONCE(*slot);

		pt_store_apply(s, regs, old, effect);
		if (!effect->writes)
			return 0;
		err = l1e_cas(o, slot, old, effect->entry);
	}
	return err;
}

static int store_locked(struct vcpu *v, struct page *pg, u64 va,
			const struct pt_store *s, struct cpu_user_regs *regs)
{
	pte_t *slot = mfn_to_virt(page_to_mfn(pg));
	struct page_owner *o = &v->domain->pages;
	struct pt_effect effect;
	int err;

	if (!page_lock_table(pg, o, PAGE_L1))
		return fail(-EINVAL);
	err = store(o, &slot[(va & ~PAGE_MASK) / sizeof(*slot)], s, regs,
		    &effect);
	page_unlock_table(pg);
	if (!err)
		pt_effect_commit(&effect, s, regs);
	return err;
}

bool pv_emulate_pt_write(struct vcpu *v, u64 va, u32 error_code,
			 struct cpu_user_regs *regs)
{
	struct page *pg;
	struct pt_store s;
	int err;

	if ((error_code & PF_PRESENT_WRITE) != PF_PRESENT_WRITE ||
	    !(v->domain->vm_assist & BIT(VMASST_TYPE_writable_pagetables)))
		return false;
	pg = written_table(v, va);
	if (!pg)
		return false;
	err = insn_fetch(&s.insn, regs);
	if (!err)
		err = pt_store_decode(&s, regs, va);
	if (!err)
		err = store_locked(v, pg, va, &s, regs);
	if (err) {
		not_emulated(v, &s.insn, va, regs);
		return false;
	}
	if (regs->rflags & RFLAGS_TF) {
		to_pv(v)->debugreg[6] |= DR6_BS;
		pv_inject(v, TRAP_DEBUG, false, 0);
	}
	return true;
}
