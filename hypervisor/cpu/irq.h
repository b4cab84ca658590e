/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vectors and interrupts. A vector is an IDT entry on all CPUs; an irq is a
 * line of an IO-APIC or a message, routed to one vector on one CPU.
 *
 * Vector use: 0x20-0xdf devices (allocated per CPU), 0xe0-0xef none, 0xf0-0xff
 * ours.
 */
#ifndef HOSPES_CPU_IRQ_H
#define HOSPES_CPU_IRQ_H

#include "cpu/spinlock.h"
#include "include/abi.h"
#include "lib/bitmap.h"
#include "lib/types.h"

#define VECTOR_FIRST_DEVICE 0x20
#define VECTOR_LAST_DEVICE  0xdf
#define VECTOR_SPURIOUS	    0xff
#define VECTOR_KICK	    0xfe /* event check: nothing but the exit path */
#define VECTOR_CALL	    0xfd
#define VECTOR_TLB_FLUSH    0xfc
#define VECTOR_TIMER	    0xfb
#define VECTOR_ERROR	    0xfa

/*
 * Called from entry.S for every vector >= 0x20, interrupts off, LAPIC not yet
 * acked.
 */
void irq_dispatch(unsigned int vector);
/* The hypervisor's own vectors (0xf0 up); handler runs after the EOI. */
void vector_register(unsigned int vector, void (*fn)(void));

struct irq_desc;
/*
 * How a kind of interrupt is masked and routed; one per IO-APIC line kind, MSI.
 */
struct irq_chip {
	const char *name;
	void (*mask)(struct irq_desc *desc);
	void (*unmask)(struct irq_desc *desc);
	/* Route to (vector, apic id). */
	void (*route)(struct irq_desc *desc, unsigned int vector, u32 apic_id);
};

struct irq_desc {
	spinlock_t lock; /* RANK_IRQ, irq safe */
	u32 irq;
	const struct irq_chip *chip;
	void *chip_data;
	u8 vector; /* 0 = none */
	u32 cpu;
	bool level;
	bool disabled;
	u32 in_flight; /* guests that have not yet said end of interrupt */
	void (*handler)(struct irq_desc *desc, void *data); /* irqs off */
	void *data;
};

void irq_init(void); /* before IO-APICs are set up */
int __must_check irq_assign_vector(struct irq_desc *desc, unsigned int cpu);
void irq_release_vector(struct irq_desc *desc);
int __must_check irq_set_affinity(struct irq_desc *desc,
				  const struct cpumask *mask);
struct irq_desc *irq_from_gsi(unsigned int gsi); /* NULL: no such line */
/* Our own use of a line (serial console). -EBUSY when taken. */
int __must_check irq_request_gsi(unsigned int gsi,
				 void (*fn)(struct irq_desc *, void *),
				 void *data);

#endif
