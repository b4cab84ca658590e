// SPDX-License-Identifier: GPL-2.0-only
/*
 * Ways into a PV guest: exceptions, system calls and events, delivered by a
 * frame on its kernel's stack as the ABI says (arch-x86/xen-x86_64.h).
 *
 * An exception is queued by pv_inject() and delivered on the way out by
 * pv_exit_work(), which decides what comes first. There is room for one: the
 * instruction that could raise a second one has not run.
 */
#include "pv/callback.h"
#include "cpu/traps.h"
#include "cpu/uaccess.h"
#include "lib/string.h"
#include "sched/softirq.h"

#define FLAGS_NOT_IN_HANDLER \
	(RFLAGS_TF | RFLAGS_NT | RFLAGS_RF | RFLAGS_VM | RFLAGS_AC)
#define FLAGS_IRET  0x254fd5UL /* what a guest may set, as in pv/entry.S */
#define FLAGS_FIXED 0x202UL

void pv_inject(struct vcpu *v, u8 vector, bool has_error, u32 error_code)
{
	struct pv_bounce *b = &to_pv(v)->bounce;

	b->pending = true;
	b->vector = vector;
	b->has_error = has_error;
	b->error_code = error_code;
}

void pv_inject_gp(struct vcpu *v, u32 error_code)
{
	pv_inject(v, TRAP_GP, true, error_code);
}

/*
 * The user bit of the error code tells the guest's user mode from its kernel
 * mode, which the CPU cannot; reserved bits are none of its business.
 */
void pv_inject_pf(struct vcpu *v, u64 cr2, u32 error_code)
{
	struct pv_vcpu *pv = to_pv(v);

	error_code &= ~(u32)(PF_RSVD | PF_USER);
	if (!pv->in_kernel)
		error_code |= PF_USER;
	pv->cr2 = cr2;
	v->info->arch.cr2 = cr2;
	pv_inject(v, TRAP_PF, true, error_code);
}

/* Flips between kernel and user mode: GS bases and CR3. */
static void pv_toggle_mode(struct vcpu *v)
{
	struct pv_vcpu *pv = to_pv(v);

	__asm__ volatile("swapgs" ::: "memory");
	pv->in_kernel = !pv->in_kernel;
	pv_load_cr3(v);
}

/* RFLAGS as a guest sees them: the event mask for IF, the virtual IOPL. */
static u64 guest_rflags(const struct pv_vcpu *pv, u64 rflags, bool masked)
{
	rflags &= ~(RFLAGS_IF | RFLAGS_IOPL);
	if (!masked)
		rflags |= RFLAGS_IF;
	if (pv->slow_iret)
		rflags |= (u64)pv->iopl << 12;
	return rflags;
}

static u64 guest_cs(const struct pv_vcpu *pv, u16 cs, bool masked)
{
	if (pv->in_kernel)
		cs &= ~3;
	return cs | (u64)masked << 32;
}

/* Frame of @bytes below the stack of the kernel; crashes the domain if not. */
static bool push_frame(struct vcpu *v, struct cpu_user_regs *regs,
		       const void *frame, size_t bytes)
{
	struct pv_vcpu *pv = to_pv(v);
	u64 sp = (pv->in_kernel ? regs->rsp : pv->kernel_sp) & ~15UL;

	sp -= bytes;
	if (guest_range_ok(sp, bytes)) {
		if (!pv->in_kernel)
			pv_toggle_mode(v);
		if (!uaccess_copy((void *)sp, frame, bytes)) {
			regs->rsp = sp;
			return true;
		}
	}
	irq_enable();
	domain_crash(v->domain, "kernel stack %016lx not writable", sp);
	return false;
}

static void enter_handler(struct vcpu *v, struct cpu_user_regs *regs,
			  u64 handler, bool mask_events)
{
	regs->rip = handler;
	regs->cs = GUEST_CS64;
	regs->ss = GUEST_SS;
	regs->rflags &= ~FLAGS_NOT_IN_HANDLER;
	if (mask_events)
		WRITE_ONCE(v->info->evtchn_upcall_mask, 1);
}

