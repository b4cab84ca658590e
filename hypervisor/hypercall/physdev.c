/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * physdev_op: interrupts, MSI and the port rights of a vcpu. <xen/physdev.h>
 */
#include "domain/pirq.h"
#include "drivers/ioapic.h"
#include "drivers/msi.h"
#include "drivers/pci.h"
#include "hypercall/subcall.h"
#include "pv/pv.h"

#define MAX_IOPL 3
#define NR_PORTS 0x10000U
#define MAX_MSIX 2048

static long eoi(void *arg)
{
	struct physdev_eoi *op = arg;

	return pirq_eoi(current->domain, op->irq);
}

static long irq_status_query(void *arg)
{
	struct physdev_irq_status_query *op = arg;

	return pirq_status(current->domain, op->irq, &op->flags);
}

static long pirq_eoi_gmfn(void *arg)
{
	struct physdev_pirq_eoi_gmfn *op = arg;

	return pirq_set_eoi_page(current->domain, _mfn(op->gmfn));
}

static long set_iopl(void *arg)
{
	struct physdev_set_iopl *op = arg;

	if (op->iopl > MAX_IOPL)
		return -EINVAL;
	current_pv()->iopl = op->iopl;
	return 0;
}

static long set_iobitmap(void *arg)
{
	struct physdev_set_iobitmap *op = arg;
	u64 gva = (u64)op->bitmap.p;

	if (op->nr_ports > NR_PORTS ||
	    !guest_range_ok(gva, DIV_ROUND_UP(op->nr_ports, 8)))
		return -EINVAL;
	current_pv()->io_bitmap_gva = gva;
	current_pv()->io_bitmap_ports = op->nr_ports;
	return 0;
}

static long apic_read(void *arg)
{
	struct physdev_apic *op = arg;

	return ioapic_read(op->apic_physbase, op->reg, &op->value);
}

/* Vectors are ours; a guest hears its own number back. */
static long alloc_irq_vector(void *arg)
{
	struct physdev_irq *op = arg;

	op->vector = op->irq;
	return 0;
}

static long setup_gsi(void *arg)
{
	struct physdev_setup_gsi *op = arg;

	if (op->gsi < 0 || op->triggering > 1 || op->polarity > 1)
		return -EINVAL;
	return ioapic_setup_gsi(op->gsi, op->triggering, op->polarity);
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

static int map_one(struct domain *d, struct physdev_map_pirq *op)
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

static long map_pirq(void *arg)
{
	struct physdev_map_pirq *op = arg;
	struct domain *d;
	int err = domain_get_controlled(op->domid, &d);

	if (err)
		return err;
	err = map_one(d, op);
	domain_put(d);
	return err;
}

static long unmap(domid_t domid, int pirq)
{
	struct domain *d;
	int err = domain_get_controlled(domid, &d);

	if (err)
		return err;
	err = pirq < 0 ? -EINVAL : pirq_unmap(d, pirq);
	domain_put(d);
	return err;
}

static long unmap_pirq(void *arg)
{
	struct physdev_unmap_pirq *op = arg;

	return unmap(op->domid, op->pirq);
}

static void undo_map_pirq(void *arg)
{
	struct physdev_map_pirq *op = arg;

	unmap(op->domid, op->pirq);
}

/*
 * What dom0 finds on the buses: we look at a device when it wants an interrupt,
 * so there is nothing to keep.
 */
static long heard(void *arg)
{
	return 0;
}

static long restore_msi(void *arg)
{
	struct physdev_restore_msi *op = arg;

	return msi_restore(PCI_BDF(0, op->bus, op->devfn));
}

static long restore_msi_ext(void *arg)
{
	struct physdev_pci_device *op = arg;

	return msi_restore(PCI_BDF(op->seg, op->bus, op->devfn));
}

static const struct subcall physdev_subs[] = {
	[PHYSDEVOP_eoi] = { eoi, NULL, SUB_IN(physdev_eoi), false },
	[PHYSDEVOP_irq_status_query] = { irq_status_query, NULL,
					 SUB_OUT(physdev_irq_status_query,
						 flags),
					 false },
	[PHYSDEVOP_pirq_eoi_gmfn_v2] = { pirq_eoi_gmfn, NULL,
					 SUB_IN(physdev_pirq_eoi_gmfn), false },
	[PHYSDEVOP_set_iopl] = { set_iopl, NULL, SUB_IN(physdev_set_iopl),
				 false },
	[PHYSDEVOP_set_iobitmap] = { set_iobitmap, NULL,
				     SUB_IN(physdev_set_iobitmap), false },
	[PHYSDEVOP_apic_read] = { apic_read, NULL, SUB_OUT(physdev_apic, value),
				  true },
	[PHYSDEVOP_alloc_irq_vector] = { alloc_irq_vector, NULL,
					 SUB_OUT(physdev_irq, vector), true },
	[PHYSDEVOP_setup_gsi] = { setup_gsi, NULL, SUB_IN(physdev_setup_gsi),
				  true },
	[PHYSDEVOP_map_pirq] = { map_pirq, undo_map_pirq,
				 SUB_OUT(physdev_map_pirq, pirq), true },
	[PHYSDEVOP_unmap_pirq] = { unmap_pirq, NULL, SUB_IN(physdev_unmap_pirq),
				   true },
	[PHYSDEVOP_pci_device_add] = { heard, NULL, SUB_IN(physdev_pci_device),
				       true },
	[PHYSDEVOP_pci_device_remove] = { heard, NULL,
					  SUB_IN(physdev_pci_device), true },
	[PHYSDEVOP_pci_mmcfg_reserved] = { heard, NULL,
					   SUB_IN(physdev_pci_mmcfg_reserved),
					   true },
	[PHYSDEVOP_restore_msi] = { restore_msi, NULL,
				    SUB_IN(physdev_restore_msi), true },
	[PHYSDEVOP_restore_msi_ext] = { restore_msi_ext, NULL,
					SUB_IN(physdev_pci_device), true },
};

long hc_physdev_op(HC_ARGS)
{
	return subcall(physdev_subs, ARRAY_SIZE(physdev_subs), a1, a2);
}
