/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a frontend wrote into its transmit ring, judged. Nothing here touches
 * anything but the ring and the result, so that the same source is tested and
 * fuzzed on the host.
 *
 * ABI: xen/interface/io/netif.h, "Guest transmit".
 */
#ifndef NETBACK_PARSE_H
#define NETBACK_PARSE_H

#include "abi.h"

#define TXP_RING_SLOTS	256u /* in the one page of a ring */
#define TXP_MAX_SLOTS	19u /* data slots of a packet that we carry */
#define TXP_FATAL_SLOTS 21u /* more are an attack, not an old frontend */
#define TXP_PAGE	4096u /* of a grant */
#define TXP_MIN_BYTES	14u /* an Ethernet header */

enum txp_verdict {
	TXP_SEND, /* to the network */
	TXP_DROP, /* answered with an error; the frontend may go on */
	TXP_CONTROL, /* no data: a multicast address */
};

enum txp_gso {
	TXP_GSO_NONE,
	TXP_GSO_V4,
	TXP_GSO_V6
};

struct txp_slot {
	u32 gref;
	u16 offset; /* bytes, offset + size <= 4096 when the verdict is SEND */
	u16 size;
	u16 id;
};

/* One packet. Written by txp_parse(), owned by the caller. */
struct txp {
	enum txp_verdict verdict;
	u16 size; /* bytes, the sum of the slots' when the verdict is SEND */
	u16 gso_size; /* payload bytes of a segment; 0: no segments */
	u8 gso; /* enum txp_gso */
	u8 nr_slots; /* data slots: slots[0..nr_slots) */
	u8 nr_extras; /* ring slots behind the first that carried no data */
	bool csum_blank; /* the sum is of the pseudo header only */
	bool csum_valid;
	u8 mcast; /* extra type: add or delete mcast_addr, or 0 */
	u8 hash_type; /* 0: none was given */
	u8 mcast_addr[6];
	u32 hash;
	struct txp_slot slots[TXP_FATAL_SLOTS];
};

/**
 * txp_parse() - read and judge the packet that starts at @cons
 * @ring: the ring's slots in shared memory, TXP_RING_SLOTS of them
 * @cons: index of its first slot
 * @prod: the producer as read once by the caller; prod - cons is in
 *        1..TXP_RING_SLOTS
 * @p: the result
 *
 * Each slot is read once. Returns the ring slots that the packet takes, at
 * least one and at most prod - cons, or -EPROTO: the frontend broke the
 * protocol in a way after which the ring makes no sense.
 */
int txp_parse(const struct xen_netif_tx_request *ring, u32 cons, u32 prod,
	      struct txp *p);

#endif
