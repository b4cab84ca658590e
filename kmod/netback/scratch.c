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
	err = xdp_reg_mem_model(&s->mem, MEM_TYPE_PAGE_POOL, s->pool);
	if (err)
		goto err_pool;
	per_cpu(scratches, cpu) = s;
	return 0;

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
