/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: XENMEM_exchange with numbers that overflow when multiplied,
 * lists in the hypervisor, progress that the guest claims. It once wrote where
 * a guest said; each must be refused, with no frame lost.
 */
#include "guest.h"

STORY("exchange-hostile");
/* attack: yes */

static u64 in[4], out[4];
static char *page;

static struct xen_memory_exchange good(void)
{
	struct xen_memory_exchange x = {
		.in = { .nr_extents = 1, .domid = DOMID_SELF },
		.out = { .nr_extents = 1, .domid = DOMID_SELF },
	};

	in[0] = virt_to_mfn(page);
	out[0] = M2P[in[0]];
	x.in.extent_start.p = in;
	x.out.extent_start.p = out;
	return x;
}

static void refused(struct xen_memory_exchange *x, const char *what)
{
	CHECK(HC(memory_op, XENMEM_exchange, x, 0, 0) < 0, "%s", what);
	CHECK_EQ(in[0], virt_to_mfn(page));
	*x = good();
}

static void numbers(struct xen_memory_exchange *x)
{
	x->in.nr_extents = ~0UL;
	refused(x, "in without end");
	x->in.nr_extents = 1UL << 61;
	x->out.nr_extents = 1UL << 61;
	refused(x, "both without end");
	x->in.nr_extents = x->out.nr_extents = 1UL << 32;
	refused(x, "both above 32 bits");
	x->in.extent_order = 63;
	refused(x, "order 63 in");
	x->out.extent_order = 63;
	refused(x, "order 63 out");
	x->in.extent_order = x->out.extent_order = ~0U;
	refused(x, "order of all bits");
	x->in.extent_order = 9;
	x->in.nr_extents = 1UL << 55;
	refused(x, "a product of 2^64");
	x->out.nr_extents = 2;
	refused(x, "more out than in");
	x->out.extent_order = 1;
	refused(x, "bigger out than in");
	x->nr_exchanged = 2;
	refused(x, "more done than there are");
	x->nr_exchanged = ~0UL;
	refused(x, "all done");
}

static void places(struct xen_memory_exchange *x)
{
	static const u64 ours[] = { HV_START,		0xffff818000000000,
				    0xffff830000000000, HV_END - 8,
				    0x0000800000000000, ~7UL };

	for (unsigned int i = 0; i < ARRAY_SIZE(ours); i++) {
		x->in.extent_start.p = (void *)ours[i];
		refused(x, "list of the hypervisor's");
		/* far ahead of a list that is good */
		x->nr_exchanged = (ours[i] - (u64)out) / 8;
		x->in.nr_extents = x->out.nr_extents = ~0UL >> 3;
		refused(x, "list beyond the list");
	}
	x->in.extent_start.p = (void *)HV_START;
	x->nr_exchanged = 1;
	x->in.nr_extents = x->out.nr_extents = 2;
	refused(x, "half done");
}

static void frames(struct xen_memory_exchange *x)
{
	in[0] = current_l4_mfn();
	CHECK(HC(memory_op, XENMEM_exchange, x, 0, 0) < 0, "a page table");
	in[0] = 0x7ffffff;
	CHECK(HC(memory_op, XENMEM_exchange, x, 0, 0) < 0, "no frame");
	in[0] = ~0UL;
	CHECK(HC(memory_op, XENMEM_exchange, x, 0, 0) < 0, "no number");
	in[0] = start_info->shared_info >> PAGE_SHIFT;
	CHECK(HC(memory_op, XENMEM_exchange, x, 0, 0) < 0, "shared_info");
	for (in[0] = 0x100; in[0] < 0x2000; in[0]++)
		if (M2P[in[0]] >= start_info->nr_pages)
			CHECK(HC(memory_op, XENMEM_exchange, x, 0, 0) < 0,
			      "%#lx", in[0]);
	/* still mapped */
	*x = good();
	refused(x, "in use");
	x->in.domid = 0x7000;
	refused(x, "nobody's");
	x->out.domid = 0x7000;
	refused(x, "to nobody");
}

/* The same frame twice: it can go once. */
static void twice(struct xen_memory_exchange *x)
{
	u64 pfn = M2P[in[0]];
	u64 mfn = in[0];

	*x = good();
	in[1] = in[0];
	out[1] = out[0];
	x->in.nr_extents = 2;
	x->out.nr_extents = 1;
	x->out.extent_order = 1;
	CHECK_EQ(update_va(page, 0, UVMF_INVLPG), 0);
	CHECK(HC(memory_op, XENMEM_exchange, x, 0, 0) < 0);
	CHECK_EQ(M2P[mfn], pfn);
	CHECK_EQ(update_va(page, mfn << PAGE_SHIFT | PTE_KERNEL, UVMF_INVLPG),
		 0);
	page[0] = 1;
}

void story(void)
{
	struct xen_memory_exchange x;

	page = page_new();
	x = good();
	numbers(&x);
	places(&x);
	frames(&x);
	twice(&x);
}
