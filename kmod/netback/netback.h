/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * hospes_netback: the objects, and who may touch what.
 *
 *   vif      one per xenbus device; is the private part of its netdev
 *   conn     the rings, event channels and queues of one connection; made and
 *            destroyed by the vif's work, published by RCU in vif->conn. The
 *            vif holds a reference, and so does each queue that polls or
 *            interrupts may come to; the last one frees it. Senders find it
 *            under RCU; readers of counters never look at it (queue_stats)
 *   queue    a ring pair; each direction has its NAPI, and what it writes is
 *            only written by that NAPI's poll unless a lock is named
 *   scratch  a processor's work area; used only in a poll, with softirqs off
 *
 * All control (connect, disconnect, states) is done by vif->work, which no
 * other thing of this vif runs beside. xenbus callbacks only queue it.
 */
#ifndef NETBACK_H
#define NETBACK_H

#include <linux/etherdevice.h>
#include <linux/netdevice.h>
#include <linux/u64_stats_sync.h>
#include <linux/workqueue.h>
#include <net/xdp.h>
#include <xen/grant_table.h>
#include <xen/interface/io/netif.h>
#include <xen/page.h>
#include <xen/xenbus.h>

#include "compat.h"
#include "ctrl.h"
#include "hash.h"
#include "parse.h"

#define VIF_MAX_QUEUES	     8u
#define VIF_MAX_MCAST	     64u
#define VIF_MAX_MTU	     (65535u - ETH_HLEN - VLAN_HLEN)
#define VIF_MAX_XDP_HEADROOM 256u
#define VIF_RING	     256u /* slots */
/* Bytes that wait for a guest before the network stack is told to wait. */
#define VIF_RX_QUEUE_BYTES (VIF_RING / 2 * XEN_PAGE_SIZE)
#define TX_LINEAR	   1600u /* a packet up to this is one buffer */
#define TX_HEADER	   128u /* bytes in front of the pages of a larger one */
#define TX_BATCH	   64u /* packets of a poll */
#define TX_UNTOLD	   (VIF_RING / 2) /* answers without an event */
#define RX_BATCH	   64u
#define COPY_CALL	   256u /* operations of one hypercall */
#define COPY_OPS	   704u /* room for a full ring at its worst, see tx.c */

struct vif;
struct maps;
struct mapped;

/* Counters outlive connections: readers never look at a queue. */
struct queue_stats {
	/* guest's transmit, written by tx_napi */
	u64 tx_packets, tx_bytes, tx_slots, tx_gso, tx_csum_done;
	u64 tx_copies, tx_hypercalls, tx_maps, tx_events, tx_polls;
	u64 tx_interrupts, tx_dropped, tx_errors, tx_gso_fixup;
	u64 xdp_drop, xdp_pass, xdp_tx, xdp_redirect, xdp_error, xdp_oversize;
	/* guest's receive, written by rx_napi */
	u64 rx_packets, rx_bytes, rx_slots, rx_gso;
	u64 rx_copies, rx_hypercalls, rx_events, rx_polls;
	u64 rx_errors, rx_expired, rx_stalls;
	/* by anyone */
	atomic64_t rx_dropped;
};

struct queue {
	struct vif *vif;
	struct conn *conn; /* a reference, while it is alive */
	struct queue_stats *stats;
	unsigned int index;
	unsigned int tx_irq, rx_irq; /* the same when they share a channel */
	atomic_t eoi; /* EOI_*: an event that is not finished */
	bool split;

	struct napi_struct tx_napi;
	struct xen_netif_tx_back_ring tx;
	struct timer_list credit_timer;
	bool throttled;
	RING_IDX tx_told; /* answers announced so far, see tx_announce() */
	unsigned int busy; /* packets of a poll, smoothed, times 8 */
	struct xdp_rxq_info rxq;
	struct maps *maps; /* NULL: it does not map */

	struct napi_struct rx_napi;
	struct xen_netif_rx_back_ring rx;
	struct timer_list rx_timer;
	struct sk_buff_head rx_queue; /* its lock: also rx_bytes */
	unsigned int rx_bytes;
	unsigned int headroom; /* the vif's, as of this poll */
	unsigned long rx_full_since; /* jiffies */
	bool rx_full; /* the guest has no room for the first packet */
	bool stalled; /* and for so long that it is given up */

	char name[IFNAMSIZ + 16];
	char tx_name[IFNAMSIZ + 24], rx_name[IFNAMSIZ + 24];
};

enum {
	EOI_TX = 1,
	EOI_RX = 2,
	EOI_COMMON = 4
};

struct conn {
	struct kref refs;
	unsigned int nr_queues;
	struct queue queues[];
};

/* What the frontend said it takes. */
struct vif_caps {
	bool sg, gso4, gso6, ip_csum, ipv6_csum, rx_notify;
};

struct vif_mcast {
	struct list_head link;
	struct rcu_head rcu;
	u8 addr[ETH_ALEN];
};

