// SPDX-License-Identifier: GPL-2.0-only
/*
 * The blkif protocol: see proto.h. Built into the module and on the host.
 */
#include "proto.h"

#ifdef __KERNEL__
#include <linux/compiler.h>
#include <asm/barrier.h>
#else
#define READ_ONCE(x)	 (*(const volatile __typeof__(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile __typeof__(x) *)&(x) = (v))
#define virt_mb()	 __atomic_thread_fence(__ATOMIC_SEQ_CST)
#define virt_rmb()	 __atomic_thread_fence(__ATOMIC_ACQUIRE)
#define virt_wmb()	 __atomic_thread_fence(__ATOMIC_RELEASE)
#define barrier()	 __asm__ volatile("" ::: "memory")
#endif

/* The head of a shared ring, the same in every ABI. */
struct shared_head {
	u32 req_prod;
	u32 req_event;
	u32 rsp_prod;
	u32 rsp_event;
	u8 pad[48];
};

_Static_assert(sizeof(struct shared_head) == BLK_RING_HEADER, "ring.h");
_Static_assert(sizeof(struct blk_segment) ==
		       sizeof(struct blkif_request_segment),
	       "blkif.h");

static const struct blk_layout layouts[] = {
	[BLK_ABI_X86_64] = {
		.slot = 112, .id = 8, .sector = 16,
		.segments = 24, .nr_sectors = 24, .indirect = 28,
	},
	[BLK_ABI_X86_32] = {
		.slot = 108, .id = 4, .sector = 12,
		.segments = 20, .nr_sectors = 20, .indirect = 24,
	},
};

static struct shared_head *head(const struct blk_ring *ring)
{
	return (struct shared_head *)ring->base;
}

static u8 *slot(const struct blk_ring *ring, u32 index)
{
	return ring->base + BLK_RING_HEADER +
	       (index & (ring->nr_slots - 1)) * ring->layout->slot;
}

int blk_ring_attach(struct blk_ring *ring, void *base, u32 nr_pages,
		    enum blk_abi abi)
{
	u32 room, req_prod;

	memset(ring, 0, sizeof(*ring));
	ring->base = base;
	ring->layout = &layouts[abi];
	room = (nr_pages * 4096 - BLK_RING_HEADER) / ring->layout->slot;
	for (ring->nr_slots = 1; ring->nr_slots * 2 <= room;)
		ring->nr_slots *= 2;
	ring->rsp_prod = READ_ONCE(head(ring)->rsp_prod);
	req_prod = READ_ONCE(head(ring)->req_prod);
	ring->req_cons = ring->rsp_prod;
	ring->rsp_pushed = ring->rsp_prod;
	return req_prod - ring->rsp_prod > ring->nr_slots ? -EINVAL : 0;
}

u32 blk_ring_waiting(struct blk_ring *ring)
{
	u32 prod = READ_ONCE(head(ring)->req_prod);

	if (ring->broken)
		return 0;
	if (prod - ring->rsp_prod > ring->nr_slots ||
	    prod - ring->req_cons > ring->nr_slots) {
		ring->broken = true;
		return 0;
	}
	return prod - ring->req_cons;
}

static void decode(const struct blk_layout *layout, const u8 *copy,
		   struct blk_request *rq)
{
	u16 nr;

	rq->op = copy[0];
	rq->indirect = rq->op == BLKIF_OP_INDIRECT;
	rq->secure = false;
	rq->nr_segments = 0;
	rq->nr_sectors = 0;
	rq->indirect_gref = 0;
	memcpy(&rq->id, copy + layout->id, sizeof(rq->id));
	memcpy(&rq->sector, copy + layout->sector, sizeof(rq->sector));
	if (rq->indirect) {
		rq->op = copy[1];
		memcpy(&nr, copy + 2, sizeof(nr));
		rq->nr_segments = nr;
		memcpy(&rq->indirect_gref, copy + layout->indirect,
		       sizeof(rq->indirect_gref));
	} else if (rq->op == BLKIF_OP_DISCARD) {
		rq->secure = copy[1] & BLKIF_DISCARD_SECURE;
		memcpy(&rq->nr_sectors, copy + layout->nr_sectors,
		       sizeof(rq->nr_sectors));
	} else {
		rq->nr_segments = copy[1];
		memcpy(rq->segment, copy + layout->segments,
		       sizeof(rq->segment));
	}
}

