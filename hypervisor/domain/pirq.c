/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Physical interrupts of domains, see pirq.h.
 *
 * The interrupt's data is a struct pirq_set, the pirqs bound to it. Slots are
 * filled and emptied, and a larger set put in place, under pirq_lock; what was
 * taken out is freed when no handler can see it. So delivery takes no lock of
 * ours.
 */
#include "domain/pirq.h"
#include "domain/evtchn.h"
#include "domain/recount.h"
#include "drivers/ioapic.h"
#include "drivers/msi.h"
#include "lib/string.h"
#include "mm/frame.h"

#define MAX_PIRQS                                                  \
	(PAGE_SIZE * 8) /* a bit each in the end-of-interrupt page \
			 */

struct pirq {
	struct domain *d;
	u32 nr;
	u32 port; /* 0 = not bound */
	struct irq_desc *desc;
	bool is_msi;
	bool shares;
	bool owes_eoi; /* under desc->lock: told, and not yet done */
};

struct pirq_table {
	struct pirq **slot; /* by number */
	u32 nr_slots;
	u32 nr_mapped;
	struct page *eoi_page; /* held by a writable reference, or NULL */
};

struct pirq_set {
	u32 nr_slots;
	u32 nr_bound;
	struct pirq *slot[]; /* NULL = empty */
};

/* All tables, and the set of each interrupt. Interrupts on. */
static spinlock_t pirq_lock = SPINLOCK_INIT(RANK_PIRQ);

int pirq_init(struct domain *d)
{
	d->pirqs = heap_zalloc(sizeof(*d->pirqs));
	return d->pirqs ? 0 : -ENOMEM;
}

/* pirq_lock held. */
static struct pirq *pirq_find(const struct domain *d, u32 nr)
{
	const struct pirq_table *t = d->pirqs;

	return t && nr < t->nr_slots ? t->slot[nr] : NULL;
}

static int table_grow(struct pirq_table *t, u32 nr)
{
	u32 want = MAX(t->nr_slots, 32U);
	struct pirq **slot;

	if (nr < t->nr_slots)
		return 0;
	if (nr >= MAX_PIRQS)
		return -EINVAL;
	while (want <= nr)
		want *= 2;
	slot = heap_zalloc_array(want, sizeof(*slot));
	if (!slot)
		return -ENOMEM;
	if (t->nr_slots)
		memcpy(slot, t->slot, t->nr_slots * sizeof(*slot));
	heap_free(t->slot);
	t->slot = slot;
	t->nr_slots = want;
	return 0;
}

/* Numbers below the GSIs' end belong to lines. */
static u32 table_free_nr(const struct pirq_table *t)
{
	u32 nr = MAX(ioapic_nr_gsis(), 16U);

	while (nr < t->nr_slots && t->slot[nr])
		nr++;
	return nr;
}

static void eoi_page_update(struct domain *d, u32 nr, bool needs_eoi)
{
	struct page *pg = d->pirqs->eoi_page;
	u64 *map;

	if (!pg)
		return;
	map = mfn_to_virt(page_to_mfn(pg));
	if (needs_eoi)
		set_bit(map, nr);
	else
		clear_bit(map, nr);
}

static int pirq_add(struct domain *d, u32 nr, struct irq_desc *desc,
		    bool is_msi)
{
	struct pirq_table *t = d->pirqs;
	struct pirq *p;
	int err;

	err = table_grow(t, nr);
	if (err)
		return err;
	p = heap_zalloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	*p = (struct pirq){
		.d = d,
		.nr = nr,
		.desc = desc,
		.is_msi = is_msi,
	};
	t->slot[nr] = p;
	t->nr_mapped++;
	eoi_page_update(d, nr, desc->level);
	return 0;
}

int pirq_map_gsi(struct domain *d, u32 gsi)
{
	struct irq_desc *desc = irq_from_gsi(gsi);
	int err = 0;

	if (!desc)
		return -EINVAL;
	spin_lock(&pirq_lock);
	if (!pirq_find(d, gsi))
		err = pirq_add(d, gsi, desc, false);
	spin_unlock(&pirq_lock);
	return err;
}

static int map_msi_locked(struct domain *d, struct irq_desc *desc, s32 *pirq)
{
	u32 nr = *pirq < 0 ? table_free_nr(d->pirqs) : (u32)*pirq;
	int err;

	if (pirq_find(d, nr))
		return -EEXIST;
	err = pirq_add(d, nr, desc, true);
	if (!err)
		*pirq = (s32)nr;
	return err;
}

