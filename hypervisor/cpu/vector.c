/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocation of device vectors; the rules are in vector.h. */
#include "cpu/vector.h"
#include "include/errno.h"

DEFINE_PER_CPU(struct irq_desc *[NR_DEVICE_VECTORS], vector_desc);
static DEFINE_PER_CPU(u32, nr_vectors);

/* How many CPUs have a vector in use; and where the next search starts. */
static spinlock_t vector_lock = SPINLOCK_INIT(RANK_LEAF);
static u16 nr_users[NR_DEVICE_VECTORS];
static unsigned int next_slot;

static struct irq_desc **slot_of(unsigned int cpu, unsigned int vector)
{
	return &per_cpu(vector_desc, cpu)[vector - VECTOR_FIRST_DEVICE];
}

static bool slot_is_free(unsigned int cpu, unsigned int slot, bool everywhere)
{
	if (slot + VECTOR_FIRST_DEVICE == VECTOR_INT80)
		return false;
	if (everywhere)
		return nr_users[slot] == 0;
	return !per_cpu(vector_desc, cpu)[slot];
}

/* Goes round, so that a number rests before it is used again. */
static int slot_find(unsigned int cpu, bool everywhere)
{
	for (unsigned int i = 0; i < NR_DEVICE_VECTORS; i++) {
		unsigned int slot = (next_slot + i) % NR_DEVICE_VECTORS;

		if (slot_is_free(cpu, slot, everywhere)) {
			next_slot = (slot + 1) % NR_DEVICE_VECTORS;
			return (int)slot;
		}
	}
	return -ENOSPC;
}

static int vector_choose(struct irq_desc *desc, unsigned int cpu,
			 unsigned int keep)
{
	int slot;

	if (keep) {
		struct irq_desc *owner = *slot_of(cpu, keep);

		if (!owner || owner == desc)
			return (int)keep;
	}
	slot = slot_find(cpu, true);
	if (slot < 0)
		slot = slot_find(cpu, false);
	return slot < 0 ? slot : slot + VECTOR_FIRST_DEVICE;
}

int vector_alloc(struct irq_desc *desc, unsigned int cpu, unsigned int keep)
{
	u64 flags = spin_lock_irqsave(&vector_lock);
	int vector = vector_choose(desc, cpu, keep);

	if (vector > 0 && *slot_of(cpu, vector) != desc) {
		WRITE_ONCE(*slot_of(cpu, vector), desc);
		nr_users[vector - VECTOR_FIRST_DEVICE]++;
		per_cpu(nr_vectors, cpu)++;
	}
	spin_unlock_irqrestore(&vector_lock, flags);
	return vector;
}

static bool slot_clear(struct irq_desc *desc, unsigned int cpu,
		       unsigned int vector)
{
	if (*slot_of(cpu, vector) != desc)
		return false;
	WRITE_ONCE(*slot_of(cpu, vector), NULL);
	nr_users[vector - VECTOR_FIRST_DEVICE]--;
	per_cpu(nr_vectors, cpu)--;
	return true;
}

void vector_free(struct irq_desc *desc, unsigned int cpu, unsigned int vector)
{
	u64 flags = spin_lock_irqsave(&vector_lock);

	slot_clear(desc, cpu, vector);
	spin_unlock_irqrestore(&vector_lock, flags);
}

bool vector_free_all(struct irq_desc *desc)
{
	u64 flags = spin_lock_irqsave(&vector_lock);
	bool found = false;
	unsigned int cpu, vector;

	cpumask_for_each(cpu, &cpu_online_mask) {
		for (vector = VECTOR_FIRST_DEVICE; vector <= VECTOR_LAST_DEVICE;
		     vector++)
			found |= slot_clear(desc, cpu, vector);
	}
	spin_unlock_irqrestore(&vector_lock, flags);
	return found;
}

/*
 * The owner cannot be freed before this CPU, with interrupts off now, has
 * answered a call; see irq_release_vector.
 */
bool vector_look(unsigned int cpu, unsigned int vector, struct irq_desc *copy)
{
	u64 flags = spin_lock_irqsave(&vector_lock);
	const struct irq_desc *desc = *slot_of(cpu, vector);

	if (desc)
		*copy = *desc;
	spin_unlock_irqrestore(&vector_lock, flags);
	return desc;
}

unsigned int vector_load(unsigned int cpu)
{
	return READ_ONCE(per_cpu(nr_vectors, cpu));
}
