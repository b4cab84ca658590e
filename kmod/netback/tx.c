// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest's transmit: the ring's packets into dom0's network stack.
 *
 * A poll reads what is in the ring, has all of it copied by one hypercall into
 * fresh buffers, answers everything, sends at most one event, and then hands
 * the packets on. Nothing of the guest's memory is mapped and nothing is held
 * after the poll.
 *
 * Copies of a full ring: one per slot, one more where a slot fills up a page
 * and goes on in the next, and up to two for the linear part of a packet:
 * 256 + 256 + 2 * 64 is below COPY_OPS.
 */
#include "netback.h"

#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <net/checksum.h>
#include <net/ip6_checksum.h>
#include <xen/events.h>

#define TX_MIN_SEGMENT 8u /* what Linux goes down to (TCP_MIN_GSO_SIZE) */
#define TX_HEADROOM    XDP_PACKET_HEADROOM
/* What fits in one page between the room of XDP and that of build_skb(). */
#define TX_XDP_BYTES (SKB_WITH_OVERHEAD(PAGE_SIZE) - TX_HEADROOM)

/* Where the next byte of a packet is copied to. */
struct tx_cursor {
	struct scratch *s;
	struct tx_packet *packet;
	domid_t domid;
	u8 *at;
	unsigned int room; /* bytes at `at` */
	unsigned int left; /* bytes of the packet */
};

/* Continue in a new page, as the next fragment. */
static bool cursor_page(struct tx_cursor *c)
{
	struct page *page = page_pool_dev_alloc_pages(c->s->pool);
	struct sk_buff *skb = c->packet->skb;

	if (!page)
		return false;
	skb_add_rx_frag(skb, skb_shinfo(skb)->nr_frags, page, 0, 0, PAGE_SIZE);
	c->at = page_address(page);
	c->room = PAGE_SIZE;
	return true;
}

/*
 * Would the slot rather begin a new page? Then it takes one copy and not two.
 * Only while the fragments that remain can hold the rest.
 */
static bool cursor_skips(const struct tx_cursor *c, unsigned int slot_left)
{
	struct sk_buff *skb = c->packet->skb;
	unsigned int frags;

	if (!skb || slot_left <= c->room || !skb_shinfo(skb)->nr_frags)
		return false;
	frags = MAX_SKB_FRAGS - skb_shinfo(skb)->nr_frags;
	return frags * PAGE_SIZE >= c->left;
}

static void cursor_copy(struct tx_cursor *c, u32 gref, u16 offset, u16 len)
{
	struct sk_buff *skb = c->packet->skb;
	struct gnttab_copy *op = &c->s->ops[c->s->nr_ops++];

	*op = (struct gnttab_copy){
		.source.u.ref = gref,
		.source.domid = c->domid,
		.source.offset = offset,
		.dest.u.gmfn = virt_to_gfn(c->at),
		.dest.domid = DOMID_SELF,
		.dest.offset = offset_in_page(c->at),
		.len = len,
		.flags = GNTCOPY_source_gref,
	};
	c->packet->nr_ops++;
	c->at += len;
	c->room -= len;
	c->left -= len;
	if (skb && skb_shinfo(skb)->nr_frags) {
		skb_frag_size_add(
			&skb_shinfo(skb)->frags[skb_shinfo(skb)->nr_frags - 1],
			len);
		skb->len += len;
		skb->data_len += len;
	}
}

static bool cursor_slot(struct tx_cursor *c, const struct txp_slot *slot)
{
	unsigned int done = 0, len;

	while (done < slot->size) {
		if (!c->room || cursor_skips(c, slot->size - done)) {
			if (!cursor_page(c))
				return false;
		}
		len = min3(slot->size - done, c->room,
			   (unsigned int)(PAGE_SIZE - offset_in_page(c->at)));
		cursor_copy(c, slot->gref, slot->offset + done, len);
		done += len;
	}
	return true;
}

/* Bytes in front of the pages: all of a small packet, else the headers. */
static unsigned int linear_bytes(const struct txp *p)
{
	if (p->size <= TX_LINEAR)
		return p->size;
	if (p->slots[0].size >= ETH_HLEN + 40 && p->slots[0].size <= 256)
		return p->slots[0].size;
	return TX_HEADER;
}

/* Large packets of a queue that maps. */
static bool packet_map(struct queue *q, struct tx_packet *packet,
		       struct tx_cursor *c)
{
	const struct txp *p = &packet->p;
	struct txp_slot first = p->slots[0];

