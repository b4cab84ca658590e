/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Calls to other CPUs, kicks, and stopping everybody for a crash.
 *
 * As with TLB flushes (cpu/tlb.c) a call is a slot of the CPU that makes it,
 * with a mask of those that have still to run it. A handler makes no calls, and
 * a waiting CPU runs nothing but interrupt handlers, so one slot is enough.
 */
#include "cpu/smp.h"

#include "cpu/apic.h"
#include "cpu/irq.h"
#include "cpu/system.h"
#include "cpu/time.h"
#include "cpu/traps.h"
#include "debug/log.h"

#define STOP_WAIT_US 500000

struct smp_call {
	void (*fn)(void *arg);
	void *arg;
	struct cpumask pending;
};

static DEFINE_PER_CPU(struct smp_call, smp_call);
static struct cpumask callers; /* CPUs whose call is in progress */
static struct cpumask kicked; /* kicks that have not arrived yet */
static struct cpumask stopped;
static bool stopping;

static void call_interrupt(void)
{
	unsigned int self = this_cpu_id(), cpu;

	cpumask_for_each(cpu, &callers) {
		struct smp_call *c = &per_cpu(smp_call, cpu);

		if (!cpumask_test(&c->pending, self))
			continue;
		c->fn(c->arg);
		cpumask_clear(&c->pending, self);
	}
}

void smp_call_mask(const struct cpumask *mask, void (*fn)(void *arg), void *arg)
{
	struct smp_call *c = &this_cpu(smp_call);
	unsigned int self = this_cpu_id(), cpu;
	struct cpumask others;
	u64 flags;

	ASSERT(irq_enabled());
	cpumask_and(&others, mask, &cpu_online_mask);
	clear_bit_(others.bits, self);
	c->fn = fn;
	c->arg = arg;
	barrier();
	c->pending = others;
	/* Publishes the call; pairs with the reads in call_interrupt(). */
	cpumask_set(&callers, self);
	cpumask_for_each(cpu, &others)
		apic_send_ipi(cpu_apic_id(cpu), VECTOR_CALL);
	if (cpumask_test(mask, self)) {
		flags = irq_save();
		fn(arg);
		irq_restore(flags);
	}
	while (!cpumask_empty(&c->pending))
		cpu_relax();
	cpumask_clear(&callers, self);
}

/*
 * The flag saves the IPI when one is on its way already. It is cleared before
 * the CPU looks for work, so a kick after that look sends another.
 */
static void kick_interrupt(void)
{
	cpumask_clear(&kicked, this_cpu_id());
}

void smp_kick(unsigned int cpu)
{
	if (cpu == this_cpu_id())
		return;
	if (!test_and_set_bit(kicked.bits, cpu))
		apic_send_ipi(cpu_apic_id(cpu), VECTOR_KICK);
}

/* In the NMI of smp_stop_others(): never returns then. */
static bool stop_on_nmi(struct cpu_user_regs *regs)
{
	if (!READ_ONCE(stopping))
		return false;
	cpumask_set(&stopped, this_cpu_id());
	for (;;)
		__asm__ volatile("cli; hlt");
}

void smp_stop_others(void)
{
	unsigned int self = this_cpu_id(), cpu;

	if (__atomic_exchange_n(&stopping, true, __ATOMIC_SEQ_CST))
		return;
	cpumask_set(&stopped, self);
	cpumask_for_each(cpu, &cpu_online_mask)
		if (cpu != self)
			apic_send_nmi(cpu_apic_id(cpu));
	for (unsigned int i = 0; i < STOP_WAIT_US; i += 10) {
		if (cpumask_equal(&stopped, &cpu_online_mask))
			return;
		udelay(10);
	}
}

void __init smp_init(void)
{
	vector_register(VECTOR_CALL, call_interrupt);
	vector_register(VECTOR_KICK, kick_interrupt);
	nmi_hook = stop_on_nmi;
}
