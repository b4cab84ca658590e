// SPDX-License-Identifier: GPL-2.0-only
/*
 * The network device of a vif: features, MTU, credit, multicast addresses.
 * Its transmit is the guest's receive.
 */
#include "netback.h"

#include <linux/ethtool.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/rtnetlink.h>

#include "ctrl.h"

static int vif_open(struct net_device *dev)
{
	netif_tx_start_all_queues(dev);
	return 0;
}

static int vif_stop(struct net_device *dev)
{
	netif_tx_stop_all_queues(dev);
	return 0;
}

static netdev_features_t vif_fix_features(struct net_device *dev,
					  netdev_features_t features)
{
	struct vif *vif = netdev_priv(dev);

	if (!vif->caps.sg)
		features &= ~NETIF_F_SG;
	if (!vif->caps.gso4)
		features &= ~NETIF_F_TSO;
	if (!vif->caps.gso6)
		features &= ~NETIF_F_TSO6;
	if (!vif->caps.ip_csum)
		features &= ~NETIF_F_IP_CSUM;
	if (!vif->caps.ipv6_csum)
		features &= ~NETIF_F_IPV6_CSUM;
	return features;
}

static int vif_change_mtu(struct net_device *dev, int mtu)
{
	struct vif *vif = netdev_priv(dev);

	if (!vif->caps.sg && mtu > ETH_DATA_LEN)
		return -EINVAL;
	dev->mtu = mtu;
	return 0;
}

static u16 vif_select_queue(struct net_device *dev, struct sk_buff *skb,
			    struct net_device *sb_dev)
{
	struct vif *vif = netdev_priv(dev);
	unsigned int nr = dev->real_num_tx_queues;
	bool chosen;
	u16 queue;

	if (nr == 1 && !rcu_access_pointer(vif->hash))
		return 0;
	queue = ctrl_select_queue(vif, skb, nr, &chosen);
	return chosen ? queue : netdev_pick_tx(dev, skb, NULL) % nr;
}

static bool is_udp(const struct sk_buff *skb)
{
	switch (vlan_get_protocol(skb)) {
	case htons(ETH_P_IP):
		return ip_hdr(skb)->protocol == IPPROTO_UDP;
	case htons(ETH_P_IPV6):
		return ipv6_hdr(skb)->nexthdr == IPPROTO_UDP;
	default:
		return false;
	}
}

static netdev_features_t vif_features_check(struct sk_buff *skb,
					    struct net_device *dev,
					    netdev_features_t features)
{
	/* a guest is told of TCP's kinds of segments only */
	if (skb_is_gso(skb) && skb->encapsulation)
		features &= ~(NETIF_F_GSO_MASK | NETIF_F_CSUM_MASK);
	/*
	 * Packet sockets, on the vif and in the guest, see sums as they are;
	 * DHCP's programs are such, and a datagram's sum is cheap.
	 */
	if (skb->ip_summed == CHECKSUM_PARTIAL && is_udp(skb))
		features &= ~NETIF_F_CSUM_MASK;
	return vlan_features_check(skb, features);
}

static const struct net_device_ops vif_ops = {
	.ndo_open = vif_open,
	.ndo_stop = vif_stop,
	.ndo_start_xmit = rx_start_xmit,
	.ndo_select_queue = vif_select_queue,
	.ndo_features_check = vif_features_check,
	.ndo_fix_features = vif_fix_features,
	.ndo_change_mtu = vif_change_mtu,
	.ndo_get_stats64 = vif_get_stats64,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_bpf = vif_bpf,
	.ndo_xdp_xmit = vif_xdp_xmit,
};

/*
 * May the guest send @bytes now? A packet goes while there is credit at all
 * and may overdraw it, so that sizes do not matter in the long run. Otherwise
 * @wait is when to ask again, in jiffies.
 * Context: softirq.
 */
bool vif_credit(struct vif *vif, unsigned int bytes, unsigned long *wait)
{
	ktime_t now;
	u64 periods;
	bool ok = true;

	if (!READ_ONCE(vif->credit_bytes))
		return true;
	spin_lock(&vif->credit_lock);
	now = ktime_get();
	periods =
		div64_u64(max_t(s64, ktime_us_delta(now, vif->credit_since), 0),
			  vif->credit_usec ?: 1);
	if (periods) {
		vif->credit_since = ktime_add_us(vif->credit_since,
						 periods * vif->credit_usec);
		/* unused credit of one period is kept, debt always */
		periods = min_t(u64, periods, 1024);
		vif->credit_left = min_t(
			s64, vif->credit_left + periods * vif->credit_bytes,
			vif->credit_bytes);
	}
	if (vif->credit_bytes && vif->credit_left <= 0) {
		*wait = usecs_to_jiffies(vif->credit_usec) ?: 1;
		ok = false;
	} else {
		vif->credit_left -= bytes;
	}
	spin_unlock(&vif->credit_lock);
	return ok;
}

/* @bytes of 0, or no time: no limit. Context: process. */
void vif_set_rate(struct vif *vif, u64 bytes, u64 usec)
{
	if (!bytes || !usec || bytes > U32_MAX || usec > USEC_PER_SEC * 60)
		bytes = 0;
	spin_lock_bh(&vif->credit_lock);
	vif->credit_usec = usec;
	vif->credit_left = bytes;
	vif->credit_since = ktime_get();
	WRITE_ONCE(vif->credit_bytes, bytes);
	spin_unlock_bh(&vif->credit_lock);
}

