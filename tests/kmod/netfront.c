// SPDX-License-Identifier: GPL-2.0-only
/*
 * A network frontend that behaves, then misbehaves. Load it in dom0, where no
 * real frontend serves "vif", and make the nodes of a vif of domain 0:
 *
 *	insmod hospes_test_netfront.ko sessions=20 seed=1
 *
 * A session connects, sends frames in slots of all shapes and receives what it
 * sends to itself through dom0's end (each byte is compared), then sends
 * nonsense and changes slots that were sent already. Each request must get one
 * response. A session ends by a request that no backend may go on after, or in
 * peace; either way the backend must let go of every page, and take the next
 * session. The verdict is one line in the log, "hospes_test_netfront: passed"
 * or "failed".
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include "netfront.h"

static unsigned int sessions = 20;
module_param(sessions, uint, 0444);
unsigned int rounds = 30;
module_param(rounds, uint, 0444);
static unsigned int seed = 1;
module_param(seed, uint, 0444);

u32 rnd(struct emu *emu, u32 below)
{
	return prandom_u32_state(&emu->rnd) % below;
}

void failure(struct emu *emu, const char *what, u64 value)
{
	if (emu->failures++ < 10)
		pr_err("%s (%llu)\n", what, value);
}

bool connected(struct emu *emu)
{
	return READ_ONCE(emu->backend) == XenbusStateConnected;
}

bool wait_state(struct emu *emu, u32 states)
{
	if (wait_event_timeout(emu->wait, BIT(READ_ONCE(emu->backend)) & states,
			       TIMEOUT_S * HZ))
		return true;
	failure(emu, "the backend stays in its state", emu->backend);
	return false;
}

static irqreturn_t emu_interrupt(int irq, void *arg)
{
	struct emu *emu = arg;

	wake_up(&emu->wait);
	return IRQ_HANDLED;
}

/* Frames */

void make_frame(struct emu *emu, unsigned int len)
{
	struct ethhdr *eth = (void *)emu->frame;

	prandom_bytes_state(&emu->rnd, emu->frame, len);
	memset(eth->h_dest, 0xff, ETH_ALEN);
	eth->h_dest[0] = 0xfe;
	memset(eth->h_source, 2, ETH_ALEN);
	eth->h_proto = htons(PROTO);
	emu->frame_len = len;
	emu->arrived = 0;
}

/* What dom0's network stack sees on the vif. */
static int sniff(struct sk_buff *skb, struct net_device *dev,
		 struct packet_type *type, struct net_device *orig)
{
	struct emu *emu = container_of(type, struct emu, sniffer);
	unsigned int len = skb->len + ETH_HLEN;

	if (emu->frame_len && skb->pkt_type != PACKET_OUTGOING) {
		if (len != emu->frame_len ||
		    skb_copy_bits(skb, -ETH_HLEN, emu->got, len) ||
		    memcmp(emu->got, emu->frame, len))
			failure(emu, "another frame came out", len);
		WRITE_ONCE(emu->arrived, emu->arrived + 1);
		wake_up(&emu->wait);
	}
	kfree_skb(skb);
	return 0;
}

/* Transmit */

static void tx_collect(struct emu *emu)
{
	struct xen_netif_tx_response rsp;
	RING_IDX prod;

	for (;;) {
		prod = READ_ONCE(emu->tx.sring->rsp_prod);
		virt_rmb();
		while (emu->tx.rsp_cons != prod) {
			RING_COPY_RESPONSE(&emu->tx, emu->tx.rsp_cons, &rsp);
			emu->tx.rsp_cons++;
			if (rsp.status == XEN_NETIF_RSP_NULL)
				continue;
			if (rsp.id >= RING || !emu->tx_pending[rsp.id])
				failure(emu, "a response to nothing", rsp.id);
			else
				emu->tx_pending[rsp.id] = false;
			emu->status = rsp.status;
			emu->errors += rsp.status == XEN_NETIF_RSP_ERROR;
		}
		emu->tx.sring->rsp_event = prod + 1;
		virt_mb();
		if (READ_ONCE(emu->tx.sring->rsp_prod) == prod)
			return;
	}
}

static bool tx_done(struct emu *emu)
{
	tx_collect(emu);
	return emu->tx.rsp_cons == emu->tx.req_prod_pvt || !connected(emu);
}

void tx_send(struct emu *emu)
{
	int notify;

	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&emu->tx, notify);
	if (notify)
		notify_remote_via_irq(emu->irq[0]);
}

