// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulation of the privileged instructions that Linux as a PV guest leaves in
 * place: port I/O, control and debug registers, MSRs, a few more. What is not
 * in the list gets the #GP that the CPU meant for it.
 */
#include "cpu/features.h"
#include "cpu/fpu.h"
#include "pv/cpuid.h"
#include "pv/debugreg.h"
#include "pv/decode.h"

/* Iterations of a repeated string instruction before events are looked at. */
#define REP_MAX 1024

/* "ud2; .ascii "xen"", then CPUID: the forced-emulation form. */
static const u8 forced_cpuid[] = { 0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2 };

static void skip(const struct insn *in, struct cpu_user_regs *regs)
{
	regs->rip += in->length;
	regs->rflags &= ~RFLAGS_RF;
}

/* ---- ports ---- */

/* The guest's kernel counts as ring 1. */
static bool port_allowed(const struct pv_vcpu *pv, u16 port, unsigned int bytes)
{
	u32 last = port + bytes - 1, mask = BIT(bytes) - 1;
	u8 map[2] = { 0xff, 0xff };

	if (pv->iopl >= (pv->in_kernel ? 1 : 3))
		return true;
	if (!pv->io_bitmap_gva || last >= pv->io_bitmap_ports)
		return false;
	/* Two bytes when the ports lie in two; the second may not exist. */
	if (guest_copy_from(map, pv->io_bitmap_gva + port / 8,
			    last / 8 - port / 8 + 1))
		return false;
	return !(((u32)map[0] | (u32)map[1] << 8) >> (port % 8) & mask);
}

static bool emulate_in(struct vcpu *v, const struct insn *in,
		       struct cpu_user_regs *regs, u16 port, unsigned int bytes)
{
	if (!port_allowed(to_pv(v), port, bytes))
		return false;
	insn_write_reg(in, regs, 0, bytes, pv_port_in(v, port, bytes));
	skip(in, regs);
	return true;
}

static bool emulate_out(struct vcpu *v, const struct insn *in,
			struct cpu_user_regs *regs, u16 port,
			unsigned int bytes)
{
	if (!port_allowed(to_pv(v), port, bytes))
		return false;
	pv_port_out(v, port, bytes, insn_read_reg(in, regs, 0, bytes));
	skip(in, regs);
	return true;
}

/* One INS or OUTS; false: the fault is queued. */
static bool string_io_step(struct vcpu *v, const struct insn *in, bool input,
			   u16 port, unsigned int bytes, u64 gva)
{
	u32 val = 0;

	if (input) {
		/* The target first: data read from a device is gone. */
		if (guest_copy_from(&val, gva, bytes)) {
			pv_inject_pf(v, gva, 0x2);
			return false;
		}
		val = pv_port_in(v, port, bytes);
		if (guest_copy_to(gva, &val, bytes)) {
			pv_inject_pf(v, gva, 0x3);
			return false;
		}
		return true;
	}
	if (guest_copy_from(&val, gva, bytes)) {
		pv_inject_pf(v, gva, 0);
		return false;
	}
	pv_port_out(v, port, bytes, val);
	return true;
}

/* Stops after REP_MAX with RIP in place: the guest goes on with the rest. */
static bool emulate_string_io(struct vcpu *v, const struct insn *in,
			      struct cpu_user_regs *regs)
{
	bool input = in->opcode < 0x6e, rep = in->rep || in->repne;
	unsigned int bytes = in->opcode & 1 ? (in->opsize ? 2 : 4) : 1;
	s64 step = regs->rflags & RFLAGS_DF ? -(s64)bytes : (s64)bytes;
	u64 *index = input ? &regs->rdi : &regs->rsi;
	u16 port = (u16)regs->rdx;

	if (in->addrsize || in->segment != INSN_SEG_FLAT ||
	    !port_allowed(to_pv(v), port, bytes))
		return false;
	for (unsigned int i = 0; i < REP_MAX && (!rep || regs->rcx); i++) {
		if (!string_io_step(v, in, input, port, bytes, *index))
			return true;
		*index += step;
		if (!rep)
			break;
		regs->rcx--;
	}
	if (!rep || !regs->rcx)
		skip(in, regs);
	return true;
}

/* True when it was port I/O and is done (or its fault queued). */
static bool emulate_io(struct vcpu *v, const struct insn *in,
		       struct cpu_user_regs *regs)
{
	unsigned int bytes = in->opcode & 1 ? (in->opsize ? 2 : 4) : 1;

	switch (in->opcode) {
	case 0xe4 ... 0xe5:
		return emulate_in(v, in, regs, (u8)in->imm, bytes);
	case 0xe6 ... 0xe7:
		return emulate_out(v, in, regs, (u8)in->imm, bytes);
	case 0xec ... 0xed:
		return emulate_in(v, in, regs, (u16)regs->rdx, bytes);
	case 0xee ... 0xef:
		return emulate_out(v, in, regs, (u16)regs->rdx, bytes);
	case 0x6c ... 0x6f:
		return emulate_string_io(v, in, regs);
	default:
		return false;
	}
}

/* ---- control and debug registers ---- */

static bool read_cr(struct vcpu *v, unsigned int cr, u64 *val)
{
	struct pv_vcpu *pv = to_pv(v);

	switch (cr) {
	case 0:
		*val = (read_cr0() & ~CR0_TS) | pv->virtual_cr0_ts;
		return true;
	case 2:
		*val = pv->cr2;
		return true;
	case 3:
		*val = pv->kernel_cr3;
		return true;
	case 4:
		*val = pv_guest_cr4(pv);
		return true;
	default:
		return false;
	}
}

