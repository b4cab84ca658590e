/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * System time.
 *
 * All CPUs scale their TSC by the same factor from the same stamp while the
 * TSCs agree (tsc_stable): then nobody's time can step. Otherwise each CPU's
 * stamp is set again by the platform timer about once a second, and now_ns() is
 * kept from going back by the highest value that anybody has seen.
 */
#include "cpu/time.h"

#include "cpu/features.h"
#include "cpu/system.h"
#include "debug/log.h"
#include "drivers/rtc.h"
#include "lib/bitmap.h"
#include "lib/muldiv.h"
#include "lib/string.h"

#define NS_PER_S	 1000000000UL
#define PM_TIMER_HZ	 3579545U
#define PIT_HZ		 1193182U
#define CALIBRATE_MIN_NS 8000000UL /* long enough when edges are sharp */
#define CALIBRATE_MAX_NS 100000000UL
#define ERROR_PPM	 30
#define SAMPLES		 5

DEFINE_PER_CPU(struct cpu_time, cpu_time);
u64 tsc_hz;
bool tsc_stable;

static u16 pm_port;
static u64 pm_mask;
static u64 wall_base_ns;

/* The platform timer extended to 64 bits, for resync. */
static spinlock_t platform_lock = SPINLOCK_INIT(RANK_PLATFORM);
static u64 platform_ticks, platform_last;
static u64 platform_base_ticks;
static u64 highest_ns;

void time_set_pm_timer(u16 port, bool is_32bit)
{
	pm_port = port;
	pm_mask = is_32bit ? 0xffffffff : 0xffffff;
}

/* One reading of the calibration clock, between two of the TSC. */
struct sample {
	u64 ticks;
	u64 tsc; /* middle */
	u64 slack; /* how far off tsc may be */
};

/* PIT channel 2 counts down from 65536 with the speaker off; polled. */
static void pit_start(void)
{
	outb(0x61, (inb(0x61) & ~2) | 1);
	outb(0x43, 0xb4); /* channel 2, both bytes, rate generator */
	outb(0x42, 0xff);
	outb(0x42, 0xff);
}

static u64 read_ticks(void)
{
	u32 v;

	if (pm_port)
		return inl(pm_port) & pm_mask;
	outb(0x43, 0x80); /* latch */
	v = inb(0x42);
	v |= inb(0x42) << 8;
	return 0xffff - v;
}

/* Waits for the counter to move, so that its resolution does not count. */
static struct sample sample_edge(void)
{
	u64 first = read_ticks(), before, after, ticks;

	do {
		before = rdtsc();
		ticks = read_ticks();
		after = rdtsc();
	} while (ticks == first);
	return (struct sample){ ticks, before + (after - before) / 2,
				after - before };
}

/* The sharpest of a few: an emulated CPU may be made to wait at any moment. */
static struct sample sample_sharp(void)
{
	struct sample best = sample_edge(), s;

	for (int i = 1; i < SAMPLES; i++) {
		s = sample_edge();
		if (s.slack < best.slack)
			best = s;
	}
	return best;
}

static void calibrate_tsc(void)
{
	u64 hz = pm_port ? PM_TIMER_HZ : PIT_HZ;
	u64 mask = pm_port ? pm_mask : 0xffff;
	u64 elapsed_ns, ticks = 0, last;
	struct sample from, to;

	if (!pm_port)
		pit_start();
	from = sample_sharp();
	last = from.ticks;
	do {
		u64 tsc_span;

		to = sample_sharp();
		/* Between two readings the counter wraps at most once. */
		ticks += (to.ticks - last) & mask;
		last = to.ticks;
		elapsed_ns = ticks * NS_PER_S / hz;
		if (elapsed_ns < CALIBRATE_MIN_NS)
			continue;
		tsc_span = to.tsc - from.tsc;
		if ((from.slack + to.slack) * (1000000 / ERROR_PPM) < tsc_span)
			break;
	} while (elapsed_ns < CALIBRATE_MAX_NS);
	tsc_hz = muldiv64(to.tsc - from.tsc, hz, ticks);
}

/* mul and shift so that ns = (tsc << shift) * mul >> 32, mul at its largest. */
static void set_scale(struct cpu_time *t, u64 hz)
{
	u64 mul;
	s8 shift = 0;

	while (hz >= 2 * NS_PER_S) {
		hz >>= 1;
		shift--;
	}
	while (hz <= NS_PER_S) {
		hz <<= 1;
		shift++;
	}
	mul = muldiv64(NS_PER_S, 1UL << 32, hz);
	t->mul = mul > 0xffffffff ? 0xffffffff : (u32)mul;
	t->shift = shift;
}

static u64 tsc_to_ns(const struct cpu_time *t, u64 tsc)
{
	u64 delta = tsc - t->stamp_tsc;

	if (t->shift >= 0)
		delta <<= t->shift;
	else
		delta >>= -t->shift;
	return t->stamp_ns + (u64)((unsigned __int128)delta * t->mul >> 32);
}

