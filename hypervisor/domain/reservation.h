/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A domain's memory as it grows, shrinks and is exchanged. Extents are 2^order
 * contiguous frames. The ABI above it: <xen/memory.h>.
 */
#pragma once

#include "domain/domain.h"

/* Largest extents: what is done for one is done without a break. */
#define EXTENT_ORDER_MAX_DOM0 10
#define EXTENT_ORDER_MAX      9

/*
 * A new extent below 2^@addr_bits (0: anywhere) as pages @pfn up, with M2P.
 * -ENOMEM: none free, claimed by others, or over the domain's limit; -EAGAIN:
 * memory that was free is being cleaned for it, ask again, but look first
 * whether something waits for this CPU.
 */
int __must_check reservation_populate(struct domain *d, u64 pfn,
				      unsigned int order,
				      unsigned int addr_bits, mfn_t *first);
/* The same for a domain that sets M2P itself. */
int __must_check reservation_increase(struct domain *d, unsigned int order,
				      unsigned int addr_bits, mfn_t *first);
/*
 * Takes an extent out of @d; a frame is freed when nothing maps it any more.
 * -EINVAL: a frame is not the domain's, or was given back before; those below
 * it are gone.
 */
int __must_check reservation_decrease(struct domain *d, mfn_t m,
				      unsigned int order);

struct exchange {
	unsigned int in_order, out_order;
	u32 nr_in, nr_out; /* extents; the same number of frames on both sides
			    */
	unsigned int addr_bits;
	u64 *in; /* first frames of extents to give */
	u64 *out; /* first pages of extents to get; then their first frames */
};

/*
 * All or nothing: -EINVAL when @d does not own a frame or something maps it,
 * -ENOMEM when no extents of that kind are free, -EAGAIN as above.
 */
int __must_check reservation_exchange(struct domain *d, struct exchange *x);

/*
 * Sets @nr pages aside for @d to be populated later, 0 gives the claim up.
 * -ENOMEM: not there, -EINVAL: over the domain's limit or below what it has.
 */
int __must_check reservation_claim(struct domain *d, u64 nr);
