// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong with event channels: a port in a state it should not have
 * after some order of calls by two domains, an event that is sent and never
 * seen, a reference or guest page that is not given back; and anything at all
 * when the guest writes nonsense to the memory it shares.
 *
 * Random calls run on the real sources and on a model of the table. The guests
 * consume events as the ABI says, two-level or FIFO.
 */
/* links: domain/evtchn.c domain/evtchn_2l.c domain/evtchn_fifo.c */
/* links: domain/virq.c lib/bitmap.c */
#include "test.h"

#include <stdlib.h>
#include <string.h>

#include "domain/evtchn.h"
#include "domain/evtchn_fifo.h"
#include "domain/pirq.h"
#include "include/errno.h"
#include "mm/frame.h"
#include "shim.h"

#define NR_DOMAINS 2
#define NR_VCPUS   3
#define MAX_PORT   150
#define WORDS	   (PAGE_SIZE / sizeof(u32))

struct model_port {
	u8 state;
	u32 vcpu;
	u32 target; /* peer's port, VIRQ, pirq */
	int peer; /* domain: of the peer, or who may bind */
	bool pending, masked;
};

struct guest {
	struct domain d;
	struct vcpu v[NR_VCPUS], *vcpus[NR_VCPUS];
	struct model_port p[MAX_PORT + 1];
	u32 fifo_head[NR_VCPUS][EVTCHN_FIFO_MAX_QUEUES];
	u64 info_frame;
};

static struct guest guests[NR_DOMAINS];
static int held_pages, pirqs_bound;
static unsigned long crashes;
struct domain *dom0;

/* ---- the rest of the hypervisor ---- */

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

struct frame_range ram_biggest; /* empty: all is other */

bool mfn_is_other_ram(mfn_t m)
{
	return mfn_x(m) < 64;
}

int page_get_and_type(struct page *pg, struct page_owner *o, enum page_type t)
{
	held_pages++;
	return 0;
}

void page_put_and_type(struct page *pg)
{
	held_pages--;
}

void domain_get(struct domain *d)
{
	d->refs++;
}

void domain_put(struct domain *d)
{
	d->refs--;
}

int pirq_bind(struct domain *d, u32 pirq, u32 port, bool will_share)
{
	pirqs_bound += pirq != 0;
	return pirq ? 0 : -EINVAL;
}

void pirq_unbind(struct domain *d, u32 pirq)
{
	pirqs_bound--;
}

void pirq_set_affinity(struct domain *d, u32 pirq, const struct vcpu *v)
{
}

void vcpu_mark_events_pending(struct vcpu *v)
{
	v->info->evtchn_upcall_pending = 1;
	crashes += v->pending_work != 0;
}

void vcpu_wake_pollers(struct domain *d, u32 port)
{
}

/* ---- guests ---- */

static void start(void)
{
	u64 frame = 1;

	shim_memory(64);
	memset(guests, 0, sizeof(guests));
	for (int i = 0; i < NR_DOMAINS; i++) {
		struct guest *g = &guests[i];

		g->info_frame = frame;
		g->d.id = i;
		g->d.refs = 1;
		g->d.max_vcpus = NR_VCPUS;
		g->d.vcpu = g->vcpus;
		g->d.shared_info = mfn_to_virt(_mfn(frame++));
		for (u32 v = 0; v < NR_VCPUS; v++) {
			g->vcpus[v] = &g->v[v];
			g->v[v].domain = &g->d;
			g->v[v].id = v;
			g->v[v].info = &g->d.shared_info->vcpu_info[v];
			spin_lock_init(&g->v[v].virq_lock, RANK_VCPU);
		}
		if (evtchn_init(&g->d, MAX_PORT))
			abort();
	}
	dom0 = &guests[0].d;
	crashes = 0;
}

/* The guest gives the pages that FIFO needs, from frame 8 up. */
static void start_fifo(struct guest *g)
{
	u64 frame = 8 + 8 * g->d.id;

	for (u32 v = 0; v < NR_VCPUS; v++)
		REQUIRE(!evtchn_fifo_init_control(&g->d, v, _mfn(frame),
						  128 * v));
	EXPECT(evtchn_fifo_init_control(&g->d, 0, _mfn(frame), 0) < 0);
	EXPECT_EQ(evtchn_fifo_expand(&g->d, _mfn(frame + 1)), 0);
	EXPECT_EQ(evtchn_fifo_expand(&g->d, _mfn(frame + 2)), -ENOSPC);
	memset(g->fifo_head, 0, sizeof(g->fifo_head));
}

