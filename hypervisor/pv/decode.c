// SPDX-License-Identifier: GPL-2.0-only
/* The instruction decoder: see pv/decode.h. Long mode, 64-bit code. */
#include "pv/decode.h"
#include "include/errno.h"
#include "lib/string.h"

#define REX_W 8
#define REX_R 4
#define REX_X 2
#define REX_B 1

/* What follows the opcode. */
#define OP_NONE	 0x00
#define OP_MODRM 0x01
#define OP_IMM8	 0x02
#define OP_IMM	 0x04 /* 2 or 4 bytes by operand size */
#define OP_IMM64 0x08 /* mov reg, imm: 8 bytes with REX.W */
#define OP_MOFFS 0x10 /* mov with an absolute address */
#define OP_BAD	 0x80

static u8 map1_layout(u8 op)
{
	switch (op) {
	case 0x00 ... 0x3f: /* arithmetic: 6 forms each */
		switch (op & 7) {
		case 0 ... 3:
			return OP_MODRM;
		case 4:
			return OP_IMM8;
		case 5:
			return OP_IMM;
		}
		return OP_BAD;
	case 0x63:
	case 0x84 ... 0x8b:
	case 0x8d:
	case 0x8f:
	case 0xd0 ... 0xd3:
	case 0xfe ... 0xff:
		return OP_MODRM;
	case 0x80:
	case 0x83:
	case 0xc0 ... 0xc1:
	case 0xc6:
		return OP_MODRM | OP_IMM8;
	case 0x81:
	case 0xc7:
	case 0x69:
		return OP_MODRM | OP_IMM;
	case 0x6b:
		return OP_MODRM | OP_IMM8;
	case 0xa0 ... 0xa3:
		return OP_MOFFS;
	case 0xa8:
	case 0xb0 ... 0xb7:
	case 0xcd:
	case 0xe4 ... 0xe7:
		return OP_IMM8;
	case 0xa9:
		return OP_IMM;
	case 0xb8 ... 0xbf:
		return OP_IMM64;
	case 0xf6: /* TEST alone has an immediate: added after ModRM */
	case 0xf7:
		return OP_MODRM;
	case 0x6c ... 0x6f: /* string I/O */
	case 0x90 ... 0x9f:
	case 0xa4 ... 0xa7: /* string operations */
	case 0xaa ... 0xaf:
	case 0xc3:
	case 0xcc:
	case 0xcf:
	case 0xec ... 0xef:
	case 0xf1:
	case 0xf4 ... 0xf5:
	case 0xf8 ... 0xfd:
		return OP_NONE;
	default:
		return OP_BAD;
	}
}

static u8 map0f_layout(u8 op)
{
	switch (op) {
	case 0x05 ... 0x09: /* syscall clts sysret invd wbinvd */
	case 0x0b:
	case 0x30 ... 0x35: /* wrmsr rdtsc rdmsr rdpmc sysenter sysexit */
	case 0xa2: /* cpuid */
		return OP_NONE;
	case 0x00 ... 0x03:
	case 0x0d:
	case 0x10 ... 0x11:
	case 0x18 ... 0x23: /* nops, control and debug registers */
	case 0x28 ... 0x29:
	case 0x40 ... 0x4f:
	case 0x6e ... 0x6f:
	case 0x7e ... 0x7f:
	case 0x90 ... 0x9f:
	case 0xa3:
	case 0xa5:
	case 0xab:
	case 0xad ... 0xb1: /* .. xadd family, cmpxchg */
	case 0xb3:
	case 0xb6 ... 0xb7:
	case 0xbb ... 0xc1:
	case 0xc3:
	case 0xc7:
		return OP_MODRM;
	case 0xa4:
	case 0xac:
	case 0xba:
		return OP_MODRM | OP_IMM8;
	default:
		return OP_BAD;
	}
}

