/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * physdev_op: interrupts, MSI and the port rights of a vcpu. <xen/physdev.h>
 */
#include "cpu/percpu.h"
#include "domain/domain.h"
#include "domain/guest_copy.h"
#include "domain/pirq.h"
#include "drivers/ioapic.h"
#include "drivers/msi.h"
#include "drivers/pci.h"
#include "hypercall/hypercall.h"
#include "pv/pv.h"

#define MAX_IOPL 3
#define NR_PORTS 0x10000U
#define MAX_MSIX 2048

static long hc_physdev_eoi(u64 arg)
{
	struct physdev_eoi op;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	return pirq_eoi(current->domain, op.irq);
}

static long hc_physdev_irq_status_query(u64 arg)
{
	struct physdev_irq_status_query op;
	int err;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	err = pirq_status(current->domain, op.irq, &op.flags);
	if (err)
		return err;
	return guest_copy_field_out(arg, &op, flags);
}

static long hc_physdev_pirq_eoi_gmfn(u64 arg)
{
	struct physdev_pirq_eoi_gmfn op;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	return pirq_set_eoi_page(current->domain, _mfn(op.gmfn));
}

static long hc_physdev_set_iopl(u64 arg)
{
	struct physdev_set_iopl op;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	if (op.iopl > MAX_IOPL)
		return -EINVAL;
	current_pv()->iopl = op.iopl;
	return 0;
}

static long hc_physdev_set_iobitmap(u64 arg)
{
	struct physdev_set_iobitmap op;
	u64 gva;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	gva = (u64)op.bitmap.p;
	if (op.nr_ports > NR_PORTS ||
	    !guest_range_ok(gva, DIV_ROUND_UP(op.nr_ports, 8)))
		return -EINVAL;
	current_pv()->io_bitmap_gva = gva;
	current_pv()->io_bitmap_ports = op.nr_ports;
	return 0;
}

static long hc_physdev_apic_read(u64 arg)
{
	struct physdev_apic op;
	int err;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	err = ioapic_read(op.apic_physbase, op.reg, &op.value);
	if (err)
		return err;
	return guest_copy_field_out(arg, &op, value);
}

/* Vectors are ours; a guest hears its own number back. */
static long hc_physdev_alloc_irq_vector(u64 arg)
{
	struct physdev_irq op;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	op.vector = op.irq;
	return guest_copy_field_out(arg, &op, vector);
}

static long hc_physdev_setup_gsi(u64 arg)
{
	struct physdev_setup_gsi op;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	if (op.gsi < 0 || op.triggering > 1 || op.polarity > 1)
		return -EINVAL;
	return ioapic_setup_gsi(op.gsi, op.triggering, op.polarity);
}

static int map_gsi(struct domain *d, struct physdev_map_pirq *op)
{
	if (op->index < 0 || (op->pirq >= 0 && op->pirq != op->index))
		return -EINVAL;
	op->pirq = op->index;
	return pirq_map_gsi(d, op->index);
}

static int map_msi(struct domain *d, struct physdev_map_pirq *op)
{
	struct msi_source src = {
		.bdf = PCI_BDF((u32)op->bus >> 16, op->bus & 0xff, op->devfn),
		.is_msix = op->table_base != 0,
		.bar = op->table_base,
		.entry = op->entry_nr,
	};

	if ((op->bus & 0xff00) || op->devfn < 0 || op->devfn > 0xff ||
	    op->entry_nr < 0 || op->entry_nr >= MAX_MSIX)
		return -EINVAL;
	if (op->type == MAP_PIRQ_TYPE_MSI && op->bus > 0xff)
		return -EINVAL;
	return pirq_map_msi(d, &src, &op->pirq);
}

static int map_pirq(struct domain *d, struct physdev_map_pirq *op)
{
	switch (op->type) {
	case MAP_PIRQ_TYPE_GSI:
		return map_gsi(d, op);
	case MAP_PIRQ_TYPE_MSI:
	case MAP_PIRQ_TYPE_MSI_SEG:
		return map_msi(d, op);
	case MAP_PIRQ_TYPE_MULTI_MSI: /* the driver asks for one then */
		return -EOPNOTSUPP;
	default:
		return -EINVAL;
	}
}

