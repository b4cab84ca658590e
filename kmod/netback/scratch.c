// SPDX-License-Identifier: GPL-2.0-only
/*
 * A processor's work area: copy operations and what they belong to, and the
 * pool that pages of received packets come from and go back to.
 *
 * It is the processor's and not the queue's, since a poll runs to its end with
 * softirqs off: an idle queue then costs no more than its two rings.
 */
#include "netback.h"

#include <asm/xen/hypercall.h>
#include <asm/xen/page.h>
#include <linux/cpu.h>
#include <linux/vmalloc.h>

static DEFINE_PER_CPU(struct scratch *, scratches);

static int scratch_create(unsigned int cpu)
{
	struct page_pool_params params = {
		.pool_size = VIF_RING,
		.nid = cpu_to_node(cpu),
	};
	struct page_pool_params heads = {
		.flags = PP_FLAG_PAGE_FRAG,
		.pool_size = VIF_RING,
		.nid = cpu_to_node(cpu),
	};
	struct scratch *s;
	int err;

	s = kvzalloc_node(sizeof(*s), GFP_KERNEL, cpu_to_node(cpu));
	if (!s)
		return -ENOMEM;
	s->pool = page_pool_create(&params);
	if (IS_ERR(s->pool)) {
		err = PTR_ERR(s->pool);
		goto err_free;
	}
	s->heads = page_pool_create(&heads);
	if (IS_ERR(s->heads)) {
		err = PTR_ERR(s->heads);
		goto err_pool;
	}
	err = xdp_reg_mem_model(&s->mem, MEM_TYPE_PAGE_POOL, s->pool);
	if (err)
		goto err_heads;
	per_cpu(scratches, cpu) = s;
	return 0;

err_heads:
	page_pool_destroy(s->heads);
err_pool:
	page_pool_destroy(s->pool);
err_free:
	kvfree(s);
	return err;
}

void scratch_fini(void)
{
	unsigned int cpu;

	for_each_possible_cpu(cpu)
	{
		struct scratch *s = per_cpu(scratches, cpu);

		if (!s)
			continue;
		per_cpu(scratches, cpu) = NULL;
		/* destroys the pool, once its last page is back */
		xdp_unreg_mem_model(&s->mem);
		page_pool_destroy(s->heads);
		kvfree(s);
	}
}

/* Context: process; before any device exists. */
int scratch_init(void)
{
	unsigned int cpu;
	int err;

	for_each_possible_cpu(cpu)
	{
		err = scratch_create(cpu);
		if (err) {
			scratch_fini();
			return err;
		}
	}
	return 0;
}

/* Context: a poll; good until softirqs are on again. */
struct scratch *scratch_get(void)
{
	struct scratch *s = this_cpu_read(scratches);

	s->nr_ops = 0;
	s->nr_packets = 0;
	s->nr_slots = 0;
	return s;
}

/**
 * scratch_skb() - an empty packet with room for @bytes, and for headers that
 * others put in front
 *
 * Its buffer is a part of a page that comes back to the processor when the
 * packets in it are gone: the kernel's allocators would clear a page for every
 * few packets (init_on_alloc), which takes more than all else that is done for
 * a small one, and account for twice the size to the socket that keeps it.
 * Context: a poll. Returns NULL without memory.
 */
struct sk_buff *scratch_skb(struct scratch *s, unsigned int bytes)
{
	unsigned int size = SKB_HEAD_ALIGN(NET_SKB_PAD + bytes), offset;
	struct sk_buff *skb;
	struct page *page;

	page = page_pool_dev_alloc_frag(s->heads, &offset, size);
	if (!page)
		return NULL;
	skb = napi_build_skb(page_address(page) + offset, size);
	if (!skb) {
		page_pool_put_full_page(s->heads, page, false);
		return NULL;
	}
	skb_reserve(skb, NET_SKB_PAD);
	skb_mark_for_recycle(skb);
	return skb;
}

/**
 * scratch_copy() - let the hypervisor do @nr copies
 * @ops: the operations; their status says what became of each
 * @calls: counts the hypercalls
 *
 * A page that is not there at the moment (GNTST_eagain) is an error like any
 * other: polls cannot wait, and senders of packets repeat them.
 */
void scratch_copy(struct gnttab_copy *ops, unsigned int nr, u64 *calls)
{
	unsigned int at, n, i;

	for (at = 0; at < nr; at += n) {
		n = min(nr - at, COPY_CALL);
		++*calls;
		if (!HYPERVISOR_grant_table_op(GNTTABOP_copy, ops + at, n))
			continue;
		for (i = at; i < at + n; i++)
			ops[i].status = GNTST_general_error;
	}
}
