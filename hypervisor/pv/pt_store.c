// SPDX-License-Identifier: GPL-2.0-only
/*
 * Instructions that store to page table entries: all general register forms
 * that kernels use there, with their flags.
 */
#include "pv/pt_store.h"

#include "debug/log.h"

#define FLAG_CF 0x001UL
#define FLAG_PF 0x004UL
#define FLAG_AF 0x010UL
#define FLAG_ZF 0x040UL
#define FLAG_SF 0x080UL
#define FLAG_OF 0x800UL
#define FLAGS	(FLAG_CF | FLAG_PF | FLAG_AF | FLAG_ZF | FLAG_SF | FLAG_OF)

#define REG_RAX 0

static u64 operand_mask(unsigned int bytes)
{
	return bytes == 8 ? ~0UL : (1UL << bytes * 8) - 1;
}

static u64 source_reg(const struct pt_store *s,
		      const struct cpu_user_regs *regs)
{
	return insn_read_reg(&s->insn, regs, s->insn.reg, s->bytes);
}

/* ---- which instruction ---- */

/* An opcode whose lowest bit tells bytes from wider operands. */
static void set_kind(struct pt_store *s, enum pt_store_kind kind)
{
	s->kind = kind;
	s->bytes = s->insn.opcode & 1 ? s->insn.op_bytes : 1;
}

static int decode_alu(struct pt_store *s, const struct cpu_user_regs *regs)
{
	/* 7 is cmp. */
	if (s->insn.opcode >> 3 >= 7)
		return -EINVAL;
	set_kind(s, PT_STORE_ADD + (s->insn.opcode >> 3));
	s->source = source_reg(s, regs);
	return 0;
}

static int decode_group(struct pt_store *s)
{
	unsigned int digit = s->insn.reg & 7;

	s->source = s->insn.imm;
	switch (s->insn.opcode) {
	case 0x80:
	case 0x81:
	case 0x83:
		if (digit == 7)
			return -EINVAL;
		set_kind(s, PT_STORE_ADD + digit);
		return 0;
	case 0xc6:
	case 0xc7:
		if (digit)
			return -EINVAL;
		set_kind(s, PT_STORE_MOV);
		return 0;
	case 0xf6:
	case 0xf7:
		if (digit != 2 && digit != 3)
			return -EINVAL;
		set_kind(s, digit == 2 ? PT_STORE_NOT : PT_STORE_NEG);
		return 0;
	default: /* fe ff */
		if (digit > 1)
			return -EINVAL;
		set_kind(s, digit ? PT_STORE_DEC : PT_STORE_INC);
		return 0;
	}
}

static int decode_map1(struct pt_store *s, const struct cpu_user_regs *regs)
{
	switch (s->insn.opcode) {
	case 0x86:
	case 0x87:
	case 0x88:
	case 0x89:
		set_kind(s,
			 s->insn.opcode < 0x88 ? PT_STORE_XCHG : PT_STORE_MOV);
		s->source = source_reg(s, regs);
		return 0;
	case 0x80:
	case 0x81:
	case 0x83:
	case 0xc6:
	case 0xc7:
	case 0xf6:
	case 0xf7:
	case 0xfe:
	case 0xff:
		return decode_group(s);
	default:
		if (s->insn.opcode < 0x40 && (s->insn.opcode & 7) < 2)
			return decode_alu(s, regs);
		return -EINVAL;
	}
}

/* The register form of the BT group reaches beyond its operand. */
static u64 decode_bit_reg(struct pt_store *s, const struct cpu_user_regs *regs)
{
	unsigned int bits = s->bytes * 8;
	u64 raw = source_reg(s, regs);
	s64 bit = (s64)(raw << (64 - bits)) >> (64 - bits);

	s->source = bit & (bits - 1);
	return (u64)((bit - (s64)s->source) / 8);
}

