// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event channels: ports, what they are bound to, and sending.
 *
 * A port's states, and who changes them:
 *
 *	closed -> reserved -> unbound, virq, pirq, ipi      by its domain
 *	reserved -> interdomain, and the peer's unbound -> interdomain
 *	interdomain -> closed, and the peer's interdomain -> unbound
 *
 * States change under the table locks of all domains concerned (lower id first)
 * and under the locks of the ports. Sending takes one port's lock only: while
 * that port is interdomain its peer cannot leave it, since that would need the
 * same lock. Ports are found without a lock: buckets are added, never moved,
 * and go with the domain.
 *
 * An interdomain port holds a reference on the peer's domain.
 */
#include "domain/evtchn.h"

#include "domain/evtchn_fifo.h"
#include "domain/pirq.h"
#include "domain/virq.h"
#include "lib/string.h"
#include "mm/frame.h"

#define CLOSE_BATCH 128 /* ports closed before somebody else's turn */

/* ---- locks ---- */

static void tables_lock(struct domain *a, struct domain *b)
{
	if (a == b) {
		spin_lock(&a->events.lock);
		return;
	}
	spin_lock(a->id < b->id ? &a->events.lock : &b->events.lock);
	spin_lock_second(a->id < b->id ? &b->events.lock : &a->events.lock);
}

static void tables_unlock(struct domain *a, struct domain *b)
{
	spin_unlock(&a->events.lock);
	if (a != b)
		spin_unlock(&b->events.lock);
}

/* Both ends of a channel. Their tables are locked, so any order would do. */
static u64 ports_lock(struct evtchn *a, struct evtchn *b)
{
	u64 flags = spin_lock_irqsave(&a->lock);

	if (a != b)
		spin_lock_second(&b->lock);
	return flags;
}

static void ports_unlock(struct evtchn *a, struct evtchn *b, u64 flags)
{
	if (a != b)
		spin_unlock(&b->lock);
	spin_unlock_irqrestore(&a->lock, flags);
}

/* ---- the table; its lock is held ---- */

static u32 port_limit(const struct domain *d)
{
	return d->events.fifo ? d->events.max_port :
				MIN(d->events.max_port, EVTCHN_2L_MAX_PORT);
}

static int table_grow(struct domain *d)
{
	struct evtchn_table *t = &d->events;
	struct evtchn *bucket;

	bucket = heap_zalloc_array(EVTCHN_BUCKET_PORTS, sizeof(*bucket));
	if (!bucket)
		return fail(-ENOMEM);
	for (u32 i = 0; i < EVTCHN_BUCKET_PORTS; i++) {
		spin_lock_init(&bucket[i].lock, RANK_PORT);
		bucket[i].port = t->nr_valid + i;
	}
	t->buckets[t->nr_valid / EVTCHN_BUCKET_PORTS] = bucket;
	/* Pairs with evtchn_get(). */
	__atomic_store_n(&t->nr_valid, t->nr_valid + EVTCHN_BUCKET_PORTS,
			 __ATOMIC_RELEASE);
	return 0;
}

/* Takes the lowest closed port. -ENOSPC, -ENOMEM; -EINVAL: the domain dies. */
static int port_reserve(struct domain *d, struct evtchn **out)
{
	struct evtchn_table *t = &d->events;
	u32 limit = port_limit(d), port;
	bool skipped = false;
	u64 flags;

	if (domain_is_dying(d))
		return fail(-EINVAL);
	for (port = t->lowest_free; port <= limit; port++) {
		struct evtchn *chn;

		if (port >= t->nr_valid && table_grow(d))
			return -ENOMEM;
		chn = evtchn_get(d, port);
		if (chn->state != EVTCHNSTAT_closed)
			continue;
		if (!skipped)
			t->lowest_free = port;
		if (evtchn_ops_of(d)->is_busy(d, chn)) {
			skipped = true;
			continue;
		}
		if (!skipped)
			t->lowest_free = port + 1;
		WRITE_ONCE(t->active, t->active + 1);
		flags = spin_lock_irqsave(&chn->lock);
		WRITE_ONCE(chn->state, EVTCHN_RESERVED);
		WRITE_ONCE(chn->vcpu, 0);
		evtchn_ops_of(d)->init_port(d, chn);
		spin_unlock_irqrestore(&chn->lock, flags);
		*out = chn;
		return 0;
	}
	return fail(-ENOSPC);
}

