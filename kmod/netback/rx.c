// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest's receive: packets of dom0's network stack into the guest's buffers.
 *
 * start_xmit only queues and schedules the poll, which runs before softirqs
 * are off again: what one burst sends is copied by one hypercall, answered
 * together and announced by one event. What waits is bounded by bytes (the
 * stack is told to stop) and by time: a guest that does not read loses its
 * packets after rx_drain_ms, and its carrier after rx_stall_ms.
 */
#include "netback.h"

#include <xen/events.h>

/* jiffies that a packet waits with pages of another guest */
#define RX_BORROW (HZ / 10)

struct rx_cb {
	unsigned long expires; /* jiffies */
};

#define RX_CB(skb) ((struct rx_cb *)(skb)->cb)

bool rx_has_work(struct queue *q)
{
	return !skb_queue_empty_lockless(&q->rx_queue) || q->stalled;
}

/* Ring slots for a packet. */
static unsigned int rx_slots(const struct queue *q, const struct sk_buff *skb)
{
	unsigned int n = DIV_ROUND_UP(skb->len + q->headroom, XEN_PAGE_SIZE);

	n += skb_is_gso(skb);
	n += q->headroom > 0;
	n += q->vif->ctrl != NULL; /* a hash, perhaps */
	return n;
}

/* Copies for a packet, at most: its pieces, and one more per slot. */
static unsigned int rx_pieces(const struct sk_buff *skb)
{
	const struct skb_shared_info *info = skb_shinfo(skb);
	unsigned int n = 1 + DIV_ROUND_UP(skb_headlen(skb), PAGE_SIZE), i;
	struct sk_buff *part;

	for (i = 0; i < info->nr_frags; i++)
		n += DIV_ROUND_UP(
			offset_in_page(skb_frag_off(&info->frags[i])) +
				skb_frag_size(&info->frags[i]),
			PAGE_SIZE);
	skb_walk_frags(skb, part) n += rx_pieces(part);
	return n;
}

/* Are @need slots there? If not, ask for an event when they are. */
static bool rx_room(struct queue *q, unsigned int need)
{
	struct xen_netif_rx_sring *sring = q->rx.sring;
	RING_IDX cons = q->rx.req_cons, prod;

	do {
		prod = READ_ONCE(sring->req_prod);
		if (prod - cons > VIF_RING) {
			vif_broken(q->vif,
				   "receive ring's producer is impossible");
			return false;
		}
		if (prod - cons >= need) {
			virt_rmb(); /* requests after their producer */
			return true;
		}
		sring->req_event = cons + need;
		virt_mb(); /* the wish before the second look */
	} while (READ_ONCE(sring->req_prod) != prod);
	return false;
}

/* Take a request from the ring as the next answer. */
static struct rx_slot *rx_take(struct queue *q, struct scratch *s, u32 *gref)
{
	struct rx_slot *slot = &s->slots[s->nr_slots++];
	struct xen_netif_rx_request req;

	RING_COPY_REQUEST(&q->rx, q->rx.req_cons, &req);
	q->rx.req_cons++;
	*slot = (struct rx_slot){ .id = req.id, .first_op = s->nr_ops };
	*gref = req.gref;
	return slot;
}

static void rx_extra(struct queue *q, struct scratch *s,
		     const struct xen_netif_extra_info *extra, bool more)
{
	struct xen_netif_extra_info copy = *extra;
	struct rx_slot *slot;
	u32 gref;

	BUILD_BUG_ON(sizeof(copy) != sizeof(slot->raw));
	slot = rx_take(q, s, &gref);
	slot->extra = true;
	copy.flags = more ? XEN_NETIF_EXTRA_FLAG_MORE : 0;
	memcpy(&slot->raw, &copy, sizeof(copy));
}