static int decode_map0f(struct pt_store *s, const struct cpu_user_regs *regs,
			u64 *offset)
{
	static const enum pt_store_kind bit_kind[] = { PT_STORE_BTS,
						       PT_STORE_BTR,
						       PT_STORE_BTC };
	unsigned int digit = s->insn.reg & 7;

	s->bytes = s->insn.op_bytes;
	switch (s->insn.opcode) {
	case 0xab:
	case 0xb3:
	case 0xbb:
		s->kind = bit_kind[(s->insn.opcode - 0xab) >> 3];
		*offset = decode_bit_reg(s, regs);
		return 0;
	case 0xba:
		if (digit < 5)
			return -EINVAL;
		s->kind = bit_kind[digit - 5];
		s->source = s->insn.imm & (s->bytes * 8 - 1);
		return 0;
	case 0xb0:
	case 0xb1:
	case 0xc0:
	case 0xc1:
		set_kind(s, s->insn.opcode < 0xc0 ? PT_STORE_CMPXCHG :
						    PT_STORE_XADD);
		s->source = source_reg(s, regs);
		return 0;
	case 0xc3: /* movnti */
		s->kind = PT_STORE_MOV;
		s->source = source_reg(s, regs);
		return 0;
	default:
		return -EINVAL;
	}
}

int pt_store_decode(struct pt_store *s, const struct cpu_user_regs *regs,
		    u64 va)
{
	u64 offset = 0;
	int err;

	if (!s->insn.is_mem || s->insn.segment != INSN_SEG_FLAT)
		return fail(-EINVAL);
	err = s->insn.map == INSN_MAP_0F ? decode_map0f(s, regs, &offset) :
					   decode_map1(s, regs);
	if (err)
		return fail(err);
	if (s->insn.ea + offset != va || va & (s->bytes - 1))
		return fail(-EINVAL);
	s->shift = (va & 7) * 8;
	return 0;
}

/* ---- what it does ---- */

/* ZF, SF and PF of a result. */
static u64 result_flags(u64 r, unsigned int bytes)
{
	u64 flags = 0;

	if (!(r & operand_mask(bytes)))
		flags |= FLAG_ZF;
	if (r >> (bytes * 8 - 1) & 1)
		flags |= FLAG_SF;
	if (!__builtin_parity(r & 0xff))
		flags |= FLAG_PF;
	return flags;
}

/* @carries: bit n set when there was a carry (borrow) out of bit n. */
static u64 carry_flags(u64 carries, u64 overflow, unsigned int bytes)
{
	u64 flags = 0;

	if (carries >> (bytes * 8 - 1) & 1)
		flags |= FLAG_CF;
	if (carries >> 3 & 1)
		flags |= FLAG_AF;
	if (overflow >> (bytes * 8 - 1) & 1)
		flags |= FLAG_OF;
	return flags;
}

static u64 add(u64 a, u64 b, u64 carry, unsigned int bytes, u64 *flags)
{
	u64 r = a + b + carry;

	*flags = result_flags(r, bytes) | carry_flags((a & b) | ((a | b) & ~r),
						      (a ^ r) & (b ^ r), bytes);
	return r;
}

static u64 subtract(u64 a, u64 b, u64 borrow, unsigned int bytes, u64 *flags)
{
	u64 r = a - b - borrow;

	*flags = result_flags(r, bytes) | carry_flags((~a & b) | ((~a | b) & r),
						      (a ^ b) & (a ^ r), bytes);
	return r;
}

static u64 alu(enum pt_store_kind kind, u64 a, u64 b, u64 carry,
	       unsigned int bytes, u64 *flags)
{
	u64 r;

	switch (kind) {
	case PT_STORE_ADD:
		return add(a, b, 0, bytes, flags);
	case PT_STORE_ADC:
		return add(a, b, carry, bytes, flags);
	case PT_STORE_SUB:
		return subtract(a, b, 0, bytes, flags);
	case PT_STORE_SBB:
		return subtract(a, b, carry, bytes, flags);
	case PT_STORE_OR:
		r = a | b;
		break;
	case PT_STORE_AND:
		r = a & b;
		break;
	default:
		r = a ^ b;
		break;
	}
	*flags = result_flags(r, bytes);
	return r;
}

