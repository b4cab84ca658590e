// SPDX-License-Identifier: GPL-2.0-only
/* Constants for hypercall/entry.S; see cpu/asm-offsets.c. */
#include "cpu/offsets.h"
#include "hypercall/hypercall.h"

void hypercall_offsets(void);

void hypercall_offsets(void)
{
	DEFINE(HYPERCALL_SIZE, sizeof(struct hypercall));
	OFFSET(HYPERCALL_fn, struct hypercall, fn);
	OFFSET(HYPERCALL_who, struct hypercall, who);
}
