// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong when CPUs bind, send on, move and close the same few
 * ports of three domains at the same time: a data race, a deadlock between the
 * two tables of a channel, a reference that is lost or dropped twice, a channel
 * of which only one end is left.
 */
/* links: domain/evtchn.c domain/evtchn_2l.c domain/evtchn_fifo.c */
/* links: domain/virq.c lib/bitmap.c */
/* sanitize: thread */
#include "test.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "domain/evtchn.h"
#include "domain/evtchn_fifo.h"
#include "domain/pirq.h"
#include "include/errno.h"
#include "mm/frame.h"
#include "shim.h"

#define CPUS	3
#define DOMAINS 3
#define VCPUS	2
#define PORTS	6

struct guest {
	struct domain d;
	struct vcpu v[VCPUS], *vcpus[VCPUS];
};

static struct guest guests[DOMAINS];
static int held_pages;
static unsigned long calls_each;
static unsigned long went_well;
struct domain *dom0;

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

struct frame_range ram_biggest = { .nr = 64 };

bool mfn_is_other_ram(mfn_t m)
{
	return false;
}

int page_get_and_type(struct page *pg, struct page_owner *o, enum page_type t)
{
	__atomic_fetch_add(&held_pages, 1, __ATOMIC_RELAXED);
	return 0;
}

void page_put_and_type(struct page *pg)
{
	__atomic_fetch_sub(&held_pages, 1, __ATOMIC_RELAXED);
}

void domain_get(struct domain *d)
{
	__atomic_fetch_add(&d->refs, 1, __ATOMIC_RELAXED);
}

void domain_put(struct domain *d)
{
	__atomic_fetch_sub(&d->refs, 1, __ATOMIC_RELAXED);
}

int pirq_bind(struct domain *d, u32 pirq, u32 port, bool will_share)
{
	return -EINVAL;
}

void pirq_unbind(struct domain *d, u32 pirq)
{
}

void pirq_set_affinity(struct domain *d, u32 pirq, const struct vcpu *v)
{
}

