/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * TLB flushes.
 *
 * The clock is even, except that its low bit says somebody has taken a stamp
 * at this value. A flush has to advance the clock only then, so that CPUs that
 * switch address spaces all day only read it:
 *
 *	stamp:  sets the bit, returns the odd value
 *	flush:  even value: notes it; odd: advances it by one and notes that
 *
 * A CPU has flushed since a stamp when the value it noted is greater.
 *
 * Wraparound: at the end of its range the clock goes to 0, which means that
 * nothing is to be concluded from it, and every CPU is told to flush. The last
 * one to do so starts the clock again, at 2. From then on an old stamp may be
 * greater than the clock: all CPUs have flushed since.
 *
 * A request is a slot of the CPU that makes it, with a mask of those that have
 * still to do it; nobody waits for a lock to make one.
 */
#include "cpu/tlb.h"

#include "cpu/apic.h"
#include "cpu/irq.h"
#include "cpu/smp.h"
#include "cpu/system.h"
#include "debug/log.h"

#define CLOCK_START 2U
#define CLOCK_END   0xfffffff0U
#define CLOCK_WRAP  0U

#define ALL_PAGES (~0UL)

struct flush_request {
	u64 va; /* or ALL_PAGES */
	struct cpumask pending;
};

static DEFINE_PER_CPU(struct flush_request, flush_request);
DEFINE_PER_CPU(u32, tlb_flushed_at);
static struct cpumask requesters; /* CPUs whose request is in progress */
static struct cpumask wrap_pending; /* CPUs that have not flushed for a wrap */
u32 tlb_clock = CLOCK_START;

u32 tlb_clock_now(void)
{
	u32 now = READ_ONCE(tlb_clock);

	if (now == CLOCK_WRAP || (now & 1))
		return now;
	/* Fails when the clock has moved on: the greater value is safe too. */
	while (!cas(&tlb_clock, &now, now | 1))
		if (now == CLOCK_WRAP || (now & 1))
			return now;
	return now | 1;
}

static void start_wrap(void)
{
	unsigned int cpu;

	wrap_pending = cpu_online_mask;
	barrier();
	cpumask_for_each(cpu, &cpu_online_mask)
		apic_send_ipi(cpu_apic_id(cpu), VECTOR_TLB_FLUSH);
}

void tlb_note_flush(void)
{
	u32 now = READ_ONCE(tlb_clock), next;

	while (now & 1) {
		next = now + 1 >= CLOCK_END ? CLOCK_WRAP : now + 1;
		if (cas(&tlb_clock, &now, next)) {
			if (next == CLOCK_WRAP)
				start_wrap();
			now = next;
		}
	}
	this_cpu(tlb_flushed_at) = now;
}

void tlb_filter(struct cpumask *mask, u32 stamp)
{
	u32 now = READ_ONCE(tlb_clock);
	unsigned int cpu;

	if (now == CLOCK_WRAP)
		return;
	if (stamp > now) {
		cpumask_zero(mask);
		return;
	}
	cpumask_for_each(cpu, mask)
		if (READ_ONCE(per_cpu(tlb_flushed_at, cpu)) > stamp)
			clear_bit_(mask->bits, cpu);
}

void tlb_flush_local(void)
{
	u64 flags = irq_save();

	tlb_note_flush();
	write_cr3(read_cr3());
	irq_restore(flags);
}

/* The wrap's own flush: the last CPU to have done it starts the clock. */
static void flush_for_wrap(void)
{
	unsigned int cpu = this_cpu_id();

	if (!cpumask_test(&wrap_pending, cpu))
		return;
	tlb_flush_local();
	cpumask_clear(&wrap_pending, cpu);
	if (cpumask_empty(&wrap_pending)) {
		u32 wrap = CLOCK_WRAP;

		cas(&tlb_clock, &wrap, CLOCK_START);
	}
}

/* VECTOR_TLB_FLUSH: everything that is asked of this CPU, interrupts off. */
static void flush_self(u64 va)
{
	if (va == ALL_PAGES)
		tlb_flush_local();
	else
		invlpg(va);
}

static void flush_interrupt(void)
{
	unsigned int self = this_cpu_id(), cpu;

	flush_for_wrap();
	cpumask_for_each(cpu, &requesters) {
		struct flush_request *r = &per_cpu(flush_request, cpu);

		if (!cpumask_test(&r->pending, self))
			continue;
		flush_self(r->va);
		cpumask_clear(&r->pending, self);
	}
}

/* Sends the request to the CPUs of @mask but this one, waits until done. */
static void flush_others(const struct cpumask *mask, u64 va)
{
	struct flush_request *r = &this_cpu(flush_request);
	unsigned int self = this_cpu_id(), cpu;
	struct cpumask others;

	cpumask_and(&others, mask, &cpu_online_mask);
	clear_bit_(others.bits, self);
	if (cpumask_empty(&others))
		return;
	ASSERT(irq_enabled());
	r->va = va;
	barrier();
	r->pending = others;
	/* Publishes the request; pairs with the reads in flush_interrupt(). */
	cpumask_set(&requesters, self);
	cpumask_for_each(cpu, &others)
		apic_send_ipi(cpu_apic_id(cpu), VECTOR_TLB_FLUSH);
	while (!cpumask_empty(&r->pending))
		cpu_relax();
	cpumask_clear(&requesters, self);
}

static void flush_mask(const struct cpumask *mask, u64 va)
{
	if (cpumask_test(mask, this_cpu_id()))
		flush_self(va);
	flush_others(mask, va);
}

void tlb_flush_mask(const struct cpumask *mask)
{
	flush_mask(mask, ALL_PAGES);
}

void tlb_flush_page_mask(const struct cpumask *mask, u64 va)
{
	flush_mask(mask, va);
}

void __init tlb_init(void)
{
	vector_register(VECTOR_TLB_FLUSH, flush_interrupt);
}
