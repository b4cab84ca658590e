// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of instructions that may fault, and the accesses to MSRs that may
 * not exist.
 */
#include "cpu/extable.h"
#include "cpu/system.h"
#include "include/errno.h"

struct ex_entry { /* distances from the field itself */
	s32 insn;
	s32 fixup;
};

extern const struct ex_entry __start_ex_table[], __stop_ex_table[];

/* A few dozen entries, looked at only after a fault: no need to sort them. */
u64 extable_find(u64 rip)
{
	const struct ex_entry *e;

	for (e = __start_ex_table; e < __stop_ex_table; e++)
		if ((u64)&e->insn + (s64)e->insn == rip)
			return (u64)&e->fixup + (s64)e->fixup;
	return 0;
}

int rdmsr_safe(u32 msr, u64 *val)
{
	u32 lo = 0, hi = 0;
	int err = 0;

	__asm__ volatile("1: rdmsr\n"
			 "2:\n"
			 ".pushsection .text.fixup, \"ax\"\n"
			 "3: mov %[efault], %[err]\n"
			 "jmp 2b\n"
			 ".popsection\n" EX_TABLE("1b", "3b")
			 : "+a"(lo), "+d"(hi), [err] "+r"(err)
			 : "c"(msr), [efault] "i"(-EFAULT));
	*val = (u64)hi << 32 | lo;
	return err;
}