void vcpu_mark_events_pending(struct vcpu *v)
{
	__atomic_store_n(&v->info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
}

void vcpu_wake_pollers(struct domain *d, u32 port)
{
}

static void start(void)
{
	shim_memory(64);
	memset(guests, 0, sizeof(guests));
	for (int i = 0; i < DOMAINS; i++) {
		struct guest *g = &guests[i];

		g->d.id = i;
		g->d.refs = 1;
		g->d.max_vcpus = VCPUS;
		g->d.vcpu = g->vcpus;
		g->d.shared_info = mfn_to_virt(_mfn(1 + i));
		for (u32 v = 0; v < VCPUS; v++) {
			g->vcpus[v] = &g->v[v];
			g->v[v].domain = &g->d;
			g->v[v].id = v;
			g->v[v].info = &g->d.shared_info->vcpu_info[v];
			spin_lock_init(&g->v[v].virq_lock, RANK_VCPU);
		}
		if (evtchn_init(&g->d, 100))
			abort();
	}
	dom0 = &guests[0].d;
}

/* The last domain has two levels only, so both kinds talk to each other. */
static int start_fifo(struct guest *g)
{
	u32 frame = 8 + 2 * g->d.id;
	int err = 0;

	if (g == &guests[DOMAINS - 1])
		return 0;
	for (u32 v = 0; v < VCPUS; v++)
		err |= evtchn_fifo_init_control(&g->d, v, _mfn(frame), 128 * v);
	return err | evtchn_fifo_expand(&g->d, _mfn(frame + 1));
}

/* All ports closed, two levels, and FIFO again; others may interfere. */
static int restart(struct guest *g)
{
	int err;

	do
		err = evtchn_reset(&g->d);
	while (err == -ERESTART);
	return err | start_fifo(g);
}

static u64 next_random(u64 *state)
{
	*state = *state * 6364136223846793005 + 1442695040888963407;
	return *state >> 33;
}

/* What a guest does to its words, in any order. */
static void guest_writes(struct guest *g, u32 port, u64 random)
{
	u32 *word = (u32 *)mfn_to_virt(_mfn(9 + 2 * g->d.id)) + port;

	__atomic_fetch_and(word, (u32)random | 0x0ffe0000, __ATOMIC_SEQ_CST);
}

static int call(struct guest *g, u64 *seed)
{
	struct guest *peer = &guests[next_random(seed) % DOMAINS];
	u32 port = 1 + next_random(seed) % PORTS, vcpu, got;
	struct evtchn_status st = { .port = port };
	bool pending;

	vcpu = next_random(seed) % VCPUS;
	switch (next_random(seed) % 13) {
	case 0:
		return evtchn_alloc_unbound(&g->d, peer->d.id, &got);
	case 1:
	case 2:
		return evtchn_bind_interdomain(&g->d, &peer->d, port, &got);
	case 3:
		return evtchn_bind_virq(&g->d, VIRQ_TIMER, vcpu, &got);
	case 4:
		return evtchn_bind_ipi(&g->d, vcpu, &got);
	case 5:
		return evtchn_close(&g->d, port);
	case 6:
		return evtchn_unmask(&g->d, port);
	case 7:
		virq_send_vcpu(&g->v[vcpu], VIRQ_TIMER);
		virq_send_global(VIRQ_DOM_EXC);
		return 0;
	case 8:
		return evtchn_bind_vcpu(&g->d, port, vcpu);
	case 9:
		return evtchn_status(&g->d, &st);
	case 10:
		guest_writes(g, port, next_random(seed));
		return evtchn_poll_pending(&g->d, port, &pending);
	case 11:
		return evtchn_fifo_set_priority(&g->d, port,
						next_random(seed) % 16);
	default:
		return evtchn_send(&g->d, port);
	}
}

static void *run_cpu(void *arg)
{
	u64 seed = (unsigned long)arg * 77 + 1;

	shim_set_cpu((unsigned long)arg);
	for (unsigned long i = 0; i < calls_each; i++) {
		struct guest *g = &guests[next_random(&seed) % DOMAINS];

		if (!call(g, &seed))
			__atomic_fetch_add(&went_well, 1, __ATOMIC_RELAXED);
		/* A full table would only refuse. */
		if (READ_ONCE(g->d.events.active) > PORTS)
			restart(g);
	}
	return NULL;
}

/* Both ends of each channel name each other. */
static void check_ends(void)
{
	for (int i = 0; i < DOMAINS; i++) {
		for (u32 port = 1; port < guests[i].d.events.nr_valid; port++) {
			struct evtchn *chn = evtchn_get(&guests[i].d, port);
			struct evtchn *peer;

			if (chn->state != EVTCHNSTAT_interdomain)
				continue;
			peer = evtchn_get(chn->remote.dom, chn->remote.port);
			EXPECT_EQ(peer->state, EVTCHNSTAT_interdomain);
			EXPECT(peer->remote.dom == &guests[i].d);
			EXPECT_EQ(peer->remote.port, port);
		}
	}
}

TEST(channels_stay_whole_when_all_act_at_once)
{
	pthread_t thread[CPUS];

	calls_each = test_rounds(30000, 1000000);
	start();
	for (int i = 0; i < DOMAINS; i++)
		EXPECT_EQ(start_fifo(&guests[i]), 0);
	for (unsigned long cpu = 0; cpu < CPUS; cpu++)
		REQUIRE(!pthread_create(&thread[cpu], NULL, run_cpu,
					(void *)cpu));
	for (int cpu = 0; cpu < CPUS; cpu++)
		pthread_join(thread[cpu], NULL);
	EXPECT(went_well > calls_each);
	check_ends();
	for (int i = 0; i < DOMAINS; i++) {
		while (evtchn_reset(&guests[i].d) == -ERESTART)
			;
		EXPECT_EQ(guests[i].d.events.active, 0);
	}
	for (int i = 0; i < DOMAINS; i++) {
		EXPECT_EQ(guests[i].d.refs, 1);
		evtchn_fini(&guests[i].d);
	}
	EXPECT_EQ(held_pages, 0);
	EXPECT_EQ(shim_locks_held(), 0);
}