static void effect_reg(struct pt_effect *e, const struct pt_store *s, u64 value)
{
	e->sets_reg = true;
	e->reg = s->insn.reg;
	e->reg_value = value;
}

static u64 apply_cmpxchg(const struct pt_store *s,
			 const struct cpu_user_regs *regs, u64 operand,
			 struct pt_effect *e)
{
	u64 expected = insn_read_reg(&s->insn, regs, REG_RAX, s->bytes);

	e->flags_mask = FLAGS;
	subtract(expected, operand, 0, s->bytes, &e->flags);
	if (e->flags & FLAG_ZF)
		return s->source;
	e->writes = false;
	e->sets_reg = true;
	e->reg = REG_RAX;
	e->reg_value = operand;
	return operand;
}

static u64 apply_bit(const struct pt_store *s, u64 operand, struct pt_effect *e)
{
	u64 bit = 1UL << s->source;

	e->flags_mask = FLAG_CF;
	e->flags = operand & bit ? FLAG_CF : 0;
	if (s->kind == PT_STORE_BTS)
		return operand | bit;
	return s->kind == PT_STORE_BTR ? operand & ~bit : operand ^ bit;
}

static u64 apply_unary(const struct pt_store *s, u64 operand,
		       struct pt_effect *e)
{
	if (s->kind == PT_STORE_NOT)
		return ~operand;
	e->flags_mask = FLAGS;
	if (s->kind == PT_STORE_NEG)
		return subtract(0, operand, 0, s->bytes, &e->flags);
	e->flags_mask &= ~FLAG_CF;
	if (s->kind == PT_STORE_INC)
		return add(operand, 1, 0, s->bytes, &e->flags);
	return subtract(operand, 1, 0, s->bytes, &e->flags);
}

static u64 apply_operand(const struct pt_store *s,
			 const struct cpu_user_regs *regs, u64 operand,
			 struct pt_effect *e)
{
	switch (s->kind) {
	case PT_STORE_XCHG:
		effect_reg(e, s, operand);
		return s->source;
	case PT_STORE_MOV:
		return s->source;
	case PT_STORE_CMPXCHG:
		return apply_cmpxchg(s, regs, operand, e);
	case PT_STORE_XADD:
		effect_reg(e, s, operand);
		e->flags_mask = FLAGS;
		return add(operand, s->source, 0, s->bytes, &e->flags);
	case PT_STORE_NOT:
	case PT_STORE_NEG:
	case PT_STORE_INC:
	case PT_STORE_DEC:
		return apply_unary(s, operand, e);
	case PT_STORE_BTS:
	case PT_STORE_BTR:
	case PT_STORE_BTC:
		return apply_bit(s, operand, e);
	default:
		e->flags_mask = FLAGS;
		return alu(s->kind, operand, s->source & operand_mask(s->bytes),
			   regs->rflags & FLAG_CF, s->bytes, &e->flags);
	}
}

void pt_store_apply(const struct pt_store *s, const struct cpu_user_regs *regs,
		    u64 old, struct pt_effect *effect)
{
	u64 mask = operand_mask(s->bytes);
	u64 result;

	*effect = (struct pt_effect){ .writes = true };
	result = apply_operand(s, regs, old >> s->shift & mask, effect) & mask;
	effect->entry = (old & ~(mask << s->shift)) | result << s->shift;
}

void pt_effect_commit(const struct pt_effect *effect, const struct pt_store *s,
		      struct cpu_user_regs *regs)
{
	if (effect->sets_reg)
		insn_write_reg(&s->insn, regs, effect->reg, s->bytes,
			       effect->reg_value);
	regs->rflags = (regs->rflags & ~effect->flags_mask) |
		       (effect->flags & effect->flags_mask);
	regs->rip += s->insn.length;
}
