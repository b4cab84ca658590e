/* SPDX-License-Identifier: GPL-2.0-only */
/* Starting the other CPUs. */
#pragma once

/*
 * Starts the CPUs that ACPI lists until @max are online, the boot CPU included.
 * One that does not answer is reported and left out. Interrupts on.
 */
void smp_boot_cpus(unsigned int max);
