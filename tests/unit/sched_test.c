// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong with the credit policy: shares that are not as weights
 * and caps say, units that starve or wait too long, CPUs that idle while there
 * is work, wake-ups that are slow, ticks without need; and units lost between
 * the places they can be in, when everything happens at random.
 */
/* links: sched/core.c sched/credit.c sched/timer.c sched/softirq.c */
/* links: sched_sim.c lib/bitmap.c lib/printf.c */
#include "test.h"

#include <stdlib.h>

#include "sched_sim.h"
#include "shim.h"

#define ANY   0xff
#define SPIN  (3600 * SIM_S), 0
#define NR(n) (sizeof(n) / sizeof((n)[0]))
#define MANY  8

/* |got - want| in thousandths of want. */
static u64 error_permille(u64 got, u64 want)
{
	return (got > want ? got - want : want - got) * 1000 / want;
}

/* CPU time of @s over @ns of time, in thousandths of one CPU. */
static u64 permille(const struct sim_unit *s, u64 ns)
{
	return sim_ran(s) * 1000 / ns;
}

static u64 longest_wait(void)
{
	u64 longest = 0;
	struct sim_unit *s;

	for (unsigned int i = 0; (s = sim_unit_nr(i)) != NULL; i++)
		longest = s->max_wait_ns > longest ? s->max_wait_ns : longest;
	return longest;
}

TEST(weights_divide_one_cpu)
{
	struct sched_group *a, *b;
	struct sim_unit *ua, *ub;

	sim_start(1);
	a = sim_group(256);
	b = sim_group(512);
	ua = sim_unit(a, ANY, SPIN);
	ub = sim_unit(b, ANY, SPIN);
	sim_run(30 * SIM_S);
	EXPECT(error_permille(sim_ran(ub), 2 * sim_ran(ua)) < 10);
	EXPECT_EQ(sim_wasted_ns, 0);
}

TEST(weights_hold_when_pinned_to_one_of_two_cpus)
{
	struct sched_group *a, *b;
	struct sim_unit *ua, *ub;

	sim_start(2);
	a = sim_group(256);
	b = sim_group(512);
	ua = sim_unit(a, 2, SPIN);
	ub = sim_unit(b, 2, SPIN);
	sim_run(30 * SIM_S);
	EXPECT(error_permille(sim_ran(ub), 2 * sim_ran(ua)) < 10);
}

TEST(a_group_has_its_weight_however_many_units)
{
	struct sched_group *a, *b;
	struct sim_unit *ua;

	sim_start(1);
	a = sim_group(256);
	b = sim_group(256);
	ua = sim_unit(a, ANY, SPIN);
	for (int i = 0; i < 4; i++)
		sim_unit(b, ANY, SPIN);
	sim_run(30 * SIM_S);
	EXPECT(error_permille(permille(ua, 30 * SIM_S), 500) < 20);
}

TEST(three_spinners_share_two_cpus)
{
	struct sched_group *g[3];
	struct sim_unit *u[3];

	sim_start(2);
	for (int i = 0; i < 3; i++) {
		g[i] = sim_group(256);
		u[i] = sim_unit(g[i], ANY, SPIN);
	}
	sim_run(30 * SIM_S);
	for (int i = 0; i < 3; i++)
		EXPECT(error_permille(permille(u[i], 30 * SIM_S), 667) < 30);
}

TEST(sixteen_spinners_on_two_cpus_wait_less_than_100_ms)
{
	struct sched_group *g[16];
	struct sim_unit *u[16];

	sim_start(2);
	for (int i = 0; i < 16; i++) {
		g[i] = sim_group(256);
		u[i] = sim_unit(g[i], ANY, SPIN);
	}
	sim_run(SIM_S);
	sim_reset();
	sim_run(30 * SIM_S);
	EXPECT(longest_wait() < 100 * SIM_MS);
	for (int i = 0; i < 16; i++)
		EXPECT(error_permille(permille(u[i], 30 * SIM_S), 125) < 30);
}

/*
 * One group: each unit costs 16 times as much as it is alone. Interrupts come
 * late, as they do where CPUs take turns.
 */
TEST(sixteen_vcpus_of_a_guest_on_two_cpus_wait_less_than_60_ms)
{
	struct sched_group *guest, *dom0;

	sim_start(2);
	guest = sim_group(256);
	dom0 = sim_group(256);
	sim_unit(dom0, 1, SIM_MS / 5, SIM_MS);
	for (int i = 0; i < 16; i++)
		sim_unit(guest, ANY, SPIN);
	sim_run(SIM_S);
	sim_reset();
	sim_late_ns = 3 * SIM_MS;
	sim_run(30 * SIM_S);
	sim_late_ns = 0;
	EXPECT(longest_wait() < 60 * SIM_MS);
}

