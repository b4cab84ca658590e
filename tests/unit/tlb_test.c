// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: a flush is skipped for a CPU that has not flushed since
 * the stamp, above all around the wrap of the clock; a request never ends.
 *
 * The real code runs on a model of some CPUs that take turns. Each notes when
 * it flushed last, in a time that never wraps; inter-processor interrupts
 * arrive at any later moment. Whenever the filter lets a CPU off, that CPU must
 * have flushed after the stamp was taken.
 */
/* links: lib/bitmap.c */
/* includes: cpu/tlb.c */
#include "cpu/system.h"
#include "shim/shim.h"
#include "test.h"

#undef cpu_relax
#define cpu_relax() model_let_others_run()
#define read_cr3()  0
#define write_cr3   model_write_cr3
#define invlpg	    model_invlpg

static void model_let_others_run(void);
static void model_write_cr3(unsigned long val);
static void model_invlpg(unsigned long va);

#include "cpu/tlb.c"

#define CPUS	4
#define STAMPS	16
#define SOME_VA 0x1000

static u64 now, flushed[CPUS], page_flushed[CPUS];
static bool interrupt[CPUS];
static void (*handler)(void);

static struct {
	u64 when;
	u32 stamp;
} stamps[STAMPS];

static void model_write_cr3(unsigned long val)
{
	flushed[shim_cpu()] = page_flushed[shim_cpu()] = ++now;
}

static void model_invlpg(unsigned long va)
{
	EXPECT_EQ(va, SOME_VA);
	page_flushed[shim_cpu()] = ++now;
}

void vector_register(unsigned int vector, void (*fn)(void))
{
	EXPECT_EQ(vector, VECTOR_TLB_FLUSH);
	handler = fn;
}

u32 cpu_apic_id(unsigned int cpu)
{
	return cpu;
}

void apic_send_ipi(u32 id, unsigned int vector)
{
	interrupt[id] = true;
}

static void deliver(unsigned int cpu)
{
	unsigned int self = shim_cpu();

	if (!interrupt[cpu])
		return;
	interrupt[cpu] = false;
	shim_set_cpu(cpu);
	handler();
	shim_set_cpu(self);
}

static void model_let_others_run(void)
{
	deliver((unsigned int)test_random_below(CPUS));
}

static void start(u32 clock)
{
	tlb_init();
	nr_cpu_ids = CPUS;
	cpumask_fill(&cpu_online_mask, CPUS);
	tlb_clock = clock;
	now = 1;
	cpumask_zero(&wrap_pending);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		per_cpu(tlb_flushed_at, cpu) = 0;
		flushed[cpu] = page_flushed[cpu] = 0;
		interrupt[cpu] = false;
	}
	for (unsigned int i = 0; i < STAMPS; i++)
		stamps[i].when = stamps[i].stamp = 0;
}

static void check_filter(unsigned int i)
{
	struct cpumask mask;

	cpumask_fill(&mask, CPUS);
	tlb_filter(&mask, stamps[i].stamp);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++)
		if (stamps[i].when && !cpumask_test(&mask, cpu))
			EXPECT(flushed[cpu] > stamps[i].when);
}

static void step(void)
{
	unsigned int i = (unsigned int)test_random_below(STAMPS);

	shim_set_cpu((unsigned int)test_random_below(CPUS));
	switch (test_random_below(8)) {
	case 0:
	case 1:
		stamps[i].when = ++now;
		stamps[i].stamp = tlb_clock_now();
		break;
	case 2:
	case 3:
		tlb_flush_local();
		break;
	case 4:
		deliver(shim_cpu());
		break;
	default:
		check_filter(i);
	}
}

TEST(nobody_is_let_off_wrongly)
{
	start(CLOCK_START);
	for (unsigned long n = test_rounds(200000, 20000000); n; n--)
		step();
}

TEST(nor_around_the_wrap)
{
	for (unsigned long n = test_rounds(2000, 200000); n; n--) {
		start((CLOCK_END - (u32)test_random_below(40)) & ~1U);
		for (unsigned int i = 0; i < 300; i++)
			step();
		/* It is over when all have answered. */
		for (unsigned int cpu = 0; cpu < CPUS; cpu++)
			deliver(cpu);
		EXPECT(tlb_clock != CLOCK_WRAP);
	}
}

TEST(a_flush_lets_all_off)
{
	struct cpumask mask;
	u32 stamp;

	start(CLOCK_START);
	shim_set_cpu(0);
	stamp = tlb_clock_now();
	cpumask_fill(&mask, CPUS);
	tlb_filter(&mask, stamp);
	EXPECT_EQ(cpumask_weight(&mask), CPUS);
	tlb_flush_mask(&cpu_online_mask);
	tlb_filter(&mask, stamp);
	EXPECT(cpumask_empty(&mask));
}

TEST(requests_reach_just_the_cpus_named)
{
	struct cpumask mask;

	start(CLOCK_START);
	for (unsigned int round = 0; round < 1000; round++) {
		u64 before = now;

		mask.bits[0] = test_random_below(1UL << CPUS);
		shim_set_cpu((unsigned int)test_random_below(CPUS));
		if (round & 1)
			tlb_flush_mask(&mask);
		else
			tlb_flush_page_mask(&mask, SOME_VA);
		for (unsigned int cpu = 0; cpu < CPUS; cpu++)
			EXPECT_EQ(page_flushed[cpu] > before,
				  cpumask_test(&mask, cpu));
		EXPECT(cpumask_empty(&requesters));
	}
}