/* The port's lock is held as well. */
static void port_release(struct domain *d, struct evtchn *chn)
{
	WRITE_ONCE(chn->state, EVTCHNSTAT_closed);
	WRITE_ONCE(d->events.active, d->events.active - 1);
	d->events.lowest_free = MIN(d->events.lowest_free, chn->port);
	evtchn_ops_of(d)->clear_pending(d, chn);
}

/* It is bound, to be told to @vcpu. */
static void port_open(struct evtchn *chn, u8 state, u32 vcpu)
{
	u64 flags = spin_lock_irqsave(&chn->lock);

	WRITE_ONCE(chn->vcpu, vcpu);
	WRITE_ONCE(chn->state, state);
	spin_unlock_irqrestore(&chn->lock, flags);
}

/* Raises a port that is bound. */
static void port_raise(struct domain *d, struct evtchn *chn)
{
	struct vcpu *v = domain_vcpu(d, READ_ONCE(chn->vcpu));

	if (v)
		evtchn_ops_of(d)->set_pending(v, chn);
}

int evtchn_init(struct domain *d, u32 max_port)
{
	struct evtchn_table *t = &d->events;
	u32 limit = MIN(max_port, EVTCHN_FIFO_NR_CHANNELS - 1U);

	spin_lock_init(&t->lock, RANK_EVTCHN);
	t->ops = &evtchn_2l_ops;
	t->max_port = limit;
	t->lowest_free = 1; /* port 0 is never valid */
	t->buckets = heap_zalloc_array(limit / EVTCHN_BUCKET_PORTS + 1,
				       sizeof(*t->buckets));
	return t->buckets ? 0 : fail(-ENOMEM);
}

void evtchn_fini(struct domain *d)
{
	struct evtchn_table *t = &d->events;

	for (u32 i = 0; i < t->nr_valid / EVTCHN_BUCKET_PORTS; i++)
		heap_free(t->buckets[i]);
	heap_free(t->buckets);
	t->buckets = NULL;
	t->nr_valid = 0;
}

/* ---- binding ---- */

int evtchn_alloc_unbound(struct domain *d, domid_t remote, u32 *port)
{
	struct evtchn *chn;
	int err;

	spin_lock(&d->events.lock);
	err = port_reserve(d, &chn);
	if (!err) {
		chn->remote_domid = remote;
		port_open(chn, EVTCHNSTAT_unbound, 0);
		*port = chn->port;
	}
	spin_unlock(&d->events.lock);
	return err;
}

static void connect(struct evtchn *chn, struct domain *d, u32 port)
{
	domain_get(d);
	chn->remote.dom = d;
	chn->remote.port = port;
	WRITE_ONCE(chn->state, EVTCHNSTAT_interdomain);
}

int evtchn_bind_interdomain(struct domain *d, struct domain *remote,
			    u32 remote_port, u32 *port)
{
	struct evtchn *chn, *peer;
	int err = -EINVAL;
	u64 flags;

	tables_lock(d, remote);
	peer = evtchn_get(remote, remote_port);
	if (!peer || peer->state != EVTCHNSTAT_unbound ||
	    peer->remote_domid != d->id)
		goto out;
	err = port_reserve(d, &chn);
	if (err)
		goto out;
	flags = ports_lock(chn, peer);
	connect(chn, remote, remote_port);
	connect(peer, d, chn->port);
	ports_unlock(chn, peer, flags);
	*port = chn->port;
	/* What the peer sent before now was lost: so look once. */
	port_raise(d, chn);
out:
	tables_unlock(d, remote);
	return err;
}

