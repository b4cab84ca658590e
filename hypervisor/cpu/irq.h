/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Vectors and interrupts. A vector is an IDT entry on all CPUs; an irq is a
 * line of an IO-APIC or a message, routed to one vector on one CPU.
 *
 * Vector use: 0x20 ours, of the lowest priority; 0x21-0xdf devices (allocated
 * per CPU, see vector.h); 0xe0-0xef none; 0xf0-0xff ours.
 *
 * One interrupt, from vector to end: irq_dispatch masks a level line, ends the
 * interrupt at the local APIC and calls the handler without a lock. A level
 * line opens again when nobody counted in in_flight needs it closed: the
 * dispatcher is one of them, each guest that was told another.
 */
#pragma once

#include "cpu/spinlock.h"
#include "include/abi.h"
#include "lib/bitmap.h"

#define VECTOR_MOVED	    0x20 /* an interrupt has moved away: see vector.h */
#define VECTOR_FIRST_DEVICE 0x21
#define VECTOR_LAST_DEVICE  0xdf
#define VECTOR_INT80	    0x80 /* guests use int $0x80: not allocated */
#define VECTOR_FIRST_OWN    0xf0
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
typedef void (*irq_handler_t)(struct irq_desc *desc, void *data);

/*
 * How a kind of interrupt is masked and routed; one per IO-APIC line kind, MSI.
 * All are called with desc->lock held.
 */
struct irq_chip {
	const char *name;
	void (*mask)(struct irq_desc *desc);
	void (*unmask)(struct irq_desc *desc);
	/*
	 * Routes to (vector, apic id). When only the destination changes, or
	 * the line is masked, this is one write to the device. Otherwise the
	 * device must be able to hold back what arrives meanwhile: -EBUSY when
	 * it is not, and nothing has changed.
	 */
	int (*route)(struct irq_desc *desc, unsigned int vector, u32 apic_id);
};

struct irq_desc {
	spinlock_t lock; /* RANK_IRQ, irq safe; holds for all below */
	u32 irq; /* GSI, or a number of its own for messages: for the log */
	const struct irq_chip *chip;
	irq_handler_t handler; /* interrupts off; NULL = nobody */
	void *data;
	u8 vector; /* 0 = none */
	u32 cpu;
	bool level;
	bool ours; /* the hypervisor's own line: no guest gets it */
	bool masked;
	u32 in_flight; /* who still wants a level line closed */
	u32 running; /* CPUs in the handler, atomic */
	u64 count;
};

/* Boot CPU, before IO-APICs are set up: silences the 8259s. */
void irq_init(void);
/* @desc is new memory, or not in use. It starts masked, without a vector. */
void irq_desc_init(struct irq_desc *desc, u32 irq, const struct irq_chip *chip,
		   bool level);
/*
 * Gives @desc a vector on @cpu (or on another, when @cpu has none left) and
 * routes it there, masked as it is. Nothing to do when it has one. -ENOSPC.
 */
int __must_check irq_assign_vector(struct irq_desc *desc, unsigned int cpu);
/*
 * Gives the vector back. After it no CPU looks at @desc any more. @desc is
 * stopped. Context: interrupts on (waits for other CPUs).
 */
void irq_release_vector(struct irq_desc *desc);
/*
 * Connects the handler and opens the line; it has a vector. -EBUSY: connected
 * already.
 */
int __must_check irq_start(struct irq_desc *desc, irq_handler_t handler,
			   void *data);
/* Closes the line; the handler is not running anywhere when this returns. */
void irq_stop(struct irq_desc *desc);
/* Another @data for the next interrupt; see irq_sync. */
void irq_swap_data(struct irq_desc *desc, void *data);
/* Waits for handlers in progress: then nobody uses old data. */
void irq_sync(struct irq_desc *desc);
/* One of those counted in in_flight is done: opens the line for the last. */
void irq_end(struct irq_desc *desc);
/*
 * Moves it to a CPU of @mask; stays when it is there. An interrupt on the way
 * meanwhile arrives at the old or the new CPU, exactly once. -ENOSPC, -EBUSY:
 * stays where it was, and works on.
 */
int __must_check irq_set_affinity(struct irq_desc *desc,
				  const struct cpumask *mask);
u64 irq_nr_spurious(void);

/* drivers/ioapic.c: the line's descriptor. NULL: no such line. */
struct irq_desc *irq_from_gsi(unsigned int gsi);
/*
 * Our own use of a line (serial console): guests do not get it. -EINVAL: no
 * such line. -EBUSY: taken.
 */
int __must_check irq_request_gsi(unsigned int gsi, irq_handler_t fn,
				 void *data);