/* The domain whose interrupts current may change, with a reference. */
static struct domain *target_get(domid_t id, int *err)
{
	struct domain *d = domain_get_self_or(id);

	*err = -ESRCH;
	if (d && d != current->domain && !domain_controls(current->domain, d)) {
		domain_put(d);
		*err = -EPERM;
		return NULL;
	}
	return d;
}

static long hc_physdev_map_pirq(u64 arg)
{
	struct physdev_map_pirq op;
	struct domain *d;
	int err;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	d = target_get(op.domid, &err);
	if (!d)
		return err;
	err = map_pirq(d, &op);
	if (!err && guest_copy_field_out(arg, &op, pirq)) {
		err = pirq_unmap(d, op.pirq);
		err = -EFAULT;
	}
	domain_put(d);
	return err;
}

static long hc_physdev_unmap_pirq(u64 arg)
{
	struct physdev_unmap_pirq op;
	struct domain *d;
	int err;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	d = target_get(op.domid, &err);
	if (!d)
		return err;
	err = op.pirq < 0 ? -EINVAL : pirq_unmap(d, op.pirq);
	domain_put(d);
	return err;
}

/*
 * What dom0 finds on the buses: we look at a device when it wants an interrupt,
 * so there is nothing to keep.
 */
static long hc_physdev_pci_device(u64 arg)
{
	struct physdev_pci_device op;

	return guest_copy_in(&op, arg) ? -EFAULT : 0;
}

static long hc_physdev_pci_mmcfg_reserved(u64 arg)
{
	struct physdev_pci_mmcfg_reserved op;

	return guest_copy_in(&op, arg) ? -EFAULT : 0;
}

static long hc_physdev_restore_msi(u64 arg)
{
	struct physdev_restore_msi op;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	return msi_restore(PCI_BDF(0, op.bus, op.devfn));
}

static long hc_physdev_restore_msi_ext(u64 arg)
{
	struct physdev_pci_device op;

	if (guest_copy_in(&op, arg))
		return -EFAULT;
	return msi_restore(PCI_BDF(op.seg, op.bus, op.devfn));
}

static const struct physdev_sub {
	long (*fn)(u64 arg); /* NULL: -ENOSYS */
	bool hardware_only;
} physdev_subs[] = {
	[PHYSDEVOP_eoi] = { hc_physdev_eoi, false },
	[PHYSDEVOP_irq_status_query] = { hc_physdev_irq_status_query, false },
	[PHYSDEVOP_pirq_eoi_gmfn_v2] = { hc_physdev_pirq_eoi_gmfn, false },
	[PHYSDEVOP_set_iopl] = { hc_physdev_set_iopl, false },
	[PHYSDEVOP_set_iobitmap] = { hc_physdev_set_iobitmap, false },
	[PHYSDEVOP_apic_read] = { hc_physdev_apic_read, true },
	[PHYSDEVOP_alloc_irq_vector] = { hc_physdev_alloc_irq_vector, true },
	[PHYSDEVOP_setup_gsi] = { hc_physdev_setup_gsi, true },
	[PHYSDEVOP_map_pirq] = { hc_physdev_map_pirq, true },
	[PHYSDEVOP_unmap_pirq] = { hc_physdev_unmap_pirq, true },
	[PHYSDEVOP_pci_device_add] = { hc_physdev_pci_device, true },
	[PHYSDEVOP_pci_device_remove] = { hc_physdev_pci_device, true },
	[PHYSDEVOP_pci_mmcfg_reserved] = { hc_physdev_pci_mmcfg_reserved,
					   true },
	[PHYSDEVOP_restore_msi] = { hc_physdev_restore_msi, true },
	[PHYSDEVOP_restore_msi_ext] = { hc_physdev_restore_msi_ext, true },
};

long hc_physdev_op(HC_ARGS)
{
	const struct physdev_sub *sub;

	if ((u32)a1 >= ARRAY_SIZE(physdev_subs))
		return -ENOSYS;
	sub = &physdev_subs[(u32)a1];
	if (!sub->fn)
		return -ENOSYS;
	if (sub->hardware_only && !current->domain->is_hardware)
		return -EPERM;
	return sub->fn(a2);
}
