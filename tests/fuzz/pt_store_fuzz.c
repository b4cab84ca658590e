// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any bytes as an instruction that stores to a page table entry: nothing
 * outside the operand changes, the instruction is as long as what was read.
 */
/* links: pv/pt_store.c pv/decode.c */
#include "pv/pt_store.h"

#include <stdlib.h>
#include <string.h>

struct input {
	u64 regs[16], rflags, old;
	u8 va_offset;
	u8 bytes[INSN_MAX];
};

int LLVMFuzzerTestOneInput(const u8 *data, size_t size);

static void check(const struct pt_store *s, const struct pt_effect *e,
		  const struct cpu_user_regs *before,
		  const struct cpu_user_regs *after, u64 old)
{
	u64 mask = s->bytes == 8 ? ~0UL :
				   ((1UL << s->bytes * 8) - 1) << s->shift;

	if (s->shift + s->bytes * 8 > 64 || (e->entry ^ old) & ~mask)
		abort();
	if (s->insn.length > s->insn.nr_bytes ||
	    after->rip != before->rip + s->insn.length)
		abort();
	/* Arithmetic flags only. */
	if ((before->rflags ^ after->rflags) & ~0x8d5UL)
		abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
	struct cpu_user_regs regs = { .rip = 0xffffffff81000000 }, before;
	struct pt_store s = { .kind = 0 };
	struct pt_effect e;
	struct input in;

	if (size < offsetof(struct input, bytes) + 1)
		return 0;
	memset(&in, 0, sizeof(in));
	memcpy(&in, data, size < sizeof(in) ? size : sizeof(in));
	for (unsigned int i = 0; i < 16; i++)
		*insn_gpr(&regs, i) = in.regs[i];
	regs.rflags = in.rflags;
	s.insn.nr_bytes = size < sizeof(in) ?
				  size - offsetof(struct input, bytes) :
				  INSN_MAX;
	memcpy(s.insn.bytes, in.bytes, s.insn.nr_bytes);
	if (insn_decode(&s.insn, &regs))
		return 0;
	if (pt_store_decode(&s, &regs, s.insn.ea + (s8)in.va_offset))
		return 0;
	before = regs;
	pt_store_apply(&s, &regs, in.old, &e);
	pt_effect_commit(&e, &s, &regs);
	check(&s, &e, &before, &regs, in.old);
	return 0;
}