int evtchn_bind_virq(struct domain *d, u32 virq, u32 vcpu, u32 *port)
{
	struct vcpu *v = domain_vcpu(d, vcpu);
	struct evtchn *chn;
	int err;

	if (virq >= NR_VIRQS || (virq_is_global(virq) && vcpu != 0))
		return fail(-EINVAL);
	if (!v)
		return fail(-ENOENT);
	spin_lock(&d->events.lock);
	err = v->virq_port[virq] ? -EEXIST : port_reserve(d, &chn);
	if (!err) {
		chn->virq = virq;
		port_open(chn, EVTCHNSTAT_virq, vcpu);
		virq_set_port(v, virq, chn->port);
		*port = chn->port;
	}
	spin_unlock(&d->events.lock);
	return err;
}

int evtchn_bind_ipi(struct domain *d, u32 vcpu, u32 *port)
{
	struct evtchn *chn;
	int err;

	if (!domain_vcpu(d, vcpu))
		return fail(-ENOENT);
	spin_lock(&d->events.lock);
	err = port_reserve(d, &chn);
	if (!err) {
		port_open(chn, EVTCHNSTAT_ipi, vcpu);
		*port = chn->port;
	}
	spin_unlock(&d->events.lock);
	return err;
}

int evtchn_bind_pirq(struct domain *d, u32 pirq, u32 flags, u32 *port)
{
	struct evtchn *chn;
	u64 irqs;
	int err;

	if (flags & ~BIND_PIRQ__WILL_SHARE)
		return fail(-EINVAL);
	spin_lock(&d->events.lock);
	err = port_reserve(d, &chn);
	if (err)
		goto out;
	/* Before the line is opened: it may fire at once. */
	chn->pirq = pirq;
	port_open(chn, EVTCHNSTAT_pirq, 0);
	err = pirq_bind(d, pirq, chn->port, flags & BIND_PIRQ__WILL_SHARE);
	if (err) {
		irqs = spin_lock_irqsave(&chn->lock);
		port_release(d, chn);
		spin_unlock_irqrestore(&chn->lock, irqs);
		goto out;
	}
	*port = chn->port;
out:
	spin_unlock(&d->events.lock);
	return err;
}

/* ---- closing ---- */

/* Ends an interdomain channel; both tables are locked. */
static void disconnect(struct domain *d, struct evtchn *chn)
{
	struct evtchn *peer = evtchn_get(chn->remote.dom, chn->remote.port);
	u64 flags = ports_lock(chn, peer);

	WRITE_ONCE(peer->state, EVTCHNSTAT_unbound);
	peer->remote_domid = d->id;
	port_release(d, chn);
	ports_unlock(chn, peer, flags);
}

/* Ends what is not interdomain; the table is locked. */
static void unbind(struct domain *d, struct evtchn *chn)
{
	u64 flags;

	if (chn->state == EVTCHNSTAT_pirq)
		pirq_unbind(d, chn->pirq);
	if (chn->state == EVTCHNSTAT_virq)
		virq_set_port(
			d->vcpu[virq_is_global(chn->virq) ? 0 : chn->vcpu],
			chn->virq, 0);
	flags = spin_lock_irqsave(&chn->lock);
	port_release(d, chn);
	spin_unlock_irqrestore(&chn->lock, flags);
}

int evtchn_close(struct domain *d, u32 port)
{
	struct domain *peer = d;
	struct evtchn *chn;
	bool connected;

	/* Find out whose lock is needed, take both, see if that still holds. */
	domain_get(peer);
	for (;;) {
		tables_lock(d, peer);
		chn = evtchn_get(d, port);
		if (!chn || chn->state == EVTCHNSTAT_closed) {
			tables_unlock(d, peer);
			domain_put(peer);
			return fail(-EINVAL);
		}
		connected = chn->state == EVTCHNSTAT_interdomain;
		if (!connected || chn->remote.dom == peer)
			break;
		tables_unlock(d, peer);
		domain_put(peer);
		spin_lock(&d->events.lock);
		peer = d;
		if (chn->state == EVTCHNSTAT_interdomain)
			peer = chn->remote.dom;
		domain_get(peer);
		spin_unlock(&d->events.lock);
	}
	if (connected)
		disconnect(d, chn);
	else
		unbind(d, chn);
	tables_unlock(d, peer);
	if (connected) {
		/* The references the two ends held. */
		domain_put(peer);
		domain_put(d);
	}
	domain_put(peer);
	return 0;
}