u64 *insn_gpr(struct cpu_user_regs *regs, unsigned int n)
{
	static const u8 offset[16] = {
		offsetof(struct cpu_user_regs, rax),
		offsetof(struct cpu_user_regs, rcx),
		offsetof(struct cpu_user_regs, rdx),
		offsetof(struct cpu_user_regs, rbx),
		offsetof(struct cpu_user_regs, rsp),
		offsetof(struct cpu_user_regs, rbp),
		offsetof(struct cpu_user_regs, rsi),
		offsetof(struct cpu_user_regs, rdi),
		offsetof(struct cpu_user_regs, r8),
		offsetof(struct cpu_user_regs, r9),
		offsetof(struct cpu_user_regs, r10),
		offsetof(struct cpu_user_regs, r11),
		offsetof(struct cpu_user_regs, r12),
		offsetof(struct cpu_user_regs, r13),
		offsetof(struct cpu_user_regs, r14),
		offsetof(struct cpu_user_regs, r15),
	};

	return (u64 *)((u8 *)regs + offset[n & 15]);
}

static u64 gpr(const struct cpu_user_regs *regs, unsigned int n)
{
	return *insn_gpr((struct cpu_user_regs *)regs, n);
}

static u64 low_bytes(unsigned int bytes)
{
	return bytes == 8 ? ~0UL : BIT(bytes * 8) - 1;
}

/* Without REX, byte registers 4-7 are ah ch dh bh. */
static bool is_high_byte(const struct insn *in, unsigned int n,
			 unsigned int bytes)
{
	return bytes == 1 && !in->rex && n >= 4 && n < 8;
}

u64 insn_read_reg(const struct insn *in, const struct cpu_user_regs *regs,
		  unsigned int n, unsigned int bytes)
{
	if (is_high_byte(in, n, bytes))
		return gpr(regs, n - 4) >> 8 & 0xff;
	return gpr(regs, n) & low_bytes(bytes);
}

void insn_write_reg(const struct insn *in, struct cpu_user_regs *regs,
		    unsigned int n, unsigned int bytes, u64 val)
{
	u64 *reg, keep;

	if (is_high_byte(in, n, bytes)) {
		reg = insn_gpr(regs, n - 4);
		*reg = (*reg & ~0xff00UL) | (val & 0xff) << 8;
		return;
	}
	reg = insn_gpr(regs, n);
	keep = bytes < 4 ? ~low_bytes(bytes) : 0;
	*reg = (*reg & keep) | (val & low_bytes(bytes));
}

/* ---- reading the bytes ---- */

static bool take(struct insn *in, unsigned int bytes, u64 *val)
{
	*val = 0;
	if (bytes > (unsigned int)(in->nr_bytes - in->length))
		return false;
	memcpy(val, in->bytes + in->length, bytes);
	in->length += bytes;
	return true;
}

static bool take_signed(struct insn *in, unsigned int bytes, s64 *val)
{
	unsigned int shift = 64 - bytes * 8;
	u64 raw;

	if (!take(in, bytes, &raw))
		return false;
	*val = (s64)(raw << shift) >> shift;
	return true;
}

/* True when @b is a legacy prefix; a REX prefix is not one. */
static bool take_prefix(struct insn *in, u8 b)
{
	switch (b) {
	case 0xf0:
		in->lock = true;
		return true;
	case 0xf2:
		in->repne = true;
		return true;
	case 0xf3:
		in->rep = true;
		return true;
	case 0x66:
		in->opsize = true;
		return true;
	case 0x67:
		in->addrsize = true;
		return true;
	case 0x64:
		in->segment = INSN_SEG_FS;
		return true;
	case 0x65:
		in->segment = INSN_SEG_GS;
		return true;
	case 0x26:
	case 0x2e:
	case 0x36:
	case 0x3e:
		return true; /* no effect in long mode */
	default:
		return false;
	}
}

