// SPDX-License-Identifier: GPL-2.0-only
/*
 * Mappings of granted frames.
 *
 * A handle stands for one pin of the grant, whether the frame is mapped for the
 * CPUs, for devices or for both. An operation on a handle sets MT_BUSY in its
 * word, which only one vcpu can; another that comes in between gets -EBADF. A
 * handle whose word has neither MT_HOST nor MT_DEVICE is not in use.
 *
 * How an entry gets into the guest's page tables is its type's business
 * (guest_ops.grant_map). Entries are made not accessed and not dirty: a frame
 * that only devices touch was never in a TLB, and needs no flush.
 */
#include "cpu/tlb.h"
#include "domain/grant_private.h"

/* Handles that a dying domain gives up before it looks around. */
#define RELEASE_BATCH 512

#define MAP_FLAGS                                                 \
	(GNTMAP_device_map | GNTMAP_host_map | GNTMAP_readonly |  \
	 GNTMAP_application_map | GNTMAP_contains_pte | 1U << 5 | \
	 GNTMAP_guest_avail_mask)

static u16 word_for(u32 flags)
{
	u16 word = 0;

	if (flags & GNTMAP_host_map)
		word |= MT_HOST;
	if (flags & GNTMAP_device_map)
		word |= MT_DEVICE;
	if (flags & GNTMAP_readonly)
		word |= MT_READONLY;
	if (flags & GNTMAP_contains_pte)
		word |= MT_PTE;
	return word;
}

static enum grant_access access_of(u16 word)
{
	return word & MT_READONLY ? GRANT_READ : GRANT_WRITE;
}

static int map_host(struct grant_map *map, struct page *pg,
		    enum grant_access access)
{
	struct grant_host_map host = {
		.addr = map->host_addr,
		.mfn = map->mfn,
		.flags = map->flags,
	};
	bool writes = access == GRANT_WRITE;
	int err;

	/* The references that the page table entry will hold. */
	if (!page_get_mapped(pg, &map->granter->pages, writes))
		return -ENXIO;
	err = current->domain->ops->grant_map(current, &host);
	if (err)
		page_put_mapped(pg, writes);
	return err;
}

/* Others may look at any handle, and try to claim it, at any time. */
static u16 track_word(const struct grant_track *t)
{
	return __atomic_load_n(&t->word, __ATOMIC_RELAXED);
}

static void track_release(struct grant_track *t, u16 word)
{
	__atomic_store_n(&t->word, word, __ATOMIC_RELEASE);
}

int grant_map(struct grant_map *map)
{
	struct grant_table *gt = current->domain->grants;
	u16 word = word_for(map->flags);
	enum grant_access access = access_of(word);
	struct grant_extent ext;
	struct grant_track *t;
	int err;

	if (!(word & (MT_HOST | MT_DEVICE)) || map->flags & ~MAP_FLAGS)
		return fail(-EINVAL);
	map->handle = grant_track_alloc(gt, current->id);
	if (map->handle == NO_HANDLE)
		return fail(-ENOSPC);
	err = grant_pin(map->granter, map->ref, current->domain->id, access,
			&ext);
	if (err)
		goto err_handle;
	/* A part of a frame can be copied, not mapped. */
	err = -EACCES;
	if (ext.start || ext.end != PAGE_SIZE)
		goto err_pin;
	map->mfn = page_to_mfn(ext.pg);
	err = word & MT_HOST ? map_host(map, ext.pg, access) : 0;
	if (err)
		goto err_pin;
	t = grant_track_of(gt, map->handle);
	t->ref = map->ref;
	t->granter = map->granter;
	domain_get(map->granter);
	track_release(t, (track_word(t) & MT_LIST) | word);
	return 0;

err_pin:
	grant_unpin(map->granter, map->ref, access);
err_handle:
	grant_track_free(gt, map->handle);
	return err;
}

/* Makes the handle ours; NULL: it is not in use, or another vcpu is at it. */
static struct grant_track *track_claim(struct grant_table *gt, u32 handle,
				       u16 *word)
{
	struct grant_track *t = grant_track_of(gt, handle);

	if (!t)
		return NULL;
	*word = __atomic_load_n(&t->word, __ATOMIC_ACQUIRE);
	if (!(*word & (MT_HOST | MT_DEVICE)) || *word & MT_BUSY ||
	    !cas(&t->word, word, *word | MT_BUSY))
		return NULL;
	return t;
}

