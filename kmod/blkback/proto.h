/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The blkif protocol of one ring: shared page, requests, responses.
 *
 * Nothing here knows of the kernel's objects, so that the same sources are
 * tested and fuzzed on the host. The frontend is hostile: a slot is copied
 * once and only the copy is judged.
 *
 * ABI source: xen/interface/io/blkif.h and ring.h. Slots differ between
 * frontends of 32 and 64 bits in padding only, so a table of offsets stands
 * for the three ABIs (native is x86_64).
 */
#ifndef BLKBACK_PROTO_H
#define BLKBACK_PROTO_H

#ifdef __KERNEL__
#include <linux/kernel.h>
#include <linux/string.h>
#include <linux/types.h>
#include <xen/interface/xen.h>
#include <xen/interface/io/ring.h>
#include <xen/interface/io/blkif.h>
#else
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <xen/xen.h>
#include <xen/io/blkif.h>
typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int16_t s16;
#endif

enum blk_abi {
	BLK_ABI_X86_64, /* and native */
	BLK_ABI_X86_32,
};

enum {
	BLK_RING_HEADER = 64, /* bytes before the first slot of a ring */
	BLK_SLOT_MAX = 112,
	BLK_SEGS_DIRECT = BLKIF_MAX_SEGMENTS_PER_REQUEST,
	BLK_SEGS_MAX = 256, /* of an indirect request */
	BLK_SECTORS_PER_PAGE = 8,
	BLK_RING_PAGES_MAX = 16,
};

/* What is where in a slot of one ABI, in bytes. */
struct blk_layout {
	u8 slot;
	u8 id;
	u8 sector;
	u8 segments;
	u8 nr_sectors;
	u8 indirect;
};

/* Our end of one ring; owned by one thread. */
struct blk_ring {
	u8 *base;
	const struct blk_layout *layout;
	u32 nr_slots;
	u32 req_cons;
	u32 rsp_prod; /* written to slots */
	u32 rsp_pushed; /* shown to the frontend */
	bool broken; /* the frontend wrote an impossible index */
};

/* As the frontend lays it out, directly and in an indirect page. */
struct blk_segment {
	u32 gref;
	u8 first_sector;
	u8 last_sector;
	u16 pad;
};

struct blk_request {
	u8 op; /* the inner one of an indirect request */
	bool indirect;
	bool secure;
	u16 nr_segments;
	u64 id;
	u64 sector; /* of 512 bytes, as all sectors here */
	u64 nr_sectors;
	u32 indirect_gref;
	struct blk_segment segment[BLK_SEGS_DIRECT];
};

/* What a disk allows. */
struct blk_limits {
	u64 nr_sectors;
	bool read_only;
	bool discard;
};

/**
 * blk_ring_attach - take over a ring where the frontend and a backend before
 * us left it
 * @base: the shared pages, mapped in one piece
 * @nr_pages: 1 to BLK_RING_PAGES_MAX
 *
 * Requests that nobody answered are served again. Returns -EINVAL when the
 * indexes are further apart than the ring is long.
 */
int blk_ring_attach(struct blk_ring *ring, void *base, u32 nr_pages,
		    enum blk_abi abi);

/* Has the frontend looked at all that was pushed? Some never say so. */
bool blk_ring_seen(const struct blk_ring *ring);

/**
 * blk_ring_take - copy the next request out of the ring
 *
 * Returns 1 with a decoded request, 0 when there is none, -EIO when the ring
 * is broken (for good). @rq is what the frontend says and is not yet judged:
 * see blk_request_check().
 */
int blk_ring_take(struct blk_ring *ring, struct blk_request *rq);

/* How many requests wait; 0 also when the ring is broken. */
u32 blk_ring_waiting(struct blk_ring *ring);

/*
 * Ask for an event with the @nr-th request from now on (1: the next); true when
 * any is there already.
 */
bool blk_ring_arm(struct blk_ring *ring, u32 nr);

/* Write one response; nobody sees it before blk_ring_push(). */
void blk_ring_respond(struct blk_ring *ring, u64 id, u8 op, s16 status);

/* Show the responses; true when the frontend wants an event for them. */
bool blk_ring_push(struct blk_ring *ring);

/**
 * blk_request_check - all that can be said without the segments of an
 * indirect request
 *
 * Returns BLKIF_RSP_OKAY, BLKIF_RSP_EOPNOTSUPP for an operation that is
 * unknown or not offered, BLKIF_RSP_ERROR for anything impossible. For direct
 * requests nr_sectors and the range are checked as well.
 */
int blk_request_check(struct blk_request *rq, const struct blk_limits *limits);

/**
 * blk_segments_check - judge the segments of a request that moves data, set
 * its nr_sectors and check its range
 */
int blk_segments_check(struct blk_request *rq, const struct blk_segment *seg,
		       const struct blk_limits *limits);

#endif
