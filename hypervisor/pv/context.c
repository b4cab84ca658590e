// SPDX-License-Identifier: GPL-2.0-only
/*
 * Switching vcpus. In memory (struct pv_vcpu) while off the CPU; on the CPU the
 * registers are in the frame of cpu_info and in the hardware.
 *
 * Segment registers are loaded before their bases: loading a selector sets the
 * base, and the guest may have set another one. A selector that cannot be
 * loaded any more becomes NUL, and the guest is told by its failsafe callback.
 */
#include "pv/context.h"
#include "cpu/extable.h"
#include "cpu/features.h"
#include "cpu/fpu.h"
#include "pv/cpuid.h"
#include "pv/debugreg.h"

#define READ_SEL(seg)                                                 \
	({                                                            \
		u16 sel_;                                             \
		__asm__ volatile("mov %%" #seg ", %0" : "=rm"(sel_)); \
		sel_;                                                 \
	})

/* False, and NUL in the register, when the CPU refuses the selector. */
#define LOAD_SEL(seg, sel)                                            \
	({                                                            \
		bool ok_ = true;                                      \
		u32 val_ = (sel);                                     \
		__asm__ volatile("1: mov %1, %%" #seg "\n"            \
				 "2:\n"                               \
				 ".pushsection .text.fixup, \"ax\"\n" \
				 "3: xor %1, %1\n"                    \
				 "mov %1, %%" #seg "\n"               \
				 "movb $0, %0\n"                      \
				 "jmp 2b\n"                           \
				 ".popsection\n" EX_TABLE("1b", "3b") \
				 : "+qm"(ok_), "+r"(val_)::"memory"); \
		ok_;                                                  \
	})

/*
 * FS and GS keep their old base on a NUL load on AMD. That is why bases are
 * written whatever the selectors are.
 */
static bool load_data_segments(const struct pv_vcpu *pv)
{
	bool ok = true;

	if (READ_SEL(ds) | pv->ds)
		ok &= LOAD_SEL(ds, pv->ds);
	if (READ_SEL(es) | pv->es)
		ok &= LOAD_SEL(es, pv->es);
	if (READ_SEL(fs) | pv->fs)
		ok &= LOAD_SEL(fs, pv->fs);
	if (READ_SEL(gs) | pv->gs)
		ok &= LOAD_SEL(gs, pv->gs);
	return ok;
}

static void save_segments(struct pv_vcpu *pv)
{
	pv->ds = READ_SEL(ds);
	pv->es = READ_SEL(es);
	pv->fs = READ_SEL(fs);
	pv->gs = READ_SEL(gs);
	pv->fs_base = rdmsr(MSR_FS_BASE);
	pv->gs_base = rdmsr(MSR_GS_BASE);
	pv->gs_shadow = rdmsr(MSR_KERNEL_GS_BASE);
}

/*
 * SS is loaded with our own selector: interrupts leave NUL in it, and AMD's
 * SYSRET leaves the attributes that went with NUL.
 */
static void load_segments(struct pv_vcpu *pv)
{
	__asm__ volatile("mov %0, %%ss" ::"r"(HV_DS));
	if (!load_data_segments(pv))
		pv->bounce.failsafe = true;
	wrmsr(MSR_FS_BASE, pv->fs_base);
	wrmsr(MSR_GS_BASE, pv->gs_base);
	wrmsr(MSR_KERNEL_GS_BASE, pv->gs_shadow);
}

void pv_load_shadow_gs(u16 sel)
{
	u64 base;

	u64 flags = irq_save();

	base = rdmsr(MSR_GS_BASE);
	__asm__ volatile("swapgs" ::: "memory");
	/* A NUL selector leaves the old base on AMD; a flat one clears it. */
	if (cpu_features.amd)
		(void)LOAD_SEL(gs, GUEST_SS);
	(void)LOAD_SEL(gs, sel);
	__asm__ volatile("swapgs" ::: "memory");
	wrmsr(MSR_GS_BASE, base);
	irq_restore(flags);
}

void pv_switch_from(struct vcpu *v)
{
	struct pv_vcpu *pv = to_pv(v);

	pv->regs = *guest_regs();
	save_segments(pv);
	if (pv->virtual_cr0_ts)
		fpu_set_ts(false);
	fpu_save(pv->fpu);
	pv_debug_unload(v);
}

void pv_switch_to(struct vcpu *v)
{
	struct pv_vcpu *pv = to_pv(v);

	*guest_regs() = pv->regs;
	fpu_restore(pv->fpu);
	fpu_load_xcr0(pv->xcr0);
	if (pv->virtual_cr0_ts)
		fpu_set_ts(true);
	pv_load_cr4(pv);
	/* The windows first: the CR3 load flushes them. */
	pv_load_descriptor_tables(v);
	pv_load_cr3(v);
	load_segments(pv);
	pv_debug_load(v);
}

/* ---- contexts of the ABI ---- */

void pv_set_kernel_stack(struct pv_vcpu *pv, u64 ss, u64 sp)
{
	u64 top = sp & ~15UL;

	pv->kernel_ss = ss | 3;
	pv->kernel_sp = sp;
	/* 0 sends the fast path to the one that looks at everything. */
	pv->entry_sp = 0;
	if (!pv->slow_iret && top >= HV_VA_END + PAGE_SIZE)
		pv->entry_sp = top;
}

static void reset_traps(struct pv_vcpu *pv)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(pv->traps); i++)
		pv->traps[i] = (struct pv_trap){ 0 };
	pv->event_callback = 0;
	pv->failsafe_callback = 0;
	pv->syscall_callback = 0;
	pv->sysenter_callback = 0;
	pv->syscall32_callback = 0;
	pv->nmi_callback = 0;
	pv->callback_mask = CB_MASK_EVENT;
}

