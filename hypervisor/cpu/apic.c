/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The local APIC: set up, interrupts between CPUs, and the timer. One register
 * interface, two ways to it: memory (xAPIC) or MSRs (x2APIC).
 */
#include "cpu/apic.h"

#include "cpu/features.h"
#include "cpu/irq.h"
#include "cpu/system.h"
#include "cpu/time.h"
#include "debug/log.h"
#include "lib/muldiv.h"
#include "mm/pagetable.h"

#define APIC_ID		   0x020
#define APIC_TPR	   0x080
#define APIC_EOI	   0x0b0
#define APIC_SPURIOUS	   0x0f0
#define APIC_ESR	   0x280
#define APIC_ICR	   0x300
#define APIC_ICR_HIGH	   0x310
#define APIC_LVT_TIMER	   0x320
#define APIC_LVT_THERMAL   0x330
#define APIC_LVT_PERF	   0x340
#define APIC_LVT_LINT0	   0x350
#define APIC_LVT_LINT1	   0x360
#define APIC_LVT_ERROR	   0x370
#define APIC_TIMER_INITIAL 0x380
#define APIC_TIMER_CURRENT 0x390
#define APIC_TIMER_DIVIDE  0x3e0
#define APIC_VERSION	   0x030

#define SPURIOUS_ENABLE	 0x100
#define ICR_FIXED	 0x00000
#define ICR_NMI		 0x00400
#define ICR_INIT	 0x00500
#define ICR_STARTUP	 0x00600
#define ICR_BUSY	 0x01000
#define ICR_ASSERT	 0x04000
#define LVT_NMI		 0x00400
#define LVT_MASKED	 0x10000
#define LVT_TSC_DEADLINE 0x40000
#define DIVIDE_BY_1	 0xb
#define APICBASE_X2APIC	 (1UL << 10)
#define APICBASE_ENABLE	 (1UL << 11)
#define MSR_X2APIC	 0x800
#define MSR_TSC_DEADLINE 0x6e0

#define CALIBRATE_US 5000
#define MAX_DELAY_NS 4000000000UL /* the counter has 32 bits */

static volatile u32 *apic_mmio; /* NULL: x2APIC */
static u32 apic_ids[NR_CPUS], acpi_ids[NR_CPUS];
static bool use_deadline;
static u64 ticks_per_ns_32; /* << 32 */

static u32 apic_read(unsigned int reg)
{
	if (apic_mmio)
		return apic_mmio[reg / 4];
	return (u32)rdmsr(MSR_X2APIC + (reg >> 4));
}

static void apic_write(unsigned int reg, u32 val)
{
	if (apic_mmio)
		apic_mmio[reg / 4] = val;
	else
		wrmsr(MSR_X2APIC + (reg >> 4), val);
}

u32 cpu_apic_id(unsigned int cpu)
{
	return apic_ids[cpu];
}

u32 cpu_acpi_id(unsigned int cpu)
{
	return acpi_ids[cpu];
}

void __init cpu_set_ids(unsigned int cpu, u32 apic, u32 acpi)
{
	apic_ids[cpu] = apic;
	acpi_ids[cpu] = acpi;
}

u32 apic_id(void)
{
	return apic_mmio ? apic_read(APIC_ID) >> 24 : apic_read(APIC_ID);
}

void apic_eoi(void)
{
	apic_write(APIC_EOI, 0);
}

/* ---- messages to other CPUs ---- */

/*
 * Memory interface: two stores and a busy bit, so nothing may come between. (An
 * NMI that sends one is on its way to stop the machine.) MSRs: one write,
 * ordered after the stores that the receiver is to see.
 */
static void send(u32 id, u32 command)
{
	u64 flags;

	if (!apic_mmio) {
		__asm__ volatile("mfence; lfence" ::: "memory");
		wrmsr(MSR_X2APIC + (APIC_ICR >> 4), (u64)id << 32 | command);
		return;
	}
	flags = irq_save();
	while (apic_read(APIC_ICR) & ICR_BUSY)
		cpu_relax();
	apic_write(APIC_ICR_HIGH, id << 24);
	apic_write(APIC_ICR, command);
	irq_restore(flags);
}

void apic_send_ipi(u32 id, unsigned int vector)
{
	send(id, ICR_FIXED | ICR_ASSERT | vector);
}

void apic_send_nmi(u32 id)
{
	send(id, ICR_NMI | ICR_ASSERT);
}

void apic_send_init(u32 id)
{
	send(id, ICR_INIT | ICR_ASSERT);
}

void apic_send_startup(u32 id, paddr_t trampoline)
{
	send(id, ICR_STARTUP | ICR_ASSERT | (u32)(trampoline >> PAGE_SHIFT));
}

/* ---- set up ---- */

static void error_interrupt(void)
{
	apic_write(APIC_ESR, 0);
	log_print_limited(LOG_WARN, "apic: cpu %u: error, status %#x",
			  this_cpu_id(), apic_read(APIC_ESR));
}