enum {
	VIF_BROKEN,
	VIF_STALLED,
	VIF_RECONFIGURE,
	VIF_FLAGS
};

struct vif {
	struct net_device *dev;
	struct xenbus_device *xdev;
	domid_t domid;
	unsigned int handle;
	unsigned int max_queues;
	DECLARE_BITMAP(flags, VIF_FLAGS); /* set by polls, for the work */

	struct work_struct work;
	bool gone; /* remove has begun: the work does nothing more */
	struct xenbus_watch hotplug_watch, rate_watch, mcast_watch;
	enum xenbus_state frontend; /* as the last callback said */
	const char *broken_why;

	struct conn __rcu *conn; /* written by work and remove */
	struct vif_caps caps; /* written while there is no conn */
	unsigned int xdp_headroom;
	struct bpf_prog __rcu *xdp_prog; /* RTNL */
	struct queue_stats *stats; /* max_queues of them */

	spinlock_t credit_lock; /* the four below */
	u64 credit_bytes, credit_usec; /* 0: no limit */
	s64 credit_left;
	ktime_t credit_since;

	spinlock_t mcast_lock; /* writers of the list */
	struct list_head mcast;
	unsigned int nr_mcast;
	bool mcast_control;

	struct ctrl *ctrl; /* work */
	struct hash_conf __rcu *hash; /* ctrl's thread */
};

/* One packet that a poll works on, either way. */
struct tx_packet {
	struct txp p;
	struct sk_buff *skb;
	struct page *page; /* of a packet that goes through XDP first */
	struct mapped *map; /* what is not copied, see map.c */
	u16 first_op, nr_ops;
};

struct rx_slot {
	u16 id, offset, flags, len;
	u16 first_op, nr_ops;
	bool extra; /* `raw` is an extra info */
	u64 raw;
};

struct scratch {
	unsigned int nr_ops, nr_packets, nr_slots;
	struct page_pool *pool; /* whole pages */
	struct page_pool *heads; /* parts of pages, see scratch_skb() */
	struct xdp_mem_info mem; /* of the pool, for XDP */
	struct gnttab_copy ops[COPY_OPS];
	struct tx_packet packets[TX_BATCH];
	struct rx_slot slots[VIF_RING];
};

/* scratch.c */
int scratch_init(void);
void scratch_fini(void);
struct scratch *scratch_get(void);
struct sk_buff *scratch_skb(struct scratch *s, unsigned int bytes);
void scratch_copy(struct gnttab_copy *ops, unsigned int nr, u64 *calls);

/* tx.c */
int tx_poll(struct napi_struct *napi, int budget);
bool tx_has_work(struct queue *q);
void tx_announce(struct queue *q);
void tx_respond(struct queue *q, const struct txp *p);

/* map.c */
void map_init(struct queue *q);
void map_fini(struct queue *q);
struct mapped *map_begin(struct queue *q, const struct txp *p,
			 unsigned int linear);
void map_commit(struct queue *q);
bool map_end(struct queue *q, struct mapped *m, struct sk_buff *skb,
	     unsigned int linear);
void map_reap(struct queue *q);

/* rx.c */
int rx_poll(struct napi_struct *napi, int budget);
netdev_tx_t rx_start_xmit(struct sk_buff *skb, struct net_device *dev);
void rx_enqueue(struct queue *q, struct sk_buff *skb);
void rx_purge(struct queue *q);
bool rx_has_work(struct queue *q);

/* conn.c */
int conn_create(struct vif *vif);
void conn_destroy(struct vif *vif);
void queue_eoi(struct queue *q, int bits, unsigned int flags);
void vif_broken(struct vif *vif, const char *why);

/* netdev.c */
struct net_device *vif_alloc(struct xenbus_device *xdev, unsigned int handle);
void vif_free(struct vif *vif);
void vif_carrier(struct vif *vif, bool on);
bool vif_credit(struct vif *vif, unsigned int bytes, unsigned long *wait);
void vif_set_rate(struct vif *vif, u64 bytes, u64 usec);
int vif_mcast_change(struct vif *vif, const struct txp *p);
void vif_mcast_flush(struct vif *vif);

/* stats.c */
extern const struct ethtool_ops vif_ethtool_ops;
void vif_get_stats64(struct net_device *dev, struct rtnl_link_stats64 *all);

/* xdp.c */
bool xdp_run(struct queue *q, struct bpf_prog *prog, struct scratch *s,
	     struct tx_packet *packet, bool *redirected);
int vif_bpf(struct net_device *dev, struct netdev_bpf *bpf);
int vif_xdp_xmit(struct net_device *dev, int n, struct xdp_frame **frames,
		 u32 flags);

/* xenbus.c */
extern struct workqueue_struct *vif_wq;
int vif_register_driver(void);
void vif_unregister_driver(void);

extern unsigned int rx_drain_ms, rx_stall_ms, moderate_us, map_bytes;

#endif
