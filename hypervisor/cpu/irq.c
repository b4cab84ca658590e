/* SPDX-License-Identifier: GPL-2.0-only */
/* Interrupts from the vector to the handler, and their routing to CPUs. */
#include "cpu/irq.h"
#include "cpu/apic.h"
#include "cpu/smp.h"
#include "cpu/system.h"
#include "cpu/vector.h"
#include "debug/keys.h"
#include "debug/log.h"
#include "drivers/pic.h"

/* A destination has 8 bits, all ones is everybody. */
#define MAX_DEST_APIC_ID 0xfe

static void (*own_handler[256 - VECTOR_FIRST_OWN])(void);

/* Vectors that came without an owner: each is logged once. */
static u64 spurious_seen[BITMAP_LONGS(256)];
static u64 nr_spurious;

void vector_register(unsigned int vector, void (*fn)(void))
{
	ASSERT(vector >= VECTOR_FIRST_OWN && vector < 256);
	own_handler[vector - VECTOR_FIRST_OWN] = fn;
}

u64 irq_nr_spurious(void)
{
	return READ_ONCE(nr_spurious);
}

static void irq_spurious(unsigned int vector)
{
	__atomic_fetch_add(&nr_spurious, 1, __ATOMIC_RELAXED);
	if (!test_and_set_bit(spurious_seen, vector))
		pr_warn("irq: cpu %u: vector %#x has no owner", this_cpu_id(),
			vector);
}

static void irq_mask_locked(struct irq_desc *desc)
{
	if (!desc->masked) {
		desc->masked = true;
		desc->chip->mask(desc);
	}
}

static void irq_unmask_locked(struct irq_desc *desc)
{
	if (desc->masked) {
		desc->masked = false;
		desc->chip->unmask(desc);
	}
}

/*
 * The source is told before the handler runs: an edge that comes meanwhile is
 * a new interrupt, and a level line is closed until irq_end.
 */
static void irq_handle(struct irq_desc *desc)
{
	irq_handler_t handler;
	void *data;
	bool level;

	spin_lock(&desc->lock);
	handler = desc->handler;
	data = desc->data;
	level = desc->level;
	if (level || unlikely(!handler))
		irq_mask_locked(desc);
	if (unlikely(!handler)) {
		spin_unlock(&desc->lock);
		apic_eoi();
		return;
	}
	if (level)
		desc->in_flight++;
	desc->count++;
	__atomic_fetch_add(&desc->running, 1, __ATOMIC_RELAXED);
	spin_unlock(&desc->lock);
	apic_eoi();

	handler(desc, data);

	if (level)
		irq_end(desc);
	/* Pairs with irq_sync: all the handler did is done. */
	__atomic_fetch_sub(&desc->running, 1, __ATOMIC_RELEASE);
}

/* Empties the slots of this CPU whose interrupts have moved elsewhere. */
static void irq_forget_moved(void)
{
	unsigned int cpu = this_cpu_id();
	unsigned int vector;

	for (vector = VECTOR_FIRST_DEVICE; vector <= VECTOR_LAST_DEVICE;
	     vector++) {
		struct irq_desc *desc = vector_lookup(vector);

		if (!desc)
			continue;
		spin_lock(&desc->lock);
		if (desc->cpu != cpu || desc->vector != vector)
			vector_free(desc, cpu, vector);
		spin_unlock(&desc->lock);
	}
}

static void irq_dispatch_own(unsigned int vector)
{
	void (*fn)(void);

	/* The APIC wants no end for its own spurious vector. */
	if (vector == VECTOR_SPURIOUS) {
		__atomic_fetch_add(&nr_spurious, 1, __ATOMIC_RELAXED);
		return;
	}
	apic_eoi();
	fn = own_handler[vector - VECTOR_FIRST_OWN];
	if (fn)
		fn();
	else
		irq_spurious(vector);
}

void irq_dispatch(unsigned int vector)
{
	struct irq_desc *desc = NULL;

	if (vector >= VECTOR_FIRST_OWN) {
		irq_dispatch_own(vector);
		return;
	}
	if (likely(vector >= VECTOR_FIRST_DEVICE &&
		   vector <= VECTOR_LAST_DEVICE))
		desc = vector_lookup(vector);
	if (likely(desc)) {
		irq_handle(desc);
		return;
	}
	apic_eoi();
	if (vector == VECTOR_MOVED)
		irq_forget_moved();
	else
		irq_spurious(vector);
}

/* An old slot is one that waits for VECTOR_MOVED, or for ever: a leak. */
static void irq_show(void)
{
	struct irq_desc desc;
	unsigned int cpu, vector;

	cpumask_for_each(cpu, &cpu_online_mask) {
		pr_err("cpu %u: %u vectors in use", cpu, vector_load(cpu));
		for (vector = VECTOR_FIRST_DEVICE; vector <= VECTOR_LAST_DEVICE;
		     vector++) {
			if (!vector_look(cpu, vector, &desc))
				continue;
			pr_err("  %#x: %s %#x, %s%s%s, %u in flight, %lu times",
			       vector, desc.chip->name, desc.irq,
			       desc.level ? "level" : "edge",
			       desc.masked ? ", masked" : "",
			       desc.cpu == cpu ? "" : ", moved away",
			       desc.in_flight, desc.count);
		}
	}
	pr_err("%lu vectors without an owner so far", irq_nr_spurious());
}

