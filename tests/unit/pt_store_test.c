// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: an emulated store to a page table entry does not do what
 * the CPU does: another value, flag, register or length.
 *
 * Random instructions of all forms that are emulated, with random operands, run
 * on this machine's CPU and through the emulation; all results are compared.
 */
/* links: pv/pt_store.c pv/decode.c */
#include "pv/pt_store.h"

#include <string.h>
#include <sys/mman.h>

#include "include/errno.h"
#include "test.h"

#define CF	    0x001UL
#define AF	    0x010UL
#define ARITH_FLAGS 0x8d5UL

struct form {
	u8 map; /* 0x0f or 0 */
	u8 opcode;
	s8 digit; /* in ModRM.reg, -1: a register */
	u8 imm_bytes; /* 4: as the operand size says, at most 4 */
	bool byte; /* operand */
	bool lockable;
	u64 flags; /* that the instruction defines */
};

#define ALU(op)                                              \
	{ 0, (op), -1, 0, true, true, ARITH_FLAGS },         \
	{                                                    \
		0, (op) + 1, -1, 0, false, true, ARITH_FLAGS \
	}
#define GROUP1(d)                                            \
	{ 0, 0x80, d, 1, true, true, ARITH_FLAGS },          \
		{ 0, 0x81, d, 4, false, true, ARITH_FLAGS }, \
	{                                                    \
		0, 0x83, d, 1, false, true, ARITH_FLAGS      \
	}

static const struct form forms[] = {
	ALU(0x00),
	ALU(0x08),
	ALU(0x10),
	ALU(0x18),
	ALU(0x20),
	ALU(0x28),
	ALU(0x30),
	GROUP1(0),
	GROUP1(1),
	GROUP1(2),
	GROUP1(3),
	GROUP1(4),
	GROUP1(5),
	GROUP1(6),
	{ 0, 0x86, -1, 0, true, true, 0 },
	{ 0, 0x87, -1, 0, false, true, 0 },
	{ 0, 0x88, -1, 0, true, false, 0 },
	{ 0, 0x89, -1, 0, false, false, 0 },
	{ 0, 0xc6, 0, 1, true, false, 0 },
	{ 0, 0xc7, 0, 4, false, false, 0 },
	{ 0, 0xf6, 2, 0, true, true, 0 },
	{ 0, 0xf7, 2, 0, false, true, 0 },
	{ 0, 0xf6, 3, 0, true, true, ARITH_FLAGS },
	{ 0, 0xf7, 3, 0, false, true, ARITH_FLAGS },
	{ 0, 0xfe, 0, 0, true, true, ARITH_FLAGS & ~CF },
	{ 0, 0xff, 0, 0, false, true, ARITH_FLAGS & ~CF },
	{ 0, 0xfe, 1, 0, true, true, ARITH_FLAGS & ~CF },
	{ 0, 0xff, 1, 0, false, true, ARITH_FLAGS & ~CF },
	{ 0x0f, 0xb0, -1, 0, true, true, ARITH_FLAGS },
	{ 0x0f, 0xb1, -1, 0, false, true, ARITH_FLAGS },
	{ 0x0f, 0xc0, -1, 0, true, true, ARITH_FLAGS },
	{ 0x0f, 0xc1, -1, 0, false, true, ARITH_FLAGS },
	{ 0x0f, 0xba, 5, 1, false, true, CF },
	{ 0x0f, 0xba, 6, 1, false, true, CF },
	{ 0x0f, 0xba, 7, 1, false, true, CF },
	{ 0x0f, 0xab, -1, 0, false, true, CF },
	{ 0x0f, 0xb3, -1, 0, false, true, CF },
	{ 0x0f, 0xbb, -1, 0, false, true, CF },
};

struct machine {
	u64 rax, rcx, rdx, rdi, flags;
};

static u8 *code; /* one instruction and RET, executable */
static u64 memory[8] __attribute__((aligned(64)));

static void run_native(struct machine *m)
{
	__asm__ volatile("push %[flags]\n\tpopfq\n\t"
			 "call *%[code]\n\t"
			 "pushfq\n\tpop %[flags]\n\tcld"
			 : "+a"(m->rax), "+c"(m->rcx), "+d"(m->rdx),
			   "+D"(m->rdi), [flags] "+r"(m->flags)
			 : [code] "r"(code)
			 : "memory", "cc");
}

/* ModRM: [rdi], and rax, rcx, rdx or ah, ch, dh. */
static unsigned int assemble(u8 *to, const struct form *f, bool wide)
{
	unsigned int n = 0, imm = f->imm_bytes;
	bool opsize = !f->byte && !wide && test_random() & 1;
	u8 reg = test_random_below(3);

	if (f->lockable && test_random() & 1)
		to[n++] = 0xf0;
	if (opsize)
		to[n++] = 0x66;
	if (wide && !f->byte)
		to[n++] = 0x48;
	else if (f->byte && wide)
		to[n++] = 0x40;
	else if (f->byte && f->digit < 0 && test_random() & 1)
		reg += 4;
	if (reg == 7)
		reg = 4;
	if (f->map)
		to[n++] = f->map;
	to[n++] = f->opcode;
	to[n++] = (f->digit < 0 ? reg : f->digit) << 3 | 7;
	if (imm == 4 && opsize)
		imm = 2;
	while (imm--)
		to[n++] = test_random();
	return n;
}

static unsigned int operand_bytes(const struct insn *in, const struct form *f)
{
	return f->byte ? 1 : in->op_bytes;
}

