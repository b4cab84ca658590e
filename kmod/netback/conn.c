// SPDX-License-Identifier: GPL-2.0-only
/*
 * A connection: made from what the frontend wrote into xenstore, taken apart
 * in one place. Nobody but the vif's work (and its remove) does either; the
 * data path finds it by vif->conn.
 *
 * Taking apart: unpublish and wait for senders; no more events; no more polls;
 * then nobody knows the rings and they can go. conn_destroy() is the release
 * for a half-made connection as well.
 */
#include "netback.h"

#include <linux/rtnetlink.h>
#include <xen/events.h>

#include "ctrl.h"

struct queue_params {
	unsigned int tx_gref, rx_gref, tx_port, rx_port;
	bool split;
};

void queue_eoi(struct queue *q, int bits, unsigned int flags)
{
	int old = atomic_fetch_andnot(bits, &q->eoi) & bits;

	if (old & (EOI_TX | EOI_COMMON))
		xen_irq_lateeoi(q->tx_irq, flags);
	else if (old & EOI_RX)
		xen_irq_lateeoi(q->rx_irq, flags);
}

/*
 * The frontend broke the protocol. Polls stop at once; the work closes.
 * Context: any.
 */
void vif_broken(struct vif *vif, const char *why)
{
	vif->broken_why = why;
	if (!test_and_set_bit(VIF_BROKEN, vif->flags))
		queue_work(vif_wq, &vif->work);
}

static irqreturn_t tx_interrupt(int irq, void *data)
{
	struct queue *q = data;

	/* this one may come before whoever binds it knows its number */
	WRITE_ONCE(q->tx_irq, irq);
	atomic_or(EOI_TX, &q->eoi);
	q->stats->tx_interrupts++;
	if (tx_has_work(q))
		napi_schedule_irqoff(&q->tx_napi);
	else
		queue_eoi(q, EOI_TX, XEN_EOI_FLAG_SPURIOUS);
	return IRQ_HANDLED;
}

static irqreturn_t rx_interrupt(int irq, void *data)
{
	struct queue *q = data;

	WRITE_ONCE(q->rx_irq, irq);
	atomic_or(EOI_RX, &q->eoi);
	if (rx_has_work(q))
		napi_schedule_irqoff(&q->rx_napi);
	else
		queue_eoi(q, EOI_RX, XEN_EOI_FLAG_SPURIOUS);
	return IRQ_HANDLED;
}

static irqreturn_t both_interrupt(int irq, void *data)
{
	struct queue *q = data;
	bool tx = tx_has_work(q), rx = rx_has_work(q);

	WRITE_ONCE(q->tx_irq, irq);
	WRITE_ONCE(q->rx_irq, irq);
	atomic_or(EOI_COMMON, &q->eoi);
	q->stats->tx_interrupts++;
	if (tx)
		napi_schedule_irqoff(&q->tx_napi);
	if (rx)
		napi_schedule_irqoff(&q->rx_napi);
	if (!tx && !rx)
		queue_eoi(q, EOI_COMMON, XEN_EOI_FLAG_SPURIOUS);
	return IRQ_HANDLED;
}

static void credit_timeout(struct timer_list *t)
{
	struct queue *q = from_timer(q, t, credit_timer);

	napi_schedule(&q->tx_napi);
}

static void rx_timeout(struct timer_list *t)
{
	struct queue *q = from_timer(q, t, rx_timer);

	napi_schedule(&q->rx_napi);
}

static int queue_map(struct queue *q, unsigned int tx_gref,
		     unsigned int rx_gref)
{
	struct xenbus_device *xdev = q->vif->xdev;
	struct xen_netif_tx_sring *tx;
	struct xen_netif_rx_sring *rx;
	RING_IDX rsp;
	void *page;
	int err;

	err = xenbus_map_ring_valloc(xdev, &tx_gref, 1, &page);
	if (err)
		return err;
	tx = page;
	rsp = READ_ONCE(tx->rsp_prod);
	BACK_RING_ATTACH(&q->tx, tx, rsp, XEN_PAGE_SIZE);
	q->tx_told = rsp;
	err = xenbus_map_ring_valloc(xdev, &rx_gref, 1, &page);
	if (err)
		return err;
	rx = page;
	rsp = READ_ONCE(rx->rsp_prod);
	BACK_RING_ATTACH(&q->rx, rx, rsp, XEN_PAGE_SIZE);
	BUILD_BUG_ON(__CONST_RING_SIZE(xen_netif_tx, XEN_PAGE_SIZE) !=
		     VIF_RING);
	BUILD_BUG_ON(__CONST_RING_SIZE(xen_netif_rx, XEN_PAGE_SIZE) !=
		     VIF_RING);
	if (READ_ONCE(tx->req_prod) - q->tx.rsp_prod_pvt > VIF_RING ||
	    READ_ONCE(rx->req_prod) - q->rx.rsp_prod_pvt > VIF_RING)
		return -EIO;
	return 0;
}

