/* SPDX-License-Identifier: GPL-2.0-only */
/* The power switch and the reset button, as ACPI tells where they are. */
#pragma once

#include "lib/types.h"

/*
 * The values of the PM1 control registers for soft off (S5). They are in ACPI
 * code that only dom0 can run, so it says them before it shuts down.
 */
void power_set_s5(u16 pm1a, u16 pm1b);
/*
 * Turns the machine off. Returns when it could not: nobody has said how, or
 * the machine did not react.
 */
void power_off(void);
/* Resets the machine, by ever ruder means. */
void power_reset(void) __noreturn;