/* The frame behind a handle that is claimed: it is pinned, so that holds. */
static mfn_t track_mfn(const struct grant_track *t)
{
	return _mfn(grant_active_of(t->granter->grants, t->ref)->mfn);
}

/* Positive: TLBs may know the entry that was taken away. */
static int unmap_host(const struct grant_unmap *op, u16 word, mfn_t m)
{
	const struct guest_ops *ops = current->domain->ops;
	struct grant_host_map host = {
		.addr = op->host_addr,
		.mfn = m,
		.flags = (word & MT_PTE ? GNTMAP_contains_pte : 0) |
			 (word & MT_READONLY ? GNTMAP_readonly : 0),
	};

	if (!op->new_addr)
		return ops->grant_unmap(current, &host);
	if (word & MT_PTE)
		return fail(-EINVAL);
	return ops->grant_move(current, &host, op->new_addr);
}

void grant_unmap_init(struct grant_unmap_batch *b)
{
	b->nr = 0;
	b->nr_cached = 0;
	b->flush_va = 0;
}

static void note_cached(struct grant_unmap_batch *b,
			const struct grant_unmap *op, u16 word)
{
	/* One page can be flushed alone if we know where it was. */
	b->flush_va = word & MT_PTE || op->new_addr ? 0 : op->host_addr;
	b->nr_cached++;
}

int grant_unmap_begin(struct grant_unmap_batch *b, const struct grant_unmap *op)
{
	struct grant_table *gt = current->domain->grants;
	struct grant_track *t;
	u16 word, left;
	mfn_t m;
	int ret = 0;

	t = track_claim(gt, op->handle, &word);
	if (!t)
		return fail(-EBADF);
	left = word;
	m = track_mfn(t);
	if (op->dev_addr && word & MT_DEVICE) {
		if (op->dev_addr != mfn_x(m) << PAGE_SHIFT)
			ret = fail(-EINVAL);
		else
			left &= ~MT_DEVICE;
	}
	if (!ret && op->host_addr && word & MT_HOST) {
		ret = unmap_host(op, word, m);
		if (ret >= 0)
			left &= ~MT_HOST;
		if (ret > 0)
			note_cached(b, op, word);
	}
	if (!ret && left == word)
		ret = fail(-EINVAL);
	if (ret < 0) {
		track_release(t, word);
		return ret;
	}
	if (left & (MT_HOST | MT_DEVICE)) {
		track_release(t, left);
		return 0;
	}
	/* It stays busy until the end. */
	b->handles[b->nr++] = op->handle;
	return 0;
}

static void flush(const struct grant_unmap_batch *b)
{
	const struct cpumask *mask = &current->domain->pages.dirty_cpus;

	if (!b->nr_cached)
		return;
	if (b->nr_cached == 1 && b->flush_va)
		tlb_flush_page_mask(mask, b->flush_va);
	else
		tlb_flush_mask(mask);
}

/* Gives up the pin of a handle that is claimed, and the handle. */
static void track_end(struct grant_table *gt, u32 handle)
{
	struct grant_track *t = grant_track_of(gt, handle);
	struct domain *granter = t->granter;

	grant_unpin(granter, t->ref, access_of(track_word(t)));
	grant_track_free(gt, handle);
	domain_put(granter);
}

void grant_unmap_end(struct grant_unmap_batch *b)
{
	flush(b);
	for (u32 i = 0; i < b->nr; i++)
		track_end(current->domain->grants, b->handles[i]);
	grant_unmap_init(b);
}

/*
 * No vcpu runs any more. Entries of the page tables hold their references on
 * their own and go with the tables.
 */
int grant_table_release_mappings(struct domain *d)
{
	struct grant_table *gt = d->grants;
	u32 done = 0;

	if (!gt)
		return 0;
	while (gt->release_next < gt->nr_track_pages * TRACKS_PER_PAGE) {
		u32 handle = gt->release_next++;
		u16 word;

		if (track_claim(gt, handle, &word))
			track_end(gt, handle);
		if (++done == RELEASE_BATCH)
			return -ERESTART;
	}
	grant_table_drop_frames(d);
	return 0;
}
