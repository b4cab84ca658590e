/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * I/O ports of PV guests. dom0 drives the devices: its accesses are real,
 * except to what is ours, or must be shared with us:
 *
 *   8259s, PIT                 nothing there
 *   0x61 (speaker, gate)       emulated: time passes, nothing sounds
 *   0x70, 0x71 (CMOS)          index latched per domain, one access at a time
 *   0xcf8, 0xcfc (PCI)         address latched, config cycle made by us
 *   our console's UART         nothing there
 *
 * Nothing there means all ones, which is all that other domains see anywhere.
 */
#include "cpu/time.h"
#include "drivers/console.h"
#include "drivers/msi.h"
#include "drivers/pci.h"
#include "drivers/rtc.h"
#include "pv/pv.h"

#define UART_PORTS 8

#define PORT61_GATE	0x01 /* of PIT channel 2 */
#define PORT61_WRITABLE 0x0f
#define PORT61_REFRESH	0x10 /* flips with each refresh of memory */
#define PORT61_OUT	0x20 /* of PIT channel 2 */
#define PIT_LONGEST_NS	54925000 /* 65536 ticks of the PIT */

#define CMOS_INDEX	0x70
#define CMOS_DATA	0x71
#define CMOS_INDEX_MASK 0x7f

/* Ports that are not simply real, one byte of the access at a time. */
struct port_range {
	u16 first, last;
	u8 (*in)(struct pv_domain *pd, u16 port);
	void (*out)(struct pv_domain *pd, u16 port, u8 val);
};

static u8 nothing_in(struct pv_domain *pd, u16 port)
{
	return 0xff;
}

static void nothing_out(struct pv_domain *pd, u16 port, u8 val)
{
}

/*
 * For programs that measure time with channel 2: its output rises once the
 * longest count has passed.
 */
static u8 port61_in(struct pv_domain *pd, u16 port)
{
	u8 val = pd->port61 & PORT61_WRITABLE;

	if (rdtsc() & BIT(14))
		val |= PORT61_REFRESH;
	if ((val & PORT61_GATE) &&
	    now_ns() - pd->port61_gate_ns > PIT_LONGEST_NS)
		val |= PORT61_OUT;
	return val;
}

static void port61_out(struct pv_domain *pd, u16 port, u8 val)
{
	if ((val & PORT61_GATE) && !(pd->port61 & PORT61_GATE))
		pd->port61_gate_ns = now_ns();
	pd->port61 = val & PORT61_WRITABLE;
}

static u8 cmos_in(struct pv_domain *pd, u16 port)
{
	u64 flags;
	u8 val;

	if (port == CMOS_INDEX)
		return 0xff;
	flags = spin_lock_irqsave(&rtc_lock);
	outb(CMOS_INDEX, pd->cmos_index);
	val = inb(CMOS_DATA);
	spin_unlock_irqrestore(&rtc_lock, flags);
	return val;
}

static void cmos_out(struct pv_domain *pd, u16 port, u8 val)
{
	u64 flags;

	/* The top bit would turn off NMIs. */
	if (port == CMOS_INDEX) {
		pd->cmos_index = val & CMOS_INDEX_MASK;
		return;
	}
	flags = spin_lock_irqsave(&rtc_lock);
	outb(CMOS_INDEX, pd->cmos_index);
	outb(CMOS_DATA, val);
	spin_unlock_irqrestore(&rtc_lock, flags);
}

static const struct port_range special_ports[] = {
	{ 0x20, 0x21, nothing_in, nothing_out },
	{ 0x40, 0x43, nothing_in, nothing_out },
	{ 0x61, 0x61, port61_in, port61_out },
	{ CMOS_INDEX, CMOS_DATA, cmos_in, cmos_out },
	{ 0xa0, 0xa1, nothing_in, nothing_out },
	{ PCI_CFC, PCI_CFC + 3, nothing_in, nothing_out },
};

static const struct port_range uart_ports = { .in = nothing_in,
					      .out = nothing_out };

/* What is special about a port of dom0, NULL when nothing. */
static const struct port_range *port_special(u16 port)
{
	u16 uart = console_uart_port();

	for (size_t i = 0; i < ARRAY_SIZE(special_ports); i++)
		if (port >= special_ports[i].first &&
		    port <= special_ports[i].last)
			return &special_ports[i];
	if (uart && port >= uart && port < uart + UART_PORTS)
		return &uart_ports;
	return NULL;
}

static bool any_special(u16 port, unsigned int bytes)
{
	for (unsigned int i = 0; i < bytes; i++)
		if (port_special(port + i))
			return true;
	return false;
}

static u32 special_in(struct pv_domain *pd, u16 port, unsigned int bytes)
{
	u32 val = 0;

	for (unsigned int i = 0; i < bytes; i++) {
		const struct port_range *r = port_special(port + i);
		u32 byte = r ? r->in(pd, port + i) : inb(port + i);

		val |= byte << 8 * i;
	}
	return val;
}

static void special_out(struct pv_domain *pd, u16 port, unsigned int bytes,
			u32 val)
{
	for (unsigned int i = 0; i < bytes; i++) {
		const struct port_range *r = port_special(port + i);
		u8 byte = val >> 8 * i;

		if (r)
			r->out(pd, port + i, byte);
		else
			outb(port + i, byte);
	}
}

/* Is an access to the data ports a config cycle? */
static bool is_config_access(const struct pv_domain *pd, u16 port,
			     unsigned int bytes)
{
	return (port & ~3U) == PCI_CFC && (port & 3U) + bytes <= 4 &&
	       !(port & (bytes - 1)) && (pd->pci_cf8 & PCI_CF8_ENABLE);
}

static u32 config_in(struct pv_domain *pd, u16 port, unsigned int bytes)
{
	u32 cf8 = pd->pci_cf8;

	return pci_read(PCI_CF8_BDF(cf8), PCI_CF8_REG(cf8) | (port & 3), bytes);
}

static void config_out(struct pv_domain *pd, u16 port, unsigned int bytes,
		       u32 val)
{
	u32 bdf = PCI_CF8_BDF(pd->pci_cf8);
	unsigned int reg = PCI_CF8_REG(pd->pci_cf8) | (port & 3);

	if (msi_filter_write(bdf, reg, bytes, &val))
		pci_write(bdf, reg, bytes, val);
}

u32 pv_port_in(struct vcpu *v, u16 port, unsigned int bytes)
{
	struct pv_domain *pd = to_pv_domain(v->domain);

	if (!v->domain->is_hardware || port + bytes > 0x10000)
		return all_ones(bytes);
	if (port == PCI_CF8 && bytes == 4)
		return pd->pci_cf8;
	if (is_config_access(pd, port, bytes))
		return config_in(pd, port, bytes);
	if (unlikely(any_special(port, bytes)))
		return special_in(pd, port, bytes);
	return port_in(port, bytes);
}

void pv_port_out(struct vcpu *v, u16 port, unsigned int bytes, u32 val)
{
	struct pv_domain *pd = to_pv_domain(v->domain);

	if (!v->domain->is_hardware || port + bytes > 0x10000)
		return;
	if (port == PCI_CF8 && bytes == 4)
		pd->pci_cf8 = val;
	else if (is_config_access(pd, port, bytes))
		config_out(pd, port, bytes, val);
	else if (unlikely(any_special(port, bytes)))
		special_out(pd, port, bytes, val);
	else
		port_out(port, bytes, val);
}
