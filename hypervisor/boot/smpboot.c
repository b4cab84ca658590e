/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Starting the other CPUs, one after the other: INIT, then SIPI to a page below
 * 1 MiB with a copy of trampoline.S. On tables that also map that page at its
 * machine address a CPU gets to long mode, and then to ap_main() on the stack
 * that was made for it.
 */
#include "boot/boot.h"
#include "cpu/apic.h"
#include "cpu/desc.h"
#include "cpu/features.h"
#include "cpu/fpu.h"
#include "cpu/system.h"
#include "cpu/time.h"
#include "domain/domain.h"
#include "drivers/acpi.h"
#include "lib/string.h"
#include "mm/frame.h"

#define LOW_RAM_END  0xa0000UL
#define GDT_OFFSET   (GDT_GUEST_PAGES * PAGE_SIZE)
#define INIT_WAIT_US 200
#define SIPI_WAIT_US 1000
#define CPU_WAIT_US  1000000

extern char trampoline_start[], trampoline_end[], trampoline_64[];
extern u32 trampoline_gdt_base, trampoline_jump;
extern u64 trampoline_cr3, trampoline_stack, trampoline_entry;

/* The copy, and the tables it starts on: L4, L3, L2. */
static paddr_t trampoline __initdata;
static pte_t *tables[3] __initdata;

static char *__init in_copy(const void *symbol)
{
	return (char *)paddr_to_virt(trampoline) +
	       ((const char *)symbol - trampoline_start);
}

/* The highest page below the EBDA; not where the GDT's base would wrap. */
static paddr_t __init find_low_page(void)
{
	paddr_t best = 0;

	for (u32 i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];
		paddr_t end = MIN(e->addr + e->size, LOW_RAM_END);

		end = ALIGN_DOWN(end, PAGE_SIZE);
		if (e->type == E820_RAM && end >= e->addr + PAGE_SIZE &&
		    end - PAGE_SIZE > GDT_OFFSET)
			best = MAX(best, end - PAGE_SIZE);
	}
	return best;
}

/* CR3 is loaded by 32-bit code: the L4 lies below 4 GiB. */
static bool __init make_tables(void)
{
	mfn_t l4 = frame_alloc(0, 32);

	if (mfn_eq(l4, INVALID_MFN))
		return false;
	tables[0] = memset(mfn_to_virt(l4), 0, PAGE_SIZE);
	tables[1] = page_alloc_zeroed();
	tables[2] = page_alloc_zeroed();
	if (!tables[1] || !tables[2])
		return false;
	hv_fill_l4(tables[0]);
	tables[0][0] = pte_make(virt_to_mfn(tables[1]), PTE_P | PTE_RW);
	tables[1][0] = pte_make(virt_to_mfn(tables[2]), PTE_P | PTE_RW);
	tables[2][0] = PTE_P | PTE_RW | PTE_PSE;
	return true;
}

static void __init free_tables(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(tables); i++)
		if (tables[i])
			page_free(tables[i]);
}

static bool __init make_trampoline(void)
{
	trampoline = find_low_page();
	if (!trampoline || !make_tables()) {
		pr_err("smp: no memory %s: only the boot CPU is used",
		       trampoline ? "for tables" : "below 640 KiB");
		return false;
	}
	memcpy(paddr_to_virt(trampoline), trampoline_start,
	       (size_t)(trampoline_end - trampoline_start));
	*(u32 *)in_copy(&trampoline_gdt_base) +=
		(u32)trampoline - (u32)GDT_OFFSET;
	*(u32 *)in_copy(&trampoline_jump) += (u32)trampoline;
	*(u64 *)in_copy(&trampoline_cr3) = virt_to_paddr(tables[0]);
	return true;
}

/* First C code of a started CPU, interrupts off, on its own stack. */
static void __init __noreturn ap_main(void)
{
	write_cr3(virt_to_paddr(master_l4));
	desc_init_cpu();
	cpu_enable_features();
	fpu_init_cpu();
	apic_init_cpu();
	time_init_secondary();
	cpumask_set(&cpu_online_mask, this_cpu_id());
	irq_enable();
	idle_loop();
}

static bool __init wait_online(unsigned int cpu, u64 us)
{
	for (u64 end = now_ns() + us * 1000; now_ns() < end; cpu_relax())
		if (cpumask_test(&cpu_online_mask, cpu))
			return true;
	return cpumask_test(&cpu_online_mask, cpu);
}

static bool __init start(unsigned int cpu, u32 id)
{
	u64 sp = ALIGN_DOWN((u64)cpu_area_info(cpu), 16);

	*(u64 *)in_copy(&trampoline_stack) = sp;
	*(u64 *)in_copy(&trampoline_entry) = (u64)ap_main;
	apic_send_init(id);
	udelay(INIT_WAIT_US);
	/* A second one is part of the protocol, for CPUs that missed it. */
	apic_send_startup(id, trampoline);
	if (wait_online(cpu, SIPI_WAIT_US))
		return true;
	apic_send_startup(id, trampoline);
	if (wait_online(cpu, CPU_WAIT_US))
		return true;
	apic_send_init(id); /* stays where it is, should it have come late */
	return false;
}

/* All that @cpu needs to run; a number whose CPU failed is used again. */
static bool __init prepare(unsigned int cpu)
{
	struct vcpu *idle;

	if (percpu_offset[cpu])
		return true;
	if (percpu_alloc(cpu) || cpu_area_init(cpu))
		return false;
	sched_init_cpu(cpu);
	idle = idle_vcpu_create(cpu);
	if (!idle)
		return false;
	cpu_area_set_current(cpu, idle);
	return true;
}

void __init smp_boot_cpus(unsigned int max)
{
	unsigned int cpu = 1;
	u32 self = apic_id();

	if (acpi.nr_cpus < 2 || max < 2 || !make_trampoline())
		return;
	for (u32 i = 0; i < acpi.nr_cpus && cpu < max; i++) {
		if (acpi.apic_id[i] == self)
			continue;
		nr_cpu_ids = cpu + 1;
		cpu_set_ids(cpu, acpi.apic_id[i], acpi.acpi_id[i]);
		if (!prepare(cpu)) {
			pr_err("smp: no memory for CPU %u and up", cpu);
			break;
		}
		if (start(cpu, acpi.apic_id[i]))
			cpu++;
		else
			pr_err("smp: the CPU with APIC id %u does not start: left out",
			       acpi.apic_id[i]);
	}
	nr_cpu_ids = cpu;
	free_tables();
	pr_info("smp: %u CPU%s", cpu, cpu > 1 ? "s" : "");
}
