/* SPDX-License-Identifier: GPL-2.0-only */
/* Local APIC of this CPU, xAPIC or x2APIC. */
#pragma once

#include "lib/types.h"

/*
 * Boot CPU, once: where the registers are and which mode is used. @x2apic
 * allows the MSR interface where the CPU has it (firmware may force it).
 */
void apic_init(paddr_t base, bool x2apic);
void apic_init_cpu(void);
/* After time_init: measures the timer. @fn runs when it fires. */
void apic_timer_init(void (*fn)(void));
u32 apic_id(void);
void apic_eoi(void);
void apic_send_ipi(u32 apic_id, unsigned int vector);
void apic_send_nmi(u32 apic_id);
void apic_send_init(u32 apic_id);
void apic_send_startup(u32 apic_id, paddr_t trampoline);
void apic_timer_stop(void);
/* Physical APIC id of a CPU number, and the ACPI id it has. */
u32 cpu_apic_id(unsigned int cpu);
u32 cpu_acpi_id(unsigned int cpu);
void cpu_set_ids(unsigned int cpu, u32 apic_id, u32 acpi_id);
