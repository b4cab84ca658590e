/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: the state a domain is started with, which a program of dom0
 * sent. Contexts full of what no CPU takes must be refused or end that domain,
 * never the machine; and a domain that crashes takes nothing along.
 */
#include "victim.h"

STORY("victim-contexts");
/* attack: yes */

static struct vcpu_guest_context ctx;
static struct xen_domctl op;
static domid_t id;
static char *window;

static int set_context(void)
{
	op.u.vcpucontext.vcpu = 0;
	op.u.vcpucontext.ctxt.p = &ctx;
	return domctl(&op, XEN_DOMCTL_setvcpucontext, id);
}

/* Frame 0 an empty L4, pinned for it. */
static void make_l4(void)
{
	struct mmuext_op pin = { .cmd = MMUEXT_PIN_L4_TABLE };

	pin.arg1.mfn = victim_mfn[0];
	CHECK_EQ(HC(mmuext_op, &pin, 1, 0, id), 0);
}

static void good_context(void)
{
	memset(&ctx, 0, sizeof(ctx));
	ctx.flags = VGCF_in_kernel | VGCF_online;
	ctx.user_regs.rip = 0xffffffff80000000;
	ctx.user_regs.rsp = 0xffffffff80001000;
	ctx.user_regs.cs = FLAT_KERNEL_CS;
	ctx.user_regs.ss = FLAT_KERNEL_SS;
	ctx.user_regs.rflags = 0x200;
	ctx.ctrlreg[3] = xen_pfn_to_cr3(victim_mfn[0]);
}

static void refused(const char *what)
{
	CHECK(set_context() < 0, "%s", what);
	good_context();
}

static void refusals(void)
{
	good_context();
	ctx.ctrlreg[3] = xen_pfn_to_cr3(current_l4_mfn());
	refused("our L4");
	ctx.ctrlreg[3] = xen_pfn_to_cr3(0x7ffffff);
	refused("no frame");
	ctx.ctrlreg[3] = ~0UL;
	refused("no address");
	ctx.ctrlreg[1] = xen_pfn_to_cr3(current_l4_mfn());
	refused("our L4 for user mode");
	ctx.gdt_ents = 512;
	ctx.gdt_frames[0] = virt_to_mfn(window);
	refused("our page as GDT");
	ctx.gdt_ents = ~0UL;
	refused("a GDT without end");
	ctx.ldt_ents = ~0UL;
	refused("an LDT without end");
	ctx.ldt_ents = 1;
	ctx.ldt_base = 0x0000800000000000;
	refused("an LDT in the hole");
	ctx.trap_ctxt[3].address = 0x0000800000000000;
	ctx.event_callback_eip = 0xdeadbeefdeadbeef;
	/* this one may be taken: addresses are looked at when used, too */
	set_context();
	good_context();
}

/* A wild but formally right one; then it runs, and ends by a crash. */
static void runs_wild(void)
{
	good_context();
	ctx.user_regs.rip = 0x1234567812345678;
	ctx.user_regs.rsp = 0xffff830000001000;
	ctx.user_regs.cs = 0xe008;
	ctx.user_regs.ss = 0xe010;
	ctx.user_regs.ds = 0x1233;
	ctx.user_regs.es = 0xffff;
	ctx.user_regs.fs = 0xe008;
	ctx.user_regs.gs = 0x7;
	ctx.user_regs.rflags = ~0UL;
	ctx.kernel_sp = 0xffff830000001000;
	ctx.fs_base = 0xffff830000000000;
	ctx.debugreg[7] = 0;
	memset(&ctx.fpu_ctxt, 0xff, sizeof(ctx.fpu_ctxt));
	if (set_context()) {
		good_context();
		CHECK_EQ(set_context(), 0);
	}
}

static void ends_by_crash(void)
{
	CHECK_EQ(domctl(&op, XEN_DOMCTL_unpausedomain, id), 0);
	CHECK(wait_for(({
		HC(sched_op, SCHEDOP_yield, 0, 0, 0);
		domctl(&op, XEN_DOMCTL_getdomaininfo, id);
		op.u.getdomaininfo.flags &XEN_DOMINF_shutdown;
	})));
	CHECK_EQ(op.u.getdomaininfo.flags >> XEN_DOMINF_shutdownshift & 255,
		 SHUTDOWN_crash);
}

void story(void)
{
	window = page_new();
	for (int round = 0; round < 4; round++) {
		id = victim_new();
		make_l4();
		refusals();
		if (round & 1) {
			runs_wild();
		} else {
			good_context();
			CHECK_EQ(set_context(), 0);
		}
		ends_by_crash();
		CHECK(victim_destroy(id));
	}
}
