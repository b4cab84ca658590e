/* SPDX-License-Identifier: GPL-2.0-only */
/* The ways the machine ends: on dom0's word, or after a crash. */
#include "boot/boot.h"
#include "cpu/smp.h"
#include "cpu/system.h"
#include "domain/domain.h"
#include "drivers/console.h"
#include "drivers/power.h"

static void __noreturn halt(void)
{
	for (;;)
		__asm__ volatile("cli; hlt");
}

static void __noreturn crashed(void)
{
	if (boot_options.noreboot) {
		pr_err("machine: stopped, as noreboot says: reset it by hand");
		halt();
	}
	pr_err("machine: resetting (noreboot keeps it stopped)");
	power_reset();
}

void machine_shutdown(u8 reason)
{
	irq_disable();
	smp_stop_others();
	console_set_sync();
	switch (reason) {
	case SHUTDOWN_poweroff:
		pr_info("machine: dom0 is off, turning the power off");
		power_off();
		pr_err("machine: the power stays on: it may be turned off now");
		halt();
	case SHUTDOWN_reboot:
		pr_info("machine: dom0 wants a reset");
		power_reset();
	case SHUTDOWN_crash:
		pr_err("machine: dom0 crashed");
		crashed();
	case SHUTDOWN_watchdog:
		pr_err("machine: dom0's watchdog was not fed");
		crashed();
	default:
		pr_err("machine: dom0 ended with reason %u", reason);
		crashed();
	}
}

static void dump_guest(void)
{
	struct vcpu *v = current;

	if (v && !v->sched.is_idle)
		v->domain->ops->show(v);
}

static const struct panic_ops ops = {
	.stop_others = smp_stop_others,
	.sync_console = console_set_sync,
	.dump_guest = dump_guest,
	.finish = crashed,
};

void __init shutdown_init(void)
{
	panic_register(&ops);
}
