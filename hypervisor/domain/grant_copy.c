// SPDX-License-Identifier: GPL-2.0-only
/*
 * Copies between granted frames and one's own.
 *
 * Consecutive copies are often about the same frame on one side (a packet in
 * pieces, a page full of requests), so each side keeps the frame it holds until
 * a copy names another.
 */
#include "domain/grant_private.h"
#include "lib/string.h"

void grant_copy_init(struct grant_copy *c)
{
	c->src.held = c->dst.held = false;
	c->src.d = c->dst.d = NULL;
	c->src.owner = c->dst.owner = NULL;
	c->src.write = false;
	c->dst.write = true;
}

static enum grant_access access_of(const struct grant_copy_buf *b)
{
	return b->write ? GRANT_WRITE : GRANT_READ;
}

static void buf_release(struct grant_copy_buf *b)
{
	if (!b->held)
		return;
	if (b->owner) {
		grant_unpin(b->owner, b->owner_ref, access_of(b));
		domain_put(b->owner);
		b->owner = NULL;
	}
	if (b->is_ref)
		grant_unpin(b->d, b->frame, access_of(b));
	else
		page_put_mapped(b->pg, b->write);
	b->held = false;
}

static void buf_end(struct grant_copy_buf *b)
{
	buf_release(b);
	if (b->d)
		domain_put(b->d);
	b->d = NULL;
}

void grant_copy_end(struct grant_copy *c)
{
	buf_end(&c->src);
	buf_end(&c->dst);
}

/* The domain of a side; it stays referenced for the next copy. */
static int buf_domain(struct grant_copy_buf *b, const struct grant_copy_end *e)
{
	/* Without a grant it can only be memory of one's own. */
	if (!e->is_ref && e->domid != DOMID_SELF)
		return fail(-EACCES);
	if (b->d && b->domid == e->domid)
		return 0;
	if (b->d)
		domain_put(b->d);
	b->domid = e->domid;
	b->d = domain_get_self_or(e->domid);
	return b->d ? 0 : -ESRCH;
}

static int hold_own(struct grant_copy_buf *b, u64 frame)
{
	if (!mfn_is_ram(_mfn(frame)))
		return fail(-ENXIO);
	b->pg = mfn_to_page(_mfn(frame));
	b->start = 0;
	b->end = PAGE_SIZE;
	return page_get_mapped(b->pg, &b->d->pages, b->write) ? 0 : -ENXIO;
}

/*
 * The entry passes on a grant that a third domain made to its owner: both are
 * pinned. One step only, or a guest could have us walk for ever.
 */
static int hold_passed_on(struct grant_copy_buf *b, u32 ref,
			  struct grant_extent *ext)
{
	struct grant_next next;
	int err = grant_pin_transitive(b->d, ref, current->domain->id,
				       access_of(b), &next);

	if (err)
		return err;
	err = -ESRCH;
	b->owner = domain_get_by_id(next.domid);
	if (b->owner)
		err = grant_pin(b->owner, next.ref, b->d->id, access_of(b),
				ext);
	b->owner_ref = next.ref;
	if (!err)
		return 0;
	grant_unpin(b->d, ref, access_of(b));
	if (b->owner)
		domain_put(b->owner);
	b->owner = NULL;
	return err;
}

static int hold_granted(struct grant_copy_buf *b, u64 ref)
{
	struct grant_extent ext;
	int err;

	if (ref > UINT32_MAX)
		return fail(-ENOENT);
	err = grant_pin(b->d, ref, current->domain->id, access_of(b), &ext);
	if (err == -EACCES)
		err = hold_passed_on(b, ref, &ext);
	if (err)
		return err;
	b->pg = ext.pg;
	b->start = ext.start;
	b->end = ext.end;
	return 0;
}

static int buf_hold(struct grant_copy_buf *b, const struct grant_copy_end *e)
{
	int err;

	if (b->held && b->is_ref == e->is_ref && b->frame == e->frame &&
	    b->domid == e->domid)
		return 0;
	buf_release(b);
	err = buf_domain(b, e);
	if (!err)
		err = e->is_ref ? hold_granted(b, e->frame) :
				  hold_own(b, e->frame);
	if (err)
		return err;
	b->is_ref = e->is_ref;
	b->frame = e->frame;
	b->held = true;
	return 0;
}

static bool inside(const struct grant_copy_buf *b, u32 offset, u32 len)
{
	return offset >= b->start && offset <= b->end && len <= b->end - offset;
}

static u8 *buf_at(const struct grant_copy_buf *b, u32 offset)
{
	return (u8 *)mfn_to_virt(page_to_mfn(b->pg)) + offset;
}

int grant_copy_one(struct grant_copy *c, const struct grant_copy_end *src,
		   const struct grant_copy_end *dst, u32 len)
{
	int err;

	/* Before anything is held: most wrong arguments are this. */
	if (src->offset > PAGE_SIZE || dst->offset > PAGE_SIZE ||
	    len > PAGE_SIZE - src->offset || len > PAGE_SIZE - dst->offset)
		return fail(-EDOM);
	err = buf_hold(&c->src, src);
	if (!err)
		err = buf_hold(&c->dst, dst);
	if (err)
		return err;
	if (!inside(&c->src, src->offset, len) ||
	    !inside(&c->dst, dst->offset, len))
		return fail(-EDOM);
	/* May be the same frame. */
	memmove(buf_at(&c->dst, dst->offset), buf_at(&c->src, src->offset),
		len);
	return 0;
}
