/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Instructions of ours that may fault, each with the place to go on at. The
 * table is the section ex_table; the linker gives it its start and end.
 */
#pragma once

#ifdef __ASSEMBLER__
/* clang-format off */

.macro EX_TABLE insn, fixup
	.pushsection ex_table, "a"
	.balign 4
	.long \insn - .
	.long \fixup - .
	.popsection
.endm

/* clang-format on */
#else

#include "lib/types.h"

/* In inline assembly: labels of the instruction and of where to go on. */
#define EX_TABLE(insn, fixup)            \
	".pushsection ex_table, \"a\"\n" \
	".balign 4\n"                    \
	".long " insn " - .\n"           \
	".long " fixup " - .\n"          \
	".popsection\n"

/* Where to go on after a fault at @rip; 0: the fault was not foreseen. */
u64 extable_find(u64 rip);

#endif
