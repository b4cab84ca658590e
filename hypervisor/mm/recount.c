// SPDX-License-Identifier: GPL-2.0-only
/*
 * The second count, by frame number in a table of two levels, so that only what
 * the owner has needs memory. Nothing is stopped meanwhile: the result is exact
 * when nobody else works on these pages.
 */
#include "mm/recount.h"

#include "debug/log.h"
#include "mm/frame.h"

#define PER_CHUNK  (PAGE_SIZE / sizeof(struct counts))
#define MAX_LOGGED 8

struct counts {
	u32 refs, types;
};

struct recount {
	struct page_owner *owner;
	u64 nr_chunks;
	u64 wrong;
	struct counts *chunk[]; /* by frame number / PER_CHUNK, NULL: none */
};

static struct counts *counts_of(const struct recount *rc, u64 mfn)
{
	struct counts *chunk = rc->chunk[mfn / PER_CHUNK];

	return chunk ? &chunk[mfn % PER_CHUNK] : NULL;
}

static bool add_page(struct recount *rc, u64 mfn)
{
	const struct page *pg = mfn_to_page(_mfn(mfn));
	u32 type = READ_ONCE(pg->type);
	struct counts *c;

	if (!rc->chunk[mfn / PER_CHUNK])
		rc->chunk[mfn / PER_CHUNK] = page_alloc_zeroed();
	c = counts_of(rc, mfn);
	if (!c)
		return false;
	c->refs = !!(READ_ONCE(pg->count) & PAGE_ALLOCATED) +
		  !!(type & PAGE_TYPE_PINNED) + !!(type & PAGE_TYPE_PARTIAL);
	c->types = !!(type & PAGE_TYPE_PINNED);
	return true;
}

static void discard(struct recount *rc)
{
	for (u64 i = 0; i < rc->nr_chunks; i++)
		if (rc->chunk[i])
			page_free(rc->chunk[i]);
	heap_free(rc);
}

struct recount *recount_begin(struct page_owner *o)
{
	u64 nr = frame_max_mfn() / PER_CHUNK + 1;
	struct recount *rc = heap_zalloc(sizeof(*rc) + nr * sizeof(void *));
	bool ok = true;

	if (!rc)
		return NULL;
	rc->owner = o;
	rc->nr_chunks = nr;
	spin_lock(&o->lock);
	for (u32 m = o->first_page; m && ok; m = frame_table[m].next)
		ok = add_page(rc, m);
	spin_unlock(&o->lock);
	if (ok)
		return rc;
	discard(rc);
	return NULL;
}

void recount_ref(struct recount *rc, mfn_t m, enum page_type t)
{
	struct counts *c;

	if (!mfn_is_ram(m) || page_owner(mfn_to_page(m)) != rc->owner)
		return;
	c = counts_of(rc, mfn_x(m));
	if (!c)
		return;
	c->refs++;
	if (t == PAGE_NONE)
		return;
	c->types++;
	if (page_type_of(READ_ONCE(mfn_to_page(m)->type)) != t) {
		pr_err("mm: d%d: mfn %lx is held as type %u, its word is %08x",
		       rc->owner->domid, mfn_x(m), t, mfn_to_page(m)->type);
		rc->wrong++;
	}
}

static void compare(struct recount *rc, u64 mfn)
{
	const struct page *pg = mfn_to_page(_mfn(mfn));
	const struct counts *c = counts_of(rc, mfn);
	u32 refs = READ_ONCE(pg->count) & PAGE_REFS;
	u32 types = READ_ONCE(pg->type) & PAGE_TYPE_COUNT;

	if (!c || (c->refs == refs && c->types == types))
		return;
	if (rc->wrong++ < MAX_LOGGED)
		pr_err("mm: d%d: mfn %lx has %u references, %u found; type "
		       "word %08x, %u found",
		       rc->owner->domid, mfn, refs, c->refs, pg->type,
		       c->types);
}

u64 recount_end(struct recount *rc)
{
	struct page_owner *o = rc->owner;
	u64 wrong;

	spin_lock(&o->lock);
	for (u32 m = o->first_page; m; m = frame_table[m].next)
		compare(rc, m);
	spin_unlock(&o->lock);
	wrong = rc->wrong;
	discard(rc);
	return wrong;
}
