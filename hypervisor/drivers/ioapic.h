/* SPDX-License-Identifier: GPL-2.0-only */
/* IO-APICs: the lines (GSIs) of the machine. */
#pragma once

#include "lib/types.h"

/* Boot, after acpi_init and irq_init: finds the lines and masks them all. */
void ioapic_init(void);
/* One past the highest line. */
unsigned int ioapic_nr_gsis(void);
/*
 * Sets trigger and polarity of a line. -EINVAL: no such line. -EEXIST: it is
 * in use, or ours, with another setting.
 */
int __must_check ioapic_setup_gsi(unsigned int gsi, bool level, bool low);
/*
 * Reads register @reg of the IO-APIC at @base. -EINVAL: no IO-APIC there.
 */
int __must_check ioapic_read(paddr_t base, u32 reg, u32 *val);
