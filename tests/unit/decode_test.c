// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: the decoder takes an instruction for a longer or shorter
 * one, finds the wrong operand address, or reads past the bytes it was given.
 * Known instructions (as the GNU assembler makes them) with their lengths,
 * operands and addresses; each also cut short at every byte.
 */
/* links: pv/decode.c */
#include "pv/decode.h"

#include <stdio.h>
#include <string.h>

#include "include/errno.h"
#include "test.h"

#define RIP 0xffffffff81000000UL

struct sample {
	const char *text;
	u8 bytes[INSN_MAX + 1];
	u8 length;
	u8 opcode;
	enum insn_map map;
	bool is_mem;
	u64 ea;
	u64 imm;
	u8 reg;
};

/* rax 0x1000, rcx 0x10, rbx 0x2000, rsp 0x3000, rbp 0x4000, r12 0x5000 */
static const struct sample samples[] = {
	{ "mov %rax,(%rbx)", { 0x48, 0x89, 0x03 }, 3, 0x89, 0, 1, 0x2000, 0, 0 },
	{ "mov %rax,8(%rsp)",
	  { 0x48, 0x89, 0x44, 0x24, 0x08 },
	  5,
	  0x89,
	  0,
	  1,
	  0x3008,
	  0,
	  0 },
	{ "mov %r9,-8(%rbp)",
	  { 0x4c, 0x89, 0x4d, 0xf8 },
	  4,
	  0x89,
	  0,
	  1,
	  0x3ff8,
	  0,
	  9 },
	{ "mov %rax,(%r12)",
	  { 0x49, 0x89, 0x04, 0x24 },
	  4,
	  0x89,
	  0,
	  1,
	  0x5000,
	  0,
	  0 },
	{ "mov %rax,(%rbx,%rcx,8)",
	  { 0x48, 0x89, 0x04, 0xcb },
	  4,
	  0x89,
	  0,
	  1,
	  0x2080,
	  0,
	  0 },
	{ "mov %rax,0x100(,%rcx,4)",
	  { 0x48, 0x89, 0x04, 0x8d, 0x00, 0x01, 0x00, 0x00 },
	  8,
	  0x89,
	  0,
	  1,
	  0x140,
	  0,
	  0 },
	{ "mov %rax,0x10(%rip)",
	  { 0x48, 0x89, 0x05, 0x10, 0, 0, 0 },
	  7,
	  0x89,
	  0,
	  1,
	  RIP + 7 + 0x10,
	  0,
	  0 },
	{ "movq $-1,(%rbx)",
	  { 0x48, 0xc7, 0x03, 0xff, 0xff, 0xff, 0xff },
	  7,
	  0xc7,
	  0,
	  1,
	  0x2000,
	  ~0UL,
	  0 },
	{ "movw $0x1234,(%rbx)",
	  { 0x66, 0xc7, 0x03, 0x34, 0x12 },
	  5,
	  0xc7,
	  0,
	  1,
	  0x2000,
	  0x1234,
	  0 },
	{ "movabs $..,%rax",
	  { 0x48, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8 },
	  10,
	  0xb8,
	  0,
	  0,
	  0,
	  0x0807060504030201UL,
	  0 },
	{ "lock cmpxchg %rcx,(%rbx)",
	  { 0xf0, 0x48, 0x0f, 0xb1, 0x0b },
	  5,
	  0xb1,
	  1,
	  1,
	  0x2000,
	  0,
	  1 },
	{ "lock andb $0xfd,(%rbx)",
	  { 0xf0, 0x80, 0x23, 0xfd },
	  4,
	  0x80,
	  0,
	  1,
	  0x2000,
	  (u64)-3,
	  4 },
	{ "lock btrq $6,(%rbx)",
	  { 0xf0, 0x48, 0x0f, 0xba, 0x33, 0x06 },
	  6,
	  0xba,
	  1,
	  1,
	  0x2000,
	  6,
	  6 },
	{ "in $0x71,%al", { 0xe4, 0x71 }, 2, 0xe4, 0, 0, 0, 0x71, 0 },
	{ "rep insw", { 0xf3, 0x66, 0x6d }, 3, 0x6d, 0, 0, 0, 0, 0 },
	{ "out %eax,(%dx)", { 0xef }, 1, 0xef, 0, 0, 0, 0, 0 },
	{ "wrmsr", { 0x0f, 0x30 }, 2, 0x30, 1, 0, 0, 0, 0 },
	{ "mov %cr8,%r9", { 0x45, 0x0f, 0x20, 0xc1 }, 4, 0x20, 1, 0, 0, 0, 8 },
	{ "xsetbv", { 0x0f, 0x01, 0xd1 }, 3, 0x01, 1, 0, 0, 0, 2 },
	{ "testb $1,(%rbx)", { 0xf6, 0x03, 0x01 }, 3, 0xf6, 0, 1, 0x2000, 1, 0 },
	{ "notq (%rbx)", { 0x48, 0xf7, 0x13 }, 3, 0xf7, 0, 1, 0x2000, 0, 2 },
	{ "mov %eax,(%ebx)", { 0x67, 0x89, 0x03 }, 3, 0x89, 0, 1, 0x2000, 0, 0 },
	{ "mov %al,moffs",
	  { 0xa2, 0, 0x10, 0, 0, 0, 0, 0, 0 },
	  9,
	  0xa2,
	  0,
	  1,
	  0x1000,
	  0,
	  0 },
};