/* -ERESTART: more to do. */
static int evtchn_close_all(struct domain *d)
{
	struct evtchn_table *t = &d->events;
	/* A guest may be at this with all its vcpus: each goes its own way. */
	u32 port = READ_ONCE(t->next_close), nr = READ_ONCE(t->nr_valid);
	u32 end = MIN(port + CLOSE_BATCH, nr);

	for (; port < end; port++) {
		if (READ_ONCE(evtchn_get(d, port)->state) !=
			    EVTCHNSTAT_closed &&
		    evtchn_close(d, port))
			continue; /* somebody else was quicker */
	}
	WRITE_ONCE(t->next_close, port < nr ? port : 0);
	return port < nr ? -ERESTART : 0;
}

int evtchn_reset(struct domain *d)
{
	int err = evtchn_close_all(d);

	if (err)
		return err;
	spin_lock(&d->events.lock);
	/* Bound again meanwhile: such a guest keeps what it has. */
	if (d->events.fifo && !d->events.active)
		evtchn_fifo_disable(d);
	spin_unlock(&d->events.lock);
	return 0;
}

/* ---- use ---- */

int evtchn_send(struct domain *d, u32 port)
{
	struct evtchn *chn = evtchn_get(d, port);
	struct domain *remote;
	u64 flags;
	int err = 0;

	if (!chn)
		return fail(-EINVAL);
	flags = spin_lock_irqsave(&chn->lock);
	switch (chn->state) {
	case EVTCHNSTAT_interdomain:
		remote = chn->remote.dom;
		port_raise(remote, evtchn_get(remote, chn->remote.port));
		break;
	case EVTCHNSTAT_ipi:
		port_raise(d, chn);
		break;
	case EVTCHNSTAT_unbound:
		break;
	default:
		err = -EINVAL;
	}
	spin_unlock_irqrestore(&chn->lock, flags);
	return err;
}

void evtchn_send_pirq(struct domain *d, u32 port)
{
	struct evtchn *chn = evtchn_get(d, port);

	/*
	 * Without the port's lock, which ranks above the irq's: pirq_unbind()
	 * returns when this has, before the port is closed.
	 */
	if (chn && READ_ONCE(chn->state) == EVTCHNSTAT_pirq)
		port_raise(d, chn);
}

int evtchn_status(struct domain *d, struct evtchn_status *st)
{
	struct evtchn *chn = evtchn_get(d, st->port);
	u64 flags;

	if (!chn)
		return fail(-EINVAL);
	memset(&st->u, 0, sizeof(st->u));
	flags = spin_lock_irqsave(&chn->lock);
	st->status = chn->state == EVTCHN_RESERVED ? EVTCHNSTAT_closed :
						     chn->state;
	st->vcpu = chn->vcpu;
	switch (chn->state) {
	case EVTCHNSTAT_unbound:
		st->u.unbound.dom = chn->remote_domid;
		break;
	case EVTCHNSTAT_interdomain:
		st->u.interdomain.dom = chn->remote.dom->id;
		st->u.interdomain.port = chn->remote.port;
		break;
	case EVTCHNSTAT_pirq:
		st->u.pirq = chn->pirq;
		break;
	case EVTCHNSTAT_virq:
		st->u.virq = chn->virq;
		break;
	default:
		break;
	}
	spin_unlock_irqrestore(&chn->lock, flags);
	return 0;
}

