/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Message signalled interrupts: MSI and MSI-X.
 *
 * The hypervisor alone writes address, data and mask of a message, in the
 * capability or in the MSI-X table; a guest only turns the capability on and
 * off. A message that nobody has bound is masked where the device allows it.
 */
#pragma once

#include "cpu/irq.h"

struct msi_source {
	u32 bdf; /* PCI_BDF() */
	bool is_msix;
	u16 entry; /* of the MSI-X table; 0 for MSI */
	paddr_t bar; /* MSI-X: where the table's BAR is, if it cannot be read */
};

/*
 * Makes the interrupt of @src and gives it a vector on @cpu. NULL with *@err:
 * -ENODEV no such device or capability, -EINVAL no such entry, -EEXIST made
 * already, -ENOSPC, -ENOMEM.
 */
struct irq_desc *msi_create(const struct msi_source *src, unsigned int cpu,
			    int *err);
/* @desc is from msi_create and stopped. Context: interrupts on. */
void msi_destroy(struct irq_desc *desc);
/* Has it a mask bit, so that nothing is lost while it is masked? */
/*
 * The device was reset: writes all its messages again. -ENODEV: it has none.
 */
int __must_check msi_restore(u32 bdf);
/*
 * A guest writes to configuration space: false when the write must not
 * happen, since it would change a message. *@val may be changed.
 */
bool msi_filter_write(u32 bdf, unsigned int reg, unsigned int bytes, u32 *val);