void tx_drain(struct emu *emu)
{
	unsigned int i;

	if (!wait_event_timeout(emu->wait, tx_done(emu), TIMEOUT_S * HZ))
		failure(emu, "requests without a response",
			emu->tx.req_prod_pvt - emu->tx.rsp_cons);
	for (i = 0; connected(emu) && i < RING; i++) {
		if (emu->tx_pending[i])
			failure(emu, "a request whose id is not back", i);
		emu->tx_pending[i] = false;
	}
}

struct xen_netif_tx_request *tx_slot(struct emu *emu, grant_ref_t gref,
				     u16 offset, u16 size, u16 flags)
{
	RING_IDX at = emu->tx.req_prod_pvt;
	struct xen_netif_tx_request *req = RING_GET_REQUEST(&emu->tx, at);

	*req = (struct xen_netif_tx_request){
		.gref = gref,
		.offset = offset,
		.flags = flags,
		.id = at % RING,
		.size = size,
	};
	emu->tx_pending[at % RING] = true;
	emu->tx.req_prod_pvt++;
	emu->requests++;
	return req;
}

void tx_extra(struct emu *emu, u8 type, u8 flags)
{
	RING_IDX at = emu->tx.req_prod_pvt;
	struct xen_netif_extra_info *extra =
		(void *)RING_GET_REQUEST(&emu->tx, at);

	memset(extra, 0, sizeof(*extra));
	extra->type = type;
	extra->flags = flags;
	extra->u.mcast.addr[0] = 1;
	emu->tx.req_prod_pvt++;
	emu->requests++;
}

/* The frame, cut into at most @slots pieces that lie anywhere in their pages.
 */
static void tx_frame(struct emu *emu, unsigned int slots, bool hash)
{
	unsigned int left = emu->frame_len, n, room, offset, i = 0;
	struct xen_netif_tx_request *first = NULL, *req = NULL;

	while (left) {
		n = DIV_ROUND_UP(left, slots);
		if (slots > 1)
			n += rnd(emu, min_t(u32, PAGE_SIZE, left) - n + 1);
		room = PAGE_SIZE - n;
		offset = room ? rnd(emu, room + 1) : 0;
		memcpy(emu->page[GRANT_PAGES + i] + offset,
		       emu->frame + emu->frame_len - left, n);
		if (req)
			req->flags |= XEN_NETTXF_more_data;
		req = tx_slot(emu, emu->gref[GRANT_PAGES + i], offset, n, 0);
		if (!first) {
			first = req;
			if (hash) {
				first->flags |= XEN_NETTXF_extra_info;
				tx_extra(emu, XEN_NETIF_EXTRA_TYPE_HASH, 0);
			}
		}
		left -= n;
		slots--;
		i++;
	}
	first->size = emu->frame_len;
	emu->frames++;
}

static const unsigned int sizes[] = { 14,   15,	  60,	61,    128,   129,
				      1514, 1600, 1601, 4095,  4097,  9014,
				      8192, 5000, 1,	16384, 32768, 65000 };

static void behave_tx(struct emu *emu)
{
	unsigned int i, len;

	for (i = 0; i < ARRAY_SIZE(sizes) && connected(emu); i++) {
		len = max_t(unsigned int, sizes[i], ETH_HLEN);
		make_frame(emu, len);
		tx_frame(emu,
			 min(len,
			     1 + DIV_ROUND_UP(len, PAGE_SIZE) + rnd(emu, 3)),
			 rnd(emu, 2));
		tx_send(emu);
		tx_drain(emu);
		if (emu->status != XEN_NETIF_RSP_OKAY)
			failure(emu, "a good frame is refused", len);
		if (!wait_event_timeout(emu->wait, READ_ONCE(emu->arrived),
					TIMEOUT_S * HZ))
			failure(emu, "a frame is lost", len);
	}
	emu->frame_len = 0;
}

/* Receive */

static void rx_post(struct emu *emu, bool fair)
{
	RING_IDX at = emu->rx.req_prod_pvt;
	struct xen_netif_rx_request *req;
	int notify;

	while (at - emu->rx.rsp_cons < NR_RX) {
		req = RING_GET_REQUEST(&emu->rx, at);
		req->id = at % NR_RX;
		req->gref = fair || rnd(emu, 4) ?
				    emu->gref[GRANT_BUFFERS + at % NR_RX] :
				    emu->gref[GRANT_READ_ONLY];
		at++;
	}
	emu->rx.req_prod_pvt = at;
	RING_PUSH_REQUESTS_AND_CHECK_NOTIFY(&emu->rx, notify);
	if (notify)
		notify_remote_via_irq(emu->irq[emu->split]);
}

