/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What each key shows. They run in a softirq, interrupts on; another domain's
 * state is read without its locks: a picture, not a promise.
 */
#include "boot/boot.h"
#include "cpu/section.h"
#include "cpu/smp.h"
#include "debug/dump.h"
#include "debug/keys.h"
#include "debug/symbols.h"
#include "domain/evtchn.h"
#include "domain/grant.h"
#include "hypercall/dispatch.h"
#include "lib/printf.h"
#include "mm/frame.h"
#include "pv/mmu.h"
#include "sched/softirq.h"

static void show_cpu(void *arg)
{
	struct vcpu *v = current;

	if (v->sched.is_idle) {
		pr_err("cpu %u: idle", this_cpu_id());
		return;
	}
	pr_err("cpu %u: d%uv%u", this_cpu_id(), v->domain->id, v->id);
	debug_show_registers(guest_regs());
}

/* One CPU at a time, so that their lines do not mix. */
static void key_registers(void)
{
	unsigned int cpu;

	cpumask_for_each(cpu, &cpu_online_mask) {
		struct cpumask one;

		cpumask_zero(&one);
		cpumask_set(&one, cpu);
		smp_call_mask(&one, show_cpu, NULL);
	}
}

static void show_vcpu(const struct vcpu *v)
{
	struct vcpu_runstate_info rs;

	unit_runstate(&v->sched, &rs);
	pr_err("  v%u: cpu %u, %s, paused by %#lx, pending %u, "
	       "masked %u, ran %lu ms",
	       v->id, v->sched.cpu, v->sched.running ? "running" : "off",
	       v->sched.pause_flags, v->info->evtchn_upcall_pending,
	       v->info->evtchn_upcall_mask,
	       rs.time[RUNSTATE_running] / 1000000);
}

static void show_domain(struct domain *d)
{
	struct vcpu *v;

	pr_err("d%u: %u references, %lu of %lu pages, %s%s", d->id, d->refs,
	       d->pages.nr_pages, d->pages.max_pages,
	       domain_is_dying(d) ? "dying" : "alive",
	       d->is_shut_down ? ", shut down" : "");
	pr_err("  %u ports, %u grant frames", READ_ONCE(d->events.active),
	       grant_table_nr_frames(d, false));
	for_each_vcpu(v, d)
		show_vcpu(v);
}

static void key_domains(void)
{
	struct domain *d;

	for_each_domain(d)
		show_domain(d);
}

static void key_events(void)
{
	struct domain *d;

	for_each_domain(d)
		evtchn_dump(d);
}

/* Those that end are asked for: they come last, where the log keeps them. */
static void key_grants(void)
{
	struct domain *d;

	for_each_domain(d)
		if (!domain_is_dying(d))
			grant_dump(d);
	for_each_domain(d)
		if (domain_is_dying(d))
			grant_dump(d);
}

static void name_unit(const struct sched_unit *u, char *buf, size_t n)
{
	const struct vcpu *v = unit_to_vcpu(u);

	if (u->is_idle)
		snprintf(buf, n, "idle");
	else
		snprintf(buf, n, "d%uv%u", v->domain->id, v->id);
}

static void key_run_queues(void)
{
	sched_dump(name_unit);
}

static void key_memory(void)
{
	pr_err("memory: %lu MiB of RAM, %lu MiB free, %lu pages, heap %lu KiB",
	       frame_nr_total() >> 8, frame_nr_free() >> 8, frame_nr_free(),
	       heap_bytes_used() >> 10);
}

static void recount(struct domain *d)
{
	u64 wrong = pv_recount(d);

	if (wrong == ~0UL)
		pr_err("d%u: no memory to recount its pages", d->id);
	else
		pr_err("d%u: %lu pages with wrong counts", d->id, wrong);
}

/* Exact when the domains rest; a busy one's counts change meanwhile. */
static void key_recount(void)
{
	struct domain *d;

	for_each_domain(d)
		recount(d);
}

static void key_hypercalls(void)
{
	for (unsigned int nr = 0; nr < NR_HYPERCALLS; nr++)
		if (hypercall_table[nr].fn && hypercall_count(nr))
			pr_err("hypercall %u %s: %lu", nr,
			       hypercall_table[nr].name, hypercall_count(nr));
}

static void show_section(unsigned int kind)
{
	const struct section_longest l = section_longest(kind);
	const char *name = "softirq", *at;
	unsigned int nr = kind;
	u64 offset;

	if (!l.ticks)
		return;
	if (kind < NR_HYPERCALLS)
		name = hypercall_table[kind].name;
	else if (kind == SECTION_TRAP)
		name = "trap";
	else if (kind == SECTION_SCRUB)
		name = "idle scrub";
	else
		nr -= SECTION_SOFTIRQ;
	at = symbol_lookup(l.where, &offset);
	pr_err("section %u %s: %lu ticks, detail %#lx, to %s", nr,
	       name ? name : "?", l.ticks, l.detail, at ? at : "?");
}

/* Debug builds only: others note none. */
static void key_sections(void)
{
	for (unsigned int kind = 0; kind < SECTION_KINDS; kind++)
		show_section(kind);
}

static void raise_keys(void)
{
	softirq_raise(SOFTIRQ_KEYS);
}

void console_keys_init(void)
{
	softirq_register(SOFTIRQ_KEYS, keys_run);
	keys_set_hook(raise_keys);
	key_register('d', key_registers, "registers of each CPU");
	key_register('q', key_domains, "domains and their vcpus");
	key_register('e', key_events, "event channels");
	key_register('g', key_grants, "grants in use, and by whom");
	key_register('r', key_run_queues, "run queues");
	key_register('m', key_memory, "memory");
	key_register('y', key_hypercalls, "hypercalls, how often each");
	key_register('p', key_sections, "longest times without preemption");
	key_register('c', key_recount, "recount all page references");
}
