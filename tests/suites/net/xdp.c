// SPDX-License-Identifier: GPL-2.0-only
/* Programs that the net suite attaches to a vif. */
#include <linux/bpf.h>

static long (*const bpf_redirect)(__u32 ifindex, __u64 flags) = (void *)23;

#define SECTION(name) __attribute__((section(name), used))

/* An ICMP echo request, at least: addresses and kind are all that changes. */
struct echo {
	__u8 eth_dst[6], eth_src[6];
	__u8 eth_type[2];
	__u8 ip_head[9], protocol;
	__u16 ip_sum;
	__u32 source, dest;
	__u8 type, code;
	__u16 sum;
} __attribute__((packed));

/* Is it one? Then it becomes its answer. */
static __attribute__((always_inline)) int answer(struct xdp_md *ctx)
{
	struct echo *e = (void *)(long)ctx->data;
	__u32 address, sum, i;
	__u8 byte;

	if ((void *)(e + 1) > (void *)(long)ctx->data_end)
		return 0;
	if (e->eth_type[0] != 8 || e->eth_type[1] || e->protocol != 1 ||
	    e->type != 8)
		return 0;
	for (i = 0; i < 6; i++) {
		byte = e->eth_dst[i];
		e->eth_dst[i] = e->eth_src[i];
		e->eth_src[i] = byte;
	}
	address = e->source;
	e->source = e->dest;
	e->dest = address;
	e->type = 0;
	sum = e->sum + 8; /* little endian: the type is the low byte */
	e->sum = sum + (sum >> 16);
	return 1;
}

SECTION("drop") int xdp_drop(struct xdp_md *ctx)
{
	return answer(ctx) ? XDP_DROP : XDP_PASS;
}

SECTION("pass") int xdp_pass(struct xdp_md *ctx)
{
	return XDP_PASS;
}

SECTION("tx") int xdp_tx(struct xdp_md *ctx)
{
	return answer(ctx) ? XDP_TX : XDP_PASS;
}

SECTION("redirect") int xdp_redirect(struct xdp_md *ctx)
{
	if (!answer(ctx))
		return XDP_PASS;
	return bpf_redirect(ctx->ingress_ifindex, 0);
}

char _license[] SECTION("license") = "GPL";