int pirq_map_msi(struct domain *d, const struct msi_source *src, s32 *pirq)
{
	struct irq_desc *desc;
	int err;

	desc = msi_create(src, this_cpu_id(), &err);
	if (!desc)
		return err;
	spin_lock(&pirq_lock);
	err = map_msi_locked(d, desc, pirq);
	spin_unlock(&pirq_lock);
	if (err)
		msi_destroy(desc);
	return err;
}

/* Marks all as told; the dispatcher still counts, so the line stays shut. */
static void note_in_flight(struct irq_desc *desc, struct pirq_set *set)
{
	spin_lock(&desc->lock);
	for (u32 i = 0; i < set->nr_slots; i++) {
		struct pirq *p = READ_ONCE(set->slot[i]);

		if (!p || p->owes_eoi)
			continue;
		p->owes_eoi = true;
		desc->in_flight++;
	}
	spin_unlock(&desc->lock);
}

/* The interrupt handler: interrupts off, no locks. */
static void pirq_deliver(struct irq_desc *desc, void *data)
{
	struct pirq_set *set = data;

	if (desc->level)
		note_in_flight(desc, set);
	for (u32 i = 0; i < set->nr_slots; i++) {
		struct pirq *p = READ_ONCE(set->slot[i]);

		if (p)
			evtchn_send_pirq(p->d, p->port);
	}
}

static bool pirq_clear_owed(struct pirq *p)
{
	u64 flags = spin_lock_irqsave(&p->desc->lock);
	bool owed = p->owes_eoi;

	p->owes_eoi = false;
	spin_unlock_irqrestore(&p->desc->lock, flags);
	return owed;
}

static void pirq_end(struct pirq *p)
{
	if (pirq_clear_owed(p))
		irq_end(p->desc);
}

/* Do all that are bound to it share? */
static bool set_shares(const struct pirq_set *set)
{
	for (u32 i = 0; i < set->nr_slots; i++)
		if (set->slot[i] && !set->slot[i]->shares)
			return false;
	return true;
}

static bool set_put(struct pirq_set *set, struct pirq *p)
{
	for (u32 i = 0; i < set->nr_slots; i++) {
		if (set->slot[i])
			continue;
		set->nr_bound++;
		/* After what is in *p: a handler may read it at once. */
		__atomic_store_n(&set->slot[i], p, __ATOMIC_RELEASE);
		return true;
	}
	return false;
}

/* A set with what is in @old (may be NULL), and room for more. */
static struct pirq_set *set_grow(const struct pirq_set *old)
{
	u32 nr = old ? 2 * old->nr_slots : 1;
	struct pirq_set *set;

	set = heap_zalloc(sizeof(*set) + nr * sizeof(set->slot[0]));
	if (!set)
		return NULL;
	set->nr_slots = nr;
	for (u32 i = 0; old && i < old->nr_slots; i++)
		set_put(set, old->slot[i]);
	return set;
}

static int pirq_connect(struct pirq *p)
{
	struct irq_desc *desc = p->desc;
	struct pirq_set *old = desc->data;
	struct pirq_set *set;
	int err;

	if (old && set_put(old, p))
		return 0;
	set = set_grow(old);
	if (!set)
		return -ENOMEM;
	set_put(set, p);
	if (old) {
		irq_swap_data(desc, set);
		irq_sync(desc);
		heap_free(old);
		return 0;
	}
	err = irq_assign_vector(desc, this_cpu_id());
	if (!err)
		err = irq_start(desc, pirq_deliver, set);
	if (err)
		heap_free(set);
	return err;
}

static int pirq_bind_locked(struct domain *d, u32 nr, u32 port, bool will_share)
{
	struct pirq *p = pirq_find(d, nr);
	int err;

	if (!p)
		return -EINVAL;
	if (p->port)
		return -EEXIST;
	if (p->desc->ours)
		return -EBUSY;
	if (p->desc->data && !(will_share && set_shares(p->desc->data)))
		return -EBUSY;
	p->port = port;
	p->shares = will_share;
	err = pirq_connect(p);
	if (err)
		p->port = 0;
	else
		eoi_page_update(d, nr, p->desc->level);
	return err;
}

int pirq_bind(struct domain *d, u32 pirq, u32 port, bool will_share)
{
	int err;

	spin_lock(&pirq_lock);
	err = pirq_bind_locked(d, pirq, port, will_share);
	spin_unlock(&pirq_lock);
	return err;
}

/* The last one stops the line. After it no handler knows of @p. */
static void pirq_disconnect(struct pirq *p)
{
	struct pirq_set *set = p->desc->data;

	if (!p->port)
		return;
	for (u32 i = 0; i < set->nr_slots; i++)
		if (set->slot[i] == p)
			WRITE_ONCE(set->slot[i], NULL);
	if (--set->nr_bound == 0) {
		irq_stop(p->desc);
		heap_free(set);
	} else {
		irq_sync(p->desc);
	}
	p->port = 0;
	pirq_end(p);
}