	if (!q->maps || !map_bytes || p->gso == TXP_GSO_NONE ||
	    p->size < max(map_bytes, TX_LINEAR + 1))
		return false;
	packet->map = map_begin(q, p, c->room);
	if (!packet->map)
		return false;
	first.size = c->room;
	return cursor_slot(c, &first);
}

static void packet_free(struct scratch *s, struct tx_packet *packet)
{
	if (packet->skb)
		dev_kfree_skb_any(packet->skb);
	if (packet->page)
		page_pool_recycle_direct(s->pool, packet->page);
	packet->skb = NULL;
	packet->page = NULL;
}

/* Buffers for a packet, and the copies that fill them. */
static bool packet_prepare(struct queue *q, struct scratch *s,
			   struct tx_packet *packet)
{
	struct txp *p = &packet->p;
	struct tx_cursor c = {
		.s = s,
		.packet = packet,
		.domid = q->vif->domid,
		.left = p->size,
	};
	unsigned int i;

	if (rcu_access_pointer(q->vif->xdp_prog)) {
		if (p->size > TX_XDP_BYTES) {
			q->stats->xdp_oversize++;
			return false;
		}
		packet->page = page_pool_dev_alloc_pages(s->pool);
		if (!packet->page)
			return false;
		c.at = page_address(packet->page) + TX_HEADROOM;
		c.room = p->size;
	} else {
		c.room = linear_bytes(p);
		packet->skb = scratch_skb(s, c.room);
		if (!packet->skb)
			return false;
		c.at = __skb_put(packet->skb, c.room);
		if (packet_map(q, packet, &c))
			return true;
	}
	for (i = 0; i < p->nr_slots; i++) {
		if (!cursor_slot(&c, &p->slots[i]))
			return false;
	}
	return true;
}

static void packet_begin(struct queue *q, struct scratch *s,
			 struct tx_packet *packet)
{
	packet->skb = NULL;
	packet->page = NULL;
	packet->map = NULL;
	packet->first_op = s->nr_ops;
	packet->nr_ops = 0;
	if (packet->p.verdict == TXP_CONTROL) {
		if (vif_mcast_change(q->vif, &packet->p))
			packet->p.verdict = TXP_DROP;
		return;
	}
	if (packet->p.verdict != TXP_SEND)
		return;
	if (packet_prepare(q, s, packet))
		return;
	s->nr_ops = packet->first_op;
	packet->nr_ops = 0;
	packet_free(s, packet);
	packet->p.verdict = TXP_DROP;
}

/* Read packets from the ring until it, the batch or the guest's credit ends. */
static void tx_collect(struct queue *q, struct scratch *s, unsigned int max)
{
	const struct xen_netif_tx_request *ring = (void *)q->tx.sring->ring;
	RING_IDX prod = READ_ONCE(q->tx.sring->req_prod);
	RING_IDX cons = q->tx.req_cons;
	unsigned long wait;
	int used;

	if (prod - cons > VIF_RING) {
		vif_broken(q->vif, "transmit ring's producer is impossible");
		return;
	}
	virt_rmb(); /* slots after the producer; pairs with the guest's push */
	while (cons != prod && s->nr_packets < max) {
		struct tx_packet *packet = &s->packets[s->nr_packets];

		used = txp_parse(ring, cons, prod, &packet->p);
		if (used < 0) {
			vif_broken(q->vif, "transmit request is malformed");
			break;
		}
		if (packet->p.verdict == TXP_SEND &&
		    !vif_credit(q->vif, packet->p.size, &wait)) {
			q->throttled = true;
			mod_timer(&q->credit_timer, jiffies + wait);
			break;
		}
		cons += used;
		packet_begin(q, s, packet);
		s->nr_packets++;
	}
	q->tx.req_cons = cons;
}

static void respond(struct queue *q, u16 id, s16 status)
{
	struct xen_netif_tx_response *rsp;

	rsp = RING_GET_RESPONSE(&q->tx, q->tx.rsp_prod_pvt);
	WRITE_ONCE(rsp->id, id);
	WRITE_ONCE(rsp->status, status);
	q->tx.rsp_prod_pvt++;
}

void tx_respond(struct queue *q, const struct txp *p)
{
	s16 status = p->verdict == TXP_DROP ? XEN_NETIF_RSP_ERROR :
					      XEN_NETIF_RSP_OKAY;
	unsigned int i;

	respond(q, p->slots[0].id, status);
	for (i = 0; i < p->nr_extras; i++)
		respond(q, 0, XEN_NETIF_RSP_NULL);
	for (i = 1; i < p->nr_slots; i++)
		respond(q, p->slots[i].id, status);
	q->stats->tx_slots += p->nr_slots + p->nr_extras;
}