static void rx_extras(struct queue *q, struct scratch *s,
		      const struct sk_buff *skb)
{
	struct xen_netif_extra_info extra[3] = {};
	unsigned int n = 0, i;
	struct hash_conf *hash;

	if (skb_is_gso(skb)) {
		extra[n].type = XEN_NETIF_EXTRA_TYPE_GSO;
		extra[n].u.gso.size = skb_shinfo(skb)->gso_size;
		extra[n++].u.gso.type = skb_shinfo(skb)->gso_type &
							SKB_GSO_TCPV6 ?
						XEN_NETIF_GSO_TYPE_TCPV6 :
						XEN_NETIF_GSO_TYPE_TCPV4;
	}
	if (q->headroom) {
		extra[n].type = XEN_NETIF_EXTRA_TYPE_XDP;
		extra[n++].u.xdp.headroom = q->headroom;
	}
	hash = rcu_dereference_bh(q->vif->hash);
	if (hash && skb->hash) {
		extra[n].type = XEN_NETIF_EXTRA_TYPE_HASH;
		extra[n].u.hash.type = hash_extra_type(skb);
		extra[n].u.hash.algorithm = hash->algorithm;
		memcpy(extra[n++].u.hash.value, &skb->hash, 4);
	}
	for (i = 0; i < n; i++)
		rx_extra(q, s, &extra[i], i + 1 < n);
}

static void rx_op(struct queue *q, struct scratch *s, const void *from,
		  u32 gref, u16 offset, u16 len)
{
	struct gnttab_copy *op = &s->ops[s->nr_ops++];
	struct xen_page_foreign *foreign;

	*op = (struct gnttab_copy){
		.dest.u.ref = gref,
		.dest.domid = q->vif->domid,
		.dest.offset = offset,
		.source.domid = DOMID_SELF,
		.source.offset = offset_in_page(from),
		.len = len,
		.flags = GNTCOPY_dest_gref,
	};
	foreign = xen_page_foreign(virt_to_page(from));
	if (foreign) {
		op->source.u.ref = foreign->gref;
		op->source.domid = foreign->domid;
		op->flags |= GNTCOPY_source_gref;
	} else {
		op->source.u.gmfn = virt_to_gfn(from);
	}
}

static u16 rx_flags(const struct sk_buff *skb)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL)
		return XEN_NETRXF_csum_blank | XEN_NETRXF_data_validated;
	if (skb->ip_summed == CHECKSUM_UNNECESSARY)
		return XEN_NETRXF_data_validated;
	return 0;
}

/* Fill slots with the packet's bytes; extras go behind the first slot. */
static void rx_build(struct queue *q, struct scratch *s, struct sk_buff *skb)
{
	unsigned int room = 0, offset = 0, done = 0, len, n;
	struct rx_slot *slot = NULL;
	struct skb_seq_state seq;
	const u8 *data;
	u32 gref = 0;

	skb_prepare_seq_read(skb, 0, skb->len, &seq);
	while ((len = skb_seq_read(done, &data, &seq))) {
		done += len;
		while (len) {
			if (!room) {
				bool first = !slot;

				if (slot)
					slot->flags |= XEN_NETRXF_more_data;
				slot = rx_take(q, s, &gref);
				offset = first ? q->headroom : 0;
				room = XEN_PAGE_SIZE - offset;
				slot->offset = offset;
				if (first) {
					n = s->nr_slots;
					slot->flags = rx_flags(skb);
					rx_extras(q, s, skb);
					if (s->nr_slots > n)
						slot->flags |=
							XEN_NETRXF_extra_info;
				}
			}
			n = min3(len, room,
				 (unsigned int)(PAGE_SIZE -
						offset_in_page(data)));
			rx_op(q, s, data, gref, offset, n);
			slot->nr_ops++;
			slot->len += n;
			offset += n;
			room -= n;
			data += n;
			len -= n;
		}
	}
	q->stats->rx_gso += skb_is_gso(skb);
}

/* Have it all copied, answer, and announce it by one event. */
static void rx_finish(struct queue *q, struct scratch *s)
{
	struct xen_netif_rx_response *rsp;
	unsigned int i, op;
	int notify;

	scratch_copy(s->ops, s->nr_ops, &q->stats->rx_hypercalls);
	q->stats->rx_copies += s->nr_ops;
	q->stats->rx_slots += s->nr_slots;
	for (i = 0; i < s->nr_slots; i++) {
		struct rx_slot *slot = &s->slots[i];
		s16 status = slot->len;

		rsp = RING_GET_RESPONSE(&q->rx, q->rx.rsp_prod_pvt);
		q->rx.rsp_prod_pvt++;
		if (slot->extra) {
			memcpy(rsp, &slot->raw, sizeof(slot->raw));
			continue;
		}
		for (op = 0; op < slot->nr_ops; op++) {
			if (s->ops[slot->first_op + op].status == GNTST_okay)
				continue;
			status = XEN_NETIF_RSP_ERROR;
			q->stats->rx_errors++;
			break;
		}
		WRITE_ONCE(rsp->id, slot->id);
		WRITE_ONCE(rsp->offset, slot->offset);
		WRITE_ONCE(rsp->flags, slot->flags);
		WRITE_ONCE(rsp->status, status);
	}
	RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&q->rx, notify);
	if (notify) {
		notify_remote_via_irq(q->rx_irq);
		q->stats->rx_events++;
	}
}

