/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: segment registers over the change of modes. User mode loads
 * selectors, good and bad; its GS base is not the kernel's; what it loads must
 * neither leak into the kernel nor make the hypervisor trip.
 */
#include "user.h"

STORY("user-segments");

#define CODE_VA 0x400000UL

static const u64 kernel_word = 0x6b6b;

/* mov %ax, %es|%ss|%ds|%fs|%gs; syscall */
static int load(unsigned int reg, u16 sel)
{
	char code[] = "\x8e\xc0\x0f\x05";

	code[1] = (char)(0xc0 | reg << 3);
	return user_run(code, 4, sel);
}

static u64 kernel_gs(void)
{
	u64 v;

	__asm__ volatile("movq %%gs:0, %0" : "=r"(v)::"memory");
	return v;
}

static void selectors(void)
{
	static const unsigned int regs[] = { 0, 3, 4, 5 };
	static const u16 bad[] = { 0x1233,	0xffff, 0xe008,
				   0xe030 & ~3, 0x17,	0xe04b };

	for (unsigned int i = 0; i < ARRAY_SIZE(regs); i++) {
		CHECK_EQ(load(regs[i], FLAT_USER_DS32), TRAP_SYSCALL);
		HC(sched_op, SCHEDOP_yield, 0, 0, 0);
		CHECK_EQ(load(regs[i], 0), TRAP_SYSCALL);
		for (unsigned int j = 0; j < ARRAY_SIZE(bad); j++) {
			int got = load(regs[i], bad[j]);

			CHECK(got == 13 || got == 11 || got == TRAP_SYSCALL,
			      "%#x in %u: %d", bad[j], regs[i], got);
		}
		CHECK_EQ(load(regs[i], 0x1233), 13);
		CHECK_EQ(user_exit.error_code, 0x1230);
	}
	/* NUL is no stack of ring 3 */
	CHECK_EQ(load(2, 0), 13);
}

static void bases(void)
{
	/* mov %gs:0x10, %rax; syscall */
	static const char read_gs[] = "\x65\x48\x8b\x04\x25\x10\0\0\0\x0f\x05";

	CHECK_EQ(HC(set_segment_base, SEGBASE_GS_KERNEL, &kernel_word, 0, 0),
		 0);
	CHECK_EQ(HC(set_segment_base, SEGBASE_GS_USER, CODE_VA, 0, 0), 0);
	*(u64 *)(user_code + 0x10) = 0x7575;
	memcpy(user_code + 0x80, read_gs, 11);
	for (int i = 0; i < 100; i++) {
		CHECK_EQ(user_run_at(CODE_VA + 0x80, 0), TRAP_SYSCALL);
		CHECK_EQ(user_exit.rax, 0x7575);
		CHECK_EQ(kernel_gs(), kernel_word);
		HC(sched_op, SCHEDOP_yield, 0, 0, 0);
	}
	/* a selector sets the base, of the user's GS alone */
	CHECK_EQ(load(5, FLAT_USER_DS32), TRAP_SYSCALL);
	CHECK_EQ(kernel_gs(), kernel_word);
	memcpy(user_code + 0x80, read_gs, 11);
	CHECK_EQ(user_run_at(CODE_VA + 0x80, 0), 14);
	CHECK_EQ(user_exit.cr2, 0x10);
	CHECK_EQ(kernel_gs(), kernel_word);
}

void story(void)
{
	user_begin(CODE_VA);
	bases();
	selectors();
	CHECK_EQ(kernel_gs(), kernel_word);
	user_end();
}