void pirq_unbind(struct domain *d, u32 pirq)
{
	struct pirq *p;

	spin_lock(&pirq_lock);
	p = pirq_find(d, pirq);
	if (p)
		pirq_disconnect(p);
	spin_unlock(&pirq_lock);
}

/*
 * Out of the table under the lock; what waits for other CPUs comes after. A
 * line keeps its vector: it is the machine's, and comes back with the driver.
 */
static struct pirq *pirq_remove(struct domain *d, u32 nr)
{
	struct pirq *p;

	spin_lock(&pirq_lock);
	p = pirq_find(d, nr);
	if (p) {
		pirq_disconnect(p);
		d->pirqs->slot[nr] = NULL;
		d->pirqs->nr_mapped--;
		eoi_page_update(d, nr, false);
	}
	spin_unlock(&pirq_lock);
	return p;
}

int pirq_unmap(struct domain *d, u32 pirq)
{
	struct pirq *p = pirq_remove(d, pirq);

	if (!p)
		return -EINVAL;
	if (p->is_msi)
		msi_destroy(p->desc);
	heap_free(p);
	return 0;
}

void pirq_set_affinity(struct domain *d, u32 pirq, const struct vcpu *v)
{
	struct cpumask mask;
	struct pirq *p;

	cpumask_zero(&mask);
	cpumask_set(&mask, READ_ONCE(v->sched.cpu));
	spin_lock(&pirq_lock);
	p = pirq_find(d, pirq);
	/* When it cannot move it stays where it is, which is slower only. */
	if (p && p->port && irq_set_affinity(p->desc, &mask))
		pr_guest("irq: d%u: pirq %u stays on cpu %u", d->id, pirq,
			 p->desc->cpu);
	spin_unlock(&pirq_lock);
}

int pirq_eoi(struct domain *d, u32 pirq)
{
	struct pirq *p;

	if (!d->pirqs || !READ_ONCE(d->pirqs->nr_mapped))
		return -EINVAL;
	spin_lock(&pirq_lock);
	p = pirq_find(d, pirq);
	if (p)
		pirq_end(p);
	spin_unlock(&pirq_lock);
	return p ? 0 : -EINVAL;
}

int pirq_status(struct domain *d, u32 pirq, u32 *flags)
{
	const struct pirq_set *set;
	int err = -EINVAL;
	struct pirq *p;

	spin_lock(&pirq_lock);
	p = pirq_find(d, pirq);
	if (p) {
		set = p->desc->ours ? NULL : p->desc->data;
		*flags = (p->desc->level ? XENIRQSTAT_needs_eoi : 0) |
			 (set && set->nr_bound > 1 ? XENIRQSTAT_shared : 0);
		err = 0;
	}
	spin_unlock(&pirq_lock);
	return err;
}

static void eoi_page_fill(struct domain *d)
{
	const struct pirq_table *t = d->pirqs;

	for (u32 nr = 0; nr < t->nr_slots; nr++)
		if (t->slot[nr])
			eoi_page_update(d, nr, t->slot[nr]->desc->level);
}

int pirq_set_eoi_page(struct domain *d, mfn_t m)
{
	struct page *pg = mfn_to_page(m);
	int err = -EBUSY;

	if (!d->pirqs || mfn_get_and_type(m, &d->pages, PAGE_WRITABLE))
		return -EINVAL;
	spin_lock(&pirq_lock);
	if (!d->pirqs->eoi_page) {
		d->pirqs->eoi_page = pg;
		eoi_page_fill(d);
		err = 0;
	}
	spin_unlock(&pirq_lock);
	if (err)
		page_put_and_type(pg);
	return err;
}

void pirq_release_all(struct domain *d)
{
	struct pirq_table *t = d->pirqs;
	struct page *pg;

	if (!t)
		return;
	for (u32 nr = 0; nr < t->nr_slots; nr++)
		(void)!pirq_unmap(d, nr);
	spin_lock(&pirq_lock);
	pg = t->eoi_page;
	t->eoi_page = NULL;
	spin_unlock(&pirq_lock);
	if (pg)
		page_put_and_type(pg);
}

void pirq_fini(struct domain *d)
{
	if (!d->pirqs)
		return;
	heap_free(d->pirqs->slot);
	heap_free(d->pirqs);
	d->pirqs = NULL;
}

void pirq_recount(const struct domain *d, struct recount *rc)
{
	if (d->pirqs && d->pirqs->eoi_page)
		recount_ref(rc, page_to_mfn(d->pirqs->eoi_page), PAGE_WRITABLE);
}
