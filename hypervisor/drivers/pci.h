/* SPDX-License-Identifier: GPL-2.0-only */
/* PCI configuration space. */
#pragma once

#include "lib/types.h"

#define PCI_CF8	       0xcf8
#define PCI_CFC	       0xcfc
#define PCI_CF8_ENABLE BIT(31)
/* Address in CF8 form to function and register. */
#define PCI_CF8_BDF(cf8) ((cf8) >> 8 & 0xffff)
#define PCI_CF8_REG(cf8) ((cf8)&0xfc)

/* A function: segment << 16 | bus << 8 | device << 3 | function. */
#define PCI_BDF(seg, bus, devfn) ((u32)(seg) << 16 | (bus) << 8 | (devfn))

#define PCI_VENDOR_ID	    0x00
#define PCI_COMMAND	    0x04
#define PCI_COMMAND_MEMORY  BIT(1)
#define PCI_STATUS	    0x06
#define PCI_STATUS_CAP_LIST BIT(4)
#define PCI_BAR(n)	    (0x10 + 4 * (n))
#define PCI_CAPABILITIES    0x34
#define PCI_CAP_MSI	    0x05
#define PCI_CAP_MSIX	    0x11
#define PCI_CONFIG_SIZE	    256
#define PCI_EXT_CONFIG_SIZE 4096

/*
 * @bytes 1, 2 or 4, @reg aligned to it. What does not exist reads as all ones.
 * Any context.
 */
/* What a read of nothing gives. */
static inline u32 all_ones(unsigned int bytes)
{
	return bytes == 4 ? ~0U : (1U << 8 * bytes) - 1;
}

u32 pci_read(u32 bdf, unsigned int reg, unsigned int bytes);
void pci_write(u32 bdf, unsigned int reg, unsigned int bytes, u32 val);
bool pci_present(u32 bdf);
/* Position of a capability, 0 when the function has none. */
unsigned int pci_find_cap(u32 bdf, unsigned int id);
/* Memory address in BAR @n; 0: none, or an I/O BAR. */
paddr_t pci_bar_address(u32 bdf, unsigned int n);
