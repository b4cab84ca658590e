/* SPDX-License-Identifier: GPL-2.0-only */
/* Soft off and reset; no locks, since a crash comes here as well. */
#include "drivers/power.h"
#include "cpu/system.h"
#include "cpu/time.h"
#include "drivers/acpi.h"

#define PM1_SLEEP_ENABLE BIT(13)

#define RESET_CONTROL	   0xcf9
#define RESET_CONTROL_HARD 0x02 /* what kind */
#define RESET_CONTROL_NOW  0x04

#define KEYBOARD_CONTROL     0x64
#define KEYBOARD_BUSY	     0x02
#define KEYBOARD_PULSE_RESET 0xfe

#define REACTION_US 500000 /* a machine that is to go off needs a moment */

static struct {
	bool known;
	u16 pm1a, pm1b;
} s5;

void power_set_s5(u16 pm1a, u16 pm1b)
{
	s5.pm1a = pm1a;
	s5.pm1b = pm1b;
	s5.known = true;
}

static void pm1_write(u16 enable)
{
	outw(acpi.pm1a_cnt, (s5.pm1a & ~PM1_SLEEP_ENABLE) | enable);
	if (acpi.pm1b_cnt)
		outw(acpi.pm1b_cnt, (s5.pm1b & ~PM1_SLEEP_ENABLE) | enable);
}

/* The type first, then the switch: some machines want two writes. */
void power_off(void)
{
	if (!s5.known || !acpi.pm1a_cnt)
		return;
	irq_disable();
	pm1_write(0);
	pm1_write(PM1_SLEEP_ENABLE);
	udelay(REACTION_US);
}

static void reset_by_keyboard(void)
{
	for (int i = 0; i < 1000; i++) {
		if (!(inb(KEYBOARD_CONTROL) & KEYBOARD_BUSY))
			break;
		udelay(10);
	}
	outb(KEYBOARD_CONTROL, KEYBOARD_PULSE_RESET);
}

/* Without an IDT the first exception ends in a triple fault. */
static void reset_by_triple_fault(void)
{
	static const struct {
		u16 limit;
		u64 base;
	} __packed no_idt;

	__asm__ volatile("lidt %0; int3" ::"m"(no_idt));
}

void power_reset(void)
{
	irq_disable();
	if (acpi.reset_reg) {
		outb(acpi.reset_reg, acpi.reset_val);
		udelay(REACTION_US / 10);
	}
	outb(RESET_CONTROL, RESET_CONTROL_HARD);
	udelay(50);
	outb(RESET_CONTROL, RESET_CONTROL_HARD | RESET_CONTROL_NOW);
	udelay(REACTION_US / 10);
	reset_by_keyboard();
	udelay(REACTION_US / 10);
	for (;;)
		reset_by_triple_fault();
}
