// SPDX-License-Identifier: GPL-2.0-only
/*
 * The transmit ring's requests become a description of one packet.
 *
 * A packet is: its first slot, any number of extra infos if the slot says so,
 * then the other slots, each announced by its predecessor. The first slot's
 * size is that of the whole packet, so its own part is what the others leave.
 *
 * Two kinds of wrong: a packet that is dropped (old frontends made a few too
 * many slots, or let a frame of 64 KiB wrap the 16 bit size), and a ring that
 * cannot be trusted any more.
 */
#include "parse.h"

static void read_slot(const struct xen_netif_tx_request *ring, u32 index,
		      void *copy)
{
	const u32 *from = (const u32 *)&ring[index % TXP_RING_SLOTS];
	u32 *to = copy;

	_Static_assert(sizeof(*ring) == 3 * sizeof(u32), "a slot is 12 bytes");
	to[0] = READ_ONCE(from[0]);
	to[1] = READ_ONCE(from[1]);
	to[2] = READ_ONCE(from[2]);
}

static int take_extra(struct txp *p, const struct xen_netif_extra_info *extra)
{
	switch (extra->type) {
	case XEN_NETIF_EXTRA_TYPE_GSO:
		if (!extra->u.gso.size)
			return -EPROTO;
		if (extra->u.gso.type == XEN_NETIF_GSO_TYPE_TCPV4)
			p->gso = TXP_GSO_V4;
		else if (extra->u.gso.type == XEN_NETIF_GSO_TYPE_TCPV6)
			p->gso = TXP_GSO_V6;
		else
			return -EPROTO;
		p->gso_size = extra->u.gso.size;
		return 0;
	case XEN_NETIF_EXTRA_TYPE_MCAST_ADD:
	case XEN_NETIF_EXTRA_TYPE_MCAST_DEL:
		p->mcast = extra->type;
		memcpy(p->mcast_addr, extra->u.mcast.addr, 6);
		return 0;
	case XEN_NETIF_EXTRA_TYPE_HASH:
		p->hash_type = extra->u.hash.type + 1;
		memcpy(&p->hash, extra->u.hash.value, sizeof(p->hash));
		return 0;
	case XEN_NETIF_EXTRA_TYPE_XDP: /* only means something to a guest */
		return 0;
	default:
		return -EPROTO;
	}
}

/* The extra infos behind the first slot; returns how many ring slots. */
static int take_extras(const struct xen_netif_tx_request *ring, u32 cons,
		       u32 avail, struct txp *p)
{
	union {
		struct xen_netif_extra_info extra;
		u32 words[3];
	} slot;
	u32 used = 0;

	do {
		if (1 + used >= avail)
			return -EPROTO;
		read_slot(ring, cons + 1 + used, slot.words);
		used++;
		if (take_extra(p, &slot.extra))
			return -EPROTO;
	} while (slot.extra.flags & XEN_NETIF_EXTRA_FLAG_MORE);
	return used;
}

static void put_slot(struct txp *p, const struct xen_netif_tx_request *req)
{
	p->slots[p->nr_slots++] = (struct txp_slot){
		.gref = req->gref,
		.offset = req->offset,
		.size = req->size,
		.id = req->id,
	};
}

/* The slots after the first; returns how many ring slots, as a total. */
static int take_slots(const struct xen_netif_tx_request *ring, u32 cons,
		      u32 avail, u32 used, struct txp *p)
{
	struct xen_netif_tx_request req;
	u32 left = p->size;

	do {
		if (used >= avail || p->nr_slots >= TXP_FATAL_SLOTS)
			return -EPROTO;
		read_slot(ring, cons + used, &req);
		used++;
		if (req.offset > TXP_PAGE || req.size > TXP_PAGE - req.offset)
			return -EPROTO;
		put_slot(p, &req);
		if (req.size > left)
			p->verdict = TXP_DROP;
		else
			left -= req.size;
	} while (req.flags & XEN_NETTXF_more_data);
	if (p->nr_slots > TXP_MAX_SLOTS)
		p->verdict = TXP_DROP;
	p->slots[0].size = left;
	return used;
}

int txp_parse(const struct xen_netif_tx_request *ring, u32 cons, u32 prod,
	      struct txp *p)
{
	struct xen_netif_tx_request first;
	u32 avail = prod - cons;
	int used = 1, extras = 0;

	memset(p, 0, offsetof(struct txp, slots));
	read_slot(ring, cons, &first);
	put_slot(p, &first);
	p->size = first.size;
	p->csum_blank = first.flags & XEN_NETTXF_csum_blank;
	p->csum_valid = first.flags & XEN_NETTXF_data_validated;
	if (first.flags & XEN_NETTXF_extra_info) {
		extras = take_extras(ring, cons, avail, p);
		if (extras < 0)
			return extras;
		used += extras;
		p->nr_extras = extras;
	}
	if (p->mcast) {
		/* such a request has no data, whatever its other fields say */
		if (first.flags & XEN_NETTXF_more_data)
			return -EPROTO;
		p->verdict = TXP_CONTROL;
		return used;
	}
	if (first.flags & XEN_NETTXF_more_data) {
		used = take_slots(ring, cons, avail, used, p);
		if (used < 0)
			return used;
	}
	if (p->size < TXP_MIN_BYTES)
		p->verdict = TXP_DROP;
	if (p->verdict == TXP_SEND &&
	    (p->slots[0].offset > TXP_PAGE ||
	     p->slots[0].size > TXP_PAGE - p->slots[0].offset))
		return -EPROTO;
	return used;
}
