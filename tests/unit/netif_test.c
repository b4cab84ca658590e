// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: a slot is read twice or past the producer, the first
 * slot's own size is taken for the packet's, a packet is dropped where the ring
 * is broken or the other way round, or the hash differs from everybody's.
 */
/* links: ../kmod/netback/parse.c ../kmod/netback/hash.c */
#include "../../kmod/netback/hash.h"
#include "../../kmod/netback/parse.h"
#include "test.h"

static struct xen_netif_tx_request ring[TXP_RING_SLOTS];
static struct txp p;
static u32 prod;

static void slot(u16 offset, u16 size, u16 flags)
{
	ring[prod % TXP_RING_SLOTS] = (struct xen_netif_tx_request){
		.gref = 1000 + prod,
		.offset = offset,
		.flags = flags,
		.id = prod,
		.size = size,
	};
	prod++;
}

static struct xen_netif_extra_info *extra(u8 type, u8 flags)
{
	struct xen_netif_extra_info *e = (void *)&ring[prod++ % TXP_RING_SLOTS];

	memset(e, 0, sizeof(ring[0]));
	e->type = type;
	e->flags = flags;
	return e;
}

static int parse(void)
{
	int used = txp_parse(ring, 0, prod, &p);

	prod = 0;
	return used;
}

#define MORE  XEN_NETTXF_more_data
#define EXTRA XEN_NETTXF_extra_info

TEST(one_slot_is_a_packet)
{
	slot(100, 60, XEN_NETTXF_csum_blank);
	EXPECT_EQ(parse(), 1);
	EXPECT_EQ(p.verdict, TXP_SEND);
	EXPECT_EQ(p.nr_slots, 1);
	EXPECT_EQ(p.slots[0].size, 60);
	EXPECT_EQ(p.slots[0].gref, 1000);
	EXPECT(p.csum_blank && !p.csum_valid);
}

TEST(the_first_slot_has_what_the_others_leave)
{
	slot(0, 5000, MORE);
	slot(96, 4000, MORE);
	slot(0, 0, MORE); /* legal, and answered */
	slot(0, 900, 0);
	EXPECT_EQ(parse(), 4);
	EXPECT_EQ(p.verdict, TXP_SEND);
	EXPECT_EQ(p.size, 5000);
	EXPECT_EQ(p.slots[0].size, 100);
	EXPECT_EQ(p.nr_slots, 4);
}

TEST(a_slot_ends_in_its_page)
{
	slot(4036, 60, 0);
	EXPECT_EQ(parse(), 1);
	slot(4037, 60, 0);
	EXPECT_EQ(parse(), -EPROTO);
	slot(65535, 60, 0);
	EXPECT_EQ(parse(), -EPROTO);
	slot(0, 200, MORE);
	slot(4000, 97, 0);
	EXPECT_EQ(parse(), -EPROTO);
	slot(0, 4197, MORE); /* leaves 4097 for the first */
	slot(0, 100, 0);
	EXPECT_EQ(parse(), -EPROTO);
}

TEST(too_small_or_too_long_a_packet_is_dropped)
{
	slot(0, 13, 0);
	EXPECT_EQ(parse(), 1);
	EXPECT_EQ(p.verdict, TXP_DROP);
	slot(0, 100, MORE); /* a size that wrapped */
	slot(0, 4096, MORE);
	slot(0, 4096, 0);
	EXPECT_EQ(parse(), 3);
	EXPECT_EQ(p.verdict, TXP_DROP);
}

static int parse_slots(unsigned int more)
{
	unsigned int i;

	slot(0, 14 + more, MORE);
	for (i = 0; i < more; i++)
		slot(0, 1, i + 1 < more ? MORE : 0);
	return parse();
}

TEST(slots_are_counted)
{
	EXPECT_EQ(parse_slots(18), 19);
	EXPECT_EQ(p.verdict, TXP_SEND);
	EXPECT_EQ(parse_slots(19), 20);
	EXPECT_EQ(p.verdict, TXP_DROP);
	EXPECT_EQ(parse_slots(20), 21);
	EXPECT_EQ(p.verdict, TXP_DROP);
	EXPECT_EQ(parse_slots(21), -EPROTO);
}

TEST(a_packet_that_ends_behind_the_producer_is_a_lie)
{
	slot(0, 100, MORE);
	EXPECT_EQ(parse(), -EPROTO);
	slot(0, 100, EXTRA);
	EXPECT_EQ(parse(), -EPROTO);
	slot(0, 100, EXTRA);
	extra(XEN_NETIF_EXTRA_TYPE_XDP, XEN_NETIF_EXTRA_FLAG_MORE);
	EXPECT_EQ(parse(), -EPROTO);
}

