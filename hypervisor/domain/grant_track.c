// SPDX-License-Identifier: GPL-2.0-only
/*
 * Handles of grant mappings.
 *
 * A handle is an index into pages of struct grant_track that come as they are
 * needed and stay. Free ones are in lists, one per vcpu, so that vcpus do not
 * meet at a lock; a handle goes back to the list it came from. When no page can
 * be added, a vcpu takes from another's list.
 */
#include "domain/grant_private.h"
#include "mm/frame.h"

/* A bound on the directory that is made, and zeroed, for each domain. */
#define MAX_TRACK_PAGES (1U << 18)

int grant_tracks_init(struct grant_table *gt, u32 nr_vcpus, u32 max_pages)
{
	if (max_pages > MAX_TRACK_PAGES)
		return fail(-EINVAL);
	spin_lock_init(&gt->track_lock, RANK_GRANT_MAP);
	gt->max_track_pages = max_pages;
	gt->nr_lists = nr_vcpus;
	gt->tracks = heap_zalloc_array(max_pages, sizeof(*gt->tracks));
	gt->lists = heap_zalloc_array(nr_vcpus, sizeof(*gt->lists));
	if ((max_pages && !gt->tracks) || !gt->lists)
		return -ENOMEM;
	for (u32 i = 0; i < nr_vcpus; i++) {
		spin_lock_init(&gt->lists[i].lock, RANK_GRANT_MAP);
		gt->lists[i].head = NO_HANDLE;
	}
	return 0;
}

void grant_tracks_fini(struct grant_table *gt)
{
	for (u32 i = 0; i < gt->nr_track_pages; i++)
		page_free(gt->tracks[i]);
	heap_free(gt->tracks);
	heap_free(gt->lists);
}

/* A handle that was given out before: its page exists. */
static struct grant_track *known_track(const struct grant_table *gt, u32 handle)
{
	return &gt->tracks[handle / TRACKS_PER_PAGE][handle % TRACKS_PER_PAGE];
}

struct grant_track *grant_track_of(const struct grant_table *gt, u32 handle)
{
	u32 page = handle / TRACKS_PER_PAGE;

	/* pairs with add_page() */
	if (page >= __atomic_load_n(&gt->nr_track_pages, __ATOMIC_ACQUIRE))
		return NULL;
	return known_track(gt, handle);
}

static void set_head(struct grant_track_list *l, u32 handle)
{
	__atomic_store_n(&l->head, handle, __ATOMIC_RELAXED);
}

static u32 list_pop(struct grant_table *gt, struct grant_track_list *l)
{
	u32 handle;

	/* A look without the lock: a handle that comes now is another's. */
	if (__atomic_load_n(&l->head, __ATOMIC_RELAXED) == NO_HANDLE)
		return NO_HANDLE;
	spin_lock(&l->lock);
	handle = l->head;
	if (handle != NO_HANDLE)
		set_head(l, known_track(gt, handle)->ref);
	spin_unlock(&l->lock);
	return handle;
}

void grant_track_free(struct grant_table *gt, u32 handle)
{
	struct grant_track *t = known_track(gt, handle);
	u16 owner = __atomic_load_n(&t->word, __ATOMIC_RELAXED) & MT_LIST;
	struct grant_track_list *l = &gt->lists[owner];

	__atomic_store_n(&t->word, owner, __ATOMIC_RELEASE);
	spin_lock(&l->lock);
	t->ref = l->head;
	set_head(l, handle);
	spin_unlock(&l->lock);
}

/* One more page of handles, all for the list of @vcpu but one for the caller.
 */
static u32 add_page(struct grant_table *gt, u32 vcpu)
{
	struct grant_track *page = page_alloc_zeroed();
	struct grant_track_list *l = &gt->lists[vcpu];
	u32 first;

	if (!page)
		return NO_HANDLE;
	spin_lock(&gt->track_lock);
	if (gt->nr_track_pages == gt->max_track_pages) {
		spin_unlock(&gt->track_lock);
		page_free(page);
		return NO_HANDLE;
	}
	first = gt->nr_track_pages * TRACKS_PER_PAGE;
	for (u32 i = 0; i < TRACKS_PER_PAGE; i++) {
		page[i].ref = first + i + 1;
		page[i].word = vcpu;
	}
	gt->tracks[gt->nr_track_pages] = page;
	/* pairs with grant_track_of() */
	__atomic_store_n(&gt->nr_track_pages, gt->nr_track_pages + 1,
			 __ATOMIC_RELEASE);
	spin_unlock(&gt->track_lock);

	spin_lock(&l->lock);
	page[TRACKS_PER_PAGE - 1].ref = l->head;
	set_head(l, first + 1);
	spin_unlock(&l->lock);
	return first;
}

u32 grant_track_alloc(struct grant_table *gt, u32 vcpu)
{
	u32 handle = list_pop(gt, &gt->lists[vcpu]);

	if (likely(handle != NO_HANDLE))
		return handle;
	if (__atomic_load_n(&gt->nr_track_pages, __ATOMIC_RELAXED) <
	    gt->max_track_pages) {
		handle = add_page(gt, vcpu);
		if (handle != NO_HANDLE)
			return handle;
	}
	for (u32 i = 1; i < gt->nr_lists && handle == NO_HANDLE; i++)
		handle = list_pop(gt, &gt->lists[(vcpu + i) % gt->nr_lists]);
	return handle;
}
