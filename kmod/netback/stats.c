// SPDX-License-Identifier: GPL-2.0-only
/*
 * What `ip -s link` and `ethtool -S` show. The counters belong to the vif, so
 * reading them races with no connection. From the device's side what the guest
 * transmits is received.
 */
#include "netback.h"

#include <linux/ethtool.h>

struct counter {
	char name[ETH_GSTRING_LEN];
	size_t offset;
};

#define COUNTER(field)                                      \
	{                                                   \
#field, offsetof(struct queue_stats, field) \
	}

static const struct counter counters[] = {
	COUNTER(tx_packets),	COUNTER(tx_bytes),	COUNTER(tx_slots),
	COUNTER(tx_gso),	COUNTER(tx_csum_done),	COUNTER(tx_copies),
	COUNTER(tx_maps),	COUNTER(tx_hypercalls), COUNTER(tx_events),
	COUNTER(tx_interrupts), COUNTER(tx_polls),	COUNTER(tx_dropped),
	COUNTER(tx_errors),	COUNTER(tx_gso_fixup),	COUNTER(rx_packets),
	COUNTER(rx_bytes),	COUNTER(rx_slots),	COUNTER(rx_gso),
	COUNTER(rx_copies),	COUNTER(rx_hypercalls), COUNTER(rx_events),
	COUNTER(rx_polls),	COUNTER(rx_dropped),	COUNTER(rx_expired),
	COUNTER(rx_errors),	COUNTER(rx_stalls),	COUNTER(xdp_drop),
	COUNTER(xdp_pass),	COUNTER(xdp_tx),	COUNTER(xdp_redirect),
	COUNTER(xdp_error),	COUNTER(xdp_oversize),
};

/* Fields are u64; the one that is atomic64_t has the same layout. */
static u64 counter_sum(const struct vif *vif, size_t offset)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < vif->max_queues; i++)
		sum += READ_ONCE(*(u64 *)((u8 *)&vif->stats[i] + offset));
	return sum;
}

#define SUM(vif, field) counter_sum(vif, offsetof(struct queue_stats, field))

void vif_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *all)
{
	struct vif *vif = netdev_priv(dev);

	all->rx_packets = SUM(vif, tx_packets);
	all->rx_bytes = SUM(vif, tx_bytes);
	all->rx_dropped = SUM(vif, tx_dropped);
	all->rx_errors = SUM(vif, tx_errors);
	all->tx_packets = SUM(vif, rx_packets);
	all->tx_bytes = SUM(vif, rx_bytes);
	all->tx_dropped = SUM(vif, rx_dropped) + SUM(vif, rx_expired) +
			  dev->stats.tx_dropped;
	all->tx_errors = SUM(vif, rx_errors);
}

static int get_sset_count(struct net_device *dev, int set)
{
	return set == ETH_SS_STATS ? ARRAY_SIZE(counters) : -EINVAL;
}

static void get_strings(struct net_device *dev, u32 set, u8 *data)
{
	unsigned int i;

	if (set != ETH_SS_STATS)
		return;
	for (i = 0; i < ARRAY_SIZE(counters); i++)
		memcpy(data + i * ETH_GSTRING_LEN, counters[i].name,
		       ETH_GSTRING_LEN);
}

static void get_ethtool_stats(struct net_device *dev,
			      struct ethtool_stats *stats, u64 *data)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(counters); i++)
		data[i] = counter_sum(netdev_priv(dev), counters[i].offset);
}

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	strscpy(info->driver, KBUILD_MODNAME, sizeof(info->driver));
	strscpy(info->bus_info, dev_name(dev->dev.parent),
		sizeof(info->bus_info));
}

const struct ethtool_ops vif_ethtool_ops = {
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_ethtool_stats,
	.get_ts_info = ethtool_op_get_ts_info,
};
