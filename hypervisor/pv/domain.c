// SPDX-License-Identifier: GPL-2.0-only
/* The PV kind of domain: construction, destruction, its guest_ops. */
#include "cpu/fpu.h"
#include "debug/dump.h"
#include "lib/printf.h"
#include "mm/frame.h"
#include "pv/callback.h"
#include "pv/context.h"
#include "pv/grant.h"

#define STACK_WORDS 32 /* of the guest's stack, in a dump */

static int pv_domain_init(struct domain *d)
{
	cpu_policy_init(&to_pv_domain(d)->policy);
	to_pv_domain(d)->pci_cf8 = 0;
	return 0;
}

static int pv_domain_relinquish(struct domain *d)
{
	struct vcpu *v;
	int err;

	for_each_vcpu(v, d) {
		err = pv_drop_l4s(v);
		if (err)
			return err;
		pv_drop_ldt(v);
		pv_drop_gdt(v);
	}
	return pv_relinquish_memory(d);
}

static int pv_vcpu_init(struct vcpu *v)
{
	struct pv_vcpu *pv = to_pv(v);

	pv->fpu = fpu_area_alloc();
	if (!pv->fpu)
		return -ENOMEM;
	for (unsigned int i = 0; i < ARRAY_SIZE(pv->gdt_frames); i++)
		pv->gdt_frames[i] = INVALID_MFN;
	for (unsigned int i = 0; i < ARRAY_SIZE(pv->ldt_frames); i++)
		pv->ldt_frames[i] = INVALID_MFN;
	pv_context_reset(pv);
	return 0;
}

static void pv_vcpu_fini(struct vcpu *v)
{
	struct pv_vcpu *pv = to_pv(v);

	if (pv->fpu)
		heap_free(((void **)pv->fpu)[-1]);
	pv->fpu = NULL;
}

static bool pv_kernel_mapped(const struct vcpu *v)
{
	return to_pv(v)->in_kernel;
}

/* ---- what a crash shows ---- */

static void show_stack(const struct cpu_user_regs *regs)
{
	u64 words[4];

	pr_err("guest stack from %016lx:", regs->rsp);
	for (unsigned int i = 0; i < STACK_WORDS; i += ARRAY_SIZE(words)) {
		if (guest_copy_from(words, regs->rsp + i * 8, sizeof(words))) {
			pr_err("  not readable from %016lx", regs->rsp + i * 8);
			return;
		}
		pr_err("  %016lx %016lx %016lx %016lx", words[0], words[1],
		       words[2], words[3]);
	}
}

static void show_code(const struct cpu_user_regs *regs)
{
	char text[3 * 16 + 1];
	u8 bytes[16];

	if (guest_copy_from(bytes, regs->rip, sizeof(bytes)))
		return;
	for (unsigned int i = 0; i < sizeof(bytes); i++)
		snprintf(text + 3 * i, sizeof(text) - 3 * i, " %02x", bytes[i]);
	pr_err("code at rip:%s", text);
}

/* The last hypercalls, newest last, eight numbers to a line. */
static void show_hypercalls(const struct pv_vcpu *pv)
{
	const unsigned int nr = ARRAY_SIZE(pv->last_hypercalls);
	char line[8 * 4 + 1] = "";
	unsigned int i, n = 0;
	u32 first = pv->last_hypercall < nr ? 0 : pv->last_hypercall - nr;

	pr_err("last hypercalls of %u:", pv->last_hypercall);
	for (i = first; i != pv->last_hypercall; i++) {
		n += snprintf(line + n, sizeof(line) - n, " %lu",
			      pv->last_hypercalls[i % nr]);
		if ((i - first) % 8 != 7 && i + 1 != pv->last_hypercall)
			continue;
		pr_err(" %s", line);
		n = 0;
	}
}

static void pv_show(const struct vcpu *v)
{
	const struct pv_vcpu *pv = to_pv(v);
	bool here = v == current;
	const struct cpu_user_regs *regs = here ? guest_regs() : &pv->regs;

	pr_err("d%uv%u: %s mode, %s cr3 %016lx, user cr3 %016lx, cr2 %016lx",
	       v->domain->id, v->id, pv->in_kernel ? "kernel" : "user",
	       here		? "on this CPU," :
	       v->sched.running ? "on a CPU," :
				  "off,",
	       pv->kernel_cr3, pv->user_cr3, pv->cr2);
	pr_err("kernel stack %04lx:%016lx, events %s%s", pv->kernel_ss,
	       pv->kernel_sp, v->info->evtchn_upcall_mask ? "masked" : "open",
	       v->info->evtchn_upcall_pending ? ", pending" : "");
	debug_show_registers(regs);
	/* Its memory is at hand only under its own page tables. */
	if (here) {
		show_code(regs);
		show_stack(regs);
		pr_err("tables for cr2:");
		debug_show_walk(pv->cr2);
	}
	show_hypercalls(pv);
}

const struct guest_ops pv_guest_ops = {
	.domain_size = sizeof(struct pv_domain),
	.vcpu_size = sizeof(struct pv_vcpu),
	.domain_init = pv_domain_init,
	.domain_relinquish = pv_domain_relinquish,
	.vcpu_init = pv_vcpu_init,
	.vcpu_fini = pv_vcpu_fini,
	.set_context = pv_set_context,
	.get_context = pv_get_context,
	.reset_context = pv_reset_context,
	.switch_from = pv_switch_from,
	.switch_to = pv_switch_to,
	.kernel_mapped = pv_kernel_mapped,
	.show = pv_show,
	.grant_map = pv_grant_map,
	.grant_unmap = pv_grant_unmap,
	.grant_move = pv_grant_move,
};