TEST(a_cap_is_kept_alone_and_in_company)
{
	struct sched_group *a, *b;
	struct sim_unit *ua;

	sim_start(1);
	a = sim_group(256);
	b = sim_group(256);
	ua = sim_unit(a, ANY, SPIN);
	EXPECT_EQ(sched_group_set(a, 256, 50), 0);
	sim_run(10 * SIM_S);
	EXPECT(error_permille(permille(ua, 10 * SIM_S), 500) < 20);
	sim_unit(b, ANY, SPIN);
	EXPECT_EQ(sched_group_set(a, 1024, 30), 0);
	sim_reset();
	sim_run(10 * SIM_S);
	EXPECT(error_permille(permille(ua, 10 * SIM_S), 300) < 20);
	EXPECT_EQ(sim_wasted_ns, 0);
	/* Without a cap again: nobody stays parked. */
	EXPECT_EQ(sched_group_set(a, 256, 0), 0);
	sim_reset();
	sim_run(10 * SIM_S);
	EXPECT(error_permille(permille(ua, 10 * SIM_S), 500) < 20);
}

TEST(a_cap_above_100_is_divided_among_the_units)
{
	struct sched_group *a;
	u64 ran = 0;

	sim_start(4);
	a = sim_group(256);
	for (int i = 0; i < 4; i++)
		sim_unit(a, ANY, SPIN);
	EXPECT_EQ(sched_group_set(a, 256, 150), 0);
	sim_reset();
	sim_run(10 * SIM_S);
	for (unsigned int i = 0; i < 4; i++)
		ran += permille(sim_unit_nr(i), 10 * SIM_S);
	EXPECT(error_permille(ran, 1500) < 20);
	EXPECT(sched_group_set(a, 256, 401) < 0);
	EXPECT(sched_group_set(a, 0, 0) < 0);
	EXPECT(sched_group_set(a, 65536, 0) < 0);
}

TEST(waking_beside_a_spinner_is_quick)
{
	struct sched_group *a, *b;
	struct sim_unit *io;

	sim_start(1);
	a = sim_group(256);
	b = sim_group(256);
	sim_unit(a, ANY, SPIN);
	io = sim_unit(b, ANY, SIM_MS / 5, 3 * SIM_MS);
	io->random = true;
	sim_slow_ns = 500000;
	sim_run(SIM_S);
	sim_reset();
	sim_run(30 * SIM_S);
	EXPECT(io->nr_wakes > 5000);
	EXPECT(io->slow_wakes * 100 <= io->nr_wakes);
	EXPECT(io->max_wait_ns < 30 * SIM_MS);
}

/* An interrupt that makes another CPU wait for a lock of the one that sent it.
 */
TEST(who_is_told_to_pick_need_not_wait)
{
	struct sched_group *g[8];

	sim_start(4);
	for (int i = 0; i < 8; i++) {
		g[i] = sim_group(256);
		sim_unit(g[i], ANY, SIM_MS, 2 * SIM_MS)->random = true;
	}
	sim_reset();
	sim_run(10 * SIM_S);
	EXPECT(sim_interrupts > 1000);
	EXPECT_EQ(sim_kicks_locked, 0);
}

TEST(a_sleeper_does_not_save_up)
{
	struct sched_group *a, *b;
	struct sim_unit *spinner, *sleeper;

	sim_start(1);
	a = sim_group(256);
	b = sim_group(256);
	spinner = sim_unit(a, ANY, SPIN);
	sleeper = sim_unit(b, ANY, 500 * SIM_MS, 10 * SIM_S);
	sim_run(60 * SIM_S);
	EXPECT(spinner->max_wait_ns < 60 * SIM_MS);
	EXPECT(sim_ran(sleeper) > 0);
}

TEST(a_spinner_alone_is_not_interrupted)
{
	struct sched_group *g[2];

	sim_start(4);
	for (int i = 0; i < 2; i++) {
		g[i] = sim_group(256);
		sim_unit(g[i], ANY, SPIN);
	}
	sim_run(SIM_S);
	sim_reset();
	sim_run(100 * SIM_S);
	EXPECT(sim_interrupts < 4);
}

TEST(a_long_lonely_run_is_no_debt)
{
	struct sched_group *g[4];
	struct sim_unit *u[4];
	struct cpumask all = { { ANY } };

	sim_start(2);
	for (int i = 0; i < 4; i++)
		g[i] = sim_group(256);
	u[0] = sim_unit(g[0], 1, SPIN);
	for (int i = 1; i < 4; i++)
		u[i] = sim_unit(g[i], 2, SPIN);
	sim_run(100 * SIM_S);
	for (int i = 0; i < 4; i++)
		EXPECT_EQ(unit_set_affinity(&u[i]->u, &all, &all), 0);
	sim_run(SIM_S);
	sim_reset();
	sim_run(20 * SIM_S);
	for (int i = 0; i < 4; i++)
		EXPECT(error_permille(permille(u[i], 20 * SIM_S), 500) < 50);
	EXPECT(longest_wait() < 200 * SIM_MS);
}

