/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: XENMEM_exchange, on which all DMA of dom0 rests: the count it
 * reports, contiguity, the address limit, frames that are still in use.
 */
#include "guest.h"

STORY("exchange");

#define N 64

static u64 in[N], out_pfn;
static char *pages[N];

static long exchange(struct xen_memory_exchange *x, unsigned int bits)
{
	memset(x, 0, sizeof(*x));
	x->in.nr_extents = N;
	x->in.domid = DOMID_SELF;
	x->in.extent_start.p = in;
	x->out.nr_extents = 1;
	x->out.extent_order = 6;
	x->out.mem_flags = XENMEMF_address_bits(bits);
	x->out.domid = DOMID_SELF;
	x->out.extent_start.p = &out_pfn;
	return HC(memory_op, XENMEM_exchange, x, 0, 0);
}

void story(void)
{
	struct xen_memory_exchange x;
	u64 first_pfn;

	for (int i = 0; i < N; i++) {
		pages[i] = page_new();
		in[i] = virt_to_mfn(pages[i]);
	}
	first_pfn = out_pfn = M2P[in[0]];
	/* still mapped: all of nothing */
	CHECK(exchange(&x, 32) < 0);
	CHECK_EQ(x.nr_exchanged, 0);
	for (int i = 0; i < N; i++)
		CHECK_EQ(update_va(pages[i], 0, UVMF_INVLPG), 0);
	out_pfn = first_pfn;
	CHECK_EQ(exchange(&x, 32), 0);
	CHECK_EQ(x.nr_exchanged, N);
	CHECK_EQ(out_pfn % N, 0);
	CHECK(out_pfn < 1UL << 20);
	for (u64 i = 0; i < N; i++) {
		CHECK_EQ(M2P[out_pfn + i], first_pfn + i);
		p2m[first_pfn + i] = out_pfn + i;
		CHECK_EQ(update_va(pages[i],
				   (out_pfn + i) << PAGE_SHIFT | PTE_KERNEL,
				   UVMF_INVLPG),
			 0);
		*(volatile u64 *)pages[i] = i;
	}
	/* impossible widths fail and change nothing */
	for (int i = 0; i < N; i++) {
		CHECK_EQ(update_va(pages[i], 0, UVMF_INVLPG), 0);
		in[i] = out_pfn + (u64)i;
	}
	out_pfn = first_pfn;
	CHECK(exchange(&x, 13) < 0);
	CHECK_EQ(x.nr_exchanged, 0);
	for (u64 i = 0; i < N; i++)
		CHECK_EQ(update_va(pages[i], in[i] << PAGE_SHIFT | PTE_KERNEL,
				   UVMF_INVLPG),
			 0);
}