static const struct cpu_user_regs registers = {
	.rax = 0x1000,
	.rcx = 0x10,
	.rbx = 0x2000,
	.rsp = 0x3000,
	.rbp = 0x4000,
	.r12 = 0x5000,
	.rip = RIP,
};

static int decode(struct insn *in, const u8 *bytes, unsigned int nr)
{
	memset(in, 0, sizeof(*in));
	memcpy(in->bytes, bytes, nr);
	in->nr_bytes = nr;
	return insn_decode(in, &registers);
}

TEST(known_instructions)
{
	unsigned int i;
	struct insn in;

	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		const struct sample *s = &samples[i];

		printf("# %s\n", s->text);
		REQUIRE(EXPECT_EQ(decode(&in, s->bytes, INSN_MAX), 0));
		EXPECT_EQ(in.length, s->length);
		EXPECT_EQ(in.map, s->map);
		EXPECT_EQ(in.opcode, s->opcode);
		EXPECT_EQ(in.is_mem, s->is_mem);
		EXPECT_EQ(in.imm, s->imm);
		if (in.is_mem)
			EXPECT_EQ(in.ea, s->ea);
		if (in.has_modrm)
			EXPECT_EQ(in.reg, s->reg);
	}
}

TEST(cut_short_is_refused)
{
	unsigned int i, nr;
	struct insn in;

	for (i = 0; i < ARRAY_SIZE(samples); i++)
		for (nr = 0; nr < samples[i].length; nr++)
			EXPECT_EQ(decode(&in, samples[i].bytes, nr), -EINVAL);
}

/* Prefixes without end, and whatever else: the length stays in bounds. */
TEST(random_bytes_stay_in_bounds)
{
	u8 bytes[INSN_MAX];
	unsigned int i, k, nr;
	struct insn in;

	memset(bytes, 0x66, sizeof(bytes));
	EXPECT_EQ(decode(&in, bytes, INSN_MAX), -EINVAL);
	for (i = 0; i < 1000000; i++) {
		for (k = 0; k < INSN_MAX; k++)
			bytes[k] = test_random();
		if (i & 1)
			bytes[0] = 0x0f;
		nr = test_random_below(INSN_MAX + 1);
		if (decode(&in, bytes, nr) == 0)
			REQUIRE(in.length > 0 && in.length <= nr);
	}
}

TEST(registers_of_all_widths)
{
	struct cpu_user_regs regs = { .rax = 0x1122334455667788UL,
				      .rsp = 0x99aabbccddeeff00UL };
	struct insn plain = { .rex = 0 }, rex = { .rex = 0x40 };

	EXPECT_EQ(insn_read_reg(&plain, &regs, 4, 1), 0x77); /* ah */
	EXPECT_EQ(insn_read_reg(&rex, &regs, 4, 1), 0); /* spl */
	EXPECT_EQ(insn_read_reg(&plain, &regs, 0, 4), 0x55667788);
	insn_write_reg(&plain, &regs, 4, 1, 0xab);
	EXPECT_EQ(regs.rax, 0x112233445566ab88UL);
	insn_write_reg(&plain, &regs, 0, 2, 0xcdef);
	EXPECT_EQ(regs.rax, 0x112233445566cdefUL);
	insn_write_reg(&plain, &regs, 0, 4, 0x1);
	EXPECT_EQ(regs.rax, 1);
	insn_write_reg(&rex, &regs, 4, 1, 0x42);
	EXPECT_EQ(regs.rsp, 0x99aabbccddeeff42UL);
}