static int queue_bind(struct queue *q, const struct queue_params *params)
{
	struct xenbus_device *xdev = q->vif->xdev;
	int irq;

	snprintf(q->name, sizeof(q->name), "%s-q%u", q->vif->dev->name,
		 q->index);
	if (!params->split) {
		irq = bind_interdomain_evtchn_to_irqhandler_lateeoi(
			xdev, params->tx_port, both_interrupt, 0, q->name, q);
		if (irq < 0)
			return irq;
		q->tx_irq = irq;
		q->rx_irq = irq;
		return 0;
	}
	q->split = true;
	snprintf(q->tx_name, sizeof(q->tx_name), "%s-tx", q->name);
	irq = bind_interdomain_evtchn_to_irqhandler_lateeoi(
		xdev, params->tx_port, tx_interrupt, 0, q->tx_name, q);
	if (irq < 0)
		return irq;
	q->tx_irq = irq;
	snprintf(q->rx_name, sizeof(q->rx_name), "%s-rx", q->name);
	irq = bind_interdomain_evtchn_to_irqhandler_lateeoi(
		xdev, params->rx_port, rx_interrupt, 0, q->rx_name, q);
	if (irq < 0)
		return irq;
	q->rx_irq = irq;
	return 0;
}

static int queue_create(struct conn *conn, struct queue *q,
			const struct queue_params *params)
{
	struct net_device *dev = q->vif->dev;
	int err;

	err = queue_map(q, params->tx_gref, params->rx_gref);
	if (err)
		return err;
	err = xdp_rxq_info_reg(&q->rxq, dev, q->index, 0);
	if (err)
		return err;
	kref_get(&conn->refs);
	q->conn = conn;
	if (map_bytes)
		map_init(q);
	netif_napi_add(dev, &q->tx_napi, tx_poll);
	netif_napi_add_tx(dev, &q->rx_napi, rx_poll);
	napi_enable(&q->tx_napi);
	napi_enable(&q->rx_napi);
	return queue_bind(q, params);
}

static void conn_release(struct kref *refs)
{
	kvfree(container_of(refs, struct conn, refs));
}

static void queue_unbind(struct queue *q)
{
	if (q->tx_irq)
		unbind_from_irqhandler(q->tx_irq, q);
	if (q->split && q->rx_irq)
		unbind_from_irqhandler(q->rx_irq, q);
	q->tx_irq = 0;
	q->rx_irq = 0;
}

/*
 * Polls end before their events do: a poll ends the event it was woken by. A
 * timer or an event that comes later finds a disabled NAPI.
 */
static void queue_destroy(struct queue *q)
{
	if (q->conn) {
		napi_disable(&q->tx_napi);
		napi_disable(&q->rx_napi);
		map_fini(q);
		del_timer_sync(&q->credit_timer);
		del_timer_sync(&q->rx_timer);
		tx_announce(q); /* it may be served by another driver yet */
	}
	queue_unbind(q);
	if (q->conn) {
		netif_napi_del(&q->tx_napi);
		netif_napi_del(&q->rx_napi);
	}
	rx_purge(q);
	if (xdp_rxq_info_is_reg(&q->rxq))
		xdp_rxq_info_unreg(&q->rxq);
	if (q->tx.sring)
		xenbus_unmap_ring_vfree(q->vif->xdev, q->tx.sring);
	if (q->rx.sring)
		xenbus_unmap_ring_vfree(q->vif->xdev, q->rx.sring);
	if (q->conn)
		kref_put(&q->conn->refs, conn_release);
}

static int queue_read(struct vif *vif, unsigned int nr, unsigned int index,
		      struct queue_params *params)
{
	char dir[128];
	int err;

