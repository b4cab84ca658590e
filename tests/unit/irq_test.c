// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: an interrupt is lost or left shut when lines move
 * between CPUs, are shared, bound and unbound in any order; a vector leaks.
 *
 * The real dispatcher, vector allocator and pirq code run on a model of the
 * hardware: lines with mask, vector, destination and remote IRR, and local
 * APICs that deliver the highest vector first. The model drops an edge that
 * meets a mask, as the chips do.
 */
/* links: cpu/irq.c cpu/vector.c domain/pirq.c lib/bitmap.c */
#include "cpu/apic.h"
#include "cpu/irq.h"
#include "cpu/percpu.h"
#include "cpu/smp.h"
#include "cpu/system.h"
#include "cpu/vector.h"
#include "debug/keys.h"
#include "debug/log.h"
#include "domain/evtchn.h"
#include "domain/pirq.h"
#include "drivers/ioapic.h"
#include "drivers/msi.h"
#include "drivers/pic.h"
#include "include/errno.h"
#include "mm/frame.h"
#include "mm/page.h"
#include "shim/shim.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#define LINES	4 /* GSI 0, 1 are edges; 2, 3 are levels */
#define MSIS	8
#define DOMAINS 2

struct line {
	struct irq_desc desc; /* first */
	bool masked, is_msi, can_mask;
	bool level, asserted, remote_irr, held;
	unsigned int vector, dest;
	unsigned int sent; /* edges that went out */
};

struct lapic {
	u64 irr[4];
	unsigned int in_service; /* vector, 0 = none */
};

static struct line lines[LINES + MSIS];
static struct lapic lapics[SHIM_CPUS];
static unsigned int msis_made;
static struct domain domains[DOMAINS];
static struct vcpu vcpus[SHIM_CPUS];
static unsigned int events[DOMAINS][256]; /* by port = pirq + 1 */

/* ---- the model ---- */
static void apic_post(unsigned int cpu, unsigned int vector)
{
	lapics[cpu].irr[vector / 64] |= 1UL << vector % 64;
}

static void line_level_check(struct line *l)
{
	if (l->level && l->asserted && !l->masked && !l->remote_irr) {
		l->remote_irr = true;
		apic_post(l->dest, l->vector);
	}
}

static bool line_pulse(struct line *l)
{
	if (l->masked) {
		l->held = l->is_msi && l->can_mask;
		return l->held;
	}
	apic_post(l->dest, l->vector);
	return true;
}

u32 cpu_apic_id(unsigned int cpu)
{
	return cpu;
}

void apic_send_ipi(u32 apic_id, unsigned int vector)
{
	apic_post(apic_id, vector);
}

void apic_eoi(void)
{
	unsigned int vector = lapics[shim_cpu()].in_service;

	EXPECT(vector);
	lapics[shim_cpu()].in_service = 0;
	for (size_t i = 0; i < LINES; i++)
		if (lines[i].level && lines[i].vector == vector) {
			lines[i].remote_irr = false;
			line_level_check(&lines[i]);
		}
}

static bool cpu_take_one(unsigned int cpu)
{
	unsigned int vector;

	for (vector = 255; vector; vector--)
		if (lapics[cpu].irr[vector / 64] >> vector % 64 & 1)
			break;
	if (!vector)
		return false;
	lapics[cpu].irr[vector / 64] &= ~(1UL << vector % 64);
	lapics[cpu].in_service = vector;
	shim_set_cpu(cpu);
	shim_set_irqs(false);
	irq_dispatch(vector);
	shim_set_irqs(true);
	shim_set_cpu(0);
	EXPECT(!lapics[cpu].in_service);
	return true;
}

/* Until nothing waits; a line that never falls silent ends the program. */
static void all_take(void)
{
	unsigned int taken = 0;
	bool any;

	do {
		any = false;
		for (unsigned int cpu = 0; cpu < SHIM_CPUS; cpu++)
			any |= cpu_take_one(cpu);
		BUG_ON(++taken > 1000);
	} while (any);
}

void smp_call_mask(const struct cpumask *mask, void (*fn)(void *), void *arg)
{
	EXPECT(shim_irqs_on());
	fn(arg);
}