void pv_context_reset(struct pv_vcpu *pv)
{
	pv->regs = (struct cpu_user_regs){
		.rflags = RFLAGS_IF | 2,
		.cs = GUEST_CS64,
		.ss = GUEST_SS,
	};
	pv->in_kernel = true;
	pv->iopl = 0;
	pv->ds = pv->es = pv->fs = pv->gs = 0;
	pv->fs_base = pv->gs_base = pv->gs_shadow = 0;
	reset_traps(pv);
	pv->bounce.pending = false;
	pv->bounce.failsafe = false;
	pv->nmi_in_service = false;
	pv->virtual_cr0_ts = 0;
	pv->virtual_cr4 = 0;
	pv->cr2 = 0;
	for (unsigned int i = 0; i < 4; i++)
		pv->debugreg[i] = 0;
	pv->debugreg[6] = DR6_DEFAULT;
	pv->debugreg[7] = DR7_DEFAULT;
	pv->xcr0 = 1;
	pv->io_bitmap_gva = 0;
	pv->io_bitmap_ports = 0;
	pv_set_kernel_stack(pv, 0, 0);
	fpu_area_reset(pv->fpu);
}

/* ---- set_context: all checks first ---- */

static bool context_addresses_ok(const struct vcpu_guest_context *c)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++)
		if (!is_canonical(c->trap_ctxt[i].address))
			return false;
	return is_canonical(c->user_regs.rip) &&
	       is_canonical(c->event_callback_eip) &&
	       is_canonical(c->failsafe_callback_eip) &&
	       is_canonical(c->syscall_callback_eip) &&
	       is_canonical(c->fs_base) && is_canonical(c->gs_base_kernel) &&
	       is_canonical(c->gs_base_user);
}

