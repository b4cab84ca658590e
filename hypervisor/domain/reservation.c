// SPDX-License-Identifier: GPL-2.0-only
/*
 * A domain's memory as it grows, shrinks and is exchanged.
 *
 * Claims: memory that was promised to a domain which is being built. Frames
 * stay in the allocator; a domain without a claim may take only what the claims
 * leave over. A domain's claim shrinks as it is populated.
 */
#include "domain/reservation.h"

#include "cpu/tlb.h"
#include "mm/frame.h"

/* Times frame_scrub_some(): 16 frames each. */
#define CLEAN_AT_ONCE 16

static spinlock_t claim_lock = SPINLOCK_INIT(RANK_VCPU);
static u64 claimed_total; /* over all domains, under claim_lock */

/* May @d take @nr frames? Then its claim goes down by *own, at most as much. */
static bool claim_take(struct domain *d, u64 nr, u64 *own)
{
	bool ok = true;
	u64 others;

	*own = 0;
	/* No claims is the rule: nothing to lock then. */
	if (likely(!READ_ONCE(claimed_total)))
		return true;
	spin_lock(&claim_lock);
	others = claimed_total - d->claimed_pages;
	if (frame_nr_free() < others + nr) {
		ok = false;
	} else {
		*own = MIN(d->claimed_pages, nr);
		d->claimed_pages -= *own;
		claimed_total -= *own;
	}
	spin_unlock(&claim_lock);
	return ok;
}

/* They were not to be had after all. */
static void claim_return(struct domain *d, u64 own)
{
	if (!own)
		return;
	spin_lock(&claim_lock);
	if (!domain_is_dying(d)) {
		d->claimed_pages += own;
		claimed_total += own;
	}
	spin_unlock(&claim_lock);
}

/*
 * For an extent of @nr frames that could not be had: -EAGAIN when it may be if
 * asked again, as a few more free frames are clean now.
 */
static int clean_more(const struct domain *d, u64 nr, unsigned int addr_bits)
{
	u64 have = READ_ONCE(d->pages.nr_pages);
	u32 done = 0;

	if (nr == 1 || have + nr > d->pages.max_pages || d->pages.dying ||
	    frame_nr_free() < nr)
		return -ENOMEM;
	while (done < CLEAN_AT_ONCE && frame_scrub_some(addr_bits))
		done++;
	return done ? -EAGAIN : -ENOMEM;
}

int reservation_claim(struct domain *d, u64 nr)
{
	u64 have = READ_ONCE(d->pages.nr_pages), others;
	int err = 0;

	if (nr && (nr < have || nr > d->pages.max_pages))
		return fail(-EINVAL);
	if (nr)
		nr -= have;
	spin_lock(&claim_lock);
	others = claimed_total - d->claimed_pages;
	/* A dying domain could keep a claim for ever. */
	if (nr && domain_is_dying(d)) {
		err = -EINVAL;
	} else if (nr && frame_nr_free() < others + nr) {
		err = -ENOMEM;
	} else {
		d->claimed_pages = nr;
		claimed_total = others + nr;
	}
	spin_unlock(&claim_lock);
	return err;
}

int reservation_increase(struct domain *d, unsigned int order,
			 unsigned int addr_bits, mfn_t *first)
{
	struct page *pg;
	u64 own;

	if (!claim_take(d, 1UL << order, &own))
		return -ENOMEM;
	pg = owner_alloc_pages(&d->pages, order, addr_bits);
	if (!pg) {
		claim_return(d, own);
		return clean_more(d, 1UL << order, addr_bits);
	}
	*first = page_to_mfn(pg);
	return 0;
}

int reservation_populate(struct domain *d, u64 pfn, unsigned int order,
			 unsigned int addr_bits, mfn_t *first)
{
	int err = reservation_increase(d, order, addr_bits, first);

	if (err)
		return err;
	for (u64 i = 0; i < 1UL << order; i++)
		m2p_set(mfn_add(*first, i), pfn + i);
	return 0;
}