static struct line *to_line(struct irq_desc *desc)
{
	return container_of(desc, struct line, desc);
}

static void line_mask(struct irq_desc *desc)
{
	if (!to_line(desc)->is_msi || to_line(desc)->can_mask)
		to_line(desc)->masked = true;
}

static void line_unmask(struct irq_desc *desc)
{
	struct line *l = to_line(desc);

	l->masked = false;
	line_level_check(l);
	if (l->held) {
		l->held = false;
		line_pulse(l);
	}
}

static int line_route(struct irq_desc *desc, unsigned int vector, u32 apic_id)
{
	struct line *l = to_line(desc);

	if (l->vector != vector && !desc->masked && !l->can_mask)
		return -EBUSY;
	EXPECT(!(l->remote_irr && l->vector != vector));
	l->vector = vector;
	l->dest = apic_id;
	return 0;
}

static const struct irq_chip chip = {
	.name = "model",
	.mask = line_mask,
	.unmask = line_unmask,
	.route = line_route,
};

struct irq_desc *irq_from_gsi(unsigned int gsi)
{
	return gsi < LINES ? &lines[gsi].desc : NULL;
}

unsigned int ioapic_nr_gsis(void)
{
	return LINES;
}

struct irq_desc *msi_create(const struct msi_source *src, unsigned int cpu,
			    int *err)
{
	struct line *l = &lines[LINES + src->entry];

	*err = l->is_msi ? -EEXIST : 0;
	if (*err)
		return NULL;
	memset(l, 0, sizeof(*l));
	irq_desc_init(&l->desc, 100 + src->entry, &chip, false);
	l->is_msi = true;
	l->can_mask = src->is_msix;
	l->masked = l->can_mask;
	*err = irq_assign_vector(&l->desc, cpu);
	msis_made++;
	return *err ? NULL : &l->desc;
}

void msi_destroy(struct irq_desc *desc)
{
	irq_release_vector(desc);
	to_line(desc)->is_msi = false;
	msis_made--;
}

void evtchn_send_pirq(struct domain *d, u32 port)
{
	EXPECT(!shim_irqs_on());
	EXPECT(port > 0 && port < 256);
	events[d->id][port % 256]++;
}

void pic_silence(void)
{
}

void key_register(char key, void (*fn)(void), const char *help)
{
}

struct frame_range ram_biggest; /* empty: all is other */

bool mfn_is_other_ram(mfn_t m)
{
	return false;
}

int page_get_and_type(struct page *pg, struct page_owner *o, enum page_type t)
{
	return -EINVAL;
}

void page_put_and_type(struct page *pg)
{
}

void *heap_zalloc(size_t size)
{
	return calloc(1, size);
}

void *heap_zalloc_array(size_t n, size_t size)
{
	return calloc(n, size);
}

void heap_free(void *p)
{
	free(p);
}

/* ---- the tests ---- */
static void setup(void)
{
	nr_cpu_ids = SHIM_CPUS;
	cpumask_fill(&cpu_online_mask, SHIM_CPUS);
	memset(lapics, 0, sizeof(lapics));
	memset(events, 0, sizeof(events));
	memset(lines, 0, sizeof(lines));
	for (unsigned int i = 0; i < LINES; i++) {
		lines[i].level = i >= 2;
		lines[i].masked = true;
		irq_desc_init(&lines[i].desc, i, &chip, lines[i].level);
	}
	for (unsigned int i = 0; i < SHIM_CPUS; i++)
		vcpus[i].sched.cpu = i;
	for (unsigned int i = 0; i < DOMAINS; i++) {
		domains[i].id = i;
		EXPECT_EQ(pirq_init(&domains[i]), 0);
	}
}

/* Everything given back: no vector on any CPU, no lock, no stray vector. */
static void teardown(void)
{
	for (unsigned int i = 0; i < DOMAINS; i++) {
		pirq_release_all(&domains[i]);
		pirq_fini(&domains[i]);
	}
	all_take();
	for (unsigned int i = 0; i < LINES; i++)
		irq_release_vector(&lines[i].desc);
	for (unsigned int i = 0; i < SHIM_CPUS; i++)
		EXPECT_EQ(vector_load(i), 0);
	EXPECT_EQ(msis_made, 0);
	EXPECT_EQ(irq_nr_spurious(), 0);
	EXPECT_EQ(shim_locks_held(), 0);
}