int blk_ring_take(struct blk_ring *ring, struct blk_request *rq)
{
	u8 copy[BLK_SLOT_MAX];

	if (blk_ring_waiting(ring) == 0)
		return ring->broken ? -EIO : 0;
	virt_rmb(); /* the slot after the index that covers it */
	memcpy(copy, slot(ring, ring->req_cons), ring->layout->slot);
	barrier(); /* only the copy is looked at from here on */
	ring->req_cons++;
	decode(ring->layout, copy, rq);
	return 1;
}

bool blk_ring_arm(struct blk_ring *ring, u32 nr)
{
	if (blk_ring_waiting(ring))
		return true;
	WRITE_ONCE(head(ring)->req_event, ring->req_cons + nr);
	virt_mb(); /* pairs with the frontend's, between index and event */
	return blk_ring_waiting(ring) != 0;
}

void blk_ring_respond(struct blk_ring *ring, u64 id, u8 op, s16 status)
{
	/* Responses lie at the stride of requests. */
	u8 *to = slot(ring, ring->rsp_prod);

	memcpy(to, &id, sizeof(id));
	to[8] = op;
	memcpy(to + 10, &status, sizeof(status));
	ring->rsp_prod++;
}

bool blk_ring_push(struct blk_ring *ring)
{
	u32 old = ring->rsp_pushed;

	if (old == ring->rsp_prod)
		return false;
	virt_wmb(); /* responses before the index that shows them */
	WRITE_ONCE(head(ring)->rsp_prod, ring->rsp_prod);
	ring->rsp_pushed = ring->rsp_prod;
	virt_mb(); /* pairs with the frontend's, between event and index */
	return ring->rsp_prod - READ_ONCE(head(ring)->rsp_event) <
	       ring->rsp_prod - old;
}

bool blk_ring_seen(const struct blk_ring *ring)
{
	return READ_ONCE(head(ring)->rsp_event) == ring->rsp_pushed + 1;
}

static int check_range(const struct blk_request *rq,
		       const struct blk_limits *limits)
{
	if (rq->sector > limits->nr_sectors ||
	    rq->nr_sectors > limits->nr_sectors - rq->sector)
		return BLKIF_RSP_ERROR;
	return BLKIF_RSP_OKAY;
}

int blk_segments_check(struct blk_request *rq, const struct blk_segment *seg,
		       const struct blk_limits *limits)
{
	u32 i, sectors = 0;

	for (i = 0; i < rq->nr_segments; i++) {
		if (seg[i].last_sector >= BLK_SECTORS_PER_PAGE ||
		    seg[i].first_sector > seg[i].last_sector)
			return BLKIF_RSP_ERROR;
		sectors += seg[i].last_sector - seg[i].first_sector + 1;
	}
	rq->nr_sectors = sectors;
	return check_range(rq, limits);
}

static int check_data(struct blk_request *rq, const struct blk_limits *limits)
{
	if (rq->op != BLKIF_OP_READ && limits->read_only)
		return BLKIF_RSP_ERROR;
	if (rq->indirect) {
		if (rq->nr_segments == 0 || rq->nr_segments > BLK_SEGS_MAX)
			return BLKIF_RSP_ERROR;
		return BLKIF_RSP_OKAY;
	}
	if (rq->nr_segments > BLK_SEGS_DIRECT)
		return BLKIF_RSP_ERROR;
	return blk_segments_check(rq, rq->segment, limits);
}

int blk_request_check(struct blk_request *rq, const struct blk_limits *limits)
{
	if (rq->indirect && rq->op != BLKIF_OP_READ && rq->op != BLKIF_OP_WRITE)
		return BLKIF_RSP_EOPNOTSUPP;
	switch (rq->op) {
	case BLKIF_OP_READ:
	case BLKIF_OP_WRITE:
		if (rq->nr_segments == 0)
			return BLKIF_RSP_ERROR;
		return check_data(rq, limits);
	case BLKIF_OP_WRITE_BARRIER:
	case BLKIF_OP_FLUSH_DISKCACHE:
		/* An empty one only asks for what was written to be kept. */
		if (rq->nr_segments == 0)
			return BLKIF_RSP_OKAY;
		return check_data(rq, limits);
	case BLKIF_OP_DISCARD:
		if (!limits->discard)
			return BLKIF_RSP_EOPNOTSUPP;
		if (limits->read_only)
			return BLKIF_RSP_ERROR;
		return check_range(rq, limits);
	default:
		return BLKIF_RSP_EOPNOTSUPP;
	}
}