static bool context_tables_ok(const struct vcpu_guest_context *c)
{
	if (c->gdt_ents > GDT_GUEST_PAGES * 512UL || c->ldt_ents > 8192)
		return false;
	if (c->ldt_ents && ((c->ldt_base & (PAGE_SIZE - 1)) ||
			    !guest_range_ok(c->ldt_base, c->ldt_ents * 8)))
		return false;
	/* The MFNs of the L4s are given as addresses, without other bits. */
	return !(c->ctrlreg[3] & (PAGE_SIZE - 1)) &&
	       !(c->ctrlreg[1] & ~1UL & (PAGE_SIZE - 1));
}

static int set_context_tables(struct vcpu *v,
			      const struct vcpu_guest_context *c)
{
	u64 user = c->ctrlreg[1] & ~1UL;
	int err;

	err = pv_set_kernel_l4(v, _mfn(c->ctrlreg[3] >> PAGE_SHIFT));
	if (err)
		return err;
	/* Should what follows fail, it must not run with the tables it lost. */
	if (!user)
		to_pv(v)->in_kernel = true;
	err = pv_set_user_l4(v, user ? _mfn(user >> PAGE_SHIFT) : INVALID_MFN);
	if (err)
		return err;
	err = pv_set_gdt(v, c->gdt_frames, (u32)c->gdt_ents);
	if (err)
		return err;
	return pv_set_ldt(v, c->ldt_base, (u32)c->ldt_ents);
}

static void set_context_registers(struct pv_vcpu *pv,
				  const struct vcpu_guest_context *c)
{
	struct cpu_user_regs *r = &pv->regs;

	*r = c->user_regs;
	r->rflags = (r->rflags & 0x254fd5UL) | RFLAGS_IF | 2;
	r->cs |= 3;
	r->ss |= 3;
	/* Linux starts its other CPUs with the I/O privilege of ring 1. */
	pv->iopl = c->user_regs.rflags >> 12 & 3;
	pv->ds = r->ds;
	pv->es = r->es;
	pv->fs = r->fs;
	pv->gs = r->gs;
	pv->in_kernel = c->flags & VGCF_in_kernel;
	pv->fs_base = c->fs_base;
	pv->gs_base = pv->in_kernel ? c->gs_base_kernel : c->gs_base_user;
	pv->gs_shadow = pv->in_kernel ? c->gs_base_user : c->gs_base_kernel;
	pv_set_kernel_stack(pv, c->kernel_ss, c->kernel_sp);
}

static void set_context_callbacks(struct pv_vcpu *pv,
				  const struct vcpu_guest_context *c)
{
	u8 vector;

	for (unsigned int i = 0; i < ARRAY_SIZE(c->trap_ctxt); i++) {
		vector = c->trap_ctxt[i].vector;
		/* An unused entry of a zeroed array says nothing of vector 0 */
		if (!c->trap_ctxt[i].address)
			continue;
		pv->traps[vector] = (struct pv_trap){
			.address = c->trap_ctxt[i].address,
			.dpl = c->trap_ctxt[i].flags & 3,
			.mask_events = c->trap_ctxt[i].flags & 4,
		};
	}
	pv->event_callback = c->event_callback_eip;
	pv->failsafe_callback = c->failsafe_callback_eip;
	pv->syscall_callback = c->syscall_callback_eip;
	if (c->flags & VGCF_failsafe_disables_events)
		pv->callback_mask |= CB_MASK_FAILSAFE;
	if (c->flags & VGCF_syscall_disables_events)
		pv->callback_mask |= CB_MASK_SYSCALL;
}

static void set_context_debug(struct vcpu *v,
			      const struct vcpu_guest_context *c)
{
	/* As the tools have it, values that are refused stay at rest. */
	for (unsigned int i = 0; i < ARRAY_SIZE(c->debugreg); i++)
		(void)!pv_set_debugreg(v, i, c->debugreg[i]);
}