static struct netdev_queue *rx_txq(struct queue *q)
{
	return netdev_get_tx_queue(q->vif->dev, q->index);
}

static struct sk_buff *rx_dequeue(struct queue *q)
{
	struct sk_buff *skb;

	spin_lock(&q->rx_queue.lock);
	skb = __skb_dequeue(&q->rx_queue);
	if (skb) {
		q->rx_bytes -= skb->len;
		if (q->rx_bytes < VIF_RX_QUEUE_BYTES / 2 &&
		    netif_tx_queue_stopped(rx_txq(q)))
			netif_tx_wake_queue(rx_txq(q));
	}
	spin_unlock(&q->rx_queue.lock);
	return skb;
}

/*
 * Packets that wait for long get pages of their own: those of the guest that
 * sent them (map.c) go back to it. Without memory they wait until they expire.
 */
static bool rx_borrows_long(const struct queue *q)
{
	return READ_ONCE(q->rx_full) &&
	       time_after(jiffies, q->rx_full_since + RX_BORROW);
}

static void rx_give_back(struct queue *q)
{
	struct sk_buff *skb;

	spin_lock(&q->rx_queue.lock);
	skb_queue_walk(&q->rx_queue, skb) skb_orphan_frags(skb, GFP_ATOMIC);
	spin_unlock(&q->rx_queue.lock);
}

/* Context: softirqs off. Takes the packet. */
void rx_enqueue(struct queue *q, struct sk_buff *skb)
{
	unsigned int drain = q->vif->caps.rx_notify ? rx_drain_ms : 30;

	RX_CB(skb)->expires = jiffies + msecs_to_jiffies(drain);
	if (rx_borrows_long(q))
		skb_orphan_frags(skb, GFP_ATOMIC);
	spin_lock(&q->rx_queue.lock);
	if (q->rx_bytes >= 2 * VIF_RX_QUEUE_BYTES) {
		/* redirected frames do not heed a stopped queue */
		spin_unlock(&q->rx_queue.lock);
		atomic64_inc(&q->stats->rx_dropped);
		dev_kfree_skb_any(skb);
		return;
	}
	__skb_queue_tail(&q->rx_queue, skb);
	q->rx_bytes += skb->len;
	if (q->rx_bytes >= VIF_RX_QUEUE_BYTES)
		netif_tx_stop_queue(rx_txq(q));
	spin_unlock(&q->rx_queue.lock);
	napi_schedule(&q->rx_napi);
}

void rx_purge(struct queue *q)
{
	struct sk_buff *skb;

	local_bh_disable();
	while ((skb = rx_dequeue(q))) {
		atomic64_inc(&q->stats->rx_dropped);
		dev_kfree_skb_any(skb);
	}
	local_bh_enable();
}

/* The guest has no room for the first packet. Has it had its time? */
static void rx_check_time(struct queue *q)
{
	struct sk_buff *skb;

	while ((skb = skb_peek(&q->rx_queue)) &&
	       time_after_eq(jiffies, RX_CB(skb)->expires)) {
		dev_kfree_skb_any(rx_dequeue(q));
		q->stats->rx_expired++;
	}
	if (!q->rx_full) {
		q->rx_full_since = jiffies;
		q->rx_full = true;
	}
	if (rx_borrows_long(q))
		rx_give_back(q);
	if (skb)
		mod_timer(&q->rx_timer,
			  rx_borrows_long(q) ?
				  RX_CB(skb)->expires + 1 :
				  q->rx_full_since + RX_BORROW + 1);
	if (!q->stalled && q->vif->caps.rx_notify &&
	    time_after(jiffies,
		       q->rx_full_since + msecs_to_jiffies(rx_stall_ms))) {
		q->stalled = true;
		q->stats->rx_stalls++;
		set_bit(VIF_STALLED, q->vif->flags);
		queue_work(vif_wq, &q->vif->work);
	}
}