static u32 *event_word(struct guest *g, u32 port)
{
	return (u32 *)mfn_to_virt(_mfn(9 + 8 * g->d.id)) + port;
}

static struct evtchn_fifo_control_block *control(struct guest *g, u32 v)
{
	char *page = mfn_to_virt(_mfn(8 + 8 * g->d.id));

	return (void *)(page + 128 * v);
}

/* The port's event was seen: it must have been one. */
static void deliver(struct guest *g, u32 port)
{
	EXPECT(g->p[port].pending && !g->p[port].masked);
	g->p[port].pending = false;
}

static void consume_2l(struct guest *g, u32 v)
{
	struct vcpu_info *info = g->v[v].info;
	struct shared_info *s = g->d.shared_info;
	u64 selected = info->evtchn_pending_sel;

	info->evtchn_upcall_pending = 0;
	info->evtchn_pending_sel = 0;
	for (u32 port = 1; port <= MAX_PORT; port++) {
		if (!(selected >> port / 64 & 1) ||
		    !test_bit(s->evtchn_pending, port) ||
		    test_bit(s->evtchn_mask, port))
			continue;
		clear_bit(s->evtchn_pending, port);
		deliver(g, port);
	}
}

/* The first of a queue, as the ABI wants it taken off. */
static bool consume_one(struct guest *g, u32 v, u32 queue)
{
	u32 *head = &g->fifo_head[v][queue], port, *word, old;

	port = *head ? *head : control(g, v)->head[queue];
	word = event_word(g, port);
	old = *word;
	*word &= ~(1U << EVTCHN_FIFO_LINKED | EVTCHN_FIFO_LINK_MASK);
	*head = old & EVTCHN_FIFO_LINK_MASK;
	EXPECT(old & 1U << EVTCHN_FIFO_LINKED);
	if ((old & 1U << EVTCHN_FIFO_PENDING) &&
	    !(old & 1U << EVTCHN_FIFO_MASKED)) {
		*word &= ~(1U << EVTCHN_FIFO_PENDING);
		deliver(g, port);
	}
	return *head != 0;
}

static void consume_fifo(struct guest *g, u32 v)
{
	u32 ready = control(g, v)->ready;

	g->v[v].info->evtchn_upcall_pending = 0;
	control(g, v)->ready = 0;
	while (ready) {
		u32 queue = __builtin_ctz(ready);

		if (!consume_one(g, v, queue))
			ready &= ~(1U << queue);
	}
}

/* All vcpus that were told look; then nothing may be left. */
static void consume_all(struct guest *g)
{
	for (u32 v = 0; v < NR_VCPUS; v++) {
		if (!g->v[v].info->evtchn_upcall_pending)
			continue;
		if (g->d.events.fifo)
			consume_fifo(g, v);
		else
			consume_2l(g, v);
	}
	for (u32 port = 1; port <= MAX_PORT; port++) {
		if (!EXPECT(!g->p[port].pending || g->p[port].masked))
			test_note("d%u: port %u was never seen", g->d.id, port);
		g->p[port].pending &= g->p[port].masked;
	}
}

static void guest_mask(struct guest *g, u32 port)
{
	if (g->d.events.fifo)
		*event_word(g, port) |= 1U << EVTCHN_FIFO_MASKED;
	else
		set_bit(g->d.shared_info->evtchn_mask, port);
	g->p[port].masked = true;
}

/* ---- calls, on the sources and on the model ---- */

static u32 model_free(struct guest *g)
{
	for (u32 port = 1; port <= MAX_PORT; port++)
		if (g->p[port].state == EVTCHNSTAT_closed &&
		    (!g->d.events.fifo ||
		     !(*event_word(g, port) & 1U << EVTCHN_FIFO_LINKED)))
			return port;
	return 0;
}

