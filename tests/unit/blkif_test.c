// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: a field of a request is read from the wrong place of
 * one ABI's slot, a bound is off by one, an index of a hostile frontend makes
 * us read or answer what is not there, or an event is sent once too often or,
 * worse, once too little. Slots are written through the public header's own
 * structures; those of 32 bits are packed to how that ABI lays them out.
 */
/* links: ../kmod/blkback/proto.c */
#include <string.h>

#include "../../kmod/blkback/proto.h"
#include "test.h"

struct slot32 {
	u8 op;
	u8 nr_segments;
	u16 handle;
	u64 id;
	u64 sector;
	struct blkif_request_segment seg[BLK_SEGS_DIRECT];
} __attribute__((packed));

_Static_assert(sizeof(struct blkif_request) == BLK_SLOT_MAX, "blkif.h");
_Static_assert(sizeof(struct slot32) == 108, "the i386 ABI");

static u8 page[BLK_RING_PAGES_MAX * 4096] __attribute__((aligned(4096)));

struct head {
	u32 req_prod, req_event, rsp_prod, rsp_event;
};

static struct head *head(void)
{
	return (struct head *)page;
}

static struct blk_ring fresh(u32 nr_pages, enum blk_abi abi)
{
	struct blk_ring ring;

	memset(page, 0, sizeof(page));
	head()->req_event = head()->rsp_event = 1;
	EXPECT_EQ(blk_ring_attach(&ring, page, nr_pages, abi), 0);
	return ring;
}

static const struct blk_limits limits = { 1000, false, true };

TEST(a_ring_is_as_long_as_the_header_says)
{
	static const u32 slots[] = { 32, 64, 128, 256, 512 };
	u32 order;

	for (order = 0; order < 5; order++) {
		EXPECT_EQ(fresh(1 << order, BLK_ABI_X86_64).nr_slots,
			  slots[order]);
		EXPECT_EQ(fresh(1 << order, BLK_ABI_X86_32).nr_slots,
			  slots[order]);
	}
}

TEST(a_64_bit_write_is_read_as_it_was_written)
{
	struct blk_ring ring = fresh(1, BLK_ABI_X86_64);
	struct blkif_request *slot = (void *)(page + BLK_RING_HEADER);
	struct blk_request rq;

	slot->operation = BLKIF_OP_WRITE;
	slot->nr_segments = 2;
	slot->id = 0x1122334455667788;
	slot->sector_number = 42;
	slot->seg[1].gref = 77;
	slot->seg[1].first_sect = 3;
	slot->seg[1].last_sect = 7;
	EXPECT_EQ(blk_ring_take(&ring, &rq), 0);
	head()->req_prod = 1;
	REQUIRE(EXPECT_EQ(blk_ring_take(&ring, &rq), 1));
	EXPECT_EQ(rq.op, BLKIF_OP_WRITE);
	EXPECT_EQ(rq.id, 0x1122334455667788);
	EXPECT_EQ(rq.sector, 42);
	EXPECT_EQ(rq.nr_segments, 2);
	EXPECT_EQ(rq.segment[1].gref, 77);
	EXPECT_EQ(blk_request_check(&rq, &limits), BLKIF_RSP_OKAY);
	EXPECT_EQ(rq.nr_sectors, 1 + 5);
	EXPECT_EQ(blk_ring_take(&ring, &rq), 0);
}

TEST(a_32_bit_write_is_read_as_it_was_written)
{
	struct blk_ring ring = fresh(1, BLK_ABI_X86_32);
	struct slot32 *slot = (void *)(page + BLK_RING_HEADER + 108);
	struct blk_request rq;

	head()->req_prod = 2;
	slot->op = BLKIF_OP_READ;
	slot->nr_segments = 11;
	slot->id = ~0ULL;
	slot->sector = 900;
	slot->seg[10].gref = 5;
	slot->seg[10].last_sect = 7;
	blk_ring_take(&ring, &rq);
	REQUIRE(EXPECT_EQ(blk_ring_take(&ring, &rq), 1));
	EXPECT_EQ(rq.op, BLKIF_OP_READ);
	EXPECT_EQ(rq.id, ~0ULL);
	EXPECT_EQ(rq.segment[10].gref, 5);
	EXPECT_EQ(blk_request_check(&rq, &limits), BLKIF_RSP_OKAY);
	EXPECT_EQ(rq.nr_sectors, 10 + 8);
}

