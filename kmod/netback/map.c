// SPDX-License-Identifier: GPL-2.0-only
/*
 * The other way for large packets of a guest: their pages are mapped, not
 * copied, and lie in the packet until whoever has it is done (map_bytes). A
 * packet that goes on to another guest is then copied once, from guest to
 * guest. One for a local reader is copied by the kernel, as any packet whose
 * pages are somebody else's (skb_orphan_frags()).
 *
 * A packet is answered when its pages are unmapped, so that the guest keeps
 * them until then. How many there are is bounded by MAP_PACKETS and the ring;
 * a packet that waits for another guest for long is copied, see rx.c.
 *
 * All but map_done() runs in the queue's tx poll, or when there is none.
 */
#include "netback.h"

#include <linux/llist.h>
#include <xen/grant_table.h>

#define MAP_PACKETS 32u
#define MAP_FLAGS   (GNTMAP_host_map | GNTMAP_readonly)
#define NO_HANDLE   (~(grant_handle_t)0)

/* A packet whose data are pages of the guest. */
struct mapped {
	struct ubuf_info ubuf;
	struct llist_node link; /* maps->done */
	struct queue *q;
	unsigned int first_op, nr_pages;
	u8 pages[TXP_MAX_SLOTS]; /* indices of maps->pages */
	struct txp p; /* what is to be answered */
};

struct maps {
	struct llist_head done; /* packets that everybody has done with */
	unsigned int nr_ops, nr_pages, nr_packets; /* this poll's; free ones */
	u8 free_pages[VIF_RING], free_packets[MAP_PACKETS];
	struct page *pages[VIF_RING];
	grant_handle_t handles[VIF_RING];
	struct mapped packets[MAP_PACKETS];
	/* of one hypercall */
	struct page *op_pages[VIF_RING];
	struct gnttab_map_grant_ref map[VIF_RING];
	struct gnttab_unmap_grant_ref unmap[VIF_RING];
};

/* Nobody has the packet any more. Context: any but hard interrupts. */
static void map_done(struct sk_buff *skb, struct ubuf_info *ubuf, bool zerocopy)
{
	struct mapped *m = container_of(ubuf, struct mapped, ubuf);
	struct queue *q = m->q;

	if (!refcount_dec_and_test(&ubuf->refcnt))
		return;
	/* map_fini() waits for those that have them off */
	local_bh_disable();
	llist_add(&m->link, &q->maps->done);
	napi_schedule(&q->tx_napi);
	local_bh_enable();
}

DEFINE_UBUF_DONE(ubuf_call_map_done, map_done)

/**
 * map_init() - let the queue map
 *
 * Context: process, before there are polls. Without memory the queue copies.
 */
void map_init(struct queue *q)
{
	struct maps *maps = kvzalloc(sizeof(*maps), GFP_KERNEL);
	unsigned int i;

	if (!maps)
		return;
	if (gnttab_alloc_pages(VIF_RING, maps->pages)) {
		kvfree(maps);
		return;
	}
	init_llist_head(&maps->done);
	for (i = 0; i < VIF_RING; i++)
		maps->free_pages[maps->nr_pages++] = i;
	for (i = 0; i < MAP_PACKETS; i++)
		maps->free_packets[maps->nr_packets++] = i;
	q->maps = maps;
}

/**
 * map_fini() - have all back
 *
 * Context: process, without polls. Waits for those who have packets: other
 * guests' queues, which give up what waits too long, and NICs.
 */
void map_fini(struct queue *q)
{
	struct maps *maps = q->maps;

	if (!maps)
		return;
	for (;;) {
		local_bh_disable();
		map_reap(q);
		local_bh_enable();
		if (maps->nr_packets == MAP_PACKETS)
			break;
		msleep(20);
	}
	synchronize_net(); /* map_done() */
	q->maps = NULL;
	gnttab_free_pages(VIF_RING, maps->pages);
	kvfree(maps);
}

static void map_page(struct queue *q, struct mapped *m,
		     const struct txp_slot *slot)
{
	struct maps *maps = q->maps;
	unsigned int page = maps->free_pages[--maps->nr_pages];
	struct gnttab_map_grant_ref *op = &maps->map[maps->nr_ops];

	m->pages[m->nr_pages++] = page;
	maps->handles[page] = NO_HANDLE;
	maps->op_pages[maps->nr_ops++] = maps->pages[page];
	gnttab_set_map_op(op, (unsigned long)page_address(maps->pages[page]),
			  MAP_FLAGS, slot->gref, q->vif->domid);
	op->status = GNTST_general_error;
}

/**
 * map_begin() - plan to map a packet but for its first @linear bytes, which
 * are of its first slot
 *
 * Returns what map_end() takes, or NULL: there is no room, copy it.
 */
