// SPDX-License-Identifier: GPL-2.0-only
/*
 * The FIFO event ABI: an event word for each port, in pages the guest gave us,
 * and for each vcpu a control block with the heads of sixteen queues, one for
 * each priority. A queue is a list through the link fields of the words; we
 * append, the guest takes from the head and clears LINKED.
 *
 * All of that is guest memory. What we rely on is kept here: the tail of each
 * queue, and where a port was last put. A tail is one of our own port numbers,
 * so whatever the guest writes, we touch only words of the array; at worst it
 * loses its own events. Compare-and-swap on a word is bounded: a guest that
 * keeps changing a word while we hold it BUSY is crashed.
 *
 * A port that is taken off one queue by the guest and goes to another may still
 * be the tail of the first. So both queues are locked, and such a tail is
 * forgotten: else the first queue's next port would be hung into the second.
 */
#include "domain/evtchn_fifo.h"
#include "domain/recount.h"

#include "mm/frame.h"

#define WORDS_PER_PAGE (PAGE_SIZE / sizeof(event_word_t))
#define MAX_PAGES      (EVTCHN_FIFO_NR_CHANNELS / WORDS_PER_PAGE)
#define CAS_TRIES      4

#define PENDING (1U << EVTCHN_FIFO_PENDING)
#define MASKED	(1U << EVTCHN_FIFO_MASKED)
#define LINKED	(1U << EVTCHN_FIFO_LINKED)
#define BUSY	(1U << EVTCHN_FIFO_BUSY)

struct evtchn_fifo {
	u32 nr_pages; /* grows only; each word's page before this is raised */
	u32 *page[MAX_PAGES]; /* in the direct map, held writable */
};

struct evtchn_fifo_vcpu {
	spinlock_t lock; /* RANK_EVENT_QUEUE, irq safe: the tails */
	struct evtchn_fifo_control_block *control; /* likewise held */
	u32 tail[EVTCHN_FIFO_MAX_QUEUES];
};

/* ---- event words ---- */

static u32 *word_of(const struct domain *d, u32 port)
{
	const struct evtchn_fifo *f = d->events.fifo;

	if (port / WORDS_PER_PAGE >=
	    __atomic_load_n(&f->nr_pages, __ATOMIC_ACQUIRE))
		return NULL;
	return f->page[port / WORDS_PER_PAGE] + port % WORDS_PER_PAGE;
}

static u32 word_set(u32 *word, u32 bit)
{
	return __atomic_fetch_or(word, bit, __ATOMIC_SEQ_CST);
}

static u32 word_clear(u32 *word, u32 bit)
{
	return __atomic_fetch_and(word, ~bit, __ATOMIC_SEQ_CST);
}

enum link_result {
	LINK_DONE,
	LINK_CONSUMED, /* the guest has taken it off the queue */
	LINK_RETRY,
};

static enum link_result try_link(u32 *word, u32 port)
{
	u32 old = READ_ONCE(*word);
	u32 new = (old & ~(EVTCHN_FIFO_LINK_MASK | BUSY)) | port;

	if (!(old & LINKED)) {
		word_clear(word, BUSY);
		return LINK_CONSUMED;
	}
	return cas(word, &old, new) ? LINK_DONE : LINK_RETRY;
}

/* Makes the tail's word lead to @port; false: it is no longer in the queue. */
static bool link_after(struct vcpu *v, u32 tail, u32 port)
{
	u32 *word = word_of(v->domain, tail);
	enum link_result r = try_link(word, port);

	if (r == LINK_RETRY)
		word_set(word, BUSY); /* keeps the guest from unmasking */
	for (int i = 0; r == LINK_RETRY && i < CAS_TRIES; i++)
		r = try_link(word, port);
	/* With locks held: it is crashed by its vcpu's next exit. */
	if (r == LINK_RETRY)
		set_bit(&v->pending_work, VCPU_WORK_CRASH);
	return r == LINK_DONE;
}

/* ---- queues ---- */

/* Locks the queues of two vcpus; either may have none. */
static u64 queues_lock(struct evtchn_fifo_vcpu *a, struct evtchn_fifo_vcpu *b)
{
	u64 flags = spin_lock_irqsave(&(a < b ? a : b)->lock);

	if (a != b)
		spin_lock_second(&(a < b ? b : a)->lock);
	return flags;
}

static void queues_unlock(struct evtchn_fifo_vcpu *a,
			  struct evtchn_fifo_vcpu *b, u64 flags)
{
	if (a != b)
		spin_unlock(&(a < b ? b : a)->lock);
	spin_unlock_irqrestore(&(a < b ? a : b)->lock, flags);
}

