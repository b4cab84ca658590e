/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A decoder for the few x86-64 instructions that are emulated: prefixes,
 * opcode, ModRM, SIB, displacement and immediate, and the address of the
 * memory operand. It knows the layout of instructions, not their meaning.
 *
 * Pure: works on a private copy of the bytes, so the guest cannot change an
 * instruction between decoding and emulation.
 */
#pragma once

#include "include/abi.h"
#include "lib/types.h"

#define INSN_MAX 15

enum insn_map {
	INSN_MAP_1, /* one byte opcodes */
	INSN_MAP_0F, /* two bytes, 0f first */
};

enum insn_segment {
	INSN_SEG_FLAT, /* none, or one whose base is 0 in long mode */
	INSN_SEG_FS,
	INSN_SEG_GS,
};

struct insn {
	u8 bytes[INSN_MAX];
	u8 nr_bytes; /* how many could be read */
	u8 length; /* of the whole instruction */

	bool lock, rep, repne, opsize, addrsize; /* prefixes f0 f3 f2 66 67 */
	enum insn_segment segment;
	u8 rex;
	enum insn_map map;
	u8 opcode;
	bool has_modrm;
	u8 mod, reg, rm; /* with the REX bits added */
	bool is_mem; /* the rm operand is memory, at address ea */
	u64 ea; /* without the base of the segment */
	u8 op_bytes; /* operand size of non-byte forms: 2, 4, 8 */
	u64 imm; /* sign extended */
};

/*
 * Decodes in->bytes[0 .. nr_bytes) as 64-bit code executed with @regs. Returns
 * 0; -EINVAL when it is no instruction of the kinds above or is cut short.
 */
int __must_check insn_decode(struct insn *in, const struct cpu_user_regs *regs);
/*
 * Copies the bytes at @regs->rip from current's memory and decodes them.
 * -EFAULT: nothing readable there; -EINVAL as above, or not flat 64-bit code.
 */
int __must_check insn_fetch(struct insn *in, const struct cpu_user_regs *regs);
/* Only reads the bytes: in->bytes, in->nr_bytes. -EFAULT when there is none. */
int __must_check insn_fetch_bytes(struct insn *in,
				  const struct cpu_user_regs *regs);

/* General register @n (0 rax .. 15 r15) in a frame. */
u64 *insn_gpr(struct cpu_user_regs *regs, unsigned int n);
/* Value of register @n as @bytes wide operand; ah..bh without REX. */
u64 insn_read_reg(const struct insn *in, const struct cpu_user_regs *regs,
		  unsigned int n, unsigned int bytes);
/* Stores as the CPU does: 4-byte results clear the upper half. */
void insn_write_reg(const struct insn *in, struct cpu_user_regs *regs,
		    unsigned int n, unsigned int bytes, u64 val);