/* What weights entitle spinners to: nobody more than one CPU, the rest shared.
 */
static void ideal_shares(const u32 *weight, u64 *share, int nr, u64 cpus)
{
	u64 left = cpus * 1000, total = 0;
	bool full[MANY * 2] = { false }, again = true;

	while (again) {
		again = false;
		total = 0;
		for (int i = 0; i < nr; i++)
			total += full[i] ? 0 : weight[i];
		for (int i = 0; i < nr && !again; i++) {
			if (full[i] || left * weight[i] / total < 1000)
				continue;
			full[i] = again = true;
			share[i] = 1000;
			left -= 1000;
		}
	}
	for (int i = 0; i < nr; i++)
		if (!full[i])
			share[i] = left * weight[i] / total;
}

/*
 * Spinners of random weights on random numbers of CPUs. The mean difference
 * from the ideal, in thousandths of a CPU.
 */
static u64 random_shares(void)
{
	struct sched_group *g[MANY * 2];
	struct sim_unit *u[MANY * 2];
	u32 weight[MANY * 2];
	u64 share[MANY * 2], error = 0;
	unsigned int cpus = 1 + test_random_below(SHIM_CPUS);
	int nr = cpus + 1 + test_random_below(MANY * 2 - cpus);

	sim_start(cpus);
	for (int i = 0; i < nr; i++) {
		weight[i] = 64 << test_random_below(5);
		g[i] = sim_group(weight[i]);
		u[i] = sim_unit(g[i], ANY, SPIN);
	}
	sim_run(2 * SIM_S);
	sim_reset();
	sim_run(20 * SIM_S);
	ideal_shares(weight, share, nr, cpus);
	for (int i = 0; i < nr; i++) {
		u64 got = permille(u[i], 20 * SIM_S);

		error += got > share[i] ? got - share[i] : share[i] - got;
	}
	if (!EXPECT(error / nr < 100))
		test_note("%d units on %u CPUs, error %lu", nr, cpus,
			  (unsigned long)error / nr);
	EXPECT(sim_wasted_ns < 20 * SIM_MS);
	return error / nr;
}

TEST(random_weights_get_their_shares)
{
	unsigned long rounds = test_rounds(60, 3000);
	u64 error = 0;

	for (unsigned long i = 0; i < rounds; i++)
		error += random_shares();
	test_note("mean error: %lu of 1000", (unsigned long)(error / rounds));
	EXPECT(error / rounds < 5);
}

/*
 * The five spinners of tests/guest/sched-shares, on two CPUs, beside a unit
 * that sleeps nearly all the time. The mean difference from what their weights
 * give them of all that they got, in thousandths of a CPU.
 */
static u64 five_shares(void)
{
	static const u32 weight[] = { 64, 128, 256, 512, 384 };
	struct sim_unit *u[NR(weight)];
	u64 total = 0, error = 0;

	sim_start(2);
	sim_unit(sim_group(256), 1, SIM_MS / 50, 961 * SIM_MS);
	for (unsigned int i = 0; i < NR(weight); i++) {
		u[i] = sim_unit(sim_group(weight[i]), ANY, SPIN);
		sim_run(test_random_below(4 * SIM_MS) + 1);
	}
	sim_run(SIM_S);
	sim_reset();
	sim_run(20 * SIM_S);
	for (unsigned int i = 0; i < NR(weight); i++)
		total += permille(u[i], 20 * SIM_S);
	for (unsigned int i = 0; i < NR(weight); i++) {
		u64 ideal = total * weight[i] / 1344;
		u64 got = permille(u[i], 20 * SIM_S);

		error += got > ideal ? got - ideal : ideal - got;
	}
	return error / NR(weight);
}

/* Over phases of all kinds: none may be one of bad luck. */
static void check_five_shares(const char *what)
{
	unsigned long rounds = test_rounds(30, 1000);
	u64 error = 0, worst = 0;

	for (unsigned long i = 0; i < rounds; i++) {
		u64 one = five_shares();

		error += one;
		worst = one > worst ? one : worst;
	}
	test_note("%s: mean error %lu, at most %lu of 1000", what,
		  (unsigned long)(error / rounds), (unsigned long)worst);
	EXPECT(error / rounds <= 3);
	EXPECT(worst <= 8);
}

