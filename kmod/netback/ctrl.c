// SPDX-License-Identifier: GPL-2.0-only
/*
 * The control ring: a frontend chooses how received packets are hashed, and
 * which queue a hash belongs to. Requests are rare; a work does them, a few in
 * one go, and publishes the result by RCU. Waiting for the grace period is the
 * brake on a frontend that sends nothing but requests.
 */
#include "netback.h"

#include <linux/interrupt.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <net/flow_dissector.h>
#include <net/ipv6.h>
#include <xen/events.h>

#define CTRL_BATCH 16

struct ctrl {
	struct vif *vif;
	unsigned int irq;
	struct work_struct work;
	struct xen_netif_ctrl_back_ring ring;
	struct hash_conf conf; /* work: what requests change */
	bool dead;
	char name[IFNAMSIZ + 8];
};

enum pkt_hash_types hash_type_of(u8 type)
{
	switch (type) {
	case _XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP:
	case _XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP:
		return PKT_HASH_TYPE_L4;
	case _XEN_NETIF_CTRL_HASH_TYPE_IPV4:
	case _XEN_NETIF_CTRL_HASH_TYPE_IPV6:
		return PKT_HASH_TYPE_L3;
	default:
		return PKT_HASH_TYPE_NONE;
	}
}

u8 hash_extra_type(const struct sk_buff *skb)
{
	if (skb->protocol == htons(ETH_P_IPV6))
		return skb->l4_hash ? _XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP :
				      _XEN_NETIF_CTRL_HASH_TYPE_IPV6;
	return skb->l4_hash ? _XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP :
			      _XEN_NETIF_CTRL_HASH_TYPE_IPV4;
}

/* The bytes that the hash is over; 0: none of the wanted kinds. */
static unsigned int hash_input(const struct flow_keys *flow, u32 flags, u8 *buf,
			       bool *l4)
{
	bool v4 = flow->basic.n_proto == htons(ETH_P_IP);
	unsigned int n = v4 ? 8 : 32;
	u32 any, tcp;

	if (!v4 && flow->basic.n_proto != htons(ETH_P_IPV6))
		return 0;
	any = v4 ? XEN_NETIF_CTRL_HASH_TYPE_IPV4 :
		   XEN_NETIF_CTRL_HASH_TYPE_IPV6;
	tcp = v4 ? XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP :
		   XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP;
	*l4 = flags & tcp && flow->basic.ip_proto == IPPROTO_TCP;
	if (!*l4 && !(flags & any))
		return 0;
	if (v4) {
		memcpy(buf, &flow->addrs.v4addrs.src, 4);
		memcpy(buf + 4, &flow->addrs.v4addrs.dst, 4);
	} else {
		memcpy(buf, &flow->addrs.v6addrs.src, 16);
		memcpy(buf + 16, &flow->addrs.v6addrs.dst, 16);
	}
	if (*l4) {
		memcpy(buf + n, &flow->ports.src, 2);
		memcpy(buf + n + 2, &flow->ports.dst, 2);
		n += 4;
	}
	return n;
}

u16 ctrl_select_queue(struct vif *vif, struct sk_buff *skb,
		      unsigned int nr_queues, bool *chosen)
{
	struct hash_conf *conf = rcu_dereference_bh(vif->hash);
	struct flow_keys flow;
	unsigned int n;
	bool l4 = false;
	u8 buf[36];
	u32 hash;

	*chosen = conf;
	if (!conf)
		return 0;
	memset(&flow, 0, sizeof(flow));
	n = 0;
	if (skb_flow_dissect_flow_keys(skb, &flow, 0))
		n = hash_input(&flow, conf->flags, buf, &l4);
	if (!n) {
		skb_clear_hash(skb);
		return 0;
	}
	hash = hash_toeplitz(conf->key, buf, n);
	skb_set_hash(skb, hash, l4 ? PKT_HASH_TYPE_L4 : PKT_HASH_TYPE_L3);
	if (!conf->mapping_size)
		return hash % nr_queues;
	return conf->mapping[hash % conf->mapping_size] % nr_queues;
}

static int fetch(void *opaque, u32 gref, u32 offset, void *to, u32 len)
{
	struct vif *vif = opaque;
	struct gnttab_copy op = {
		.source.u.ref = gref,
		.source.domid = vif->domid,
		.source.offset = offset,
		.dest.domid = DOMID_SELF,
		.len = len,
		.flags = GNTCOPY_source_gref,
	};
	u64 calls = 0;
	void *page;

	page = (void *)__get_free_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	op.dest.u.gmfn = virt_to_gfn(page);
	scratch_copy(&op, 1, &calls);
	if (op.status == GNTST_okay)
		memcpy(to, page, len);
	free_page((unsigned long)page);
	return op.status == GNTST_okay ? 0 : -EFAULT;
}