void __init apic_init(paddr_t base, bool x2apic)
{
	bool on = cpu_features.x2apic &&
		  (rdmsr(MSR_APICBASE) & APICBASE_X2APIC);

	if (!on && !(x2apic && cpu_features.x2apic)) {
		apic_mmio = ioremap(base, PAGE_SIZE);
		if (!apic_mmio)
			panic("apic: no memory to map the registers");
	}
	vector_register(VECTOR_ERROR, error_interrupt);
	pr_info("apic: %s", apic_mmio ? "xAPIC" :
			    on	      ? "x2APIC, set by firmware" :
					"x2APIC");
}

void __init apic_init_cpu(void)
{
	u64 base = rdmsr(MSR_APICBASE) | APICBASE_ENABLE;
	bool boot_cpu = this_cpu_id() == 0;
	u32 lvts;

	wrmsr(MSR_APICBASE, base);
	if (!apic_mmio)
		wrmsr(MSR_APICBASE, base | APICBASE_X2APIC);
	lvts = apic_read(APIC_VERSION) >> 16 & 0xff;
	apic_write(APIC_TPR, 0);
	apic_write(APIC_SPURIOUS, SPURIOUS_ENABLE | VECTOR_SPURIOUS);
	apic_write(APIC_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
	/* The 8259s are not used; NMI buttons are wired to all, one asks. */
	apic_write(APIC_LVT_LINT0, LVT_MASKED);
	apic_write(APIC_LVT_LINT1, LVT_NMI | (boot_cpu ? 0 : LVT_MASKED));
	if (lvts >= 4)
		apic_write(APIC_LVT_PERF, LVT_MASKED);
	if (lvts >= 5)
		apic_write(APIC_LVT_THERMAL, LVT_MASKED);
	apic_write(APIC_ESR, 0);
	apic_write(APIC_LVT_ERROR, VECTOR_ERROR);
	if (!boot_cpu && ticks_per_ns_32)
		apic_timer_stop();
}

/* ---- timer ---- */

void apic_timer_stop(void)
{
	if (use_deadline) {
		apic_write(APIC_LVT_TIMER, LVT_TSC_DEADLINE | VECTOR_TIMER);
		/* The mode is to be seen before the MSR is used. */
		__asm__ volatile("mfence" ::: "memory");
		wrmsr(MSR_TSC_DEADLINE, 0);
		return;
	}
	apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER, VECTOR_TIMER);
	apic_write(APIC_TIMER_INITIAL, 0);
}

/* The counter and the TSC at the same time, of a few readings the sharpest. */
static u32 __init read_timer(u64 *tsc)
{
	u64 sharpest = ~0UL;
	u32 ticks = 0;

	for (int i = 0; i < 5; i++) {
		u64 before = rdtsc();
		u32 now = apic_read(APIC_TIMER_CURRENT);
		u64 took = rdtsc() - before;

		if (took >= sharpest)
			continue;
		sharpest = took;
		ticks = now;
		*tsc = before + took / 2;
	}
	return ticks;
}

static u64 __init measure_hz(void)
{
	u64 from, to, ticks;

	apic_write(APIC_TIMER_DIVIDE, DIVIDE_BY_1);
	apic_write(APIC_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
	apic_write(APIC_TIMER_INITIAL, ~0U);
	ticks = read_timer(&from);
	udelay(CALIBRATE_US);
	ticks -= read_timer(&to);
	apic_write(APIC_TIMER_INITIAL, 0);
	return muldiv64(ticks, tsc_hz, to - from);
}

void __init apic_timer_init(void (*fn)(void))
{
	u64 hz;

	use_deadline = cpu_features.tsc_deadline;
	hz = use_deadline ? tsc_hz : measure_hz();
	if (!hz)
		panic("apic: the timer does not count");
	ticks_per_ns_32 = muldiv64(hz, 1UL << 32, 1000000000);
	vector_register(VECTOR_TIMER, fn);
	apic_timer_stop();
	pr_info("apic: timer %lu.%03lu MHz%s", hz / 1000000, hz / 1000 % 1000,
		use_deadline ? ", by TSC deadline" : "");
}

void local_timer_set(u64 deadline_ns)
{
	u64 now, delay, ticks;

	if (!deadline_ns) {
		if (use_deadline)
			wrmsr(MSR_TSC_DEADLINE, 0);
		else
			apic_write(APIC_TIMER_INITIAL, 0);
		return;
	}
	now = now_ns();
	delay = deadline_ns > now ? deadline_ns - now : 0;
	delay = MIN(delay, MAX_DELAY_NS); /* fires early: armed again then */
	ticks = (u64)((unsigned __int128)delay * ticks_per_ns_32 >> 32) + 1;
	if (use_deadline)
		wrmsr(MSR_TSC_DEADLINE, rdtsc() + ticks);
	else
		apic_write(APIC_TIMER_INITIAL, (u32)MIN(ticks, 0xffffffffUL));
}