TEST(weights_hold_whenever_interrupts_come)
{
	for (sim_late_ns = 0; sim_late_ns <= 12 * SIM_MS;
	     sim_late_ns += 6 * SIM_MS)
		check_five_shares("interrupts late");
	sim_late_ns = 0;
}

TEST(weights_hold_when_cpus_take_turns)
{
	for (sim_turn_ns = 10000; sim_turn_ns <= 160000; sim_turn_ns *= 4) {
		sim_ticks = false;
		check_five_shares("turns");
		sim_ticks = true;
		check_five_shares("turns, with ticks");
	}
	sim_turn_ns = 0;
	sim_ticks = false;
}

TEST(nobody_waits_for_100_ms_when_cpus_take_turns)
{
	struct sched_group *guest;
	struct sim_unit *s;
	u64 gap = 0;

	for (sim_turn_ns = 10000; sim_turn_ns <= 160000; sim_turn_ns *= 2) {
		sim_ticks = !sim_ticks;
		sim_start(2);
		sim_unit(sim_group(256), 1, SIM_MS / 20, SIM_MS);
		guest = sim_group(256);
		for (int i = 0; i < 16; i++)
			sim_unit(guest, ANY, SPIN);
		sim_run(SIM_S);
		sim_reset();
		sim_run(10 * SIM_S);
		for (unsigned int i = 1; (s = sim_unit_nr(i)) != NULL; i++)
			gap = s->max_gap_ns > gap ? s->max_gap_ns : gap;
		/* Its turn would pass with the others waiting for the lock. */
		EXPECT_EQ(sim_turns_locked, 0);
	}
	sim_turn_ns = 0;
	sim_ticks = false;
	test_note("longest gap: %lu ms", (unsigned long)(gap / SIM_MS));
	EXPECT(gap < 80 * SIM_MS);
}

/* A few groups of units that compute and sleep at random, moved and paused. */
static void random_machine(void)
{
	struct sched_group *g[MANY];
	unsigned int cpus = 1 + test_random_below(SHIM_CPUS);
	int nr = 1 + test_random_below(MANY);
	struct sim_unit *s;

	sim_start(cpus);
	for (int i = 0; i < nr; i++) {
		g[i] = sim_group(64 << test_random_below(5));
		for (u64 n = 1 + test_random_below(4); n; n--) {
			bool spins = test_random_below(3) == 0;

			s = sim_unit(
				g[i], ANY, 1 + test_random_below(30 * SIM_MS),
				spins ? 0 : test_random_below(50 * SIM_MS));
			s->random = true;
		}
	}
	for (int i = 0; i < 300; i++) {
		u64 mask = 1 + test_random_below((1 << cpus) - 1);
		struct cpumask m = { { mask } }, all = { { ANY } };
		u32 cap = test_random_below(4) ? 0 : 10 + test_random_below(90);

		for (s = NULL; !s;)
			s = sim_unit_nr(test_random_below(MANY * 4));
		shim_set_cpu(test_random_below(cpus));
		switch (test_random_below(5)) {
		case 0:
			sim_pause(s);
			break;
		case 1:
			sim_unpause(s);
			break;
		case 2:
			EXPECT_EQ(unit_set_affinity(&s->u, &m, &all), 0);
			break;
		case 3:
			EXPECT_EQ(sched_group_set(s->u.group, 256, cap), 0);
			break;
		default:
			unit_yield(&s->u);
		}
		sim_run(test_random_below(20 * SIM_MS) + 1);
		REQUIRE(sim_consistent());
	}
}

TEST(no_unit_is_lost_whatever_happens)
{
	for (unsigned long i = test_rounds(100, 5000); i; i--)
		random_machine();
}

/* Units with like weights that sleep at random: all get on. */
static void random_starvation(void)
{
	struct sched_group *g[MANY * 2];
	unsigned int cpus = 1 + test_random_below(4);
	int nr = 2 + test_random_below(MANY * 2 - 1);

	sim_start(cpus);
	for (int i = 0; i < nr; i++) {
		struct sim_unit *s;

		g[i] = sim_group(256);
		s = sim_unit(g[i], ANY, 1 + test_random_below(20 * SIM_MS),
			     test_random_below(2) ?
				     0 :
				     1 + test_random_below(20 * SIM_MS));
		s->random = true;
	}
	sim_run(SIM_S);
	sim_reset();
	sim_run(10 * SIM_S);
	if (!EXPECT(longest_wait() < 300 * SIM_MS))
		test_note("%d units on %u CPUs: %lu ms", nr, cpus,
			  (unsigned long)(longest_wait() / SIM_MS));
	EXPECT(sim_wasted_ns < 10 * SIM_MS);
}

TEST(nobody_starves)
{
	for (unsigned long i = test_rounds(100, 5000); i; i--)
		random_starvation();
}