static int bind_gsi(unsigned int dom, u32 gsi, bool share)
{
	int err = pirq_map_gsi(&domains[dom], gsi);

	return err ? err : pirq_bind(&domains[dom], gsi, gsi + 1, share);
}

TEST(a_level_line_stays_shut_until_the_guest_is_done)
{
	setup();
	REQUIRE(bind_gsi(0, 2, false) == 0);
	lines[2].asserted = true;
	line_level_check(&lines[2]);
	all_take();
	EXPECT_EQ(events[0][3], 1);
	EXPECT(lines[2].masked);
	all_take();
	EXPECT_EQ(events[0][3], 1);
	pirq_eoi(&domains[0], 2); /* not served: it comes again */
	all_take();
	EXPECT_EQ(events[0][3], 2);
	lines[2].asserted = false;
	pirq_eoi(&domains[0], 2);
	pirq_eoi(&domains[0], 2);
	EXPECT(!lines[2].masked);
	all_take();
	EXPECT_EQ(events[0][3], 2);
	teardown();
}

TEST(a_shared_line_waits_for_all)
{
	setup();
	REQUIRE(bind_gsi(0, 2, true) == 0);
	REQUIRE(bind_gsi(1, 2, true) == 0);
	lines[2].asserted = true;
	line_level_check(&lines[2]);
	all_take();
	EXPECT_EQ(events[0][3], 1);
	EXPECT_EQ(events[1][3], 1);
	pirq_eoi(&domains[0], 2);
	pirq_eoi(&domains[0], 2);
	EXPECT(lines[2].masked);
	lines[2].asserted = false;
	pirq_unbind(&domains[1], 2); /* owes its word, and leaves */
	EXPECT(!lines[2].masked);
	teardown();
}

TEST(lines_are_refused_as_the_abi_says)
{
	struct msi_source src = { .entry = 1, .is_msix = true };
	s32 pirq = -1;

	setup();
	EXPECT_EQ(pirq_map_gsi(&domains[0], LINES), -EINVAL);
	EXPECT_EQ(pirq_bind(&domains[0], 1, 5, true), -EINVAL);
	lines[0].desc.ours = true;
	EXPECT_EQ(bind_gsi(0, 0, true), -EBUSY);
	EXPECT_EQ(bind_gsi(0, 2, false), 0);
	EXPECT_EQ(pirq_bind(&domains[0], 2, 7, false), -EEXIST);
	EXPECT_EQ(bind_gsi(1, 2, true), -EBUSY);
	EXPECT_EQ(bind_gsi(1, 3, true), 0);
	EXPECT_EQ(bind_gsi(0, 3, false), -EBUSY);
	EXPECT_EQ(pirq_map_msi(&domains[0], &src, &pirq), 0);
	EXPECT_EQ(pirq, 16);
	EXPECT_EQ(pirq_map_msi(&domains[0], &src, &pirq), -EEXIST);
	EXPECT_EQ(pirq_unmap(&domains[0], 17), -EINVAL);
	EXPECT_EQ(pirq_unmap(&domains[0], 16), 0);
	pirq = 40000; /* beyond the page of bits */
	EXPECT_EQ(pirq_map_msi(&domains[0], &src, &pirq), -EINVAL);
	teardown();
}

TEST(an_edge_survives_moves)
{
	setup();
	REQUIRE(bind_gsi(0, 1, false) == 0);
	for (unsigned int i = 0; i < 100; i++) {
		EXPECT(line_pulse(&lines[1]));
		pirq_set_affinity(&domains[0], 1,
				  &vcpus[(i * 3 + 1) % SHIM_CPUS]);
		EXPECT_EQ(lines[1].dest, (i * 3 + 1) % SHIM_CPUS);
		all_take();
		EXPECT_EQ(events[0][2], i + 1);
	}
	teardown();
}