void irq_init(void)
{
	key_register('i', irq_show, "interrupts and their vectors");
	pic_silence();
}

void irq_desc_init(struct irq_desc *desc, u32 irq, const struct irq_chip *chip,
		   bool level)
{
	*desc = (struct irq_desc){
		.irq = irq,
		.chip = chip,
		.level = level,
		.masked = true,
	};
	spin_lock_init(&desc->lock, RANK_IRQ);
}

static bool cpu_can_take(unsigned int cpu)
{
	return cpu < nr_cpu_ids && cpumask_test(&cpu_online_mask, cpu) &&
	       cpu_apic_id(cpu) <= MAX_DEST_APIC_ID;
}

/* The CPU of @mask with the fewest vectors; NR_CPUS when there is none. */
static unsigned int irq_pick_cpu(const struct cpumask *mask)
{
	unsigned int best = NR_CPUS;
	unsigned int cpu;

	cpumask_for_each(cpu, mask) {
		if (!cpu_can_take(cpu))
			continue;
		if (best == NR_CPUS || vector_load(cpu) < vector_load(best))
			best = cpu;
	}
	return best;
}

/* Takes a vector of @cpu and routes to it. desc->lock held. */
static int irq_route_to(struct irq_desc *desc, unsigned int cpu)
{
	int vector, err;

	if (!cpu_can_take(cpu))
		return -ENOSPC;
	vector = vector_alloc(desc, cpu, desc->vector);
	if (vector < 0)
		return vector;
	err = desc->chip->route(desc, vector, cpu_apic_id(cpu));
	if (err) {
		vector_free(desc, cpu, vector);
		return err;
	}
	desc->vector = vector;
	desc->cpu = cpu;
	return 0;
}

int irq_assign_vector(struct irq_desc *desc, unsigned int cpu)
{
	u64 flags = spin_lock_irqsave(&desc->lock);
	int err = 0;

	if (!desc->vector) {
		err = irq_route_to(desc, cpu);
		if (err)
			err = irq_route_to(desc,
					   irq_pick_cpu(&cpu_online_mask));
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return err;
}

int irq_set_affinity(struct irq_desc *desc, const struct cpumask *mask)
{
	u64 flags = spin_lock_irqsave(&desc->lock);
	unsigned int old_cpu = desc->cpu;
	int err = 0;

	if (desc->vector && !cpumask_test(mask, old_cpu)) {
		err = irq_route_to(desc, irq_pick_cpu(mask));
		if (!err)
			apic_send_ipi(cpu_apic_id(old_cpu), VECTOR_MOVED);
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return err;
}

int irq_start(struct irq_desc *desc, irq_handler_t handler, void *data)
{
	u64 flags = spin_lock_irqsave(&desc->lock);
	int err = -EBUSY;

	ASSERT(desc->vector);
	if (!desc->handler) {
		desc->handler = handler;
		desc->data = data;
		desc->in_flight = 0;
		irq_unmask_locked(desc);
		err = 0;
	}
	spin_unlock_irqrestore(&desc->lock, flags);
	return err;
}

void irq_stop(struct irq_desc *desc)
{
	u64 flags = spin_lock_irqsave(&desc->lock);

	desc->handler = NULL;
	desc->data = NULL;
	irq_mask_locked(desc);
	spin_unlock_irqrestore(&desc->lock, flags);
	irq_sync(desc);
}

void irq_swap_data(struct irq_desc *desc, void *data)
{
	u64 flags = spin_lock_irqsave(&desc->lock);

	desc->data = data;
	spin_unlock_irqrestore(&desc->lock, flags);
}

void irq_sync(struct irq_desc *desc)
{
	while (__atomic_load_n(&desc->running, __ATOMIC_ACQUIRE))
		cpu_relax();
}

void irq_end(struct irq_desc *desc)
{
	u64 flags = spin_lock_irqsave(&desc->lock);

	if (desc->in_flight && --desc->in_flight == 0 && desc->handler)
		irq_unmask_locked(desc);
	spin_unlock_irqrestore(&desc->lock, flags);
}

static void nothing(void *arg)
{
}

/*
 * A CPU that has found @desc in its table uses it with interrupts off; when it
 * has answered a call it no longer does.
 */
void irq_release_vector(struct irq_desc *desc)
{
	u64 flags = spin_lock_irqsave(&desc->lock);
	bool had;

	ASSERT(!desc->handler);
	desc->vector = 0;
	had = vector_free_all(desc);
	spin_unlock_irqrestore(&desc->lock, flags);
	if (had)
		smp_call_mask(&cpu_online_mask, nothing, NULL);
}
