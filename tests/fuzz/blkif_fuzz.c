// SPDX-License-Identifier: GPL-2.0-only
/*
 * A block frontend that writes what it likes into its ring: the first byte
 * chooses ABI and length, the rest is the ring, again and again changed while
 * we work on it. Whatever we accept must lie inside of the disk.
 */
/* links: ../kmod/blkback/proto.c */
#include <stdlib.h>

#include "../../kmod/blkback/proto.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool fine)
{
	if (!fine)
		abort();
}

static void serve(struct blk_ring *ring, const struct blk_limits *limits)
{
	struct blk_request rq;
	u32 served = 0;

	while (blk_ring_take(ring, &rq) == 1) {
		int status = blk_request_check(&rq, limits);

		must(++served <= ring->nr_slots);
		if (status == BLKIF_RSP_OKAY && !rq.indirect) {
			must(rq.nr_sectors <= limits->nr_sectors);
			must(!rq.nr_sectors ||
			     rq.sector + rq.nr_sectors <= limits->nr_sectors);
			must(rq.op == BLKIF_OP_DISCARD ||
			     rq.nr_segments <= BLK_SEGS_DIRECT);
			must(!rq.nr_sectors || rq.op == BLKIF_OP_READ ||
			     !limits->read_only);
		}
		must(rq.nr_segments <= BLK_SEGS_MAX ||
		     status != BLKIF_RSP_OKAY);
		blk_ring_respond(ring, rq.id, rq.op, status);
	}
	blk_ring_push(ring);
	blk_ring_arm(ring, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct blk_limits limits = { 4096, false, true };
	struct blk_ring ring;
	u32 nr_pages;
	u8 *page;
	int round;

	if (size < 2)
		return 0;
	nr_pages = 1u << (data[0] % 5);
	limits.read_only = data[0] & 0x40;
	page = calloc(nr_pages, 4096);
	must(page);
	if (blk_ring_attach(&ring, page, nr_pages,
			    data[0] & 0x80 ? BLK_ABI_X86_32 : BLK_ABI_X86_64) ==
	    0) {
		for (round = 0; round < 4; round++) {
			size_t part = (size - 1) / 4;

			if (part > nr_pages * 4096)
				part = nr_pages * 4096;
			memcpy(page, data + 1 + part * round, part);
			serve(&ring, &limits);
		}
	}
	free(page);
	return 0;
}