/* Takes the bytes of one slot, if they are where they may be. */
static void rx_take(struct emu *emu, const struct xen_netif_rx_response *rsp,
		    RING_IDX at, bool first, unsigned int *len)
{
	if (rsp->offset + rsp->status > PAGE_SIZE ||
	    *len + rsp->status > FRAME_MAX) {
		failure(emu, "more than a buffer holds", rsp->status);
		return;
	}
	if (first && rsp->offset != emu->headroom)
		failure(emu, "another headroom", rsp->offset);
	memcpy(emu->got + *len,
	       emu->page[GRANT_BUFFERS + at % NR_RX] + rsp->offset,
	       rsp->status);
	*len += rsp->status;
}

/*
 * Takes the next frame, of @len bytes, into emu->got. Returns 0, or -EIO when
 * one of its slots had an error, or -EAGAIN when there is none.
 */
static int rx_collect(struct emu *emu, unsigned int *len)
{
	bool extra = false, more = true, first = true;
	struct xen_netif_rx_response rsp;
	struct xen_netif_extra_info info;
	RING_IDX at, prod = READ_ONCE(emu->rx.sring->rsp_prod);
	int result = 0;

	virt_rmb();
	*len = 0;
	if (emu->rx.rsp_cons == prod)
		return -EAGAIN;
	while ((more || extra) && emu->rx.rsp_cons != prod) {
		at = emu->rx.rsp_cons++;
		if (extra) {
			memcpy(&info, RING_GET_RESPONSE(&emu->rx, at),
			       sizeof(info));
			extra = info.flags & XEN_NETIF_EXTRA_FLAG_MORE;
			continue;
		}
		RING_COPY_RESPONSE(&emu->rx, at, &rsp);
		if (rsp.id != at % NR_RX)
			failure(emu, "a buffer is answered out of turn",
				rsp.id);
		if (rsp.status < 0)
			result = -EIO;
		else
			rx_take(emu, &rsp, at, first, len);
		first = false;
		extra = rsp.flags & XEN_NETRXF_extra_info;
		more = rsp.flags & XEN_NETRXF_more_data;
	}
	if (more || extra)
		failure(emu, "half a frame", *len);
	emu->rx.sring->rsp_event = emu->rx.rsp_cons + 1;
	virt_mb();
	return result;
}

static bool rx_any(struct emu *emu)
{
	return READ_ONCE(emu->rx.sring->rsp_prod) != emu->rx.rsp_cons ||
	       !connected(emu);
}

static bool inject(struct emu *emu, struct net_device *vif)
{
	unsigned int linear = min(emu->frame_len, 128u);
	struct sk_buff *skb;
	int err;

	skb = alloc_skb_with_frags(linear + LL_RESERVED_SPACE(vif),
				   emu->frame_len - linear, 0, &err,
				   GFP_KERNEL);
	if (!skb)
		return false;
	skb_reserve(skb, LL_RESERVED_SPACE(vif));
	skb_put(skb, linear);
	skb->data_len = emu->frame_len - linear;
	skb->len += skb->data_len;
	skb_store_bits(skb, 0, emu->frame, emu->frame_len);
	skb->dev = vif;
	skb->protocol = htons(PROTO);
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	return dev_queue_xmit(skb) == NET_XMIT_SUCCESS;
}

/* The next frame that is ours: dom0 sends others as well. */
static bool rx_ours(struct emu *emu, bool fair)
{
	struct ethhdr *eth = (void *)emu->got;
	unsigned int len;
	int result;

	for (;;) {
		rx_post(emu, fair);
		if (!wait_event_timeout(emu->wait, rx_any(emu), TIMEOUT_S * HZ))
			return false;
		result = rx_collect(emu, &len);
		if (result == -EAGAIN)
			return !connected(emu);
		if (!fair)
			return true;
		if (result)
			failure(emu, "a good buffer has an error", len);
		if (result || eth->h_proto != htons(PROTO))
			continue;
		if (len != emu->frame_len || memcmp(emu->got, emu->frame, len))
			failure(emu, "received another frame", len);
		return true;
	}
}

static void behave_rx(struct emu *emu, struct net_device *vif, bool fair)
{
	unsigned int i, len;

	for (i = 0; i < ARRAY_SIZE(sizes) && connected(emu); i++) {
		len = max_t(unsigned int, sizes[i], ETH_HLEN);
		make_frame(emu, len);
		rx_post(emu, fair);
		if (!inject(emu, vif))
			failure(emu, "dom0's end takes no frame", len);
		else if (!rx_ours(emu, fair))
			failure(emu, "a frame is not received", len);
		emu->frames++;
	}
	emu->frame_len = 0;
}

