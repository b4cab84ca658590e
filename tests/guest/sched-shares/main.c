/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: how CPU time is shared. dom0 sleeps; guests of their own
 * domains spin or wake up by a timer, under weights, caps and pins; what they
 * used is read by domctl. Instructions count as time, so it repeats. Lines
 * `figure NAME VALUE` are read by the suite and by docs/benchmarks.md; Xen's
 * credit scheduler runs the same story.
 */
#include "domu.h"

STORY("sched-shares");
/* machine: smp=2 domu icount=4 dom0_max_vcpus=1 dom0_vcpus_pin */

#define MS    1000000UL
#define NR    5
#define CPU0  1
#define CPU1  2
#define BOTH  3
#define LOOPS 15 /* vcpus beside the first one */

static struct domu g[NR];
static struct xen_domctl op;

static int domctl(u32 cmd, const struct domu *d)
{
	op.cmd = cmd;
	op.domain = d->id;
	op.interface_version = XEN_DOMCTL_INTERFACE_VERSION;
	return (int)HC(domctl, &op, 0, 0, 0);
}

static void set_share(const struct domu *d, u16 weight, u16 cap)
{
	struct xen_domctl_scheduler_op *s = &op.u.scheduler_op;

	s->sched_id = XEN_SCHEDULER_CREDIT;
	s->cmd = XEN_DOMCTL_SCHEDOP_putinfo;
	s->u.credit.weight = weight;
	s->u.credit.cap = cap;
	CHECK_EQ(domctl(XEN_DOMCTL_scheduler_op, d), 0);
}

static void pin(const struct domu *d, unsigned int vcpu, u8 cpus)
{
	static u8 map[8];

	map[0] = cpus;
	memset(&op.u.vcpuaffinity, 0, sizeof(op.u.vcpuaffinity));
	op.u.vcpuaffinity.vcpu = vcpu;
	op.u.vcpuaffinity.flags = XEN_VCPUAFFINITY_HARD;
	op.u.vcpuaffinity.cpumap_hard.bitmap.p = map;
	op.u.vcpuaffinity.cpumap_hard.nr_bits = 64;
	CHECK_EQ(domctl(XEN_DOMCTL_setvcpuaffinity, d), 0);
}

static u64 used(const struct domu *d)
{
	CHECK_EQ(domctl(XEN_DOMCTL_getdomaininfo, d), 0);
	return op.u.getdomaininfo.cpu_time;
}

static unsigned int cpu_of(const struct domu *d)
{
	op.u.getvcpuinfo.vcpu = 0;
	CHECK_EQ(domctl(XEN_DOMCTL_getvcpuinfo, d), 0);
	return op.u.getvcpuinfo.cpu;
}

static void sleep_until(u64 time)
{
	struct sched_poll p = { .timeout = time };

	while (system_time() < time)
		HC(sched_op, SCHEDOP_poll, &p, 0, 0);
}

static void figure(const char *name, u64 value)
{
	say("figure %s %lu", name, value);
}

/* ---- in the guests ---- */

static u64 spin(u64 a, u64 b, u64 c)
{
	while (!READ_ONCE(domu_box()->stop))
		;
	return 0;
}

static inline u64 tsc(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high));
	return (u64)high << 32 | low;
}

static volatile u64 longest_gap[LOOPS + 1];
static volatile u64 started;

/* The longest time between two looks at the clock. */
static void watch_clock(unsigned int id)
{
	u64 last, now, longest = 0;

	__atomic_fetch_add(&started, 1, __ATOMIC_SEQ_CST);
	while (READ_ONCE(started) <= LOOPS)
		HC(sched_op, SCHEDOP_yield, 0, 0, 0);
	last = tsc();
	while (!READ_ONCE(domu_box()->stop)) {
		now = tsc();
		if (now - last > longest)
			longest_gap[id] = longest = now - last;
		last = now;
	}
}

static volatile unsigned int next_id;

static void other(void)
{
	watch_clock(__atomic_add_fetch(&next_id, 1, __ATOMIC_SEQ_CST));
	for (;;)
		HC(sched_op, SCHEDOP_block, 0, 0, 0);
}

/* 16 vcpus that spin; the longest wait of any, in microseconds. */
static u64 spin_all(u64 a, u64 b, u64 c)
{
	u64 t0, s0, ticks, ns, most = 0;
	unsigned int i;

	for (i = 1; i <= LOOPS; i++)
		start_vcpu(i, other);
	t0 = tsc();
	s0 = system_time();
	watch_clock(0);
	ticks = tsc() - t0;
	ns = system_time() - s0;
	for (i = 0; i <= LOOPS; i++)
		if (longest_gap[i] > most)
			most = longest_gap[i];
	return most * (ns / 1000) / ticks;
}

#define SAMPLES 400

static u32 late_us[SAMPLES];

