/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How a frontend wants received packets spread over its queues: the state that
 * its control requests change, and the hash. Also built on the host.
 *
 * ABI: xen/interface/io/netif.h, "Control requests".
 */
#ifndef NETBACK_HASH_H
#define NETBACK_HASH_H

#include "abi.h"

#define HASH_KEY_BYTES	 40u
#define HASH_MAPPING_MAX 128u
#define HASH_FLAGS                                                           \
	(XEN_NETIF_CTRL_HASH_TYPE_IPV4 | XEN_NETIF_CTRL_HASH_TYPE_IPV4_TCP | \
	 XEN_NETIF_CTRL_HASH_TYPE_IPV6 | XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP)

struct hash_conf {
	u32 algorithm;
	u32 flags;
	u32 mapping_size; /* entries, 0: hash modulo the queues */
	u8 key[HASH_KEY_BYTES];
	u32 mapping[HASH_MAPPING_MAX];
};

/* Copies @len bytes out of the frontend's page; 0 or a negative errno. */
typedef int (*hash_fetch)(void *opaque, u32 gref, u32 offset, void *to,
			  u32 len);

/**
 * hash_request() - carry out one control request on @conf
 * @nr_queues: what a mapping may name
 * @data: an answer's data
 *
 * Returns XEN_NETIF_CTRL_STATUS_*. @conf is as before when that is an error.
 */
u32 hash_request(struct hash_conf *conf, unsigned int nr_queues,
		 const struct xen_netif_ctrl_request *req, hash_fetch fetch,
		 void *opaque, u32 *data);

/* Toeplitz over @len bytes; a key that is too short continues with zeros. */
u32 hash_toeplitz(const u8 key[HASH_KEY_BYTES], const u8 *buf,
		  unsigned int len);

#endif