static int decrease_page(struct domain *d, mfn_t m)
{
	struct page *pg = mfn_to_page(m);
	bool released;

	/* Our own reference keeps it from being another's meanwhile. */
	if (!page_get(pg, &d->pages))
		return fail(-EINVAL);
	released = owner_release_page(&d->pages, pg);
	if (released)
		m2p_set(m, INVALID_M2P);
	page_put(pg);
	return released ? 0 : fail(-EINVAL);
}

int reservation_decrease(struct domain *d, mfn_t m, unsigned int order)
{
	u64 left = 1UL << order, n;
	int err;

	for (; left; left -= n, m = mfn_add(m, n)) {
		if (!mfn_is_ram(m))
			return fail(-EINVAL);
		n = owner_free_run(&d->pages, mfn_to_page(m), left);
		if (n)
			continue;
		n = 1;
		err = decrease_page(d, m);
		if (err)
			return err;
	}
	return 0;
}

/*
 * Undoes steal_extents: the frames are the domain's again. If another vcpu has
 * used the room up in between, the domain has lost them, by its own doing.
 */
static void return_frames(struct domain *d, const struct exchange *x, u64 nr)
{
	for (u64 i = 0; i < nr; i++) {
		mfn_t m = _mfn(x->in[i >> x->in_order] +
			       (i & ((1UL << x->in_order) - 1)));

		if (owner_assign_frames(&d->pages, m, 1)) {
			owner_free_stolen(m, 1);
		}
	}
}

/* Takes all frames of the incoming extents from the domain, or none. */
static int steal_extents(struct domain *d, const struct exchange *x)
{
	u64 done = 0;

	for (u32 e = 0; e < x->nr_in; e++) {
		for (u64 i = 0; i < 1UL << x->in_order; i++, done++) {
			mfn_t m = _mfn(x->in[e] + i);

			if (mfn_is_ram(m) &&
			    owner_steal_page(&d->pages, mfn_to_page(m)))
				continue;
			return_frames(d, x, done);
			return fail(-EINVAL);
		}
	}
	return 0;
}

static void free_stolen(const struct exchange *x)
{
	u64 size = 1UL << x->in_order, nr;

	for (u32 e = 0; e < x->nr_in; e += nr / size) {
		nr = size;
		while (e + nr / size < x->nr_in &&
		       x->in[e + nr / size] == x->in[e] + nr)
			nr += size;
		owner_free_stolen(_mfn(x->in[e]), nr);
	}
}

/* Gives back the first @nr of the new extents, which no guest knows yet. */
static void release_extents(struct domain *d, unsigned int order,
			    const u64 *first, u32 nr)
{
	for (u32 e = 0; e < nr; e++) {
		for (u64 i = 0; i < 1UL << order; i++) {
			struct page *pg = mfn_to_page(_mfn(first[e] + i));

			/* A guest may have guessed the number. */
			if (!page_get(pg, &d->pages))
				continue;
			(void)owner_release_page(&d->pages, pg);
			page_put(pg);
		}
	}
}

int reservation_exchange(struct domain *d, struct exchange *x)
{
	u64 *fresh = heap_zalloc_array(x->nr_out, sizeof(*fresh));
	struct page *pg;
	int err;

	if (!fresh)
		return -ENOMEM;
	err = steal_extents(d, x);
	if (err)
		goto err_free;
	for (u32 e = 0; e < x->nr_out; e++) {
		pg = owner_alloc_pages(&d->pages, x->out_order, x->addr_bits);
		if (!pg) {
			release_extents(d, x->out_order, fresh, e);
			err = clean_more(d, 1UL << x->out_order, x->addr_bits);
			goto err_return;
		}
		fresh[e] = mfn_x(page_to_mfn(pg));
	}
	for (u32 e = 0; e < x->nr_out; e++) {
		for (u64 i = 0; i < 1UL << x->out_order; i++)
			m2p_set(_mfn(fresh[e] + i), x->out[e] + i);
		x->out[e] = fresh[e];
	}
	free_stolen(x);
	heap_free(fresh);
	return 0;

err_return:
	return_frames(d, x, (u64)x->nr_in << x->in_order);
err_free:
	heap_free(fresh);
	return err;
}