static int mcast_add(struct vif *vif, const u8 *addr)
{
	struct vif_mcast *m;

	list_for_each_entry(m, &vif->mcast, link)
	{
		if (ether_addr_equal(m->addr, addr))
			return 0;
	}
	if (vif->nr_mcast >= VIF_MAX_MCAST)
		return -ENOSPC;
	m = kmalloc(sizeof(*m), GFP_ATOMIC);
	if (!m)
		return -ENOMEM;
	ether_addr_copy(m->addr, addr);
	list_add_tail_rcu(&m->link, &vif->mcast);
	vif->nr_mcast++;
	return 0;
}

static void mcast_del(struct vif *vif, const u8 *addr)
{
	struct vif_mcast *m;

	list_for_each_entry(m, &vif->mcast, link)
	{
		if (!ether_addr_equal(m->addr, addr))
			continue;
		list_del_rcu(&m->link);
		kfree_rcu(m, rcu);
		vif->nr_mcast--;
		return;
	}
}

/* What a transmit request says about multicast. Context: softirq. */
int vif_mcast_change(struct vif *vif, const struct txp *p)
{
	int err = 0;

	spin_lock(&vif->mcast_lock);
	if (!is_multicast_ether_addr(p->mcast_addr))
		err = -EINVAL;
	else if (p->mcast == XEN_NETIF_EXTRA_TYPE_MCAST_ADD)
		err = mcast_add(vif, p->mcast_addr);
	else
		mcast_del(vif, p->mcast_addr);
	spin_unlock(&vif->mcast_lock);
	return err;
}

void vif_mcast_flush(struct vif *vif)
{
	struct vif_mcast *m, *next;

	spin_lock_bh(&vif->mcast_lock);
	list_for_each_entry_safe(m, next, &vif->mcast, link)
	{
		list_del_rcu(&m->link);
		kfree_rcu(m, rcu);
	}
	vif->nr_mcast = 0;
	spin_unlock_bh(&vif->mcast_lock);
}

void vif_carrier(struct vif *vif, bool on)
{
	rtnl_lock();
	if (on)
		netif_carrier_on(vif->dev);
	else
		netif_carrier_off(vif->dev);
	rtnl_unlock();
}

static void vif_setup(struct net_device *dev)
{
	static const u8 mac[ETH_ALEN] = { 0xfe, 0xff, 0xff, 0xff, 0xff, 0xff };

	ether_setup(dev);
	dev->netdev_ops = &vif_ops;
	dev->ethtool_ops = &vif_ethtool_ops;
	dev->hw_features = NETIF_F_SG | NETIF_F_IP_CSUM | NETIF_F_IPV6_CSUM |
			   NETIF_F_TSO | NETIF_F_TSO6 | NETIF_F_FRAGLIST;
	dev->features = dev->hw_features | NETIF_F_RXCSUM;
	/*
	 * Datagrams of one flow cross the bridge and the stack together, as a
	 * list, and are taken apart for their socket or the next device.
	 */
	dev->features |= NETIF_F_GRO_FRAGLIST;
	/*
	 * No vlan_features: a frontend looks for the IP header right behind
	 * the Ethernet header when a sum is blank, and drops what has a tag.
	 */
	dev->hw_features |= NETIF_F_RXCSUM;
	dev->min_mtu = ETH_MIN_MTU;
	dev->max_mtu = VIF_MAX_MTU;
	/* any other address is below it: a bridge does not take it as its own
	 */
	eth_hw_addr_set(dev, mac);
	dev->addr_assign_type = NET_ADDR_SET;
	dev->tx_queue_len = 256;
	dev->needed_headroom = 0;
	/* see tx_complete() */
	dev->napi_defer_hard_irqs = moderate_us ? 1 : 0;
	dev->gro_flush_timeout = moderate_us * NSEC_PER_USEC;
	netif_carrier_off(dev);
}

/**
 * vif_alloc() - the device of a vif, registered, without a carrier
 *
 * Context: process. Returns it or an ERR_PTR; vif_free() undoes it.
 */
struct net_device *vif_alloc(struct xenbus_device *xdev, unsigned int handle)
{
	unsigned int queues = min(VIF_MAX_QUEUES, num_online_cpus());
	struct net_device *dev;
	char name[IFNAMSIZ];
	struct vif *vif;
	int err = -ENOMEM;

	snprintf(name, sizeof(name), "vif%u.%u", xdev->otherend_id, handle);
	dev = alloc_netdev_mqs(sizeof(*vif), name, NET_NAME_UNKNOWN, vif_setup,
			       queues, queues);
	if (!dev)
		return ERR_PTR(-ENOMEM);
	SET_NETDEV_DEV(dev, &xdev->dev);
	vif = netdev_priv(dev);
	vif->dev = dev;
	vif->xdev = xdev;
	vif->domid = xdev->otherend_id;
	vif->handle = handle;
	vif->max_queues = queues;
	vif->caps.sg = true; /* an MTU may be set before it connects */
	spin_lock_init(&vif->credit_lock);
	spin_lock_init(&vif->mcast_lock);
	INIT_LIST_HEAD(&vif->mcast);
	vif->stats = kcalloc(queues, sizeof(*vif->stats), GFP_KERNEL);
	if (!vif->stats)
		goto err_free;
	err = register_netdev(dev);
	if (err)
		goto err_stats;
	return dev;

err_stats:
	kfree(vif->stats);
err_free:
	free_netdev(dev);
	return ERR_PTR(err);
}

/* Context: process, with no connection and no work. */
void vif_free(struct vif *vif)
{
	unregister_netdev(vif->dev);
	kfree(vif->stats);
	free_netdev(vif->dev);
}