/* Connecting and letting go */

static bool grants_make(struct emu *emu)
{
	unsigned int i;
	int ref;

	for (i = 0; i < NR_GRANTS; i++) {
		emu->page[i] = i == GRANT_READ_ONLY ?
				       emu->page[GRANT_PAGES] :
				       (void *)get_zeroed_page(GFP_KERNEL);
		if (!emu->page[i])
			return false;
		emu->nr_grants = i + 1;
		ref = gnttab_grant_foreign_access(emu->dev->otherend_id,
						  virt_to_gfn(emu->page[i]),
						  i == GRANT_READ_ONLY);
		emu->gref[i] = ref < 0 ? 0 : ref;
		if (ref < 0)
			return false;
	}
	return true;
}

static void grants_end(struct emu *emu)
{
	unsigned int i;

	for (i = 0; i < emu->nr_grants; i++) {
		if (emu->gref[i] &&
		    !gnttab_try_end_foreign_access(emu->gref[i])) {
			failure(emu, "the backend keeps a page", i);
			continue;
		}
		if (i != GRANT_READ_ONLY)
			free_page((unsigned long)emu->page[i]);
	}
	emu->nr_grants = 0;
}

static bool events_make(struct emu *emu)
{
	unsigned int i;
	int irq;

	for (i = 0; i < 3; i++) {
		if (xenbus_alloc_evtchn(emu->dev, &emu->port[i]))
			return false;
		irq = bind_evtchn_to_irqhandler(emu->port[i], emu_interrupt, 0,
						"test-netfront", emu);
		if (irq < 0)
			return false;
		emu->irq[i] = irq;
	}
	return true;
}

static void events_end(struct emu *emu)
{
	unsigned int i;

	for (i = 0; i < 3; i++) {
		if (emu->irq[i])
			unbind_from_irqhandler(emu->irq[i], emu);
		emu->irq[i] = 0;
	}
}

static void put(struct emu *emu, const char *key, unsigned int value)
{
	if (xenbus_printf(XBT_NIL, emu->dev->nodename, key, "%u", value))
		failure(emu, "xenstore takes no node", value);
}

static void write_nodes(struct emu *emu)
{
	const char *dir = emu->dev->nodename;

	xenbus_rm(XBT_NIL, dir, "event-channel");
	xenbus_rm(XBT_NIL, dir, "event-channel-tx");
	xenbus_rm(XBT_NIL, dir, "event-channel-rx");
	xenbus_rm(XBT_NIL, dir, "ctrl-ring-ref");
	put(emu, "tx-ring-ref", emu->gref[GRANT_TX]);
	put(emu, "rx-ring-ref", emu->gref[GRANT_RX]);
	if (emu->split) {
		put(emu, "event-channel-tx", emu->port[0]);
		put(emu, "event-channel-rx", emu->port[1]);
	} else {
		put(emu, "event-channel", emu->port[0]);
	}
	if (emu->ctrl) {
		put(emu, "ctrl-ring-ref", emu->gref[GRANT_CTRL]);
		put(emu, "event-channel-ctrl", emu->port[2]);
	}
	put(emu, "request-rx-copy", 1);
	put(emu, "feature-rx-notify", 1);
	put(emu, "feature-sg", 1);
	put(emu, "xdp-headroom", emu->headroom);
}

static bool session_begin(struct emu *emu)
{
	struct xen_netif_ctrl_sring *ctrl;
	struct xen_netif_tx_sring *tx;
	struct xen_netif_rx_sring *rx;

	if (!wait_state(emu, BIT(XenbusStateInitWait)) || !grants_make(emu) ||
	    !events_make(emu))
		return false;
	tx = emu->page[GRANT_TX];
	SHARED_RING_INIT(tx);
	FRONT_RING_INIT(&emu->tx, tx, PAGE_SIZE);
	rx = emu->page[GRANT_RX];
	SHARED_RING_INIT(rx);
	FRONT_RING_INIT(&emu->rx, rx, PAGE_SIZE);
	ctrl = emu->page[GRANT_CTRL];
	SHARED_RING_INIT(ctrl);
	memset(emu->tx_pending, 0, sizeof(emu->tx_pending));
	emu->split = rnd(emu, 2);
	emu->ctrl = rnd(emu, 2);
	emu->headroom = rnd(emu, 2) ? 256 : 0;
	write_nodes(emu);
	xenbus_switch_state(emu->dev, XenbusStateConnected);
	return wait_state(emu, BIT(XenbusStateConnected));
}