static bool write_cr(struct vcpu *v, unsigned int cr, u64 val)
{
	struct pv_vcpu *pv = to_pv(v);

	switch (cr) {
	case 0:
		/* Of all bits a guest may change only TS: others are ours. */
		pv->virtual_cr0_ts = val & CR0_TS;
		fpu_set_ts(val & CR0_TS);
		return true;
	case 2:
		pv->cr2 = val;
		v->info->arch.cr2 = val;
		return true;
	case 4:
		pv_set_guest_cr4(v, val);
		return true;
	default:
		return false;
	}
}

static bool emulate_xsetbv(struct vcpu *v, const struct cpu_user_regs *regs)
{
	struct pv_vcpu *pv = to_pv(v);
	u64 val = (u32)regs->rax | regs->rdx << 32;

	if (!cpu_features.xsave || !(pv_guest_cr4(pv) & CR4_OSXSAVE) ||
	    (u32)regs->rcx != 0 || !fpu_xcr0_valid(val))
		return false;
	pv->xcr0 = val;
	fpu_load_xcr0(val);
	return true;
}

/* ---- MSRs ---- */

static bool emulate_rdmsr(struct vcpu *v, struct cpu_user_regs *regs)
{
	u64 val;

	if (pv_rdmsr(v, (u32)regs->rcx, &val))
		return false;
	regs->rax = (u32)val;
	regs->rdx = val >> 32;
	return true;
}

static bool emulate_wrmsr(struct vcpu *v, const struct cpu_user_regs *regs)
{
	return !pv_wrmsr(v, (u32)regs->rcx, (u32)regs->rax | regs->rdx << 32);
}

static void emulate_cpuid(const struct vcpu *v, struct cpu_user_regs *regs)
{
	struct cpuid_leaf l;

	pv_cpuid(v->domain, (u32)regs->rax, (u32)regs->rcx, &l);
	regs->rax = l.a;
	regs->rbx = l.b;
	regs->rcx = l.c;
	regs->rdx = l.d;
}

/* ---- by opcode ---- */

static bool emulate_0f01(struct vcpu *v, const struct insn *in,
			 struct cpu_user_regs *regs)
{
	if (in->is_mem)
		return false;
	switch (in->bytes[in->length - 1]) {
	case 0xd1:
		return emulate_xsetbv(v, regs);
	default: /* LMSW: only TS, which it cannot clear */
		if ((in->reg & 7) != 6)
			return false;
		return !(*insn_gpr(regs, in->rm) & CR0_TS) ||
		       write_cr(v, 0, CR0_TS);
	}
}

static bool emulate_0f(struct vcpu *v, const struct insn *in,
		       struct cpu_user_regs *regs)
{
	u64 val;

	switch (in->opcode) {
	case 0x01:
		return emulate_0f01(v, in, regs);
	case 0x06: /* CLTS */
		return write_cr(v, 0, 0);
	case 0x08: /* INVD: no guest may drop what others wrote */
	case 0x09: /* WBINVD */
		if (v->domain->is_hardware)
			__asm__ volatile("wbinvd" ::: "memory");
		return true;
	case 0x20:
		return read_cr(v, in->reg, insn_gpr(regs, in->rm));
	case 0x21:
		return !pv_get_debugreg(v, in->reg, insn_gpr(regs, in->rm));
	case 0x22:
		return write_cr(v, in->reg, *insn_gpr(regs, in->rm));
	case 0x23:
		return !pv_set_debugreg(v, in->reg, *insn_gpr(regs, in->rm));
	case 0x30:
		return emulate_wrmsr(v, regs);
	case 0x31: /* RDTSC, when the guest has set CR4.TSD for its programs */
		val = rdtsc();
		regs->rax = (u32)val;
		regs->rdx = val >> 32;
		return true;
	case 0x32:
		return emulate_rdmsr(v, regs);
	case 0xa2: /* CPUID, on a CPU that faults on it */
		emulate_cpuid(v, regs);
		return true;
	default:
		return false;
	}
}

bool pv_emulate_privileged(struct cpu_user_regs *regs)
{
	struct vcpu *v = current;
	struct insn in;

	if (insn_fetch(&in, regs) || in.lock)
		return false;
	if (in.map == INSN_MAP_1 && emulate_io(v, &in, regs))
		return true;
	if (!to_pv(v)->in_kernel)
		return false;
	if (in.map == INSN_MAP_0F) {
		if (!emulate_0f(v, &in, regs))
			return false;
	} else if (in.opcode != 0xfa && in.opcode != 0xfb) {
		return false; /* CLI and STI do nothing: events have a mask */
	}
	skip(&in, regs);
	return true;
}

bool pv_emulate_invalid_op(struct cpu_user_regs *regs)
{
	u8 bytes[sizeof(forced_cpuid)];

	if (guest_copy_from(bytes, regs->rip, sizeof(bytes)))
		return false;
	for (unsigned int i = 0; i < sizeof(bytes); i++)
		if (bytes[i] != forced_cpuid[i])
			return false;
	emulate_cpuid(current, regs);
	regs->rip += sizeof(bytes);
	regs->rflags &= ~RFLAGS_RF;
	return true;
}