	if (nr == 1)
		err = snprintf(dir, sizeof(dir), "%s", vif->xdev->otherend);
	else
		err = snprintf(dir, sizeof(dir), "%s/queue-%u",
			       vif->xdev->otherend, index);
	if (err >= sizeof(dir))
		return -ENAMETOOLONG;
	memset(params, 0, sizeof(*params));
	err = xenbus_gather(XBT_NIL, dir, "tx-ring-ref", "%u", &params->tx_gref,
			    "rx-ring-ref", "%u", &params->rx_gref, NULL);
	if (err)
		return err;
	err = xenbus_gather(XBT_NIL, dir, "event-channel-tx", "%u",
			    &params->tx_port, "event-channel-rx", "%u",
			    &params->rx_port, NULL);
	if (!err) {
		params->split = true;
		return 0;
	}
	err = xenbus_scanf(XBT_NIL, dir, "event-channel", "%u",
			   &params->tx_port);
	return err == 1 ? 0 : err < 0 ? err : -EINVAL;
}

/* Take it apart and drop the vif's reference; it is not published. */
static void conn_close(struct conn *conn)
{
	unsigned int i;

	for (i = 0; i < conn->nr_queues; i++)
		queue_destroy(&conn->queues[i]);
	kref_put(&conn->refs, conn_release);
}

static int conn_publish(struct vif *vif, struct conn *conn)
{
	unsigned int i;
	int err;

	rtnl_lock();
	err = netif_set_real_num_queues(vif->dev, conn->nr_queues,
					conn->nr_queues);
	if (!err) {
		if (!vif->caps.sg && vif->dev->mtu > ETH_DATA_LEN)
			dev_set_mtu(vif->dev, ETH_DATA_LEN);
		netdev_update_features(vif->dev);
		rcu_assign_pointer(vif->conn, conn);
		netif_carrier_on(vif->dev);
		for (i = 0; i < conn->nr_queues; i++)
			netif_tx_wake_queue(netdev_get_tx_queue(vif->dev, i));
	}
	rtnl_unlock();
	/* what the frontend had sent or posted before there were events */
	for (i = 0; !err && i < conn->nr_queues; i++) {
		local_bh_disable();
		napi_schedule(&conn->queues[i].tx_napi);
		napi_schedule(&conn->queues[i].rx_napi);
		local_bh_enable();
	}
	return err;
}

/**
 * conn_create() - connect to what the frontend offers in xenstore
 *
 * Context: the vif's work, with no connection. Returns 0, or an error after
 * which there is still none; it has been reported to xenstore.
 */
int conn_create(struct vif *vif)
{
	struct xenbus_device *xdev = vif->xdev;
	struct queue_params params;
	struct conn *conn;
	unsigned int nr, i;
	int err;

	nr = xenbus_read_unsigned(xdev->otherend, "multi-queue-num-queues", 1);
	if (nr < 1 || nr > vif->max_queues) {
		xenbus_dev_fatal(xdev, -EINVAL,
				 "%u queues asked for, 1 to %u "
				 "are possible",
				 nr, vif->max_queues);
		return -EINVAL;
	}
	conn = kvzalloc(struct_size(conn, queues, nr), GFP_KERNEL);
	if (!conn) {
		xenbus_dev_fatal(xdev, -ENOMEM, "making %u queues", nr);
		return -ENOMEM;
	}
	kref_init(&conn->refs);
	err = ctrl_connect(vif);
	if (err)
		goto fail;
	for (i = 0; i < nr; i++) {
		struct queue *q = &conn->queues[i];

		q->vif = vif;
		q->index = i;
		q->stats = &vif->stats[i];
		skb_queue_head_init(&q->rx_queue);
		timer_setup(&q->credit_timer, credit_timeout, 0);
		timer_setup(&q->rx_timer, rx_timeout, 0);
		conn->nr_queues = i + 1;
		err = queue_read(vif, nr, i, &params);
		if (!err)
			err = queue_create(conn, q, &params);
		if (err)
			goto fail;
	}
	err = conn_publish(vif, conn);
	if (!err)
		return 0;
fail:
	conn_close(conn);
	ctrl_disconnect(vif);
	xenbus_dev_fatal(xdev, err, "connecting to the frontend's rings");
	return err;
}

/* Context: as conn_create(). Does nothing without a connection. */
void conn_destroy(struct vif *vif)
{
	struct conn *conn = rcu_dereference_protected(vif->conn, true);

	if (!conn)
		return;
	rtnl_lock();
	netif_carrier_off(vif->dev);
	rcu_assign_pointer(vif->conn, NULL);
	rtnl_unlock();
	synchronize_net();
	ctrl_disconnect(vif);
	conn_close(conn);
	vif_mcast_flush(vif);
}
