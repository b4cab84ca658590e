// SPDX-License-Identifier: GPL-2.0-only
/*
 * A network frontend that writes what it likes into its transmit ring, and
 * sends what control requests it likes. Whatever is accepted must fit what the
 * copies are made for: slots inside their page, that add up to the packet.
 */
/* links: ../kmod/netback/parse.c ../kmod/netback/hash.c */
#include <stdlib.h>

#include "../../kmod/netback/hash.h"
#include "../../kmod/netback/parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool fine)
{
	if (!fine)
		abort();
}

static void judge(const struct txp *p, int used, u32 avail)
{
	u32 sum = 0, i;

	must(used >= 1 && (u32)used <= avail);
	must(used == p->nr_slots + p->nr_extras);
	must(p->nr_slots >= 1 && p->nr_slots <= TXP_FATAL_SLOTS);
	if (p->verdict != TXP_SEND)
		return;
	must(p->nr_slots <= TXP_MAX_SLOTS && p->size >= TXP_MIN_BYTES);
	for (i = 0; i < p->nr_slots; i++) {
		must(p->slots[i].offset + p->slots[i].size <= TXP_PAGE);
		sum += p->slots[i].size;
	}
	must(sum == p->size);
	must(p->gso == TXP_GSO_NONE || p->gso_size);
}

static int fetch(void *opaque, u32 gref, u32 offset, void *to, u32 len)
{
	must(offset + len <= 4096 && len <= 4 * HASH_MAPPING_MAX);
	memset(to, gref, len);
	return gref & 1 ? -EFAULT : 0;
}

static void control(const uint8_t *data, size_t size)
{
	struct xen_netif_ctrl_request req;
	struct hash_conf conf = {};
	u32 answer, i;

	for (; size >= sizeof(req); size -= sizeof(req), data += sizeof(req)) {
		memcpy(&req, data, sizeof(req));
		req.type %= 10;
		hash_request(&conf, 4, &req, fetch, NULL, &answer);
		must(conf.mapping_size <= HASH_MAPPING_MAX);
		for (i = 0; i < HASH_MAPPING_MAX; i++)
			must(conf.mapping[i] < 4);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct xen_netif_tx_request ring[TXP_RING_SLOTS];
	u32 cons, prod, slots = size / sizeof(ring[0]);
	struct txp p;
	int used;

	if (slots < 2)
		return 0;
	if (slots > TXP_RING_SLOTS)
		slots = TXP_RING_SLOTS;
	/* where the ring begins, so that packets wrap around its end */
	cons = data[0];
	prod = cons + slots - 1;
	memset(ring, 0, sizeof(ring));
	for (u32 i = 1; i < slots; i++)
		memcpy(&ring[(cons + i - 1) % TXP_RING_SLOTS],
		       data + i * sizeof(ring[0]), sizeof(ring[0]));
	for (; cons != prod; cons += used) {
		used = txp_parse(ring, cons, prod, &p);
		if (used < 0) {
			must(used == -EPROTO);
			break;
		}
		judge(&p, used, prod - cons);
	}
	control(data, size);
	return 0;
}
