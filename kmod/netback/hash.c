// SPDX-License-Identifier: GPL-2.0-only
/*
 * Control requests and the Toeplitz hash. Offsets and lengths are the
 * frontend's: they are checked by subtraction, before anything is copied.
 */
#include "hash.h"

u32 hash_toeplitz(const u8 key[HASH_KEY_BYTES], const u8 *buf, unsigned int len)
{
	u32 window = (u32)key[0] << 24 | key[1] << 16 | key[2] << 8 | key[3];
	unsigned int i, bit, next;
	u32 hash = 0;

	for (i = 0; i < len; i++) {
		next = i + 4 < HASH_KEY_BYTES ? key[i + 4] : 0;
		for (bit = 8; bit-- > 0;) {
			if (buf[i] >> bit & 1)
				hash ^= window;
			window = window << 1 | (next >> bit & 1);
		}
	}
	return hash;
}

static u32 set_algorithm(struct hash_conf *conf, u32 algorithm)
{
	if (algorithm != XEN_NETIF_CTRL_HASH_ALGORITHM_NONE &&
	    algorithm != XEN_NETIF_CTRL_HASH_ALGORITHM_TOEPLITZ)
		return XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
	conf->algorithm = algorithm;
	return XEN_NETIF_CTRL_STATUS_SUCCESS;
}

static u32 set_flags(struct hash_conf *conf, u32 flags)
{
	if (flags & ~HASH_FLAGS ||
	    conf->algorithm == XEN_NETIF_CTRL_HASH_ALGORITHM_NONE)
		return XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
	conf->flags = flags;
	return XEN_NETIF_CTRL_STATUS_SUCCESS;
}

static u32 set_key(struct hash_conf *conf, u32 gref, u32 len, hash_fetch fetch,
		   void *opaque)
{
	u8 key[HASH_KEY_BYTES] = {};

	if (len > sizeof(key))
		return XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW;
	if (len && fetch(opaque, gref, 0, key, len))
		return XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
	memcpy(conf->key, key, sizeof(key));
	return XEN_NETIF_CTRL_STATUS_SUCCESS;
}

static u32 set_mapping_size(struct hash_conf *conf, u32 size)
{
	if (size > HASH_MAPPING_MAX)
		return XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
	conf->mapping_size = size;
	memset(conf->mapping, 0, sizeof(conf->mapping));
	return XEN_NETIF_CTRL_STATUS_SUCCESS;
}

static u32 set_mapping(struct hash_conf *conf, unsigned int nr_queues, u32 gref,
		       u32 len, u32 offset, hash_fetch fetch, void *opaque)
{
	u32 mapping[HASH_MAPPING_MAX];
	u32 i;

	if (offset > conf->mapping_size || len > conf->mapping_size - offset)
		return XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
	if (len && fetch(opaque, gref, 0, mapping, len * sizeof(*mapping)))
		return XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
	for (i = 0; i < len; i++) {
		if (mapping[i] >= nr_queues)
			return XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER;
	}
	memcpy(conf->mapping + offset, mapping, len * sizeof(*mapping));
	return XEN_NETIF_CTRL_STATUS_SUCCESS;
}

u32 hash_request(struct hash_conf *conf, unsigned int nr_queues,
		 const struct xen_netif_ctrl_request *req, hash_fetch fetch,
		 void *opaque, u32 *data)
{
	const u32 *in = req->data;

	*data = 0;
	switch (req->type) {
	case XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM:
		return set_algorithm(conf, in[0]);
	case XEN_NETIF_CTRL_TYPE_GET_HASH_FLAGS:
		*data = HASH_FLAGS;
		return XEN_NETIF_CTRL_STATUS_SUCCESS;
	case XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS:
		return set_flags(conf, in[0]);
	case XEN_NETIF_CTRL_TYPE_SET_HASH_KEY:
		return set_key(conf, in[0], in[1], fetch, opaque);
	case XEN_NETIF_CTRL_TYPE_GET_HASH_MAPPING_SIZE:
		*data = HASH_MAPPING_MAX;
		return XEN_NETIF_CTRL_STATUS_SUCCESS;
	case XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE:
		return set_mapping_size(conf, in[0]);
	case XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING:
		return set_mapping(conf, nr_queues, in[0], in[1], in[2], fetch,
				   opaque);
	default:
		return XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED;
	}
}
