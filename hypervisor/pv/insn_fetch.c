// SPDX-License-Identifier: GPL-2.0-only
/* Reads the instruction that a guest was executing; pv/decode.c decodes it. */
#include "lib/string.h"
#include "pv/decode.h"
#include "pv/pv.h"

#define SELECTOR_TI 4 /* in the LDT */
#define LAR_LONG    BIT(21)

/* Is the code segment a 64-bit one? Those of an LDT are never taken for it. */
static bool is_code64(u16 sel)
{
	u32 rights = 0;

	if (sel == GUEST_CS64)
		return true;
	if (sel & SELECTOR_TI)
		return false;
	/* Leaves the register alone when the selector is no good. */
	__asm__("lar %1, %0" : "+r"(rights) : "r"((u32)sel) : "cc");
	return rights & LAR_LONG;
}

int insn_fetch_bytes(struct insn *in, const struct cpu_user_regs *regs)
{
	u64 rest = PAGE_SIZE - (regs->rip & (PAGE_SIZE - 1));

	memset(in, 0, sizeof(*in));
	if (!guest_copy_from(in->bytes, regs->rip, INSN_MAX)) {
		in->nr_bytes = INSN_MAX;
		return 0;
	}
	/* It may end on this page, and the next one not be there. */
	if (rest >= INSN_MAX || guest_copy_from(in->bytes, regs->rip, rest))
		return -EFAULT;
	in->nr_bytes = rest;
	return 0;
}

int insn_fetch(struct insn *in, const struct cpu_user_regs *regs)
{
	int err;

	if (!is_code64(regs->cs))
		return -EINVAL;
	err = insn_fetch_bytes(in, regs);
	return err ? err : insn_decode(in, regs);
}