/* Appends the port unless it is in a queue. True: the guest is to be told. */
static bool enqueue(struct vcpu *v, struct evtchn *chn, u32 *word)
{
	struct evtchn_fifo_vcpu *to = v->fifo, *from;
	u32 priority = READ_ONCE(chn->priority);
	bool head = false;
	u16 was_at;
	u64 flags;

	for (;;) {
		was_at = READ_ONCE(chn->queued_vcpu);
		from = v->domain->vcpu[was_at]->fifo;
		if (!from)
			from = to;
		flags = queues_lock(from, to);
		if (chn->queued_vcpu == was_at)
			break;
		queues_unlock(from, to, flags);
	}
	if (!(word_set(word, LINKED) & LINKED)) {
		if (from->tail[chn->queued_priority] == chn->port)
			from->tail[chn->queued_priority] = 0;
		chn->queued_vcpu = v->id;
		chn->queued_priority = priority;
		head = !to->tail[priority] ||
		       !link_after(v, to->tail[priority], chn->port);
		if (head)
			WRITE_ONCE(to->control->head[priority], chn->port);
		to->tail[priority] = chn->port;
	}
	queues_unlock(from, to, flags);
	return head && !(word_set(&to->control->ready, 1U << priority) &
			 1U << priority);
}

static void set_pending_fifo(struct vcpu *v, struct evtchn *chn)
{
	struct domain *d = v->domain;
	u32 *word = word_of(d, chn->port);
	u32 old;

	if (!word) {
		/* Told when the array has grown so far, which may be now. */
		__atomic_store_n(&chn->fifo_pending, true, __ATOMIC_SEQ_CST);
		word = word_of(d, chn->port);
		if (!word)
			return;
	}
	old = word_set(word, PENDING);
	if (!(old & (MASKED | LINKED)) && v->fifo && enqueue(v, chn, word))
		vcpu_mark_events_pending(v);
	if (!(old & PENDING))
		vcpu_wake_pollers(d, chn->port);
}

static void clear_pending_fifo(struct domain *d, struct evtchn *chn)
{
	u32 *word = word_of(d, chn->port);

	WRITE_ONCE(chn->fifo_pending, false);
	if (word)
		word_clear(word, PENDING);
}

static void unmask_fifo(struct domain *d, struct evtchn *chn)
{
	struct vcpu *v = domain_vcpu(d, chn->vcpu);
	u32 *word = word_of(d, chn->port);

	if (word && (word_clear(word, MASKED) & PENDING) && v)
		set_pending_fifo(v, chn);
}

static bool word_has(const struct domain *d, const struct evtchn *chn, u32 bit)
{
	u32 *word = word_of(d, chn->port);

	return word && (READ_ONCE(*word) & bit);
}

static bool is_pending_fifo(const struct domain *d, const struct evtchn *chn)
{
	return word_has(d, chn, PENDING);
}

static bool is_masked_fifo(const struct domain *d, const struct evtchn *chn)
{
	return !word_of(d, chn->port) || word_has(d, chn, MASKED);
}

/* Closed, but the guest has still to take it off a queue. */
static bool is_busy_fifo(const struct domain *d, const struct evtchn *chn)
{
	return word_has(d, chn, LINKED);
}

static void init_port_fifo(struct domain *d, struct evtchn *chn)
{
	chn->priority = EVTCHN_FIFO_PRIORITY_DEFAULT;
	WRITE_ONCE(chn->fifo_pending, false);
}

static const struct evtchn_ops fifo_ops = {
	.set_pending = set_pending_fifo,
	.clear_pending = clear_pending_fifo,
	.unmask = unmask_fifo,
	.is_pending = is_pending_fifo,
	.is_masked = is_masked_fifo,
	.is_busy = is_busy_fifo,
	.init_port = init_port_fifo,
};

/* ---- set-up ---- */

/* The guest's page, held for writing; NULL: it is not to be had. */
static void *hold_page(struct domain *d, mfn_t m)
{
	return mfn_get_and_type(m, &d->pages, PAGE_WRITABLE) ? NULL :
							       mfn_to_virt(m);
}

static void drop_page(void *va)
{
	page_put_and_type(mfn_to_page(virt_to_mfn(va)));
}

/* The ports that are open go on under the new rules; events.lock held. */
static int start_fifo(struct domain *d)
{
	struct evtchn_fifo *f = heap_zalloc(sizeof(*f));
	u64 flags;

	if (!f)
		return fail(-ENOMEM);
	for (u32 port = 1; port < d->events.nr_valid; port++) {
		struct evtchn *chn = evtchn_get(d, port);

		flags = spin_lock_irqsave(&chn->lock);
		init_port_fifo(d, chn);
		chn->fifo_pending = chn->state != EVTCHNSTAT_closed &&
				    evtchn_2l_ops.is_pending(d, chn);
		spin_unlock_irqrestore(&chn->lock, flags);
	}
	d->events.fifo = f;
	__atomic_store_n(&d->events.ops, &fifo_ops, __ATOMIC_RELEASE);
	return 0;
}