/* Was port @got given out as the model says? */
static bool opened(struct guest *g, u32 want, int err, u32 got, u8 state)
{
	if (!want)
		return EXPECT_EQ(err, -ENOSPC) && false;
	if (!EXPECT_EQ(err, 0) || !EXPECT_EQ(got, want))
		return false;
	g->p[got].state = state;
	g->p[got].vcpu = 0;
	return true;
}

static void do_alloc_unbound(struct guest *g, int peer)
{
	u32 want = model_free(g), port = 0;
	int err = evtchn_alloc_unbound(&g->d, peer, &port);

	if (opened(g, want, err, port, EVTCHNSTAT_unbound))
		g->p[port].peer = peer;
}

static void do_bind_interdomain(struct guest *g, int peer, u32 remote)
{
	struct guest *r = &guests[peer];
	struct model_port *p = &r->p[remote];
	u32 want = model_free(g), port = 0;
	bool ok = p->state == EVTCHNSTAT_unbound && p->peer == g->d.id;
	int err = evtchn_bind_interdomain(&g->d, &r->d, remote, &port);

	if (!ok) {
		EXPECT_EQ(err, -EINVAL);
		return;
	}
	if (!opened(g, want, err, port, EVTCHNSTAT_interdomain))
		return;
	g->p[port].peer = peer;
	g->p[port].target = remote;
	g->p[port].pending = true;
	p->state = EVTCHNSTAT_interdomain;
	p->peer = g->d.id;
	p->target = port;
}

static bool virq_bound(struct guest *g, u32 virq, u32 vcpu)
{
	for (u32 port = 1; port <= MAX_PORT; port++)
		if (g->p[port].state == EVTCHNSTAT_virq &&
		    g->p[port].target == virq &&
		    (virq_is_global(virq) || g->p[port].vcpu == vcpu))
			return true;
	return false;
}

static void do_bind_virq(struct guest *g, u32 virq, u32 vcpu)
{
	u32 want = model_free(g), port = 0;
	bool bad = virq >= NR_VIRQS || (virq_is_global(virq) && vcpu);
	bool bound = !bad && virq_bound(g, virq, vcpu);
	int err = evtchn_bind_virq(&g->d, virq, vcpu, &port);

	if (bad || bound) {
		EXPECT_EQ(err, bad ? -EINVAL : -EEXIST);
		return;
	}
	if (!opened(g, want, err, port, EVTCHNSTAT_virq))
		return;
	g->p[port].target = virq;
	g->p[port].vcpu = vcpu;
}

static void do_bind_ipi(struct guest *g, u32 vcpu)
{
	u32 want = model_free(g), port = 0;
	int err = evtchn_bind_ipi(&g->d, vcpu, &port);

	if (vcpu >= NR_VCPUS)
		EXPECT_EQ(err, -ENOENT);
	else if (opened(g, want, err, port, EVTCHNSTAT_ipi))
		g->p[port].vcpu = vcpu;
}

static void do_bind_pirq(struct guest *g, u32 pirq)
{
	u32 want = model_free(g), port = 0;
	int err = evtchn_bind_pirq(&g->d, pirq, 0, &port);

	if (!pirq && want)
		EXPECT_EQ(err, -EINVAL);
	else if (opened(g, want, err, port, EVTCHNSTAT_pirq))
		g->p[port].target = pirq;
}

static void do_close(struct guest *g, u32 port)
{
	struct model_port *p = &g->p[port];
	int err = evtchn_close(&g->d, port);

	EXPECT_EQ(err, p->state == EVTCHNSTAT_closed ? -EINVAL : 0);
	if (p->state == EVTCHNSTAT_interdomain) {
		struct model_port *q = &guests[p->peer].p[p->target];

		q->state = EVTCHNSTAT_unbound;
		q->peer = g->d.id;
	}
	p->state = EVTCHNSTAT_closed;
	p->pending = false;
}

static void do_send(struct guest *g, u32 port)
{
	struct model_port *p = &g->p[port];
	int err = evtchn_send(&g->d, port);

	EXPECT_EQ(err, p->state == EVTCHNSTAT_interdomain ||
				       p->state == EVTCHNSTAT_unbound ||
				       p->state == EVTCHNSTAT_ipi ?
			       0 :
			       -EINVAL);
	if (p->state == EVTCHNSTAT_interdomain)
		guests[p->peer].p[p->target].pending = true;
	if (p->state == EVTCHNSTAT_ipi)
		p->pending = true;
}

