/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PCI configuration space: the two ports for what they can reach, and memory
 * (MCFG) for the rest, mapped bus by bus when first used.
 */
#include "drivers/pci.h"
#include "cpu/spinlock.h"
#include "cpu/system.h"
#include "drivers/acpi.h"
#include "mm/pagetable.h"

#define MAX_CAPABILITIES 48 /* as many as fit: a list that is longer loops */
#define BUS_SIZE	 MIB(1)

#define BAR_IO	     BIT(0)
#define BAR_64BIT    BIT(2)
#define BAR_MEM_MASK 0xfffffff0U

static spinlock_t pci_lock = SPINLOCK_INIT(RANK_PLATFORM); /* irq safe */
static void *ecam_bus[256]; /* of segment 0; written once */

static volatile void *ecam_address(u32 bdf, unsigned int reg)
{
	unsigned int bus = bdf >> 8;
	char *base;

	if (!acpi.mcfg_base || bus > acpi.mcfg_bus_last ||
	    bus < acpi.mcfg_bus_first || reg >= PCI_EXT_CONFIG_SIZE)
		return NULL;
	base = __atomic_load_n(&ecam_bus[bus], __ATOMIC_ACQUIRE);
	if (!base) {
		base = ioremap(acpi.mcfg_base + bus * BUS_SIZE, BUS_SIZE);
		if (!base)
			return NULL;
		__atomic_store_n(&ecam_bus[bus], base, __ATOMIC_RELEASE);
	}
	return base + (bdf & 0xff) * PCI_EXT_CONFIG_SIZE + reg;
}

static u32 mmio_read(volatile void *p, unsigned int bytes)
{
	switch (bytes) {
	case 1:
		return *(volatile u8 *)p;
	case 2:
		return *(volatile u16 *)p;
	default:
		return *(volatile u32 *)p;
	}
}

static void mmio_write(volatile void *p, unsigned int bytes, u32 val)
{
	switch (bytes) {
	case 1:
		*(volatile u8 *)p = val;
		break;
	case 2:
		*(volatile u16 *)p = val;
		break;
	default:
		*(volatile u32 *)p = val;
	}
}

static bool by_ports(u32 bdf, unsigned int reg)
{
	return bdf <= 0xffff && reg < PCI_CONFIG_SIZE;
}

static void select_register(u32 bdf, unsigned int reg)
{
	outl(PCI_CF8, PCI_CF8_ENABLE | bdf << 8 | (reg & ~3U));
}

static u32 port_read(u32 bdf, unsigned int reg, unsigned int bytes)
{
	u64 flags = spin_lock_irqsave(&pci_lock);
	u16 port = PCI_CFC + (reg & 3);
	u32 val;

	select_register(bdf, reg);
	val = port_in(port, bytes);
	spin_unlock_irqrestore(&pci_lock, flags);
	return val;
}

static void port_write(u32 bdf, unsigned int reg, unsigned int bytes, u32 val)
{
	u64 flags = spin_lock_irqsave(&pci_lock);
	u16 port = PCI_CFC + (reg & 3);

	select_register(bdf, reg);
	port_out(port, bytes, val);
	spin_unlock_irqrestore(&pci_lock, flags);
}

u32 pci_read(u32 bdf, unsigned int reg, unsigned int bytes)
{
	volatile void *p;

	if (by_ports(bdf, reg))
		return port_read(bdf, reg, bytes);
	p = bdf <= 0xffff ? ecam_address(bdf, reg) : NULL;
	return p ? mmio_read(p, bytes) : all_ones(bytes);
}

void pci_write(u32 bdf, unsigned int reg, unsigned int bytes, u32 val)
{
	volatile void *p;

	if (by_ports(bdf, reg)) {
		port_write(bdf, reg, bytes, val);
		return;
	}
	p = bdf <= 0xffff ? ecam_address(bdf, reg) : NULL;
	if (p)
		mmio_write(p, bytes, val);
}

bool pci_present(u32 bdf)
{
	u32 vendor = pci_read(bdf, PCI_VENDOR_ID, 2);

	return vendor != 0xffff && vendor != 0;
}

unsigned int pci_find_cap(u32 bdf, unsigned int id)
{
	unsigned int pos;

	if (!pci_present(bdf) ||
	    !(pci_read(bdf, PCI_STATUS, 2) & PCI_STATUS_CAP_LIST))
		return 0;
	pos = pci_read(bdf, PCI_CAPABILITIES, 1) & ~3U;
	for (int i = 0; i < MAX_CAPABILITIES && pos >= 0x40; i++) {
		if (pci_read(bdf, pos, 1) == id)
			return pos;
		pos = pci_read(bdf, pos + 1, 1) & ~3U;
	}
	return 0;
}

paddr_t pci_bar_address(u32 bdf, unsigned int n)
{
	u32 bar = pci_read(bdf, PCI_BAR(n), 4);
	paddr_t pa = bar & BAR_MEM_MASK;

	if (bar & BAR_IO)
		return 0;
	if ((bar & BAR_64BIT) && n < 5)
		pa |= (paddr_t)pci_read(bdf, PCI_BAR(n + 1), 4) << 32;
	return pa;
}