TEST(vectors_are_not_used_up)
{
	struct msi_source src = { .entry = 2 };

	setup();
	for (unsigned int i = 0; i < 1000; i++) {
		s32 pirq = -1;

		REQUIRE(pirq_map_msi(&domains[0], &src, &pirq) == 0);
		EXPECT_EQ(pirq, 16);
		REQUIRE(pirq_bind(&domains[0], pirq, 17, false) == 0);
		pirq_set_affinity(&domains[0], pirq, &vcpus[i % SHIM_CPUS]);
		EXPECT(line_pulse(&lines[LINES + 2]));
		all_take();
		EXPECT_EQ(events[0][17], i + 1);
		pirq_unbind(&domains[0], pirq);
		EXPECT_EQ(pirq_unmap(&domains[0], pirq), 0);
	}
	teardown();
}

TEST(numbers_run_out_late_and_come_back)
{
	static struct line many[NR_DEVICE_VECTORS + 1];
	unsigned int i, n = 0;

	setup();
	for (i = 0; i < ARRAY_SIZE(many); i++)
		irq_desc_init(&many[i].desc, i, &chip, false);
	while (vector_alloc(&many[n].desc, 1, 0) > 0)
		n++;
	EXPECT_EQ(n, NR_DEVICE_VECTORS - 1); /* int 0x80 is not for devices */
	/* None is free on all CPUs: another CPU still has some. */
	EXPECT(vector_alloc(&many[n].desc, 2, 0) > 0);
	EXPECT(vector_free_all(&many[n].desc));
	for (i = 0; i < n; i++) {
		EXPECT(vector_free_all(&many[i].desc));
		EXPECT(!vector_free_all(&many[i].desc));
	}
	teardown();
}

/* One step of the random test; counts edges that must become events. */
static void random_step(unsigned int pulses[])
{
	unsigned int dom = test_random_below(DOMAINS);
	unsigned int gsi = test_random_below(LINES);
	struct domain *d = &domains[dom];

	switch (test_random_below(8)) {
	case 0:
		(void)!bind_gsi(dom, gsi, true);
		break;
	case 1:
		all_take();
		pirq_unbind(d, gsi);
		break;
	case 2:
		all_take();
		(void)!pirq_unmap(d, gsi);
		break;
	case 3:
		pirq_set_affinity(d, gsi, &vcpus[test_random_below(SHIM_CPUS)]);
		break;
	case 4:
		pirq_eoi(d, gsi);
		break;
	case 5:
		lines[gsi].asserted = lines[gsi].level && !lines[gsi].asserted;
		line_level_check(&lines[gsi]);
		break;
	case 6:
		if (!lines[gsi].level && !lines[gsi].masked) {
			all_take();
			pulses[gsi] = events[0][gsi + 1] + events[1][gsi + 1];
			line_pulse(&lines[gsi]);
			pirq_set_affinity(d, gsi,
					  &vcpus[test_random_below(SHIM_CPUS)]);
			all_take();
			EXPECT(events[0][gsi + 1] + events[1][gsi + 1] >
			       pulses[gsi]);
		}
		break;
	default:
		cpu_take_one(test_random_below(SHIM_CPUS));
	}
}

/* Everybody served and done: bound lines are open, others shut. */
static void expect_quiet(void)
{
	for (unsigned int gsi = 0; gsi < LINES; gsi++)
		lines[gsi].asserted = false;
	all_take();
	for (unsigned int gsi = 0; gsi < LINES; gsi++) {
		pirq_eoi(&domains[0], gsi);
		pirq_eoi(&domains[1], gsi);
		EXPECT_EQ(lines[gsi].masked, !lines[gsi].desc.handler);
		EXPECT_EQ(lines[gsi].desc.in_flight, 0);
	}
}

TEST(any_order_of_operations)
{
	unsigned long rounds = test_rounds(2000, 200000);
	unsigned int pulses[LINES];

	setup();
	for (unsigned long i = 0; i < rounds; i++) {
		for (unsigned int step = 0; step < 20; step++)
			random_step(pulses);
		expect_quiet();
	}
	teardown();
}