static void do_raise(struct guest *g, u32 port)
{
	struct model_port *p = &g->p[port];

	if (p->state == EVTCHNSTAT_pirq) {
		evtchn_send_pirq(&g->d, port);
		p->pending = true;
	} else if (p->state == EVTCHNSTAT_virq) {
		bool global = virq_is_global(p->target);

		if (global && &g->d != dom0)
			return;
		if (global)
			virq_send_global(p->target);
		else
			virq_send_vcpu(&g->v[p->vcpu], p->target);
		p->pending = true;
	}
}

static void do_bind_vcpu(struct guest *g, u32 port, u32 vcpu)
{
	struct model_port *p = &g->p[port];
	int err = evtchn_bind_vcpu(&g->d, port, vcpu);
	bool ok = p->state == EVTCHNSTAT_unbound ||
		  p->state == EVTCHNSTAT_interdomain ||
		  p->state == EVTCHNSTAT_pirq ||
		  (p->state == EVTCHNSTAT_virq &&
		   (virq_is_global(p->target) || p->vcpu == vcpu));

	if (vcpu >= NR_VCPUS) {
		EXPECT_EQ(err, -ENOENT);
		return;
	}
	EXPECT_EQ(err, ok ? 0 : -EINVAL);
	if (ok)
		p->vcpu = vcpu;
}

static void check_port(struct guest *g, u32 port)
{
	const struct model_port *p = &g->p[port];
	struct evtchn_status st = { .port = port };

	if (evtchn_status(&g->d, &st)) {
		EXPECT_EQ(p->state, EVTCHNSTAT_closed);
		return;
	}
	EXPECT_EQ(st.status, p->state);
	if (p->state == EVTCHNSTAT_closed)
		return;
	EXPECT_EQ(st.vcpu, p->vcpu);
	switch (p->state) {
	case EVTCHNSTAT_unbound:
		EXPECT_EQ(st.u.unbound.dom, p->peer);
		break;
	case EVTCHNSTAT_interdomain:
		EXPECT_EQ(st.u.interdomain.dom, p->peer);
		EXPECT_EQ(st.u.interdomain.port, p->target);
		break;
	case EVTCHNSTAT_virq:
	case EVTCHNSTAT_pirq:
		EXPECT_EQ(st.u.virq, p->target);
		break;
	}
}

static void random_call(struct guest *g, u32 ports)
{
	u32 port = 1 + test_random_below(ports);
	u32 vcpu = test_random_below(NR_VCPUS + 1);
	int peer = test_random_below(NR_DOMAINS);

	switch (test_random_below(16)) {
	case 0:
	case 1:
		do_alloc_unbound(g, peer);
		break;
	case 2:
	case 3:
		do_bind_interdomain(g, peer, port);
		break;
	case 4:
		if (vcpu < NR_VCPUS)
			do_bind_virq(g, test_random_below(NR_VIRQS + 1), vcpu);
		break;
	case 5:
		do_bind_ipi(g, vcpu);
		break;
	case 6:
		do_bind_pirq(g, test_random_below(8));
		break;
	case 7:
	case 8:
		do_close(g, port);
		break;
	case 9:
		do_bind_vcpu(g, port, vcpu);
		break;
	case 10:
		guest_mask(g, port);
		break;
	case 11:
		if (!evtchn_unmask(&g->d, port))
			g->p[port].masked = false;
		break;
	case 12:
		if (g->d.events.fifo)
			EXPECT_EQ(evtchn_fifo_set_priority(
					  &g->d, port, test_random_below(16)),
				  evtchn_get(&g->d, port) ? 0 : -EINVAL);
		break;
	case 13:
		do_raise(g, port);
		break;
	default:
		do_send(g, port);
	}
	check_port(g, port);
}