static bool may_move(const struct evtchn *chn, u32 vcpu)
{
	switch (chn->state) {
	case EVTCHNSTAT_virq:
		return virq_is_global(chn->virq) || chn->vcpu == vcpu;
	case EVTCHNSTAT_unbound:
	case EVTCHNSTAT_interdomain:
	case EVTCHNSTAT_pirq:
		return true;
	default:
		return false;
	}
}

int evtchn_bind_vcpu(struct domain *d, u32 port, u32 vcpu)
{
	struct vcpu *v = domain_vcpu(d, vcpu);
	struct evtchn *chn = evtchn_get(d, port);
	int err = -EINVAL;
	u64 flags;

	if (!v)
		return fail(-ENOENT);
	if (!chn)
		return fail(-EINVAL);
	spin_lock(&d->events.lock);
	if (may_move(chn, vcpu)) {
		flags = spin_lock_irqsave(&chn->lock);
		WRITE_ONCE(chn->vcpu, vcpu);
		spin_unlock_irqrestore(&chn->lock, flags);
		if (chn->state == EVTCHNSTAT_pirq)
			pirq_set_affinity(d, chn->pirq, v);
		err = 0;
	}
	spin_unlock(&d->events.lock);
	return err;
}

int evtchn_unmask(struct domain *d, u32 port)
{
	struct evtchn *chn = evtchn_get(d, port);
	u64 flags;

	if (!chn)
		return fail(-EINVAL);
	flags = spin_lock_irqsave(&chn->lock);
	evtchn_ops_of(d)->unmask(d, chn);
	spin_unlock_irqrestore(&chn->lock, flags);
	return 0;
}

int evtchn_poll_pending(struct domain *d, u32 port, bool *pending)
{
	struct evtchn *chn = evtchn_get(d, port);
	u64 flags;

	if (!chn)
		return fail(-EINVAL);
	flags = spin_lock_irqsave(&chn->lock);
	*pending = evtchn_ops_of(d)->is_pending(d, chn);
	spin_unlock_irqrestore(&chn->lock, flags);
	return 0;
}

/* What the port is bound to: its peer's port, VIRQ, pirq. */
static u32 port_target(const struct evtchn *chn)
{
	switch (chn->state) {
	case EVTCHNSTAT_unbound:
		return chn->remote_domid;
	case EVTCHNSTAT_interdomain:
		return chn->remote.port;
	case EVTCHNSTAT_pirq:
		return chn->pirq;
	case EVTCHNSTAT_virq:
		return chn->virq;
	default:
		return chn->vcpu;
	}
}

static void dump_port(const struct domain *d, struct evtchn *chn)
{
	static const char *const names[] = {
		[EVTCHNSTAT_unbound] = "unbound, for d",
		[EVTCHNSTAT_interdomain] = "interdomain, to port ",
		[EVTCHNSTAT_pirq] = "pirq ",
		[EVTCHNSTAT_virq] = "virq ",
		[EVTCHNSTAT_ipi] = "ipi for v",
	};

	bool pending, masked;
	u32 target;
	u8 state;
	u64 flags;

	flags = spin_lock_irqsave(&chn->lock);
	state = chn->state;
	target = port_target(chn);
	pending = evtchn_ops_of(d)->is_pending(d, chn);
	masked = evtchn_ops_of(d)->is_masked(d, chn);
	spin_unlock_irqrestore(&chn->lock, flags);
	if (state != EVTCHNSTAT_closed && state < ARRAY_SIZE(names))
		pr_err("evtchn: d%uv%u: port %u %s%u%s%s", d->id, chn->vcpu,
		       chn->port, names[state], target,
		       pending ? ", pending" : "", masked ? ", masked" : "");
}

void evtchn_dump(struct domain *d)
{
	pr_err("evtchn: d%u: %u ports open, %s", d->id, d->events.active,
	       d->events.fifo ? "FIFO" : "two-level");
	for (u32 port = 1; port < d->events.nr_valid; port++)
		dump_port(d, evtchn_get(d, port));
}