static bool take_opcode(struct insn *in)
{
	u64 b;

	do {
		if (!take(in, 1, &b))
			return false;
	} while (take_prefix(in, b));
	if ((b & 0xf0) == 0x40) {
		in->rex = b;
		if (!take(in, 1, &b))
			return false;
	}
	in->map = INSN_MAP_1;
	if (b == 0x0f) {
		in->map = INSN_MAP_0F;
		if (!take(in, 1, &b))
			return false;
	}
	in->opcode = b;
	in->op_bytes = in->rex & REX_W ? 8 : in->opsize ? 2 : 4;
	return true;
}

static bool take_sib(struct insn *in, const struct cpu_user_regs *regs, u64 *ea,
		     bool *disp32)
{
	unsigned int base, index;
	u64 sib;

	if (!take(in, 1, &sib))
		return false;
	base = sib & 7;
	index = (sib >> 3 & 7) | (in->rex & REX_X ? 8 : 0);
	*ea = 0;
	*disp32 = base == 5 && in->mod == 0;
	if (!*disp32)
		*ea = gpr(regs, base | (in->rex & REX_B ? 8 : 0));
	if (index != 4)
		*ea += gpr(regs, index) << (sib >> 6);
	return true;
}

/* RIP-relative operands count from the end: completed in insn_decode(). */
static bool take_modrm(struct insn *in, const struct cpu_user_regs *regs,
		       bool *rip_relative)
{
	bool disp32 = false;
	s64 disp = 0;
	u64 b;

	if (!take(in, 1, &b))
		return false;
	in->has_modrm = true;
	in->mod = b >> 6;
	in->reg = (b >> 3 & 7) | (in->rex & REX_R ? 8 : 0);
	in->rm = (b & 7) | (in->rex & REX_B ? 8 : 0);
	if (in->mod == 3)
		return true;
	in->is_mem = true;
	if ((b & 7) == 4) {
		if (!take_sib(in, regs, &in->ea, &disp32))
			return false;
	} else if ((b & 7) == 5 && in->mod == 0) {
		*rip_relative = true;
		disp32 = true;
		in->ea = 0;
	} else {
		in->ea = gpr(regs, in->rm);
	}
	if (in->mod == 1 && !take_signed(in, 1, &disp))
		return false;
	if ((in->mod == 2 || disp32) && !take_signed(in, 4, &disp))
		return false;
	in->ea += (u64)disp;
	return true;
}

static bool take_immediate(struct insn *in, u8 layout)
{
	s64 imm = 0;

	if (in->map == INSN_MAP_1 && (in->opcode & 0xfe) == 0xf6 &&
	    (in->reg & 6) == 0)
		layout |= in->opcode == 0xf6 ? OP_IMM8 : OP_IMM;
	if ((layout & OP_IMM8) && !take_signed(in, 1, &imm))
		return false;
	if ((layout & OP_IMM) &&
	    !take_signed(in, in->op_bytes == 2 ? 2 : 4, &imm))
		return false;
	if ((layout & OP_IMM64) && !take_signed(in, in->op_bytes, &imm))
		return false;
	in->imm = (u64)imm;
	return true;
}

int insn_decode(struct insn *in, const struct cpu_user_regs *regs)
{
	bool rip_relative = false;
	u8 layout;

	in->length = 0;
	if (!take_opcode(in))
		return -EINVAL;
	layout = in->map == INSN_MAP_1 ? map1_layout(in->opcode) :
					 map0f_layout(in->opcode);
	if (layout & OP_BAD)
		return -EINVAL;
	if ((layout & OP_MODRM) && !take_modrm(in, regs, &rip_relative))
		return -EINVAL;
	if (layout & OP_MOFFS) {
		in->is_mem = true;
		if (!take(in, in->addrsize ? 4 : 8, &in->ea))
			return -EINVAL;
	}
	if (!take_immediate(in, layout))
		return -EINVAL;
	if (rip_relative)
		in->ea += regs->rip + in->length;
	if (in->addrsize)
		in->ea = (u32)in->ea;
	return 0;
}