/* All is given back: channels, references, pages. */
static void finish(void)
{
	for (int i = 0; i < NR_DOMAINS; i++) {
		while (evtchn_reset(&guests[i].d) == -ERESTART)
			;
		EXPECT_EQ(guests[i].d.events.active, 0);
		EXPECT(!guests[i].d.events.fifo);
	}
	for (int i = 0; i < NR_DOMAINS; i++) {
		EXPECT_EQ(guests[i].d.refs, 1);
		evtchn_fini(&guests[i].d);
	}
	EXPECT_EQ(held_pages, 0);
	EXPECT_EQ(pirqs_bound, 0);
	EXPECT_EQ(shim_locks_held(), 0);
}

static void random_history(bool fifo)
{
	/* Few ports meet often; many ports fill the table. */
	u32 ports = test_random_below(2) ? 8 : MAX_PORT;
	unsigned long calls = test_rounds(3000, 100000);

	start();
	for (int i = 0; fifo && i < NR_DOMAINS; i++)
		start_fifo(&guests[i]);
	for (unsigned long i = 0; i < calls; i++) {
		struct guest *g = &guests[test_random_below(NR_DOMAINS)];

		random_call(g, ports);
		if (test_random_below(4) == 0)
			consume_all(g);
	}
	for (int i = 0; i < NR_DOMAINS; i++) {
		consume_all(&guests[i]);
		for (u32 port = 1; port <= MAX_PORT; port++)
			check_port(&guests[i], port);
	}
	finish();
}

TEST(two_level_events_follow_the_model)
{
	for (int i = 0; i < 8; i++)
		random_history(false);
}

TEST(fifo_events_follow_the_model)
{
	for (int i = 0; i < 8; i++)
		random_history(true);
}

/* The guests write anything anywhere; their ports stay as the calls say. */
static void random_nonsense(bool fifo)
{
	static const u8 frames[] = { 1, 2, 8, 9, 16, 17 };

	start();
	for (int i = 0; fifo && i < NR_DOMAINS; i++)
		start_fifo(&guests[i]);
	for (unsigned long i = test_rounds(5000, 200000); i; i--) {
		struct guest *g = &guests[test_random_below(NR_DOMAINS)];
		u32 *page = mfn_to_virt(_mfn(frames[test_random_below(6)]));
		u32 port = 1 + test_random_below(MAX_PORT);

		for (int n = 0; n < 16; n++)
			page[test_random_below(WORDS)] = test_random();
		/* The model cannot know which closed ports look busy. */
		if (g->p[port].state == EVTCHNSTAT_closed) {
			u32 got;

			if (!evtchn_alloc_unbound(&g->d, 0, &got)) {
				REQUIRE(g->p[got].state == EVTCHNSTAT_closed);
				g->p[got] = (struct model_port){
					.state = EVTCHNSTAT_unbound
				};
			}
		} else if (test_random_below(2)) {
			do_send(g, port);
			do_raise(g, port);
			EXPECT_EQ(evtchn_unmask(&g->d, port), 0);
		} else {
			do_close(g, port);
		}
		check_port(g, port);
	}
	finish();
}

TEST(nonsense_in_shared_memory_harms_nobody)
{
	random_nonsense(false);
	random_nonsense(true);
}

TEST(early_events_wait_for_the_array)
{
	struct guest *g = &guests[0];
	u32 port;

	start();
	REQUIRE(!evtchn_bind_ipi(&g->d, 1, &port));
	g->p[port].state = EVTCHNSTAT_ipi;
	for (u32 v = 0; v < NR_VCPUS; v++)
		REQUIRE(!evtchn_fifo_init_control(&g->d, v, _mfn(8), 128 * v));
	do_send(g, port);
	EXPECT(!g->v[1].info->evtchn_upcall_pending);
	EXPECT_EQ(evtchn_fifo_expand(&g->d, _mfn(9)), 0);
	EXPECT(g->v[1].info->evtchn_upcall_pending);
	consume_all(g);
	finish();
}

TEST(a_moved_vcpu_info_is_told_all)
{
	struct guest *g = &guests[0];
	u32 port;

	start();
	REQUIRE(!evtchn_bind_ipi(&g->d, 0, &port));
	g->p[port].state = EVTCHNSTAT_ipi;
	do_send(g, port);
	/* As if a sender had still used the old place. */
	g->v[0].info = &g->d.shared_info->vcpu_info[20];
	evtchn_2l_mark_all(&g->v[0]);
	consume_all(g);
	finish();
}
