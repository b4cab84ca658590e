// SPDX-License-Identifier: GPL-2.0-only
/* The instruction decoder: see pv/decode.h. Long mode, 64-bit code. */
#include "pv/decode.h"
#include "include/errno.h"
#include "lib/string.h"

#define REX_W 8
#define REX_R 4
#define REX_X 2
#define REX_B 1

/*
 * What follows an opcode: . not known, - nothing, m ModRM, b one byte, i 2 or 4
 * bytes by operand size, B and I both, q as many as the operand has, a address.
 */
/* One byte opcodes; TEST of f6 and f7 has an immediate besides. */
static const char map1_layout[] = "mmmmbi..mmmmbi.." /* 00 */
				  "mmmmbi..mmmmbi.." /* 10 */
				  "mmmmbi..mmmmbi.." /* 20 */
				  "mmmmbi..mmmmbi.." /* 30 */
				  "................" /* 40 */
				  "................" /* 50 */
				  "...m.....I.B----" /* 60 */
				  "................" /* 70 */
				  "BI.Bmmmmmmmm.m.m" /* 80 */
				  "----------------" /* 90 */
				  "aaaa----bi------" /* a0 */
				  "bbbbbbbbqqqqqqqq" /* b0 */
				  "BB.-..BI....-b.-" /* c0 */
				  "mmmm............" /* d0 */
				  "....bbbb....----" /* e0 */
				  ".-..--mm------mm" /* f0 */;

/* Two byte opcodes, 0f first. */
static const char map0f_layout[] = "mmmm.-----.-.m.." /* 00 */
				   "mm......mmmmmmmm" /* 10 */
				   "mmmm....mm......" /* 20 */
				   "------.........." /* 30 */
				   "mmmmmmmmmmmmmmmm" /* 40 */
				   "................" /* 50 */
				   "..............mm" /* 60 */
				   "..............mm" /* 70 */
				   "................" /* 80 */
				   "mmmmmmmmmmmmmmmm" /* 90 */
				   "..-mBm.....mBmmm" /* a0 */
				   "mm.m..mm..Bmmmmm" /* b0 */
				   "mm.m...m........" /* c0 */
				   "................" /* d0 */
				   "................" /* e0 */
				   "................" /* f0 */;

#define GPR(name) offsetof(struct cpu_user_regs, name)

u64 *insn_gpr(struct cpu_user_regs *regs, unsigned int n)
{
	static const u8 offset[16] = {
		GPR(rax), GPR(rcx), GPR(rdx), GPR(rbx), GPR(rsp), GPR(rbp),
		GPR(rsi), GPR(rdi), GPR(r8),  GPR(r9),	GPR(r10), GPR(r11),
		GPR(r12), GPR(r13), GPR(r14), GPR(r15),
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

static bool take_immediate(struct insn *in, char layout)
{
	s64 imm = 0;
	bool ok = true;

	if (in->map == INSN_MAP_1 && (in->opcode & 0xfe) == 0xf6 &&
	    (in->reg & 6) == 0)
		layout = in->opcode == 0xf6 ? 'B' : 'I';
	if (layout == 'b' || layout == 'B')
		ok = take_signed(in, 1, &imm);
	else if (layout == 'i' || layout == 'I')
		ok = take_signed(in, in->op_bytes == 2 ? 2 : 4, &imm);
	else if (layout == 'q')
		ok = take_signed(in, in->op_bytes, &imm);
	in->imm = (u64)imm;
	return ok;
}

int insn_decode(struct insn *in, const struct cpu_user_regs *regs)
{
	bool rip_relative = false;
	char layout;

	in->length = 0;
	if (!take_opcode(in))
		return -EINVAL;
	layout = in->map == INSN_MAP_1 ? map1_layout[in->opcode] :
					 map0f_layout[in->opcode];
	if (layout == '.')
		return -EINVAL;
	if (strchr("mBI", layout) && !take_modrm(in, regs, &rip_relative))
		return -EINVAL;
	if (layout == 'a') {
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
