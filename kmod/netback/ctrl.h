/* SPDX-License-Identifier: GPL-2.0-only */
/* The control ring, and what it means for queues and packets' hashes. */
#ifndef NETBACK_CTRL_H
#define NETBACK_CTRL_H

#include <linux/skbuff.h>

struct vif;

int ctrl_connect(struct vif *vif);
void ctrl_disconnect(struct vif *vif);

/* The queue for a packet to the guest; context: RCU-bh. */
u16 ctrl_select_queue(struct vif *vif, struct sk_buff *skb,
		      unsigned int nr_queues, bool *chosen);

/* The kernel's and the ABI's names for what a hash was made of. */
enum pkt_hash_types hash_type_of(u8 type);
u8 hash_extra_type(const struct sk_buff *skb);

#endif