static u64 local_ns(void)
{
	u64 flags = irq_save();
	u64 ns = tsc_to_ns(&this_cpu(cpu_time), rdtsc());

	irq_restore(flags);
	return ns;
}

u64 now_ns(void)
{
	u64 ns = local_ns(), seen;

	if (likely(tsc_stable))
		return ns;
	seen = __atomic_load_n(&highest_ns, __ATOMIC_RELAXED);
	do {
		if (ns <= seen)
			return seen;
	} while (!cas_relaxed(&highest_ns, &seen, ns));
	return ns;
}

/* Nanoseconds by the platform timer; called at least every two seconds. */
static u64 platform_ns(void)
{
	u64 flags = spin_lock_irqsave(&platform_lock);
	u64 mask = pm_port ? pm_mask : 0xffff;
	u64 now = read_ticks(), ns;

	platform_ticks += (now - platform_last) & mask;
	platform_last = now;
	ns = muldiv64(platform_ticks - platform_base_ticks, NS_PER_S,
		      pm_port ? PM_TIMER_HZ : PIT_HZ);
	spin_unlock_irqrestore(&platform_lock, flags);
	return ns;
}

void time_resync(void)
{
	struct cpu_time *t = &this_cpu(cpu_time);
	u64 flags, tsc;

	if (tsc_stable || !pm_port)
		return;
	flags = irq_save();
	tsc = rdtsc();
	t->stamp_ns = platform_ns();
	t->stamp_tsc = tsc;
	irq_restore(flags);
}

/* Who else counts at a constant rate: the emulator, whose TSC is one host
 * clock. */
static bool emulated_tsc(void)
{
	struct cpuid_leaf l;

	if (!cpu_features.hypervisor)
		return false;
	l = cpuid(0x40000000, 0);
	return memcmp(&l.b, "TCGT", 4) == 0;
}

void time_init(void)
{
	struct cpu_time *t = &this_cpu(cpu_time);

	calibrate_tsc();
	set_scale(t, tsc_hz);
	t->stamp_tsc = rdtsc();
	t->stamp_ns = 0;
	platform_last = read_ticks();
	tsc_stable = cpu_features.invariant_tsc || emulated_tsc();
	wall_base_ns = rtc_read_seconds() * NS_PER_S - now_ns();
	pr_info("time: TSC %lu.%03lu MHz by the %s, %s", tsc_hz / 1000000,
		tsc_hz / 1000 % 1000, pm_port ? "PM timer" : "PIT",
		tsc_stable ? "constant rate" : "not of constant rate");
}

void time_init_secondary(void)
{
	this_cpu(cpu_time) = per_cpu(cpu_time, 0);
	time_resync();
}

/* ---- warp test: all CPUs take turns at one clock ---- */

#define WARP_ROUNDS 2000
#define WARP_MAX_US 10000

static struct {
	spinlock_t lock;
	u64 last, worst;
	u32 waiting;
} warp = { .lock = SPINLOCK_INIT(RANK_LEAF) };

static void warp_on_cpu(void *arg)
{
	u32 all = *(u32 *)arg;
	u64 end;

	__atomic_fetch_add(&warp.waiting, 1, __ATOMIC_SEQ_CST);
	while (__atomic_load_n(&warp.waiting, __ATOMIC_ACQUIRE) < all)
		cpu_relax();
	/* In turns it takes long where several CPUs are threads of one core. */
	end = rdtsc() + WARP_MAX_US * tsc_hz / 1000000;
	for (int i = 0; i < WARP_ROUNDS && rdtsc() < end; i++) {
		u64 flags = spin_lock_irqsave(&warp.lock);
		u64 tsc = rdtsc();

		if (tsc < warp.last && warp.last - tsc > warp.worst)
			warp.worst = warp.last - tsc;
		warp.last = tsc;
		spin_unlock_irqrestore(&warp.lock, flags);
	}
}

void time_check_warp(void (*on_all_cpus)(void (*fn)(void *), void *arg))
{
	u32 all = cpumask_weight(&cpu_online_mask);

	if (!tsc_stable || all < 2)
		return;
	on_all_cpus(warp_on_cpu, &all);
	if (warp.worst) {
		tsc_stable = false;
		highest_ns = local_ns();
		pr_warn("time: a TSC runs %lu ticks behind another: not used as one clock",
			warp.worst);
	}
}

void udelay(u64 us)
{
	u64 end = rdtsc() + us * tsc_hz / 1000000;

	while (rdtsc() < end)
		cpu_relax();
}

u64 wallclock_base_ns(void)
{
	return READ_ONCE(wall_base_ns);
}

void wallclock_set(u64 utc_ns, u64 at_system_ns)
{
	WRITE_ONCE(wall_base_ns, utc_ns - at_system_ns);
}