static void rx_unstall(struct queue *q)
{
	q->rx_full = false;
	if (!q->stalled)
		return;
	q->stalled = false;
	set_bit(VIF_STALLED, q->vif->flags);
	queue_work(vif_wq, &q->vif->work);
}

/*
 * One batch into @done. Returns whether the poll has more to do; without room
 * in the ring it has not, and an event will come.
 */
static bool rx_batch(struct queue *q, struct scratch *s,
		     struct sk_buff_head *done)
{
	struct sk_buff *skb;
	unsigned int need, pieces;

	while ((skb = skb_peek(&q->rx_queue))) {
		if (skb_queue_len(done) >= RX_BATCH)
			return true;
		need = rx_slots(q, skb);
		if (!rx_room(q, need)) {
			rx_check_time(q);
			return false;
		}
		rx_unstall(q);
		pieces = rx_pieces(skb) + need;
		if (pieces > COPY_OPS || need > TXP_MAX_SLOTS + 3) {
			dev_kfree_skb_any(rx_dequeue(q));
			q->stats->rx_errors++;
			continue;
		}
		if (s->nr_ops + pieces > COPY_OPS ||
		    s->nr_slots + need > VIF_RING)
			return true;
		rx_dequeue(q);
		rx_build(q, s, skb);
		__skb_queue_tail(done, skb);
	}
	return false;
}

int rx_poll(struct napi_struct *napi, int budget)
{
	struct queue *q = container_of(napi, struct queue, rx_napi);
	struct sk_buff_head done;
	struct sk_buff *skb;
	struct scratch *s;
	bool more;

	if (unlikely(test_bit(VIF_BROKEN, q->vif->flags) || budget <= 0)) {
		if (budget > 0)
			napi_complete(napi);
		return 0;
	}
	__skb_queue_head_init(&done);
	s = scratch_get();
	q->stats->rx_polls++;
	/* a frontend may change it at any time: all of a poll uses one value */
	q->headroom = READ_ONCE(q->vif->xdp_headroom);
	if (q->stalled && skb_queue_empty(&q->rx_queue) && rx_room(q, 1))
		rx_unstall(q);
	more = rx_batch(q, s, &done);
	if (s->nr_slots)
		rx_finish(q, s);
	while ((skb = __skb_dequeue(&done))) {
		q->stats->rx_packets++;
		q->stats->rx_bytes += skb->len;
		napi_consume_skb(skb, budget);
	}
	if (more)
		return budget;
	napi_complete(napi);
	queue_eoi(q, EOI_RX | EOI_COMMON, 0);
	return 0;
}

static bool mcast_wanted(struct vif *vif, const u8 *addr)
{
	struct vif_mcast *m;

	if (!READ_ONCE(vif->mcast_control) || is_broadcast_ether_addr(addr) ||
	    !is_multicast_ether_addr(addr))
		return true;
	list_for_each_entry_rcu(m, &vif->mcast, link)
	{
		if (ether_addr_equal(m->addr, addr))
			return true;
	}
	return false;
}

netdev_tx_t rx_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct vif *vif = netdev_priv(dev);
	struct conn *conn = rcu_dereference_bh(vif->conn);
	unsigned int index = skb_get_queue_mapping(skb);
	struct queue *q;

	if (!conn || !netif_carrier_ok(dev)) {
		dev_kfree_skb_any(skb);
		dev->stats.tx_dropped++;
		return NETDEV_TX_OK;
	}
	q = &conn->queues[index < conn->nr_queues ? index : 0];
	if (!mcast_wanted(vif, eth_hdr(skb)->h_dest)) {
		atomic64_inc(&q->stats->rx_dropped);
		dev_kfree_skb_any(skb);
		return NETDEV_TX_OK;
	}
	skb_tx_timestamp(skb);
	rx_enqueue(q, skb);
	return NETDEV_TX_OK;
}