static void session_end(struct emu *emu)
{
	if (connected(emu)) {
		xenbus_switch_state(emu->dev, XenbusStateClosing);
		wait_state(emu,
			   BIT(XenbusStateClosing) | BIT(XenbusStateClosed));
	}
	xenbus_switch_state(emu->dev, XenbusStateClosed);
	wait_state(emu, BIT(XenbusStateClosed));
	events_end(emu);
	grants_end(emu);
	xenbus_switch_state(emu->dev, XenbusStateInitialising);
}

static void session(struct emu *emu, struct net_device *vif)
{
	if (session_begin(emu)) {
		behave_tx(emu);
		behave_rx(emu, vif, true);
		known_wrongs(emu);
		behave_rx(emu, vif, false);
		rx_post(emu, true);
		if (emu->ctrl)
			ctrl_nonsense(emu);
		misbehave(emu);
		behave_tx(emu);
		if (connected(emu) && rnd(emu, 4))
			break_it(emu);
	}
	session_end(emu);
}

static int emu_thread(void *arg)
{
	struct emu *emu = arg;
	struct net_device *vif;
	unsigned int i;
	char name[IFNAMSIZ];

	snprintf(name, sizeof(name), "vif0.%s", kbasename(emu->dev->nodename));
	if (!wait_state(emu, BIT(XenbusStateInitWait)))
		goto out;
	vif = dev_get_by_name(&init_net, name);
	if (!vif) {
		failure(emu, "dom0 has no vif", 0);
		goto out;
	}
	rtnl_lock();
	dev_open(vif, NULL);
	rtnl_unlock();
	emu->sniffer.type = htons(PROTO);
	emu->sniffer.dev = vif;
	emu->sniffer.func = sniff;
	dev_add_pack(&emu->sniffer);
	for (i = 0; i < sessions && !emu->failures && !kthread_should_stop();
	     i++)
		session(emu, vif);
	dev_remove_pack(&emu->sniffer);
	dev_put(vif);
	pr_info("%s: %u sessions, %llu broken off, %llu requests, %llu errors, %llu frames\n",
		emu->failures ? "failed" : "passed", i, emu->broken,
		emu->requests, emu->errors, emu->frames);
out:
	while (!kthread_should_stop())
		schedule_timeout_interruptible(HZ);
	return 0;
}

static int emu_probe(struct xenbus_device *dev,
		     const struct xenbus_device_id *id)
{
	struct emu *emu = kzalloc(sizeof(*emu), GFP_KERNEL);

	if (!emu)
		return -ENOMEM;
	emu->frame = vmalloc(FRAME_MAX + PAGE_SIZE);
	emu->got = vmalloc(FRAME_MAX + PAGE_SIZE);
	if (!emu->frame || !emu->got)
		return -ENOMEM;
	emu->dev = dev;
	init_waitqueue_head(&emu->wait);
	prandom_seed_state(&emu->rnd, seed);
	dev_set_drvdata(&dev->dev, emu);
	emu->thread = kthread_run(emu_thread, emu, "test-netfront");
	return PTR_ERR_OR_ZERO(emu->thread);
}

static void emu_remove(struct xenbus_device *dev)
{
	struct emu *emu = dev_get_drvdata(&dev->dev);

	kthread_stop(emu->thread);
	vfree(emu->frame);
	vfree(emu->got);
	kfree(emu);
}

static void backend_changed(struct xenbus_device *dev, enum xenbus_state state)
{
	struct emu *emu = dev_get_drvdata(&dev->dev);

	WRITE_ONCE(emu->backend, state);
	wake_up(&emu->wait);
}

static const struct xenbus_device_id emu_ids[] = { { "vif" }, { "" } };

static struct xenbus_driver emu_driver = {
	.name = "test-netfront",
	.ids = emu_ids,
	.probe = emu_probe,
	.remove = emu_remove,
	.otherend_changed = backend_changed,
};

static int __init emu_init(void)
{
	return xenbus_register_frontend(&emu_driver);
}

static void __exit emu_exit(void)
{
	xenbus_unregister_driver(&emu_driver);
}

module_init(emu_init);
module_exit(emu_exit);

MODULE_DESCRIPTION("Hospes tests: a network frontend that misbehaves");
MODULE_LICENSE("GPL");
