// SPDX-License-Identifier: GPL-2.0-only
/* memory_op: memory maps, where the M2P is, and frames that are a domain's
 * resources. */
#include "boot/boot.h"
#include "domain/grant.h"
#include "hypercall/hypercall.h"
#include "hypercall/memory_op.h"
#include "lib/string.h"
#include "mm/frame.h"

/* A domain's own map: as many entries as firmware could have. */
#define DOMAIN_E820_MAX 1024

/* Entries to the guest's buffer, their number to @arg. */
static long reply_map(u64 arg, const struct e820_entry *map, u32 nr)
{
	struct xen_memory_map op;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	op.nr_entries = MIN((u32)op.nr_entries, nr);
	if (guest_copy_to((u64)op.buffer.p, map,
			  op.nr_entries * sizeof(*map)) ||
	    guest_copy_field_out(arg, &op, nr_entries))
		return -EFAULT;
	return 0;
}

long hc_memory_op_machine_map(u64 arg)
{
	if (!current->domain->is_privileged)
		return -EPERM;
	return reply_map(arg, boot_info.e820, boot_info.nr_e820);
}

long hc_memory_op_map(u64 arg)
{
	struct domain *d = current->domain;
	struct e820_entry *map = NULL;
	u32 nr;
	long ret;

	/* No copies to a guest under a lock: by way of a copy of ours. */
	spin_lock(&d->lock);
	nr = d->nr_e820;
	if (nr)
		map = heap_zalloc_array(nr, sizeof(*map));
	if (map)
		memcpy(map, d->e820, nr * sizeof(*map));
	spin_unlock(&d->lock);
	if (!nr)
		return -ENOSYS; /* what a guest expects when there is none */
	if (!map)
		return -ENOMEM;
	ret = reply_map(arg, map, nr);
	heap_free(map);
	return ret;
}

static void swap_map(struct domain *d, struct e820_entry *map, u32 nr)
{
	struct e820_entry *old;

	spin_lock(&d->lock);
	old = d->e820;
	d->e820 = map;
	d->nr_e820 = nr;
	spin_unlock(&d->lock);
	heap_free(old);
}

long hc_memory_op_set_map(u64 arg)
{
	struct xen_foreign_memory_map op;
	struct e820_entry *map;
	struct domain *d;
	int err;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	if (!op.map.nr_entries || op.map.nr_entries > DOMAIN_E820_MAX)
		return -EINVAL;
	if (!current->domain->is_privileged)
		return -EPERM;
	map = heap_zalloc_array(op.map.nr_entries, sizeof(*map));
	if (!map)
		return -ENOMEM;
	err = -EFAULT;
	if (guest_copy_from(map, (u64)op.map.buffer.p,
			    op.map.nr_entries * sizeof(*map)))
		goto err_free;
	err = domain_get_controlled(op.domid, &d);
	if (err)
		goto err_free;
	swap_map(d, map, op.map.nr_entries);
	domain_put(d);
	return 0;

err_free:
	heap_free(map);
	return err;
}

long hc_memory_op_machphys_mapping(u64 arg)
{
	struct xen_machphys_mapping op = {
		.v_start = M2P_GUEST_VA,
		.v_end = M2P_GUEST_END,
		.max_mfn = frame_max_mfn(),
	};

	return guest_copy_out(arg, &op) ? -EFAULT : 0;
}

long hc_memory_op_machphys_list(u64 arg)
{
	struct xen_machphys_mfn_list op;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	op.nr_extents = MIN(op.max_extents, m2p_nr_extents());
	for (u32 i = 0; i < op.nr_extents; i++) {
		xen_pfn_t frame = m2p_extent(i);

		if (guest_copy_out((u64)op.extent_start.p + i * sizeof(frame),
				   &frame))
			return -EFAULT;
	}
	return guest_copy_field_out(arg, &op, nr_extents) ? -EFAULT : 0;
}

static int grant_resource_status(const struct xen_mem_acquire_resource *op,
				 bool *status)
{
	if (op->type != XENMEM_resource_grant_table)
		return -EOPNOTSUPP;
	if (op->id != XENMEM_resource_grant_table_id_shared &&
	    op->id != XENMEM_resource_grant_table_id_status)
		return -EINVAL;
	*status = op->id == XENMEM_resource_grant_table_id_status;
	return 0;
}

/* A list of the frames; for a PV caller these are frames to be mapped. */
static long acquire_frames(struct domain *d,
			   const struct xen_mem_acquire_resource *op,
			   bool status, u64 start, u64 arg)
{
	u64 frame;
	mfn_t m;
	int err;

	if (op->frame > UINT32_MAX - op->nr_frames)
		return -EINVAL;
	for (u64 i = start; i < op->nr_frames; i++) {
		if (i != start && hypercall_preempt_check())
			return memory_op_restart(XENMEM_acquire_resource, i,
						 arg);
		err = grant_table_frame(d, status, op->frame + i, &m);
		if (err)
			return err;
		frame = mfn_x(m);
		if (guest_copy_out((u64)op->frame_list.p + i * sizeof(frame),
				   &frame))
			return -EFAULT;
	}
	return 0;
}

long hc_memory_op_acquire_resource(u64 start, u64 arg)
{
	struct xen_mem_acquire_resource op;
	struct domain *d;
	bool status;
	long ret;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	if (op.pad)
		return -EINVAL;
	ret = grant_resource_status(&op, &status);
	if (!ret && !current->domain->is_privileged)
		ret = -EPERM;
	if (!ret)
		ret = domain_get_controlled(op.domid, &d);
	if (ret)
		return ret;
	if (op.frame_list.p) {
		ret = acquire_frames(d, &op, status, start, arg);
	} else {
		/* Without a list: how many could there be? */
		op.nr_frames = grant_table_max_frames(d, status);
		ret = guest_copy_field_out(arg, &op, nr_frames) ? -EFAULT : 0;
	}
	domain_put(d);
	return ret;
}