/*
 * Tell the guest of the answers it has not been told of, if it wants to be.
 * While packets keep coming it sees them as it sends the next one, so that one
 * event does for all of a burst. Context: the poll, or when there is none.
 */
void tx_announce(struct queue *q)
{
	RING_IDX now = q->tx.rsp_prod_pvt, told = q->tx_told;

	if (now == told || !q->tx_irq)
		return;
	q->tx_told = now;
	virt_mb(); /* answers before the look at what it waits for */
	if (now - READ_ONCE(q->tx.sring->rsp_event) >= now - told)
		return;
	notify_remote_via_irq(q->tx_irq);
	q->stats->tx_events++;
}

static void packet_end_map(struct queue *q, struct scratch *s,
			   struct tx_packet *packet)
{
	struct sk_buff *skb = packet->skb;

	if (map_end(q, packet->map, skb, skb ? skb->len : 0))
		return;
	packet_free(s, packet);
	packet->p.verdict = TXP_DROP;
}

/* Copy, judge and answer all packets at once. */
static void tx_finish(struct queue *q, struct scratch *s)
{
	struct queue_stats *stats = q->stats;
	unsigned int i, n;

	scratch_copy(s->ops, s->nr_ops, &stats->tx_hypercalls);
	stats->tx_copies += s->nr_ops;
	map_commit(q);
	for (n = 0; n < s->nr_packets; n++) {
		struct tx_packet *packet = &s->packets[n];

		for (i = 0; i < packet->nr_ops; i++) {
			if (s->ops[packet->first_op + i].status == GNTST_okay)
				continue;
			packet_free(s, packet);
			packet->p.verdict = TXP_DROP;
			stats->tx_errors++;
			break;
		}
		if (packet->map)
			packet_end_map(q, s, packet);
		else
			tx_respond(q, &packet->p);
	}
	RING_PUSH_RESPONSES(&q->tx);
	if (q->tx.rsp_prod_pvt - q->tx_told >= TX_UNTOLD)
		tx_announce(q);
}

/*
 * The sum of a packet that local readers may look at is completed; a long one
 * or one to be cut up is left to whoever sends it on.
 */
static bool finish_checksum(struct queue *q, struct sk_buff *skb,
			    const struct txp *p)
{
	if (!p->csum_blank && p->gso == TXP_GSO_NONE) {
		skb->ip_summed = p->csum_valid ? CHECKSUM_UNNECESSARY :
						 CHECKSUM_NONE;
		return true;
	}
	if (p->gso != TXP_GSO_NONE && !p->csum_blank) {
		/* frontends of old forgot the flag, and the sum as well */
		q->stats->tx_gso_fixup++;
		skb->ip_summed = CHECKSUM_PARTIAL;
		return !skb_checksum_setup(skb, true);
	}
	skb->ip_summed = CHECKSUM_PARTIAL;
	if (skb_checksum_setup(skb, false))
		return false; /* a sum of what has none */
	if (p->gso != TXP_GSO_NONE || skb->ip_summed != CHECKSUM_PARTIAL ||
	    skb->len > TX_LINEAR)
		return true;
	if (skb_checksum_help(skb))
		return false;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	q->stats->tx_csum_done++;
	return true;
}

/* TCP's options belong to the headers: some NICs stop when they are not. */
static bool pull_tcp_header(struct sk_buff *skb)
{
	unsigned int at = skb_transport_offset(skb);

	if (skb->csum_offset != offsetof(struct tcphdr, check))
		return false;
	if (!pskb_may_pull(skb, at + sizeof(struct tcphdr)))
		return false;
	return tcp_hdrlen(skb) >= sizeof(struct tcphdr) &&
	       pskb_may_pull(skb, at + tcp_hdrlen(skb));
}