struct mapped *map_begin(struct queue *q, const struct txp *p,
			 unsigned int linear)
{
	struct maps *maps = q->maps;
	unsigned int i = p->slots[0].size == linear;
	struct mapped *m;

	if (!maps || p->slots[0].size < linear || !maps->nr_packets ||
	    p->nr_slots - i > min(maps->nr_pages, (u32)MAX_SKB_FRAGS) ||
	    maps->nr_ops + p->nr_slots > VIF_RING)
		return NULL;
	m = &maps->packets[maps->free_packets[--maps->nr_packets]];
	m->q = q;
	ubuf_call_map_done(&m->ubuf);
	m->ubuf.flags = SKBFL_ZEROCOPY_FRAG;
	refcount_set(&m->ubuf.refcnt, 1);
	m->first_op = maps->nr_ops;
	m->nr_pages = 0;
	m->p = *p;
	for (; i < p->nr_slots; i++)
		map_page(q, m, &p->slots[i]);
	return m;
}

/* Map what all packets of this poll need. */
void map_commit(struct queue *q)
{
	struct maps *maps = q->maps;

	if (!maps || !maps->nr_ops)
		return;
	gnttab_map_refs(maps->map, NULL, maps->op_pages, maps->nr_ops);
	q->stats->tx_hypercalls++;
	q->stats->tx_maps += maps->nr_ops;
	maps->nr_ops = 0;
}

/**
 * map_end() - after map_commit(): give the pages to the packet
 * @skb: has the first @linear bytes, and nothing else; NULL: there is none
 *
 * Returns false when the packet cannot be had. It will be answered in any
 * case, and not by the caller.
 */
bool map_end(struct queue *q, struct mapped *m, struct sk_buff *skb,
	     unsigned int linear)
{
	struct maps *maps = q->maps;
	unsigned int i, first = m->p.nr_slots - m->nr_pages;
	bool ok = skb != NULL;

	for (i = 0; i < m->nr_pages; i++) {
		if (maps->map[m->first_op + i].status == GNTST_okay)
			maps->handles[m->pages[i]] =
				maps->map[m->first_op + i].handle;
		else
			ok = false;
	}
	if (!ok) {
		m->p.verdict = TXP_DROP;
		llist_add(&m->link, &maps->done);
		napi_schedule(&q->tx_napi);
		return false;
	}
	for (i = 0; i < m->nr_pages; i++) {
		const struct txp_slot *slot = &m->p.slots[first + i];
		unsigned int skip = first + i ? 0 : linear;

		get_page(maps->pages[m->pages[i]]);
		skb_add_rx_frag(skb, i, maps->pages[m->pages[i]],
				slot->offset + skip, slot->size - skip,
				PAGE_SIZE);
	}
	skb_zcopy_init(skb, &m->ubuf);
	return true;
}

/* Is a page still in use? Its packet is told to be done with just before. */
static bool map_busy(const struct maps *maps, const struct mapped *m)
{
	unsigned int i;

	for (i = 0; i < m->nr_pages; i++)
		if (page_count(maps->pages[m->pages[i]]) > 1)
			return true;
	return false;
}

static unsigned int map_unmap(struct maps *maps, const struct mapped *m,
			      unsigned int n)
{
	unsigned int i, page;

	for (i = 0; i < m->nr_pages; i++) {
		page = m->pages[i];
		if (maps->handles[page] == NO_HANDLE)
			continue;
		maps->op_pages[n] = maps->pages[page];
		gnttab_set_unmap_op(
			&maps->unmap[n++],
			(unsigned long)page_address(maps->pages[page]),
			MAP_FLAGS, maps->handles[page]);
	}
	return n;
}

/* Unmap and answer the packets that are done with. */
void map_reap(struct queue *q)
{
	struct maps *maps = q->maps;
	struct mapped *ready[MAP_PACKETS], *m, *next;
	struct llist_node *list;
	unsigned int n = 0, nr = 0, i;

	if (!maps || llist_empty(&maps->done))
		return;
	list = llist_del_all(&maps->done);
	llist_for_each_entry_safe(m, next, list, link)
	{
		if (map_busy(maps, m)) {
			llist_add(&m->link, &maps->done);
			mod_timer(&q->credit_timer, jiffies + 1);
			continue;
		}
		n = map_unmap(maps, m, n);
		ready[nr++] = m;
	}
	if (n) {
		gnttab_unmap_refs(maps->unmap, NULL, maps->op_pages, n);
		q->stats->tx_hypercalls++;
	}
	while (nr) {
		m = ready[--nr];
		for (i = 0; i < m->nr_pages; i++)
			maps->free_pages[maps->nr_pages++] = m->pages[i];
		maps->free_packets[maps->nr_packets++] = m - maps->packets;
		tx_respond(q, &m->p);
	}
	RING_PUSH_RESPONSES(&q->tx);
}
