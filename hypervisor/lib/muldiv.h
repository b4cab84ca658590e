/* SPDX-License-Identifier: GPL-2.0-only */
/* a * b / c with 128 bits between, without the compiler's run time library. */
#pragma once

#include "lib/types.h"

/* The result must fit 64 bits: it is for factors that are known to be near. */
static inline u64 muldiv64(u64 a, u64 b, u64 c)
{
	u64 hi;

	__asm__("mulq %2" : "+a"(a), "=&d"(hi) : "rm"(b) : "cc");
	__asm__("divq %2" : "+a"(a), "+d"(hi) : "rm"(c) : "cc");
	return a;
}
