/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an instruction that stores to a page table entry does to it. Pure: a
 * private copy of the instruction and values in, values out.
 */
#pragma once

#include "pv/decode.h"

enum pt_store_kind {
	PT_STORE_MOV,
	PT_STORE_XCHG,
	PT_STORE_CMPXCHG,
	PT_STORE_XADD,
	/* From here on the order of the opcodes 00, 08, .. 30. */
	PT_STORE_ADD,
	PT_STORE_OR,
	PT_STORE_ADC,
	PT_STORE_SBB,
	PT_STORE_AND,
	PT_STORE_SUB,
	PT_STORE_XOR,
	PT_STORE_NOT,
	PT_STORE_NEG,
	PT_STORE_INC,
	PT_STORE_DEC,
	PT_STORE_BTS,
	PT_STORE_BTR,
	PT_STORE_BTC,
};

struct pt_store {
	struct insn insn; /* decoded, by the caller */
	enum pt_store_kind kind;
	u8 bytes; /* of the operand: 1, 2, 4, 8 */
	u8 shift; /* of the operand in the entry, in bits */
	u64 source; /* the other operand; bit number of the BT group */
};

struct pt_effect {
	bool writes; /* cmpxchg may not */
	u64 entry; /* new, all 8 bytes */
	u64 flags, flags_mask; /* RFLAGS bits that it defines */
	bool sets_reg;
	u8 reg;
	u64 reg_value;
};

/*
 * Understands @s->insn as a store to @va. -EINVAL: another kind of instruction,
 * another address, not within one entry.
 */
int __must_check pt_store_decode(struct pt_store *s,
				 const struct cpu_user_regs *regs, u64 va);
/* What it does to the entry @old. */
void pt_store_apply(const struct pt_store *s, const struct cpu_user_regs *regs,
		    u64 old, struct pt_effect *effect);
/* Registers, flags and RIP after it. */
void pt_effect_commit(const struct pt_effect *effect, const struct pt_store *s,
		      struct cpu_user_regs *regs);