TEST(indirect_and_discard_fields_are_where_the_header_puts_them)
{
	struct blk_ring ring = fresh(1, BLK_ABI_X86_64);
	struct blkif_request_indirect *ind = (void *)(page + BLK_RING_HEADER);
	struct blkif_request_discard *discard =
		(void *)(page + BLK_RING_HEADER + BLK_SLOT_MAX);
	struct blk_request rq;

	head()->req_prod = 2;
	ind->operation = BLKIF_OP_INDIRECT;
	ind->indirect_op = BLKIF_OP_WRITE;
	ind->nr_segments = 256;
	ind->id = 9;
	ind->sector_number = 8;
	ind->indirect_grefs[0] = 1234;
	discard->operation = BLKIF_OP_DISCARD;
	discard->flag = BLKIF_DISCARD_SECURE;
	discard->id = 10;
	discard->sector_number = 990;
	discard->nr_sectors = 10;
	blk_ring_take(&ring, &rq);
	EXPECT(rq.indirect);
	EXPECT_EQ(rq.op, BLKIF_OP_WRITE);
	EXPECT_EQ(rq.nr_segments, 256);
	EXPECT_EQ(rq.indirect_gref, 1234);
	EXPECT_EQ(rq.id, 9);
	EXPECT_EQ(blk_request_check(&rq, &limits), BLKIF_RSP_OKAY);
	blk_ring_take(&ring, &rq);
	EXPECT(rq.secure);
	EXPECT_EQ(rq.nr_sectors, 10);
	EXPECT_EQ(blk_request_check(&rq, &limits), BLKIF_RSP_OKAY);
	rq.nr_sectors = 11;
	EXPECT_EQ(blk_request_check(&rq, &limits), BLKIF_RSP_ERROR);
}

static int verdict(u8 op, bool indirect, u16 nr_segments, u64 sector,
		   const struct blk_limits *allowed)
{
	struct blk_request rq;
	u32 i;

	memset(&rq, 0, sizeof(rq));
	rq.op = op;
	rq.indirect = indirect;
	rq.nr_segments = nr_segments;
	rq.sector = sector;
	rq.nr_sectors = op == BLKIF_OP_DISCARD ? 8 : 0;
	for (i = 0; i < BLK_SEGS_DIRECT; i++)
		rq.segment[i].last_sector = 7;
	return blk_request_check(&rq, allowed);
}

TEST(what_cannot_be_is_refused)
{
	static const struct blk_limits ro = { 1000, true, true };
	static const struct blk_limits plain = { 1000, false, false };
	const int ok = BLKIF_RSP_OKAY, error = BLKIF_RSP_ERROR;
	const int unknown = BLKIF_RSP_EOPNOTSUPP;

	EXPECT_EQ(verdict(BLKIF_OP_READ, false, 1, 992, &limits), ok);
	EXPECT_EQ(verdict(BLKIF_OP_READ, false, 1, 993, &limits), error);
	EXPECT_EQ(verdict(BLKIF_OP_READ, false, 1, ~0ULL, &limits), error);
	EXPECT_EQ(verdict(BLKIF_OP_READ, false, 0, 0, &limits), error);
	EXPECT_EQ(verdict(BLKIF_OP_READ, false, 11, 0, &limits), ok);
	EXPECT_EQ(verdict(BLKIF_OP_READ, false, 12, 0, &limits), error);
	EXPECT_EQ(verdict(BLKIF_OP_READ, true, 256, 0, &limits), ok);
	EXPECT_EQ(verdict(BLKIF_OP_READ, true, 257, 0, &limits), error);
	EXPECT_EQ(verdict(BLKIF_OP_READ, true, 0, 0, &limits), error);
	EXPECT_EQ(verdict(BLKIF_OP_WRITE, false, 1, 0, &ro), error);
	EXPECT_EQ(verdict(BLKIF_OP_WRITE, true, 20, 0, &ro), error);
	EXPECT_EQ(verdict(BLKIF_OP_WRITE_BARRIER, false, 1, 0, &ro), error);
	EXPECT_EQ(verdict(BLKIF_OP_FLUSH_DISKCACHE, false, 0, ~0ULL, &limits),
		  ok);
	EXPECT_EQ(verdict(BLKIF_OP_FLUSH_DISKCACHE, true, 1, 0, &limits),
		  unknown);
	EXPECT_EQ(verdict(BLKIF_OP_INDIRECT, true, 1, 0, &limits), unknown);
	EXPECT_EQ(verdict(BLKIF_OP_DISCARD, false, 0, 0, &ro), error);
	EXPECT_EQ(verdict(BLKIF_OP_DISCARD, false, 0, 0, &plain), unknown);
	EXPECT_EQ(verdict(4, false, 0, 0, &limits), unknown);
	EXPECT_EQ(verdict(255, false, 0, 0, &limits), unknown);
}

