/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Which descriptor a vector of a CPU belongs to.
 *
 * As long as there are numbers enough, no two interrupts of the machine have
 * the same vector. So an interrupt keeps its number when it moves to another
 * CPU, and the move is one write of the destination: no torn message, no lost
 * edge, no IO-APIC line that waits for the end of a number it no longer has.
 *
 * After a move the old slot stays filled, since an interrupt may be waiting in
 * the old CPU's APIC. It is emptied by VECTOR_MOVED, sent to that CPU: this
 * vector is of the lowest priority, so all that waited has been delivered then.
 */
#pragma once

#include "cpu/irq.h"
#include "cpu/percpu.h"

#define NR_DEVICE_VECTORS (VECTOR_LAST_DEVICE + 1 - VECTOR_FIRST_DEVICE)

DECLARE_PER_CPU(struct irq_desc *[NR_DEVICE_VECTORS], vector_desc);

/* The owner of @vector on this CPU, NULL when none. Interrupts off. */
static inline struct irq_desc *vector_lookup(unsigned int vector)
{
	return READ_ONCE(this_cpu(vector_desc)[vector - VECTOR_FIRST_DEVICE]);
}

/*
 * Takes a vector on @cpu for @desc: @keep when it is free there or is @desc's
 * own already, otherwise (or when @keep is 0) one that nobody in the machine
 * has, or at last any. Returns it, or -ENOSPC. Context: desc->lock held.
 */
int __must_check vector_alloc(struct irq_desc *desc, unsigned int cpu,
			      unsigned int keep);
/* Empties the slot when it is @desc's. Context: desc->lock held. */
void vector_free(struct irq_desc *desc, unsigned int cpu, unsigned int vector);
/* Empties all slots that are @desc's; false when there was none. */
bool vector_free_all(struct irq_desc *desc);
/* What the owner of a vector looked like, for the log; false: it has none. */
bool vector_look(unsigned int cpu, unsigned int vector, struct irq_desc *copy);
/* Vectors in use on @cpu, for the choice between CPUs. */
unsigned int vector_load(unsigned int cpu);