int pv_set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	struct pv_vcpu *pv = to_pv(v);
	int err;

	if (!context_addresses_ok(c) || !context_tables_ok(c))
		return -EINVAL;
	if (!(c->flags & VGCF_in_kernel) && !c->ctrlreg[1])
		return -EINVAL;
	err = set_context_tables(v, c);
	if (err)
		return err;
	pv_context_reset(pv);
	if ((c->flags & VGCF_i387_valid) &&
	    fpu_area_set_fxsave(pv->fpu, &c->fpu_ctxt))
		fpu_area_reset(pv->fpu);
	set_context_registers(pv, c);
	set_context_callbacks(pv, c);
	set_context_debug(v, c);
	pv->virtual_cr4 = c->ctrlreg[4] & (CR4_TSD | CR4_DE | CR4_OSXSAVE);
	return 0;
}

int pv_reset_context(struct vcpu *v)
{
	int err = pv_drop_l4s(v);

	if (!err)
		err = pv_set_ldt(v, 0, 0);
	if (err)
		return err;
	pv_drop_gdt(v);
	pv_context_reset(to_pv(v));
	fpu_area_reset(to_pv(v)->fpu);
	return 0;
}

/* ---- get_context ---- */

static void get_context_callbacks(const struct pv_vcpu *pv,
				  struct vcpu_guest_context *c)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(pv->traps); i++) {
		const struct pv_trap *t = &pv->traps[i];

		c->trap_ctxt[i] = (struct trap_info){
			.vector = i,
			.flags = t->dpl | (t->mask_events ? 4 : 0),
			.cs = t->address ? GUEST_CS64 : 0,
			.address = t->address,
		};
	}
	c->event_callback_eip = pv->event_callback;
	c->failsafe_callback_eip = pv->failsafe_callback;
	c->syscall_callback_eip = pv->syscall_callback;
	if (pv->callback_mask & CB_MASK_FAILSAFE)
		c->flags |= VGCF_failsafe_disables_events;
	if (pv->callback_mask & CB_MASK_SYSCALL)
		c->flags |= VGCF_syscall_disables_events;
}

void pv_get_context(struct vcpu *v, struct vcpu_guest_context *c)
{
	const struct pv_vcpu *pv = to_pv(v);

	*c = (struct vcpu_guest_context){ .flags = VGCF_i387_valid };
	fpu_area_get_fxsave(pv->fpu, &c->fpu_ctxt);
	if (pv->in_kernel)
		c->flags |= VGCF_in_kernel;
	if (unit_runnable(&v->sched) ||
	    !(v->sched.pause_flags & BIT(PAUSE_DOWN)))
		c->flags |= VGCF_online;
	c->user_regs = pv->regs;
	c->user_regs.ds = pv->ds;
	c->user_regs.es = pv->es;
	c->user_regs.fs = pv->fs;
	c->user_regs.gs = pv->gs;
	get_context_callbacks(pv, c);
	c->ldt_base = pv->ldt_base;
	c->ldt_ents = pv->ldt_entries;
	c->gdt_ents = pv->gdt_entries;
	for (unsigned int i = 0; i < DIV_ROUND_UP(pv->gdt_entries, 512U); i++)
		c->gdt_frames[i] = mfn_x(pv->gdt_frames[i]);
	c->kernel_ss = pv->kernel_ss;
	c->kernel_sp = pv->kernel_sp;
	c->ctrlreg[0] = pv->virtual_cr0_ts;
	c->ctrlreg[1] = pv->user_cr3 ? pv->user_cr3 | 1 : 0;
	c->ctrlreg[2] = pv->cr2;
	c->ctrlreg[3] = pv->kernel_cr3;
	c->ctrlreg[4] = pv_guest_cr4(pv);
	for (unsigned int i = 0; i < ARRAY_SIZE(pv->debugreg); i++)
		c->debugreg[i] = pv->debugreg[i];
	c->vm_assist = v->domain->vm_assist;
	c->fs_base = pv->fs_base;
	c->gs_base_kernel = pv->in_kernel ? pv->gs_base : pv->gs_shadow;
	c->gs_base_user = pv->in_kernel ? pv->gs_shadow : pv->gs_base;
}