int evtchn_fifo_init_control(struct domain *d, u32 vcpu, mfn_t m, u32 offset)
{
	struct vcpu *v = domain_vcpu(d, vcpu);
	struct evtchn_fifo_vcpu *fv;
	char *page;
	int err = 0;

	if (!v)
		return fail(-ENOENT);
	if (offset > PAGE_SIZE - sizeof(*fv->control) || offset % 8)
		return fail(-EINVAL);
	fv = heap_zalloc(sizeof(*fv));
	if (!fv)
		return fail(-ENOMEM);
	page = hold_page(d, m);
	if (!page) {
		err = -EINVAL;
		goto err_free;
	}
	spin_lock_init(&fv->lock, RANK_EVENT_QUEUE);
	fv->control = (void *)(page + offset);

	spin_lock(&d->events.lock);
	if (v->fifo || domain_is_dying(d))
		err = -EEXIST;
	else if (!d->events.fifo)
		err = start_fifo(d);
	if (!err)
		__atomic_store_n(&v->fifo, fv, __ATOMIC_RELEASE);
	spin_unlock(&d->events.lock);
	if (!err)
		return 0;

	drop_page(page);
err_free:
	heap_free(fv);
	return fail(err);
}

/* Ports of the new page that were raised too early. */
static void raise_early(struct domain *d, u32 first)
{
	u32 end = MIN(first + (u32)WORDS_PER_PAGE, d->events.nr_valid);

	for (u32 port = first; port < end; port++) {
		struct evtchn *chn = evtchn_get(d, port);
		struct vcpu *v;
		u64 flags;

		if (!READ_ONCE(chn->fifo_pending))
			continue;
		flags = spin_lock_irqsave(&chn->lock);
		WRITE_ONCE(chn->fifo_pending, false);
		v = domain_vcpu(d, chn->vcpu);
		if (v && chn->state != EVTCHNSTAT_closed)
			set_pending_fifo(v, chn);
		spin_unlock_irqrestore(&chn->lock, flags);
	}
}

int evtchn_fifo_expand(struct domain *d, mfn_t m)
{
	struct evtchn_fifo *f;
	void *page = hold_page(d, m);
	int err = 0;

	if (!page)
		return fail(-EINVAL);
	spin_lock(&d->events.lock);
	f = d->events.fifo;
	if (!f)
		err = -EOPNOTSUPP;
	else if (f->nr_pages >= MAX_PAGES ||
		 f->nr_pages * WORDS_PER_PAGE > d->events.max_port)
		err = -ENOSPC;
	if (!err) {
		f->page[f->nr_pages] = page;
		/* Pairs with word_of(). */
		__atomic_store_n(&f->nr_pages, f->nr_pages + 1,
				 __ATOMIC_SEQ_CST);
		raise_early(d, (f->nr_pages - 1) * WORDS_PER_PAGE);
	}
	spin_unlock(&d->events.lock);
	if (err)
		drop_page(page);
	return err;
}

int evtchn_fifo_set_priority(struct domain *d, u32 port, u32 priority)
{
	struct evtchn *chn = evtchn_get(d, port);
	int err = 0;

	if (!chn || priority > EVTCHN_FIFO_PRIORITY_MIN)
		return fail(-EINVAL);
	spin_lock(&d->events.lock);
	if (!d->events.fifo)
		err = -ENOSYS;
	else
		WRITE_ONCE(chn->priority, priority);
	spin_unlock(&d->events.lock);
	return err;
}

/* Everyone who is in one of the operations comes out of it. */
static void wait_for_users(struct domain *d)
{
	struct vcpu *v;
	u64 flags;

	for (u32 port = 1; port < d->events.nr_valid; port++) {
		struct evtchn *chn = evtchn_get(d, port);

		flags = spin_lock_irqsave(&chn->lock);
		spin_unlock_irqrestore(&chn->lock, flags);
	}
	for_each_vcpu(v, d) {
		flags = spin_lock_irqsave(&v->virq_lock);
		spin_unlock_irqrestore(&v->virq_lock, flags);
	}
}

void evtchn_fifo_disable(struct domain *d)
{
	struct evtchn_fifo *f = d->events.fifo;
	struct vcpu *v;

	__atomic_store_n(&d->events.ops, &evtchn_2l_ops, __ATOMIC_SEQ_CST);
	wait_for_users(d);
	for_each_vcpu(v, d) {
		if (!v->fifo)
			continue;
		drop_page(v->fifo->control);
		heap_free(v->fifo);
		v->fifo = NULL;
	}
	d->events.fifo = NULL;
	for (u32 i = 0; i < f->nr_pages; i++)
		drop_page(f->page[i]);
	heap_free(f);
}

void evtchn_fifo_recount(const struct domain *d, struct recount *rc)
{
	const struct evtchn_fifo *f = d->events.fifo;
	struct vcpu *v;

	if (!f)
		return;
	for (u32 i = 0; i < f->nr_pages; i++)
		recount_ref(rc, virt_to_mfn(f->page[i]), PAGE_WRITABLE);
	for_each_vcpu(v, d)
		if (v->fifo)
			recount_ref(rc, virt_to_mfn(v->fifo->control),
				    PAGE_WRITABLE);
}