static void ctrl_one(struct ctrl *c)
{
	struct xen_netif_ctrl_response *rsp;
	struct xen_netif_ctrl_request req;
	u32 status, data;

	RING_COPY_REQUEST(&c->ring, c->ring.req_cons, &req);
	c->ring.req_cons++;
	status = hash_request(&c->conf, c->vif->dev->real_num_tx_queues, &req,
			      fetch, c->vif, &data);
	rsp = RING_GET_RESPONSE(&c->ring, c->ring.rsp_prod_pvt);
	c->ring.rsp_prod_pvt++;
	WRITE_ONCE(rsp->id, req.id);
	WRITE_ONCE(rsp->type, req.type);
	WRITE_ONCE(rsp->status, status);
	WRITE_ONCE(rsp->data, data);
}

static void publish(struct vif *vif, const struct hash_conf *conf)
{
	struct hash_conf *old, *new = NULL;

	if (conf && conf->algorithm != XEN_NETIF_CTRL_HASH_ALGORITHM_NONE) {
		new = kmemdup(conf, sizeof(*conf), GFP_KERNEL);
		if (!new)
			return; /* spread as before */
	}
	old = rcu_replace_pointer(vif->hash, new, true);
	synchronize_rcu();
	kfree(old);
}

static void ctrl_work(struct work_struct *work)
{
	struct ctrl *c = container_of(work, struct ctrl, work);
	RING_IDX prod = READ_ONCE(c->ring.sring->req_prod);
	unsigned int done = 0;
	int notify, more;

	if (c->dead)
		return;
	if (RING_REQUEST_PROD_OVERFLOW(&c->ring, prod)) {
		c->dead = true; /* and no end of the event: it stays masked */
		return;
	}
	virt_rmb(); /* requests after their producer */
	while (c->ring.req_cons != prod && done < CTRL_BATCH) {
		ctrl_one(c);
		done++;
	}
	if (done) {
		publish(c->vif, &c->conf);
		RING_PUSH_RESPONSES_AND_CHECK_NOTIFY(&c->ring, notify);
		if (notify)
			notify_remote_via_irq(c->irq);
	}
	RING_FINAL_CHECK_FOR_REQUESTS(&c->ring, more);
	if (more)
		queue_work(vif_wq, &c->work);
	else
		xen_irq_lateeoi(c->irq, done ? 0 : XEN_EOI_FLAG_SPURIOUS);
}

static irqreturn_t ctrl_interrupt(int irq, void *data)
{
	struct ctrl *c = data;

	WRITE_ONCE(c->irq, irq); /* it may come before ctrl_connect() knows */
	queue_work(vif_wq, &c->work);
	return IRQ_HANDLED;
}

/*
 * Connect the control ring if the frontend has one.
 * Context: the vif's work. Returns 0 also when there is none.
 */
int ctrl_connect(struct vif *vif)
{
	const char *dir = vif->xdev->otherend;
	struct xen_netif_ctrl_sring *sring;
	unsigned int gref, port;
	struct ctrl *c;
	void *page;
	int err;

	err = xenbus_gather(XBT_NIL, dir, "ctrl-ring-ref", "%u", &gref,
			    "event-channel-ctrl", "%u", &port, NULL);
	if (err)
		return 0;
	c = kzalloc(sizeof(*c), GFP_KERNEL);
	if (!c)
		return -ENOMEM;
	c->vif = vif;
	INIT_WORK(&c->work, ctrl_work);
	err = xenbus_map_ring_valloc(vif->xdev, &gref, 1, &page);
	if (err)
		goto err_free;
	sring = page;
	BACK_RING_ATTACH(&c->ring, sring, READ_ONCE(sring->rsp_prod),
			 XEN_PAGE_SIZE);
	err = -EIO;
	if (READ_ONCE(sring->req_prod) - c->ring.rsp_prod_pvt >
	    RING_SIZE(&c->ring))
		goto err_unmap;
	snprintf(c->name, sizeof(c->name), "%s-ctrl", vif->dev->name);
	err = bind_interdomain_evtchn_to_irqhandler_lateeoi(
		vif->xdev, port, ctrl_interrupt, 0, c->name, c);
	if (err < 0)
		goto err_unmap;
	c->irq = err;
	vif->ctrl = c;
	return 0;

err_unmap:
	xenbus_unmap_ring_vfree(vif->xdev, sring);
err_free:
	kfree(c);
	return err;
}

void ctrl_disconnect(struct vif *vif)
{
	struct ctrl *c = vif->ctrl;

	if (!c)
		return;
	unbind_from_irqhandler(c->irq, c);
	c->dead = true;
	cancel_work_sync(&c->work);
	publish(vif, NULL);
	xenbus_unmap_ring_vfree(vif->xdev, c->ring.sring);
	vif->ctrl = NULL;
	kfree(c);
}
