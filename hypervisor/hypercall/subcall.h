/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls whose operations have one structure in guest memory each: a table
 * says how large it is and what of it is an answer, one function copies.
 */
#pragma once

#include "hypercall/hypercall.h"

#define SUB_HW	1 /* only for the domain that owns the hardware */
#define SUB_DOM 2 /* on the domain whose domid the structure begins with */

struct subcall {
	/* NULL: -ENOSYS. @d: as SUB_DOM says, or current's; @op: our copy. */
	long (*fn)(struct domain *d, void *op);
	u8 flags; /* SUB_HW, SUB_DOM */
	u16 bytes, out_at, out_bytes; /* the structure, the answer in it */
	/* Or NULL: the answer cannot be written. */
	void (*undo)(struct domain *d, void *op);
};

/* The structure's members of a row: no answer, one field, or all of it. */
#define SUB_IN(type) sizeof(struct type), 0, 0
#define SUB_OUT(type, field)                               \
	sizeof(struct type), offsetof(struct type, field), \
		sizeof(((struct type *)0)->field)
#define SUB_ALL_OUT(type) sizeof(struct type), 0, sizeof(struct type)

/*
 * Operation @cmd with the structure at @gva. The answer is written when the
 * result is 0. -ENOSYS, -EPERM, -EFAULT, or what the operation returns.
 */
long subcall(const struct subcall *subs, u32 nr, u32 cmd, u64 gva);
