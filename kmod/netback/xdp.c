// SPDX-License-Identifier: GPL-2.0-only
/*
 * XDP on a vif: a program sees what the guest sends, in the page it was copied
 * to, before there is an skb. A packet must fit in that page; larger ones (the
 * guest's segmentation offload) are dropped and counted while a program is
 * there.
 */
#include "netback.h"

#include <linux/bpf.h>
#include <linux/bpf_trace.h>
#include <linux/filter.h>
#include <linux/rtnetlink.h>

/* An skb around the page; it owns the page from then on. */
static struct sk_buff *build(struct xdp_buff *xdp)
{
	struct sk_buff *skb = napi_build_skb(xdp->data_hard_start, PAGE_SIZE);

	if (!skb)
		return NULL;
	skb_reserve(skb, xdp->data - xdp->data_hard_start);
	__skb_put(skb, xdp->data_end - xdp->data);
	if (xdp->data > xdp->data_meta)
		skb_metadata_set(skb, xdp->data - xdp->data_meta);
	skb_mark_for_recycle(skb);
	return skb;
}

/* Back to the guest, as if the network had sent it. */
static bool send_back(struct queue *q, struct xdp_buff *xdp)
{
	struct sk_buff *skb = build(xdp);

	if (!skb)
		return false;
	skb->dev = q->vif->dev;
	skb_reset_mac_header(skb);
	rx_enqueue(q, skb);
	return true;
}

/**
 * xdp_run() - let the program judge a packet that is alone in its page
 * @redirected: set when the caller must xdp_do_flush() after its last packet
 *
 * Returns whether the packet goes on to the stack, as packet->skb.
 * Context: tx poll, RCU.
 */
bool xdp_run(struct queue *q, struct bpf_prog *prog, struct scratch *s,
	     struct tx_packet *packet, bool *redirected)
{
	struct xdp_rxq_info rxq = q->rxq;
	void *start = page_address(packet->page);
	struct page *page = packet->page;
	struct xdp_buff xdp;
	u32 act = XDP_PASS;

	packet->page = NULL;
	rxq.mem = s->mem;
	xdp_init_buff(&xdp, PAGE_SIZE, &rxq);
	xdp_prepare_buff(&xdp, start, XDP_PACKET_HEADROOM, packet->p.size,
			 true);
	if (prog)
		act = bpf_prog_run_xdp(prog, &xdp);
	switch (act) {
	case XDP_PASS:
		q->stats->xdp_pass++;
		packet->skb = build(&xdp);
		if (packet->skb)
			return true;
		break;
	case XDP_TX:
		if (send_back(q, &xdp)) {
			q->stats->xdp_tx++;
			return false;
		}
		break;
	case XDP_REDIRECT:
		if (!xdp_do_redirect(q->vif->dev, &xdp, prog)) {
			q->stats->xdp_redirect++;
			*redirected = true;
			return false;
		}
		break;
	case XDP_DROP:
		q->stats->xdp_drop++;
		page_pool_recycle_direct(s->pool, page);
		return false;
	default:
		bpf_warn_invalid_xdp_action(q->vif->dev, prog, act);
		break;
	}
	trace_xdp_exception(q->vif->dev, prog, act);
	q->stats->xdp_error++;
	page_pool_recycle_direct(s->pool, page);
	return false;
}

/* Attach or detach a program. Context: RTNL. */
int vif_bpf(struct net_device *dev, struct netdev_bpf *bpf)
{
	struct vif *vif = netdev_priv(dev);
	struct bpf_prog *old;

	if (bpf->command != XDP_SETUP_PROG)
		return -EINVAL;
	old = rcu_replace_pointer(vif->xdp_prog, bpf->prog,
				  lockdep_rtnl_is_held());
	if (old)
		bpf_prog_put(old); /* which waits for those who run it */
	return 0;
}

/* Frames that another device redirects to the guest. Context: softirq. */
int vif_xdp_xmit(struct net_device *dev, int n, struct xdp_frame **frames,
		 u32 flags)
{
	struct vif *vif = netdev_priv(dev);
	struct conn *conn = rcu_dereference_bh(vif->conn);
	struct queue *q;
	int i;

	if (!conn || !netif_carrier_ok(dev))
		return -ENETDOWN;
	q = &conn->queues[smp_processor_id() % conn->nr_queues];
	for (i = 0; i < n; i++) {
		struct xdp_frame *frame = frames[i];
		struct sk_buff *skb = xdp_build_skb_from_frame(frame, dev);

		if (!skb)
			break;
		/* that took the Ethernet header off */
		skb_push(skb, skb->data - skb_mac_header(skb));
		rx_enqueue(q, skb);
	}
	return i;
}
