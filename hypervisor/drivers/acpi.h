/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ACPI tables we need: MADT, FADT, HPET, MCFG. Read at boot, kept as plain
 * facts.
 */
#pragma once

#include "lib/bitmap.h"

#define ACPI_MAX_IOAPICS 16

struct acpi_facts {
	paddr_t rsdp;
	paddr_t lapic;
	u32 nr_cpus; /* enabled ones; boot CPU first */
	u32 apic_id[NR_CPUS], acpi_id[NR_CPUS];
	u32 nr_ioapics;
	struct {
		u32 id;
		paddr_t addr;
		u32 gsi_base;
	} ioapic[ACPI_MAX_IOAPICS];
	struct {
		u32 gsi;
		bool level, low;
	} isa_irq[16];
	u32 pm1a_cnt, pm1b_cnt, pm_timer, sci_int;
	bool pm_timer_32bit;
	paddr_t reset_reg; /* port, 0 = none */
	u8 reset_val;
	paddr_t mcfg_base;
	u8 mcfg_bus_first, mcfg_bus_last;
};

extern struct acpi_facts acpi;

/*
 * @rsdp 0: scan the BIOS area. @map makes physical memory readable, for ever.
 * Panics when there is no MADT.
 */
void acpi_init(paddr_t rsdp, void *(*map)(paddr_t pa, size_t bytes));