static u64 interesting(void)
{
	static const u64 values[] = { 0,	 1,
				      ~0UL,	 0x80,
				      0x8000,	 0x80000000,
				      1UL << 63, 0x7fffffffffffffff };

	if (test_random() & 1)
		return test_random();
	return values[test_random_below(ARRAY_SIZE(values))];
}

static bool compare(const struct form *f, const struct machine *native,
		    const struct cpu_user_regs *r, u64 memory_native,
		    u64 memory_emulated)
{
	bool ok = true;
	u64 flags = f->flags;

	/* After and, or, xor AF is undefined. */
	if (!f->map && (f->opcode < 0x40 || (f->opcode & 0xfc) == 0x80))
		flags &= ~AF;
	ok = EXPECT_EQ(memory_emulated, memory_native) && ok;
	ok = EXPECT_EQ(r->rax, native->rax) && ok;
	ok = EXPECT_EQ(r->rcx, native->rcx) && ok;
	ok = EXPECT_EQ(r->rdx, native->rdx) && ok;
	ok = EXPECT_EQ(r->rflags & flags, native->flags & flags) && ok;
	return ok;
}

static void one(const struct form *f)
{
	struct machine m = { interesting(), interesting(), interesting(), 0,
			     0x202 | (test_random() & ARITH_FLAGS) };
	struct cpu_user_regs r = { .rip = 0x1000 };
	struct pt_store s = { .kind = 0 };
	struct pt_effect e;
	u64 before[8], after, slot, va;
	unsigned int n;

	n = assemble(code, f, test_random() & 1);
	code[n] = 0xc3;
	memcpy(s.insn.bytes, code, n);
	s.insn.nr_bytes = n;
	if (!EXPECT(!insn_decode(&s.insn, &r)))
		return;
	for (u32 i = 0; i < 8; i++)
		memory[i] = before[i] = interesting();
	/* A register that says which bit may reach seven words around. */
	if (f->map && f->digit < 0 && (f->opcode & 0xe7) == 0xa3)
		m.rax = m.rcx = m.rdx = test_random_below(128);
	m.rdi = (u64)&memory[2] + test_random_below(8) /
					  operand_bytes(&s.insn, f) *
					  operand_bytes(&s.insn, f);
	r.rax = m.rax;
	r.rcx = m.rcx;
	r.rdx = m.rdx;
	r.rdi = m.rdi;
	r.rflags = m.flags;
	EXPECT(!insn_decode(&s.insn, &r));
	run_native(&m);
	/* Where the CPU stored is what the fault would have named. */
	va = m.rdi;
	if (pt_store_decode(&s, &r, va)) {
		u64 bits = operand_bytes(&s.insn, f) * 8;

		if (!EXPECT(f->map && (f->opcode & 0xe7) == 0xa3))
			return;
		va += (m.rcx & (bits == 16 ? 0xffff : 0xffffffff)) / bits *
		      bits / 8;
		if (!EXPECT(!pt_store_decode(&s, &r, va)))
			return;
	}
	slot = (va - (u64)memory) / 8;
	pt_store_apply(&s, &r, before[slot], &e);
	after = e.writes ? e.entry : before[slot];
	pt_effect_commit(&e, &s, &r);
	EXPECT_EQ(r.rip, 0x1000 + n);
	if (!compare(f, &m, &r, memory[slot], after))
		test_note("opcode %02x %02x /%d, %u bytes", f->map, f->opcode,
			  f->digit, n);
	for (u32 i = 0; i < 8; i++)
		if (i != slot)
			EXPECT_EQ(memory[i], before[i]);
}

TEST(emulated_stores_do_what_the_cpu_does)
{
	unsigned long rounds = test_rounds(300000, 30000000);

	code = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	REQUIRE(code != MAP_FAILED);
	for (unsigned long i = 0; i < rounds; i++)
		one(&forms[test_random_below(ARRAY_SIZE(forms))]);
}

TEST(other_addresses_and_instructions_are_refused)
{
	static const struct {
		u8 bytes[8];
		unsigned int n;
	} bad[] = {
		{ { 0x48, 0x8b, 0x07 }, 3 }, /* mov (%rdi),%rax */
		{ { 0x48, 0x39, 0x07 }, 3 }, /* cmp */
		{ { 0x48, 0x83, 0x3f, 0 }, 4 }, /* cmp $0 */
		{ { 0x64, 0x48, 0x89, 0x07 }, 4 }, /* %fs: */
		{ { 0x65, 0x48, 0x89, 0x07 }, 4 }, /* %gs: */
		{ { 0x48, 0xff, 0x37 }, 3 }, /* push (%rdi) */
		{ { 0x48, 0x0f, 0xba, 0x27, 1 }, 5 }, /* bt: no store */
		{ { 0x48, 0x89, 0xc7 }, 3 }, /* mov %rax,%rdi */
	};
	struct cpu_user_regs r = { .rdi = 0x1000 };
	struct pt_store s;

	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(&s, 0, sizeof(s));
		memcpy(s.insn.bytes, bad[i].bytes, bad[i].n);
		s.insn.nr_bytes = bad[i].n;
		if (!insn_decode(&s.insn, &r) &&
		    !EXPECT(pt_store_decode(&s, &r, 0x1000)))
			test_note("case %u", i);
	}
	memcpy(s.insn.bytes, "\x48\x89\x07", 3);
	s.insn.nr_bytes = 3;
	REQUIRE(!insn_decode(&s.insn, &r));
	EXPECT(!pt_store_decode(&s, &r, 0x1000));
	EXPECT(pt_store_decode(&s, &r, 0x1008));
	r.rdi = 0x1004; /* across two entries */
	REQUIRE(!insn_decode(&s.insn, &r));
	EXPECT(pt_store_decode(&s, &r, 0x1004));
}