static bool finish_gso(struct queue *q, struct sk_buff *skb,
		       const struct txp *p)
{
	if (p->gso == TXP_GSO_NONE)
		return true;
	if (p->gso_size < TX_MIN_SEGMENT ||
	    skb->protocol != (p->gso == TXP_GSO_V4 ? htons(ETH_P_IP) :
						     htons(ETH_P_IPV6)))
		return false;
	if (!skb_transport_header_was_set(skb) ||
	    skb->ip_summed != CHECKSUM_PARTIAL || !pull_tcp_header(skb))
		return false;
	if (skb->len <= skb_transport_offset(skb) + tcp_hdrlen(skb))
		return false;
	skb_shinfo(skb)->gso_size = p->gso_size;
	skb_shinfo(skb)->gso_type =
		SKB_GSO_DODGY |
		(p->gso == TXP_GSO_V4 ? SKB_GSO_TCPV4 : SKB_GSO_TCPV6);
	skb_shinfo(skb)->gso_segs = DIV_ROUND_UP(
		skb->len - skb_transport_offset(skb) - tcp_hdrlen(skb),
		p->gso_size);
	q->stats->tx_gso++;
	return true;
}

static void packet_receive(struct queue *q, struct tx_packet *packet)
{
	struct sk_buff *skb = packet->skb;
	const struct txp *p = &packet->p;
	struct queue_stats *stats = q->stats;

	stats->tx_packets++;
	stats->tx_bytes += skb->len;
	skb_record_rx_queue(skb, q->index);
	skb->protocol = eth_type_trans(skb, q->vif->dev);
	skb_reset_network_header(skb);
	if (skb_is_nonlinear(skb) && !p->csum_blank && !p->gso &&
	    skb_headlen(skb) < TX_HEADER)
		__pskb_pull_tail(skb,
				 min(skb->len, TX_HEADER) - skb_headlen(skb));
	if (!finish_checksum(q, skb, p) || !finish_gso(q, skb, p)) {
		stats->tx_errors++;
		dev_kfree_skb_any(skb);
		return;
	}
	if (p->hash_type)
		skb_set_hash(skb, p->hash, hash_type_of(p->hash_type - 1));
	if (q->maps) /* merging does not know whose pages they are */
		netif_receive_skb(skb);
	else
		napi_gro_receive(&q->tx_napi, skb);
}

static void tx_deliver(struct queue *q, struct scratch *s)
{
	struct bpf_prog *prog;
	bool redirected = false;
	unsigned int n;

	rcu_read_lock();
	prog = rcu_dereference(q->vif->xdp_prog);
	for (n = 0; n < s->nr_packets; n++) {
		struct tx_packet *packet = &s->packets[n];

		if (packet->p.verdict == TXP_DROP)
			q->stats->tx_dropped++;
		if (packet->page && !xdp_run(q, prog, s, packet, &redirected))
			continue;
		if (packet->skb)
			packet_receive(q, packet);
	}
	if (redirected)
		xdp_do_flush();
	rcu_read_unlock();
}

bool tx_has_work(struct queue *q)
{
	return RING_HAS_UNCONSUMED_REQUESTS(&q->tx) != 0;
}

/*
 * A poll with little to do re-arms the event at once, so that a lone packet is
 * seen at once. While packets keep coming, the core's timer polls first
 * (napi_defer_hard_irqs, gro_flush_timeout): the guest then has no reason to
 * send events.
 */
static bool tx_complete(struct queue *q, unsigned int work)
{
	unsigned int busy = q->busy;

	busy += work - busy / 8;
	q->busy = min(busy, 8 * TX_BATCH);
	return napi_complete_done(&q->tx_napi, q->busy >= 8 ? work : 0);
}

int tx_poll(struct napi_struct *napi, int budget)
{
	struct queue *q = container_of(napi, struct queue, tx_napi);
	struct scratch *s;
	int more;

	if (unlikely(test_bit(VIF_BROKEN, q->vif->flags) || budget <= 0)) {
		if (budget > 0)
			napi_complete_done(napi, 0);
		return 0;
	}
	s = scratch_get();
	q->stats->tx_polls++;
	q->throttled = false;
	map_reap(q);
	tx_collect(q, s, min_t(unsigned int, budget, TX_BATCH));
	if (s->nr_packets) {
		tx_finish(q, s);
		tx_deliver(q, s);
	}
	if (s->nr_packets >= min_t(unsigned int, budget, TX_BATCH))
		return budget;
	if (!tx_complete(q, s->nr_packets))
		return s->nr_packets;
	tx_announce(q);
	if (test_bit(VIF_BROKEN, q->vif->flags))
		return s->nr_packets;
	if (q->throttled) {
		queue_eoi(q, EOI_TX | EOI_COMMON, 0);
		return s->nr_packets;
	}
	RING_FINAL_CHECK_FOR_REQUESTS(&q->tx, more);
	if (more)
		napi_schedule(napi);
	else
		queue_eoi(q, EOI_TX | EOI_COMMON, 0);
	return s->nr_packets;
}
