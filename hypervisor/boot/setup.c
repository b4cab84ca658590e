/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot, in order. What depends on what is written beside each step; where
 * nothing is said, a step needs those before it.
 */
#include "boot/boot.h"
#include "boot/efi.h"
#include "boot/memory.h"
#include "cpu/apic.h"
#include "cpu/desc.h"
#include "cpu/features.h"
#include "cpu/fpu.h"
#include "cpu/irq.h"
#include "cpu/smp.h"
#include "cpu/time.h"
#include "cpu/tlb.h"
#include "drivers/acpi.h"
#include "drivers/console.h"
#include "drivers/ioapic.h"
#include "drivers/vga.h"
#include "hypercall/console_io.h"
#include "hypercall/version.h"
#include "pv/callback.h"
#include "pv/mmu.h"
#include "sched/softirq.h"

/* boot/head.S comes here, and goes on to another stack. */
void boot_start(u32 magic, u32 info, u32 load_address) __noreturn;
void boot_switch_stack(u64 sp, void (*fn)(void)) __noreturn;

static const char *const e820_names[] = {
	[E820_RAM] = "RAM",	    [E820_RESERVED] = "reserved",
	[E820_ACPI] = "ACPI data",  [E820_NVS] = "ACPI NVS",
	[E820_PMEM] = "persistent", [E820_UNUSABLE] = "unusable",
};

static void __init show_boot_info(void)
{
	for (u32 i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];
		const char *name = e->type < ARRAY_SIZE(e820_names) ?
					   e820_names[e->type] :
					   NULL;

		pr_info("memory: %012lx-%012lx %s", (u64)e->addr,
			(u64)(e->addr + e->size - 1), name ?: "other");
	}
	for (u32 i = 0; i < boot_info.nr_modules; i++)
		pr_info("boot: module %u: %lu KiB at %#lx, \"%s\"", i,
			boot_info.module[i].size >> 10,
			boot_info.module[i].start, boot_info.module[i].cmdline);
}

static void timer_interrupt(void)
{
	softirq_raise(SOFTIRQ_TIMER);
}

static void __init call_all_cpus(void (*fn)(void *), void *arg)
{
	smp_call_mask(&cpu_online_mask, fn, arg);
}

static void __init init_interrupts(void)
{
	irq_init();
	apic_init(acpi.lapic, boot_options.x2apic);
	apic_init_cpu();
	cpu_set_ids(0, acpi.apic_id[0], acpi.acpi_id[0]);
	ioapic_init();
	/* Who programs these decides where interrupts go: we alone. */
	iomem_deny(_mfn(acpi.lapic >> PAGE_SHIFT), 1);
	for (u32 i = 0; i < acpi.nr_ioapics; i++)
		iomem_deny(_mfn(acpi.ioapic[i].addr >> PAGE_SHIFT), 1);
	tlb_init();
	smp_init();
}

static void __init init_time(void)
{
	if (acpi.pm_timer)
		time_set_pm_timer((u16)acpi.pm_timer, acpi.pm_timer_32bit);
	time_init();
	if (boot_options.tsc_unstable)
		tsc_stable = false;
	apic_timer_init(timer_interrupt);
}

static void __init init_domains(void)
{
	struct vcpu *idle;

	sched_init();
	pr_info("scheduler: credit");
	pr_info("HVM: absent, guests are paravirtual");
	domain_subsystem_init();
	idle = idle_vcpu_create(0);
	if (!idle)
		panic("boot: no memory for the idle vcpu");
	cpu_area_set_current(0, idle);
}

/* Not __init: it frees what is. */
static void __noinline __noreturn boot_finish(void)
{
	memory_protect_ro_after_init();
	memory_free_init();
	pr_info("boot: done, dom0 runs");
	vga_stop();
	domain_unpause(dom0);
	idle_loop();
}

/* On the boot CPU's own stack. */
static void __init boot_continue(void)
{
	unsigned int max = boot_options.nosmp ? 1 : NR_CPUS;

	desc_init_cpu();
	fpu_init_cpu();
	efi_init(); /* knows where the ACPI tables are */
	acpi_init(boot_info.rsdp, memory_map_firmware);
	init_interrupts();
	init_time();
	init_domains();
	irq_enable();
	if (boot_options.maxcpus)
		max = MIN(max, boot_options.maxcpus);
	smp_boot_cpus(max); /* needs timers, idle vcpus, interrupts on */
	time_check_warp(call_all_cpus);
	console_keys_init();
	console_init();
	console_io_init();
	version_set_cmdline(boot_info.cmdline);
	pv_mmu_init();
	pv_traps_init();
	dom0 = dom0_build();
	boot_finish();
}

void __init boot_start(u32 magic, u32 info, u32 load_address)
{
	const char *problem;

	image_paddr = load_address;
	percpu_init_boot(); /* this_cpu(), which locks and the log use */
	idt_init_early(); /* from here on a fault says something */
	problem = multiboot_read(magic, info);
	console_early_init(boot_info.cmdline);
	console_init_vga(paddr_to_virt(0xb8000));
	shutdown_init();
	pr_info("Hospes " HOSPES_VERSION ", loaded at %#x", load_address);
	if (problem)
		panic("boot: %s", problem);
	cmdline_parse(boot_info.cmdline);
	show_boot_info();
	cpu_features_init();
	cpu_enable_features();
	memory_init();
	if (cpu_area_init(0))
		panic("boot: no memory for the boot CPU's stacks");
	boot_switch_stack(ALIGN_DOWN((u64)cpu_area_info(0), 16), boot_continue);
}
