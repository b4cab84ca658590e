// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: a damaged kernel payload is taken for a good one, the
 * output overruns what was promised, or a library's way of failing is missed.
 * Payloads are packed here, with the libraries' own packers, then cut, flipped
 * and given wrong sizes.
 */
/* links: boot/decompress.c */
/* libs: lzma zstd z */
#include "boot/decompress.h"
#include "test.h"

#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

#include "cpu/system.h"
#include "mm/frame.h"

#define PLAIN 100000
#define ROOM  (2 * PLAIN)

static u8 plain[PLAIN], packed[ROOM];
static u64 free_frames = 1 << 20;

/* The libraries use the C library's malloc here, and memory does not end. */
bool decompress_alloc_end(void)
{
	return false;
}

u64 frame_nr_free(void)
{
	return free_frames;
}

/* Text that packs, but not to nothing. */
static void make_plain(void)
{
	size_t i;

	for (i = 0; i < PLAIN; i++)
		plain[i] = 'a' + test_random_below(4);
}

static size_t pack_xz(lzma_check check)
{
	size_t n = 0;

	if (lzma_easy_buffer_encode(6, check, NULL, plain, PLAIN, packed, &n,
				    ROOM) != LZMA_OK)
		return 0;
	return n;
}

static size_t pack_gzip(void)
{
	z_stream z = { .next_in = plain,
		       .avail_in = PLAIN,
		       .next_out = packed,
		       .avail_out = ROOM };

	deflateInit2(&z, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
	deflate(&z, Z_FINISH);
	deflateEnd(&z);
	return z.total_out;
}

static size_t pack(enum compression c)
{
	make_plain();
	switch (c) {
	case COMPRESSION_XZ:
		return pack_xz(LZMA_CHECK_CRC32);
	case COMPRESSION_ZSTD:
		return ZSTD_compress(packed, ROOM, plain, PLAIN, 3);
	case COMPRESSION_GZIP:
		return pack_gzip();
	default:
		memcpy(packed, plain, PLAIN);
		return PLAIN;
	}
}

/* In and out lie in allocations of exactly their size. */
static const char *unpack(enum compression c, size_t size, size_t plain_size,
			  bool *same)
{
	struct kernel_payload p = { .size = size,
				    .compression = c,
				    .plain_size = plain_size };
	u8 *in = malloc(size), *out = malloc(plain_size);
	const char *err;

	memcpy(in, packed, size);
	p.data = in;
	err = decompress(&p, out);
	*same = plain_size == PLAIN && memcmp(out, plain, PLAIN) == 0;
	free(in);
	free(out);
	return err;
}

static const enum compression packers[] = { COMPRESSION_XZ, COMPRESSION_ZSTD,
					    COMPRESSION_GZIP };

TEST(good_payloads_unpack)
{
	bool same;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(packers); i++) {
		EXPECT(!unpack(packers[i], pack(packers[i]), PLAIN, &same));
		EXPECT(same);
	}
	EXPECT(!unpack(COMPRESSION_NONE, pack(COMPRESSION_NONE), PLAIN, &same));
	EXPECT(same);
}

TEST(cut_payloads_are_refused)
{
	size_t i, round, n;
	bool same;

	for (i = 0; i < ARRAY_SIZE(packers); i++) {
		n = pack(packers[i]);
		for (round = 0; round < 60; round++)
			EXPECT(unpack(packers[i],
				      16 + test_random_below(n - 16), PLAIN,
				      &same));
	}
}

/* A flip may hit a bit that means nothing, but never change the result. */
TEST(flipped_bits_never_pass_as_another_kernel)
{
	size_t i, round, n, at;
	const char *err;
	bool same;

	for (i = 0; i < ARRAY_SIZE(packers); i++) {
		if (packers[i] == COMPRESSION_ZSTD)
			continue; /* the kernel packs it without a checksum */
		n = pack(packers[i]);
		for (round = 0; round < 200; round++) {
			at = test_random_below(8 * n);
			packed[at / 8] ^= 1 << at % 8;
			err = unpack(packers[i], n, PLAIN, &same);
			EXPECT(err || same);
			packed[at / 8] ^= 1 << at % 8;
		}
	}
}

TEST(flipped_bits_of_zstd_do_no_harm)
{
	size_t round, n = pack(COMPRESSION_ZSTD), at;
	bool same;

	for (round = 0; round < 500; round++) {
		at = test_random_below(8 * n);
		packed[at / 8] ^= 1 << at % 8;
		unpack(COMPRESSION_ZSTD, n, PLAIN, &same);
		packed[at / 8] ^= 1 << at % 8;
	}
}

TEST(a_wrong_size_is_refused)
{
	bool same;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(packers); i++) {
		EXPECT(unpack(packers[i], pack(packers[i]), PLAIN - 1, &same));
		EXPECT(unpack(packers[i], pack(packers[i]), PLAIN + 1, &same));
	}
}

TEST(xz_wants_crc32_and_its_memory)
{
	bool same;
	size_t n;

	make_plain();
	EXPECT(unpack(COMPRESSION_XZ, pack_xz(LZMA_CHECK_CRC64), PLAIN, &same));
	n = pack_xz(LZMA_CHECK_CRC32);
	free_frames = 1;
	EXPECT(unpack(COMPRESSION_XZ, n, PLAIN, &same));
	free_frames = 1 << 20;
	EXPECT(!unpack(COMPRESSION_XZ, n, PLAIN, &same));
}

TEST(registers_come_back)
{
	bool same;

	shim_cr0 = 8;
	shim_msr = 77;
	EXPECT(!unpack(COMPRESSION_GZIP, pack(COMPRESSION_GZIP), PLAIN, &same));
	EXPECT_EQ(shim_cr0, 8);
	EXPECT_EQ(shim_msr, 77);
}
