/* SPDX-License-Identifier: GPL-2.0-only */
/* Indices that a guest chose, after the check and before the table load. */
#pragma once

#include "lib/types.h"

/*
 * @i if it is below @n, else 0, computed without a branch: a CPU that guesses
 * past the range check before it does not read past the table.
 */
static inline u64 index_clamp(u64 i, u64 n)
{
	u64 mask;

	__asm__("cmp %1, %2; sbb %0, %0" : "=r"(mask) : "r"(n), "r"(i) : "cc");
	return i & mask;
}
