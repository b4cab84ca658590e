// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries of grant tables, as they are taken into use and given back.
 *
 * The granting guest changes its entries at any time. So an entry is judged and
 * marked in one compare-and-swap (version 1), or marked and then judged again
 * (version 2, where the marks are in another array); a bounded number of times.
 * What was found is kept in struct grant_active, and is what counts from then
 * on: the entry is looked at again only when a reader becomes a writer.
 */
#include "domain/grant_private.h"
#include "domain/recount.h"

/* Guests that keep changing an entry are left alone. */
#define MAX_TRIES 5

/* Who wants to do what with an entry of which type. */
struct grant_use {
	u16 type; /* GTF_permit_access, GTF_transitive */
	domid_t user;
	enum grant_access access;
};

#define PER_FRAME_V1 (PAGE_SIZE / sizeof(struct grant_entry_v1))
#define PER_FRAME_V2 (PAGE_SIZE / sizeof(union grant_entry_v2))
#define PER_STATUS   (PAGE_SIZE / sizeof(grant_status_t))

u32 grant_nr_entries(const struct grant_table *gt)
{
	return gt->nr_frames * (gt->version == 1 ? PER_FRAME_V1 : PER_FRAME_V2);
}

static struct grant_entry_v1 *entry_v1(const struct grant_table *gt, u32 ref)
{
	return (struct grant_entry_v1 *)gt->shared[ref / PER_FRAME_V1] +
	       ref % PER_FRAME_V1;
}

static union grant_entry_v2 *entry_v2(const struct grant_table *gt, u32 ref)
{
	return (union grant_entry_v2 *)gt->shared[ref / PER_FRAME_V2] +
	       ref % PER_FRAME_V2;
}

void *grant_entry_at(const struct grant_table *gt, u32 ref)
{
	return gt->version == 1 ? (void *)entry_v1(gt, ref) :
				  (void *)entry_v2(gt, ref);
}

static grant_status_t *status_v2(const struct grant_table *gt, u32 ref)
{
	return &gt->status[ref / PER_STATUS][ref % PER_STATUS];
}

/* Where GTF_reading and GTF_writing are. */
static u16 *marks(const struct grant_table *gt, u32 ref)
{
	return gt->version == 1 ? &entry_v1(gt, ref)->flags :
				  status_v2(gt, ref);
}

static u16 marks_for(enum grant_access access)
{
	return access == GRANT_WRITE ? GTF_reading | GTF_writing : GTF_reading;
}

/* @header: flags and domid, the first four bytes of an entry. */
static int judge(u32 header, const struct grant_use *use)
{
	u16 flags = header;

	if ((flags & GTF_type_mask) != use->type || header >> 16 != use->user)
		return -EACCES;
	if (use->access == GRANT_WRITE && flags & GTF_readonly)
		return -EACCES;
	return 0;
}

static int mark_v1(struct grant_entry_v1 *e, const struct grant_use *use)
{
	u32 *header = (u32 *)e;
	u32 old = READ_ONCE(*header);
	int err;

	for (int i = 0; i < MAX_TRIES; i++) {
		err = judge(old, use);
		if (err)
			return err;
		/* Failing, it leaves what it found in old. */
		if (cas(header, &old, old | marks_for(use->access)))
			return 0;
	}
	return -EACCES;
}

static int mark_v2(union grant_entry_v2 *e, grant_status_t *status,
		   const struct grant_use *use)
{
	u16 want = marks_for(use->access), had;
	u32 *header = (u32 *)e;
	int err = judge(READ_ONCE(*header), use);

	if (err)
		return err;
	had = __atomic_fetch_or(status, want, __ATOMIC_SEQ_CST);
	/* The guest withdraws a grant first and looks at the marks after. */
	err = judge(READ_ONCE(*header), use);
	if (err)
		__atomic_fetch_and(status, ~(want & ~had), __ATOMIC_SEQ_CST);
	return err;
}

static int mark(const struct grant_table *gt, u32 ref,
		const struct grant_use *use)
{
	if (gt->version == 1)
		return mark_v1(entry_v1(gt, ref), use);
	return mark_v2(entry_v2(gt, ref), status_v2(gt, ref), use);
}

static void unmark(const struct grant_table *gt, u32 ref,
		   const struct grant_active *act)
{
	u16 gone = 0;

	/* The domain is dying: the entry's frame has gone before. */
	if (ref >= grant_nr_entries(gt))
		return;
	if (!act->writers)
		gone |= GTF_writing;
	if (!act->writers && !act->readers)
		gone |= GTF_reading;
	if (gone)
		__atomic_fetch_and(marks(gt, ref), (u16)~gone,
				   __ATOMIC_SEQ_CST);
}

/* What a marked entry grants. */
static int read_v1(const struct grant_entry_v1 *e, struct grant_active *act)
{
	act->mfn = READ_ONCE(e->frame);
	act->start = 0;
	act->end = PAGE_SIZE;
	return 0;
}

static int read_v2(const union grant_entry_v2 *e, struct grant_active *act)
{
	u32 start, len;

	act->mfn = READ_ONCE(e->full_page.frame);
	act->start = 0;
	act->end = PAGE_SIZE;
	if (!(READ_ONCE(e->hdr.flags) & GTF_sub_page))
		return 0;
	start = READ_ONCE(e->sub_page.page_off);
	len = READ_ONCE(e->sub_page.length);
	if (start > PAGE_SIZE || len > PAGE_SIZE - start)
		return -ENXIO;
	act->start = start;
	act->end = start + len;
	return 0;
}