TEST(segments_outside_of_a_page_are_refused)
{
	struct blk_request rq = { .op = BLKIF_OP_READ, .nr_segments = 1 };
	struct blk_segment seg = { 1, 0, 7, 0 };

	EXPECT_EQ(blk_segments_check(&rq, &seg, &limits), BLKIF_RSP_OKAY);
	seg.last_sector = 8;
	EXPECT_EQ(blk_segments_check(&rq, &seg, &limits), BLKIF_RSP_ERROR);
	seg.first_sector = 5;
	seg.last_sector = 4;
	EXPECT_EQ(blk_segments_check(&rq, &seg, &limits), BLKIF_RSP_ERROR);
}

TEST(an_impossible_index_closes_the_ring_for_good)
{
	struct blk_ring ring = fresh(1, BLK_ABI_X86_64);
	struct blk_request rq;

	head()->req_prod = 33;
	EXPECT_EQ(blk_ring_waiting(&ring), 0);
	EXPECT(ring.broken);
	head()->req_prod = 1;
	EXPECT_EQ(blk_ring_take(&ring, &rq), -EIO);
	head()->req_prod = 100;
	EXPECT_EQ(blk_ring_attach(&ring, page, 1, BLK_ABI_X86_64), -EINVAL);
}

TEST(unanswered_requests_are_served_again_after_a_reconnect)
{
	struct blk_ring ring = fresh(1, BLK_ABI_X86_64);
	struct blk_request rq;

	head()->req_prod = 5;
	blk_ring_take(&ring, &rq);
	blk_ring_take(&ring, &rq);
	blk_ring_respond(&ring, 0, 0, 0);
	blk_ring_push(&ring);
	EXPECT_EQ(blk_ring_attach(&ring, page, 1, BLK_ABI_X86_64), 0);
	EXPECT_EQ(blk_ring_waiting(&ring), 4);
}

TEST(one_event_for_many_responses_and_none_unasked)
{
	struct blk_ring ring = fresh(1, BLK_ABI_X86_64);
	struct blkif_response *rsp = (void *)(page + BLK_RING_HEADER);
	struct blk_request rq;
	int i;

	head()->req_prod = 8;
	for (i = 0; i < 8; i++)
		blk_ring_take(&ring, &rq);
	EXPECT(!blk_ring_push(&ring));
	for (i = 0; i < 4; i++)
		blk_ring_respond(&ring, 100 + i, BLKIF_OP_READ,
				 BLKIF_RSP_ERROR);
	EXPECT_EQ(head()->rsp_prod, 0);
	EXPECT(blk_ring_push(&ring));
	EXPECT_EQ(head()->rsp_prod, 4);
	EXPECT_EQ(rsp->id, 100);
	EXPECT_EQ(rsp->status, BLKIF_RSP_ERROR);
	/* It has not asked for more: silence. */
	blk_ring_respond(&ring, 104, BLKIF_OP_READ, 0);
	EXPECT(!blk_ring_push(&ring));
	head()->rsp_event = 6;
	blk_ring_respond(&ring, 105, BLKIF_OP_READ, 0);
	EXPECT(blk_ring_push(&ring));
}

TEST(arming_sees_what_came_meanwhile)
{
	struct blk_ring ring = fresh(1, BLK_ABI_X86_64);
	struct blk_request rq;

	EXPECT(!blk_ring_arm(&ring, 1));
	EXPECT_EQ(head()->req_event, 1);
	head()->req_prod = 1;
	EXPECT(blk_ring_arm(&ring, 5));
	blk_ring_take(&ring, &rq);
	EXPECT(!blk_ring_arm(&ring, 1));
	EXPECT_EQ(head()->req_event, 2);
	EXPECT(!blk_ring_arm(&ring, 5));
	EXPECT_EQ(head()->req_event, 6);
}
