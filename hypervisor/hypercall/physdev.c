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

static long eoi(struct domain *d, void *arg)
{
	struct physdev_eoi *op = arg;

	return pirq_eoi(d, op->irq);
}

static long irq_status_query(struct domain *d, void *arg)
{
	struct physdev_irq_status_query *op = arg;

	return pirq_status(d, op->irq, &op->flags);
}

static long pirq_eoi_gmfn(struct domain *d, void *arg)
{
	struct physdev_pirq_eoi_gmfn *op = arg;

	return pirq_set_eoi_page(d, _mfn(op->gmfn));
}

static long set_iopl(struct domain *d, void *arg)
{
	struct physdev_set_iopl *op = arg;

	if (op->iopl > MAX_IOPL)
		return -EINVAL;
	current_pv()->iopl = op->iopl;
	return 0;
}

static long set_iobitmap(struct domain *d, void *arg)
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

static long apic_read(struct domain *d, void *arg)
{
	struct physdev_apic *op = arg;

	return ioapic_read(op->apic_physbase, op->reg, &op->value);
}

/* Vectors are ours; a guest hears its own number back. */
static long alloc_irq_vector(struct domain *d, void *arg)
{
	struct physdev_irq *op = arg;

	op->vector = op->irq;
	return 0;
}

static long setup_gsi(struct domain *d, void *arg)
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

static long map_pirq(struct domain *d, void *arg)
{
	struct physdev_map_pirq *op = arg;

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

static long unmap_pirq(struct domain *d, void *arg)
{
	struct physdev_unmap_pirq *op = arg;

	return op->pirq < 0 ? -EINVAL : pirq_unmap(d, op->pirq);
}

static void undo_map_pirq(struct domain *d, void *arg)
{
	struct physdev_map_pirq *op = arg;

	(void)!pirq_unmap(d, op->pirq);
}

/*
 * What dom0 finds on the buses: we look at a device when it wants an interrupt,
 * so there is nothing to keep.
 */
static long heard(struct domain *d, void *arg)
{
	return 0;
}

static long restore_msi(struct domain *d, void *arg)
{
	struct physdev_restore_msi *op = arg;

	return msi_restore(PCI_BDF(0, op->bus, op->devfn));
}

static long restore_msi_ext(struct domain *d, void *arg)
{
	struct physdev_pci_device *op = arg;

	return msi_restore(PCI_BDF(op->seg, op->bus, op->devfn));
}

static const struct subcall physdev_subs[] = {
	[PHYSDEVOP_eoi] = { eoi, 0, SUB_IN(physdev_eoi) },
	[PHYSDEVOP_irq_status_query] = { irq_status_query, 0,
					 SUB_OUT(physdev_irq_status_query,
						 flags) },
	[PHYSDEVOP_pirq_eoi_gmfn_v2] = { pirq_eoi_gmfn, 0,
					 SUB_IN(physdev_pirq_eoi_gmfn) },
	[PHYSDEVOP_set_iopl] = { set_iopl, 0, SUB_IN(physdev_set_iopl) },
	[PHYSDEVOP_set_iobitmap] = { set_iobitmap, 0,
				     SUB_IN(physdev_set_iobitmap) },
	[PHYSDEVOP_apic_read] = { apic_read, SUB_HW,
				  SUB_OUT(physdev_apic, value) },
	[PHYSDEVOP_alloc_irq_vector] = { alloc_irq_vector, SUB_HW,
					 SUB_OUT(physdev_irq, vector) },
	[PHYSDEVOP_setup_gsi] = { setup_gsi, SUB_HW,
				  SUB_IN(physdev_setup_gsi) },
	[PHYSDEVOP_map_pirq] = { map_pirq, SUB_HW | SUB_DOM,
				 SUB_OUT(physdev_map_pirq, pirq),
				 undo_map_pirq },
	[PHYSDEVOP_unmap_pirq] = { unmap_pirq, SUB_HW | SUB_DOM,
				   SUB_IN(physdev_unmap_pirq) },
	[PHYSDEVOP_pci_device_add] = { heard, SUB_HW,
				       SUB_IN(physdev_pci_device) },
	[PHYSDEVOP_pci_device_remove] = { heard, SUB_HW,
					  SUB_IN(physdev_pci_device) },
	[PHYSDEVOP_pci_mmcfg_reserved] = { heard, SUB_HW,
					   SUB_IN(physdev_pci_mmcfg_reserved) },
	[PHYSDEVOP_restore_msi] = { restore_msi, SUB_HW,
				    SUB_IN(physdev_restore_msi) },
	[PHYSDEVOP_restore_msi_ext] = { restore_msi_ext, SUB_HW,
					SUB_IN(physdev_pci_device) },
};

long hc_physdev_op(HC_ARGS)
{
	return subcall(physdev_subs, ARRAY_SIZE(physdev_subs), a1, a2);
}