/* References for one more use of the frame. */
static int hold(struct domain *d, u64 mfn, domid_t user,
		enum grant_access access, struct page **pg)
{
	if (!mfn_is_ram(_mfn(mfn)))
		return -ENXIO;
	*pg = mfn_to_page(_mfn(mfn));
	if (!page_get_mapped(*pg, &d->pages, access == GRANT_WRITE))
		return -ENXIO;
	if (access == GRANT_WRITE && user != d->id)
		page_mark_foreign(*pg);
	return 0;
}

static bool needs_mark(const struct grant_active *act, enum grant_access access)
{
	if (!act->readers && !act->writers)
		return true;
	return access == GRANT_WRITE && !act->writers;
}

/* What the entry says, now that it is marked. */
static int read_entry(const struct grant_table *gt, u32 ref,
		      const struct grant_use *use, struct grant_active *act)
{
	const union grant_entry_v2 *e;

	act->user = use->user;
	act->transitive = use->type == GTF_transitive;
	if (gt->version == 1)
		return read_v1(entry_v1(gt, ref), act);
	e = entry_v2(gt, ref);
	if (!act->transitive)
		return read_v2(e, act);
	act->next.ref = READ_ONCE(e->transitive.gref);
	act->next.domid = READ_ONCE(e->transitive.trans_domid);
	return 0;
}

/* Under the entry's lock and the table's. @pg: NULL for a transitive one. */
static int pin_entry(struct domain *d, u32 ref, const struct grant_use *use,
		     struct page **pg)
{
	struct grant_table *gt = d->grants;
	struct grant_active *act = grant_active_of(gt, ref);
	bool in_use = act->readers || act->writers;
	bool marking = needs_mark(act, use->access);
	int err = 0;

	if (in_use && (act->user != use->user ||
		       act->transitive != (use->type == GTF_transitive)))
		return -EACCES;
	if (marking)
		err = mark(gt, ref, use);
	if (err)
		return err;
	if (!in_use)
		err = read_entry(gt, ref, use, act);
	if (!err && pg)
		err = hold(d, act->mfn, use->user, use->access, pg);
	if (err) {
		if (marking)
			unmark(gt, ref, act);
		return err;
	}
	if (use->access == GRANT_WRITE)
		act->writers++;
	else
		act->readers++;
	return 0;
}

/* Pins, and copies out what the entry is in use as. */
static int pin(struct domain *d, u32 ref, const struct grant_use *use,
	       struct page **pg, struct grant_active *found)
{
	struct grant_table *gt = d->grants;
	struct grant_active *act;
	int err = -ENOENT;

	read_lock(&gt->lock);
	if (likely(ref < grant_nr_entries(gt))) {
		act = grant_active_of(gt, ref);
		spin_lock(&act->lock);
		err = pin_entry(d, ref, use, pg);
		found->next = act->next;
		found->start = act->start;
		found->end = act->end;
		spin_unlock(&act->lock);
	}
	read_unlock(&gt->lock);
	return err;
}

int grant_pin(struct domain *d, u32 ref, domid_t user, enum grant_access access,
	      struct grant_extent *ext)
{
	const struct grant_use use = { GTF_permit_access, user, access };
	struct grant_active found;
	int err = pin(d, ref, &use, &ext->pg, &found);

	if (err)
		return err;
	ext->start = found.start;
	ext->end = found.end;
	return 0;
}

int grant_pin_transitive(struct domain *d, u32 ref, domid_t user,
			 enum grant_access access, struct grant_next *next)
{
	const struct grant_use use = { GTF_transitive, user, access };
	struct grant_active found;
	int err;

	if (grant_table_version(d) != 2)
		return -EACCES;
	err = pin(d, ref, &use, NULL, &found);
	if (!err)
		*next = found.next;
	return err;
}

void grant_unpin(struct domain *d, u32 ref, enum grant_access access)
{
	struct grant_table *gt = d->grants;
	struct grant_active *act;

	read_lock(&gt->lock);
	/* It is in use, so the table did not become smaller. */
	act = grant_active_of(gt, ref);
	spin_lock(&act->lock);
	if (access == GRANT_WRITE)
		act->writers--;
	else
		act->readers--;
	/* The marks last: without them the guest turns it into anything. */
	if (!act->transitive)
		page_put_mapped(mfn_to_page(_mfn(act->mfn)),
				access == GRANT_WRITE);
	unmark(gt, ref, act);
	spin_unlock(&act->lock);
	read_unlock(&gt->lock);
}

void grant_recount(struct domain *d, struct recount *rc)
{
	struct grant_table *gt = d->grants;

	if (!gt)
		return;
	read_lock(&gt->lock);
	for (u32 ref = 0; ref < grant_nr_entries(gt); ref++) {
		const struct grant_active *act = grant_active_of(gt, ref);

		if (act->transitive)
			continue;
		for (u32 i = 0; i < act->readers; i++)
			recount_ref(rc, _mfn(act->mfn), PAGE_NONE);
		for (u32 i = 0; i < act->writers; i++)
			recount_ref(rc, _mfn(act->mfn), PAGE_WRITABLE);
	}
	read_unlock(&gt->lock);
}