/* Sleeps 7 ms at a time; the 99th percentile of being late, in us. */
static u64 wake_up(u64 a, u64 b, u64 c)
{
	unsigned int i, n, j;
	u64 total = 0;

	for (n = 0; n < SAMPLES; n++) {
		struct sched_poll p = { .timeout = system_time() + 7 * MS };
		u64 now;
		u32 late;

		HC(sched_op, SCHEDOP_poll, &p, 0, 0);
		now = system_time();
		late = now > p.timeout ? (u32)((now - p.timeout) / 1000) : 0;
		total += late;
		for (j = n; j && late_us[j - 1] > late; j--)
			late_us[j] = late_us[j - 1];
		late_us[j] = late;
		/* Some work, as one who serves requests has. */
		for (i = 0; i < 2000; i++)
			barrier();
	}
	domu_box()->shared[0] = total / SAMPLES;
	domu_box()->shared[1] = late_us[SAMPLES - 1];
	return late_us[SAMPLES * 99 / 100];
}

/* ---- what is measured ---- */

static void start(unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++) {
		domu_start(&g[i], 1);
		g[i].box->stop = 0;
	}
}

static void end(unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		WRITE_ONCE(g[i].box->stop, 1);
	for (unsigned int i = 0; i < nr; i++) {
		domu_result(&g[i]);
		domu_end(&g[i]);
	}
}

/* CPU time of each of @nr spinning guests over @ns, in thousandths of it. */
static void measure(unsigned int nr, u64 ns, u64 *permille)
{
	u64 before[NR], begin;

	for (unsigned int i = 0; i < nr; i++)
		domu_begin(&g[i], spin, 0, 0, 0);
	sleep_until(system_time() + 1000 * MS);
	begin = system_time();
	for (unsigned int i = 0; i < nr; i++)
		before[i] = used(&g[i]);
	sleep_until(begin + ns);
	ns = system_time() - begin;
	for (unsigned int i = 0; i < nr; i++)
		permille[i] = (used(&g[i]) - before[i]) * 1000 / ns;
}

static void weights(void)
{
	u64 got[2], ratio;

	start(2);
	pin(&g[0], 0, CPU1);
	pin(&g[1], 0, CPU1);
	set_share(&g[0], 256, 0);
	set_share(&g[1], 512, 0);
	measure(2, 30000 * MS, got);
	ratio = got[1] * 1000 / (got[0] ? got[0] : 1);
	figure("weight-256-permille", got[0]);
	figure("weight-512-permille", got[1]);
	figure("ratio-256-512-permille", ratio);
	end(2);
}

static void cap(void)
{
	u64 got[1];

	start(1);
	pin(&g[0], 0, CPU1);
	set_share(&g[0], 256, 50);
	measure(1, 10000 * MS, got);
	figure("cap-50-permille", got[0]);
	end(1);
}

/* Five weights on two CPUs: what each should have is known. */
static void mix(void)
{
	static const u16 weight[NR] = { 64, 128, 256, 512, 384 };
	static const u64 ideal[NR] = { 95, 190, 381, 761, 571 };
	u64 got[NR], error = 0;

	start(NR);
	for (unsigned int i = 0; i < NR; i++)
		set_share(&g[i], weight[i], 0);
	measure(NR, 20000 * MS, got);
	for (unsigned int i = 0; i < NR; i++) {
		error += got[i] > ideal[i] ? got[i] - ideal[i] :
					     ideal[i] - got[i];
		say("weight %u: %lu of %lu", weight[i], got[i], ideal[i]);
	}
	figure("mean-share-error-permille", error / NR);
	end(NR);
}

/* One is pinned; three without pins push it around if they can. */
static void pinned(void)
{
	u64 elsewhere = 0;

	start(4);
	pin(&g[0], 0, CPU1);
	for (unsigned int i = 0; i < 4; i++)
		domu_begin(&g[i], spin, 0, 0, 0);
	sleep_until(system_time() + 100 * MS);
	for (unsigned int i = 0; i < 200; i++) {
		sleep_until(system_time() + 7 * MS);
		elsewhere += cpu_of(&g[0]) != 1;
		if (i == 100)
			pin(&g[0], 0, CPU1);
	}
	figure("pinned-seen-elsewhere", elsewhere);
	end(4);
}

static void wait(void)
{
	u64 end;

	domu_start(&g[0], LOOPS + 1);
	g[0].box->stop = 0;
	domu_begin(&g[0], spin_all, 0, 0, 0);
	/*
	 * The emulator runs the CPUs in turn, each to the next deadline of any
	 * timer. Without short ones a turn may pass while its CPU stands still.
	 */
	end = system_time() + 8000 * MS;
	while (system_time() < end)
		sleep_until(system_time() + MS);
	WRITE_ONCE(g[0].box->stop, 1);
	figure("longest-wait-us", domu_result(&g[0]));
	domu_end(&g[0]);
}

static void latency(void)
{
	u64 deadline;

	start(2);
	pin(&g[0], 0, CPU1);
	pin(&g[1], 0, CPU1);
	domu_begin(&g[0], spin, 0, 0, 0);
	sleep_until(system_time() + 200 * MS);
	domu_begin(&g[1], wake_up, 0, 0, 0);
	deadline = system_time() + 10000 * MS;
	while (READ_ONCE(g[1].box->done) != g[1].box->called &&
	       system_time() < deadline)
		sleep_until(system_time() + 100 * MS);
	figure("wake-p99-us", domu_result(&g[1]));
	figure("wake-mean-us", g[1].box->shared[0]);
	figure("wake-max-us", g[1].box->shared[1]);
	end(2);
}

void story(void)
{
	weights();
	cap();
	mix();
	pinned();
	wait();
	latency();
}