TEST(extras_are_understood_or_refused)
{
	struct xen_netif_extra_info *e;

	slot(0, 3000, EXTRA | XEN_NETTXF_csum_blank);
	e = extra(XEN_NETIF_EXTRA_TYPE_GSO, XEN_NETIF_EXTRA_FLAG_MORE);
	e->u.gso.size = 1448;
	e->u.gso.type = XEN_NETIF_GSO_TYPE_TCPV6;
	e = extra(XEN_NETIF_EXTRA_TYPE_HASH, 0);
	e->u.hash.type = _XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP;
	e->u.hash.value[0] = 5;
	EXPECT_EQ(parse(), 3);
	EXPECT_EQ(p.gso, TXP_GSO_V6);
	EXPECT_EQ(p.gso_size, 1448);
	EXPECT_EQ(p.hash_type, _XEN_NETIF_CTRL_HASH_TYPE_IPV6_TCP + 1);
	EXPECT_EQ(p.hash, 5);
	EXPECT_EQ(p.nr_extras, 2);

	slot(0, 3000, EXTRA);
	e = extra(XEN_NETIF_EXTRA_TYPE_GSO, 0);
	e->u.gso.type = XEN_NETIF_GSO_TYPE_TCPV4;
	EXPECT_EQ(parse(), -EPROTO); /* segments of nothing */
	slot(0, 3000, EXTRA);
	e = extra(XEN_NETIF_EXTRA_TYPE_GSO, 0);
	e->u.gso.size = 1448;
	e->u.gso.type = 3;
	EXPECT_EQ(parse(), -EPROTO);
	slot(0, 3000, EXTRA);
	extra(0, 0);
	EXPECT_EQ(parse(), -EPROTO);
	slot(0, 3000, EXTRA);
	extra(6, 0);
	EXPECT_EQ(parse(), -EPROTO);
}

TEST(a_multicast_address_is_no_packet)
{
	struct xen_netif_extra_info *e;

	slot(0, 60, EXTRA);
	e = extra(XEN_NETIF_EXTRA_TYPE_MCAST_ADD, 0);
	e->u.mcast.addr[0] = 0x33;
	EXPECT_EQ(parse(), 2);
	EXPECT_EQ(p.verdict, TXP_CONTROL);
	EXPECT_EQ(p.mcast, XEN_NETIF_EXTRA_TYPE_MCAST_ADD);
	EXPECT_EQ(p.mcast_addr[0], 0x33);
}

/* Samples of the receive side scaling specification. */
TEST(toeplitz_is_everybodys)
{
	static const u8 key[HASH_KEY_BYTES] = {
		0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67,
		0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb,
		0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30,
		0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
	};
	/* 66.9.149.187:2794 to 161.142.100.80:1766 */
	static const u8 in[] = { 66,  9,  149,	187,  161,  142,
				 100, 80, 0x0a, 0xea, 0x06, 0xe6 };

	EXPECT_EQ(hash_toeplitz(key, in, 8), 0x323e8fc2);
	EXPECT_EQ(hash_toeplitz(key, in, 12), 0x51ccc178);
}

static u8 source[512];
static u32 fetched;

static int fetch(void *opaque, u32 gref, u32 offset, void *to, u32 len)
{
	if (gref != 7 || offset + len > sizeof(source))
		return -EFAULT;
	memcpy(to, source + offset, len);
	fetched += len;
	return 0;
}

static u32 request(struct hash_conf *conf, u16 type, u32 a, u32 b, u32 c)
{
	struct xen_netif_ctrl_request req = { .type = type,
					      .data = { a, b, c } };
	u32 data;

	return hash_request(conf, 2, &req, fetch, NULL, &data);
}

TEST(control_requests_keep_their_bounds)
{
	struct hash_conf conf = {};
	u32 *map = (u32 *)source;

	EXPECT_EQ(request(&conf, XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS, 1, 0, 0),
		  XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER);
	EXPECT_EQ(request(&conf, XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM, 2, 0,
			  0),
		  XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER);
	EXPECT_EQ(request(&conf, XEN_NETIF_CTRL_TYPE_SET_HASH_ALGORITHM, 1, 0,
			  0),
		  0);
	EXPECT_EQ(request(&conf, XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS, 16, 0, 0),
		  XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER);
	EXPECT_EQ(request(&conf, XEN_NETIF_CTRL_TYPE_SET_HASH_FLAGS, 15, 0, 0),
		  0);
	EXPECT_EQ(request(&conf, XEN_NETIF_CTRL_TYPE_SET_HASH_KEY, 7, 41, 0),
		  XEN_NETIF_CTRL_STATUS_BUFFER_OVERFLOW);
	EXPECT_EQ(request(&conf, XEN_NETIF_CTRL_TYPE_SET_HASH_KEY, 8, 40, 0),
		  XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER);
	EXPECT_EQ(request(&conf, XEN_NETIF_CTRL_TYPE_SET_HASH_KEY, 7, 40, 0),
		  0);
	EXPECT_EQ(request(&conf, XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE, 129,
			  0, 0),
		  XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER);
	EXPECT_EQ(request(&conf, XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING_SIZE, 4,
			  0, 0),
		  0);
	fetched = 0;
	EXPECT_EQ(request(&conf, XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING, 7, 3, 2),
		  XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER);
	EXPECT_EQ(request(&conf, XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING, 7, 4,
			  ~0u),
		  XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER);
	EXPECT_EQ(fetched, 0);
	map[0] = 1;
	map[1] = 2; /* there are queues 0 and 1 */
	EXPECT_EQ(request(&conf, XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING, 7, 2, 2),
		  XEN_NETIF_CTRL_STATUS_INVALID_PARAMETER);
	EXPECT_EQ(conf.mapping[2], 0);
	map[1] = 1;
	EXPECT_EQ(request(&conf, XEN_NETIF_CTRL_TYPE_SET_HASH_MAPPING, 7, 2, 2),
		  0);
	EXPECT_EQ(conf.mapping[3], 1);
	EXPECT_EQ(request(&conf, 8, 0, 0, 0),
		  XEN_NETIF_CTRL_STATUS_NOT_SUPPORTED);
}