/* Builds the frame on the guest's stack now; false: the domain was crashed. */
static bool pv_deliver(struct vcpu *v, struct cpu_user_regs *regs, u64 handler,
		       bool mask_events, bool has_error, u32 error_code)
{
	struct pv_vcpu *pv = to_pv(v);
	bool masked = READ_ONCE(v->info->evtchn_upcall_mask);
	u64 frame[8];
	unsigned int n = 0;

	frame[n++] = regs->rcx;
	frame[n++] = regs->r11;
	if (has_error)
		frame[n++] = error_code;
	frame[n++] = regs->rip;
	frame[n++] = guest_cs(pv, regs->cs, masked);
	frame[n++] = guest_rflags(pv, regs->rflags, masked);
	frame[n++] = regs->rsp;
	frame[n++] = regs->ss;
	if (!push_frame(v, regs, frame, n * sizeof(frame[0])))
		return false;
	enter_handler(v, regs, handler, mask_events);
	return true;
}

/* A selector could not be loaded: the guest gets those it wanted to have. */
static void deliver_failsafe(struct vcpu *v, struct cpu_user_regs *regs)
{
	struct pv_vcpu *pv = to_pv(v);
	bool masked = READ_ONCE(v->info->evtchn_upcall_mask);
	u64 frame[11] = {
		regs->rcx,
		regs->r11,
		pv->ds,
		pv->es,
		pv->fs,
		pv->gs,
		regs->rip,
		guest_cs(pv, regs->cs, masked),
		guest_rflags(pv, regs->rflags, masked),
		regs->rsp,
		regs->ss,
	};

	pv->bounce.failsafe = false;
	if (!pv->failsafe_callback) {
		irq_enable();
		domain_crash(v->domain, "no failsafe callback");
		return;
	}
	if (push_frame(v, regs, frame, sizeof(frame)))
		enter_handler(v, regs, pv->failsafe_callback,
			      pv->callback_mask & CB_MASK_FAILSAFE);
}

static void deliver_bounce(struct vcpu *v, struct cpu_user_regs *regs)
{
	struct pv_vcpu *pv = to_pv(v);
	struct pv_bounce b = pv->bounce;
	const struct pv_trap *t = &pv->traps[b.vector];

	pv->bounce.pending = false;
	if (!t->address) {
		irq_enable();
		domain_crash(v->domain,
			     "exception %u without handler, error %x, cr2 %lx",
			     b.vector, b.error_code, pv->cr2);
		return;
	}
	(void)pv_deliver(v, regs, t->address, t->mask_events, b.has_error,
			 b.error_code);
}

static void deliver_nmi(struct vcpu *v, struct cpu_user_regs *regs)
{
	struct pv_vcpu *pv = to_pv(v);
	u64 handler = pv->nmi_callback;

	clear_bit(&v->pending_work, VCPU_WORK_NMI);
	if (!handler)
		handler = pv->traps[TRAP_NMI].address;
	if (!handler)
		return;
	pv->nmi_in_service = true;
	(void)pv_deliver(v, regs, handler, true, false, 0);
}

/* Work of the layers below that can be done in the mode the vcpu is in. */
static bool has_deferred_work(const struct pv_vcpu *pv)
{
	u64 work = READ_ONCE(pv->v.pending_work) & ~BIT(VCPU_WORK_NMI);

	if (!pv->in_kernel)
		work &= ~BIT(VCPU_WORK_AREAS);
	return work;
}

static bool event_deliverable(const struct pv_vcpu *pv)
{
	return pv->event_callback &&
	       READ_ONCE(pv->v.info->evtchn_upcall_pending) &&
	       !READ_ONCE(pv->v.info->evtchn_upcall_mask);
}

/*
 * From the exit path, interrupts off on entry and return. True: something was
 * done, look again; false: nothing is left, go.
 */
bool pv_exit_work(struct cpu_user_regs *regs)
{
	struct vcpu *v = current;
	struct pv_vcpu *pv = to_pv(v);
	bool again = true;

	if (this_cpu(softirq_pending)) {
		irq_enable();
		softirq_run();
	} else if (has_deferred_work(pv)) {
		irq_enable();
		vcpu_do_pending_work(v);
	} else if (pv->bounce.pending) {
		deliver_bounce(v, regs);
	} else if (pv->bounce.failsafe) {
		deliver_failsafe(v, regs);
	} else if (test_bit(&v->pending_work, VCPU_WORK_NMI) &&
		   !pv->nmi_in_service) {
		deliver_nmi(v, regs);
	} else if (event_deliverable(pv)) {
		(void)pv_deliver(v, regs, pv->event_callback, true, false, 0);
	} else {
		again = false;
	}
	irq_disable();
	return again;
}

/* ---- what pv/entry.S leaves to C; interrupts off ---- */

void pv_syscall(struct cpu_user_regs *regs)
{
	struct vcpu *v = current;
	struct pv_vcpu *pv = to_pv(v);

	if (!pv->syscall_callback) {
		regs->rip -= 2;
		pv_inject(v, TRAP_UD, false, 0);
		return;
	}
	if (pv_deliver(v, regs, pv->syscall_callback,
		       pv->callback_mask & CB_MASK_SYSCALL, false, 0))
		regs->rflags &= ~RFLAGS_DF;
}

void pv_syscall_stack_fault(void)
{
	struct vcpu *v = current;

	irq_enable();
	domain_crash(v->domain, "kernel stack %016lx not writable",
		     to_pv(v)->entry_sp);
}

void pv_syscall32(struct cpu_user_regs *regs)
{
	struct vcpu *v = current;
	struct pv_vcpu *pv = to_pv(v);

	if (pv->in_kernel || !pv->syscall32_callback) {
		regs->rip -= 2;
		pv_inject(v, TRAP_UD, false, 0);
		return;
	}
	if (pv_deliver(v, regs, pv->syscall32_callback,
		       pv->callback_mask & CB_MASK_SYSCALL32, false, 0))
		regs->rflags &= ~RFLAGS_DF;
}

void pv_sysenter(struct cpu_user_regs *regs)
{
	struct vcpu *v = current;
	struct pv_vcpu *pv = to_pv(v);

	if (pv->in_kernel || !pv->sysenter_callback) {
		pv_inject_gp(v, 0);
		return;
	}
	(void)pv_deliver(v, regs, pv->sysenter_callback,
			 pv->callback_mask & CB_MASK_SYSENTER, false, 0);
}

/* The frame is complete and the guest in kernel mode: take it to user mode. */
void pv_iret_to_user(void)
{
	struct vcpu *v = current;

	if (to_pv(v)->user_l4_ok) {
		pv_toggle_mode(v);
		return;
	}
	irq_enable();
	domain_crash(v->domain, "return to user mode without a page table");
}

/* HYPERVISOR_iret in full: what the fast path has no room for. */
void pv_iret(struct cpu_user_regs *regs)
{
	struct vcpu *v = current;
	struct pv_vcpu *pv = to_pv(v);
	struct iret_context c;

	irq_enable();
	if (guest_copy_in(&c, regs->rsp)) {
		domain_crash(v->domain, "IRET frame at %016lx not readable",
			     regs->rsp);
		return;
	}
	irq_disable();
	if (pv->slow_iret)
		pv->iopl = (c.rflags & RFLAGS_IOPL) >> 12;
	regs->rip = c.rip;
	regs->cs = c.cs | 3;
	regs->ss = c.ss | 3;
	regs->rsp = c.rsp;
	regs->rflags = (c.rflags & FLAGS_IRET) | FLAGS_FIXED;
	regs->rax = c.rax;
	if (!(c.flags & VGCF_in_syscall)) {
		regs->rcx = c.rcx;
		regs->r11 = c.r11;
	}
	WRITE_ONCE(v->info->evtchn_upcall_mask, !(c.rflags & RFLAGS_IF));
	pv->nmi_in_service = false;
	if ((c.cs & 3) == 3)
		pv_iret_to_user();
}

/* ---- faults of the IRETQ to a guest ---- */

/*
 * The CPU has not left ring 0 and has put its frame below guest.rip, over a
 * part of the guest's frame that had just been popped: the guest's registers
 * are in the fault's frame, and go back where they belong.
 */
void guest_iret_fault(struct cpu_user_regs *regs, u64 cr2)
{
	struct cpu_user_regs *guest = guest_regs();
	u32 error_code = regs->error_code, vector = regs->entry_vector;

	memmove(guest, regs, offsetof(struct cpu_user_regs, error_code));
	guest->error_code = error_code;
	guest->entry_vector = vector;
	pv_resume_iret_fault(cr2);
}

/* Now on the frame's own stack: the guest took the fault, at its new place. */
void pv_iret_trap(struct cpu_user_regs *regs, u64 cr2)
{
	struct vcpu *v = current;
	u32 vector = regs->entry_vector;

	irq_enable();
	if (vector == TRAP_PF) {
		if (!pv_ldt_window_fault(v, cr2, regs->error_code))
			pv_inject_pf(v, cr2, regs->error_code);
		return;
	}
	pv_inject(v, vector,
		  vector == TRAP_GP || vector == TRAP_SS || vector == TRAP_NP ||
			  vector == TRAP_TS || vector == TRAP_AC,
		  regs->error_code);
}
