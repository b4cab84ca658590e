// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: a guest's kernel that is damaged is taken for a good
 * one, since XZ's own check is left out and ours does not see it; a stream that
 * is not packed as kernels are; the sum itself, at any length and alignment.
 */
/* links: ../../userspace/build/unpack.c ../../userspace/lib/crc32.c */
/* libs: lzma zstd z */
#include "build/kernel.h"
#include "lib/crc32.h"
#include "test.h"

#include <errno.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PLAIN 700000 /* more than a buffer of the unpacker */
#define ROOM  (2 * PLAIN)

static uint8_t plain[PLAIN], packed[ROOM], got[PLAIN];

static void make_plain(void)
{
	size_t i;

	for (i = 0; i < PLAIN; i++)
		plain[i] = 'a' + test_random_below(4);
}

/* As the kernel's build does: one block, x86 code, LZMA2. */
static size_t pack(lzma_check check)
{
	lzma_options_lzma options;
	lzma_filter filters[] = {
		{ .id = LZMA_FILTER_X86 },
		{ .id = LZMA_FILTER_LZMA2, .options = &options },
		{ .id = LZMA_VLI_UNKNOWN },
	};
	size_t n = 0;

	lzma_lzma_preset(&options, 1);
	if (lzma_stream_buffer_encode(filters, check, NULL, plain, PLAIN,
				      packed, &n, ROOM) != LZMA_OK)
		return 0;
	return n;
}

/* A stream of two blocks. */
static size_t pack_in_two(void)
{
	lzma_stream s = LZMA_STREAM_INIT;
	size_t n;

	if (lzma_easy_encoder(&s, 1, LZMA_CHECK_CRC32) != LZMA_OK)
		return 0;
	s.next_in = plain;
	s.avail_in = PLAIN / 2;
	s.next_out = packed;
	s.avail_out = ROOM;
	while (lzma_code(&s, LZMA_FULL_FLUSH) == LZMA_OK)
		;
	s.avail_in = PLAIN - PLAIN / 2;
	while (lzma_code(&s, LZMA_FINISH) == LZMA_OK)
		;
	n = s.total_out;
	lzma_end(&s);
	return n;
}

/* What unpack_to() says, and whether the output is right. */
static int unpack(size_t bytes, bool *right)
{
	int fd = memfd_create("unpacked", MFD_CLOEXEC), err;
	char why[KERNEL_WHY_MAX] = "";
	uint32_t crc = 0;

	err = unpack_to(fd, packed, bytes, PLAIN, &crc, why);
	*right = pread(fd, got, PLAIN, 0) == PLAIN &&
		 !memcmp(got, plain, PLAIN) &&
		 lseek(fd, 0, SEEK_END) == PLAIN &&
		 crc == lzma_crc32(plain, PLAIN, 0);
	close(fd);
	return err;
}

TEST(sums_are_those_of_liblzma)
{
	size_t offset, bytes;
	uint32_t crc = 0;

	make_plain();
	for (bytes = 0; bytes < 1100; bytes++) {
		offset = test_random_below(64);
		EXPECT_EQ(crc32_update(crc, plain + offset, bytes),
			  lzma_crc32(plain + offset, bytes, crc));
		crc = lzma_crc32(plain, bytes, crc);
	}
	EXPECT_EQ(crc32_update(crc, plain, PLAIN),
		  lzma_crc32(plain, PLAIN, crc));
}

TEST(streams_of_every_kind_are_unpacked)
{
	static const lzma_check checks[] = { LZMA_CHECK_CRC32, LZMA_CHECK_CRC64,
					     LZMA_CHECK_SHA256,
					     LZMA_CHECK_NONE };
	bool right;
	size_t i;

	make_plain();
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(unpack(pack(checks[i]), &right), 0);
		EXPECT(right);
	}
	EXPECT_EQ(unpack(pack_in_two(), &right), 0);
	EXPECT(right);
}

TEST(what_follows_the_stream_is_ignored)
{
	size_t n;
	bool right;

	make_plain();
	n = pack(LZMA_CHECK_CRC32);
	memset(packed + n, 0x5a, 4);
	EXPECT_EQ(unpack(n + 4, &right), 0);
	EXPECT(right);
}

TEST(damage_is_seen)
{
	size_t n, at, index;
	bool right;
	int i, err;

	make_plain();
	n = pack(LZMA_CHECK_CRC32);
	index = n - 40; /* the index and the end are no data */
	for (i = 0; i < 60; i++) {
		at = 12 + test_random_below(index - 12);
		packed[at] ^= 1 << test_random_below(8);
		err = unpack(n, &right);
		EXPECT(err == -EBADMSG || (!err && right));
		n = pack(LZMA_CHECK_CRC32);
	}
}

TEST(a_stream_that_is_cut_is_seen)
{
	bool right;
	size_t n;
	int i;

	make_plain();
	n = pack(LZMA_CHECK_CRC32);
	for (i = 0; i < 20; i++)
		EXPECT_EQ(unpack(8 + test_random_below(n - 60), &right),
			  -EBADMSG);
}

/* A flip that the decoder cannot see: the sum that is kept is changed. */
TEST(a_wrong_sum_is_seen)
{
	lzma_stream_flags flags;
	size_t n;
	bool right;

	make_plain();
	n = pack(LZMA_CHECK_CRC32);
	REQUIRE(lzma_stream_footer_decode(
			&flags, packed + n - LZMA_STREAM_HEADER_SIZE) ==
		LZMA_OK);
	packed[n - LZMA_STREAM_HEADER_SIZE - flags.backward_size - 1] ^= 1;
	EXPECT_EQ(unpack(n, &right), -EBADMSG);
}

TEST(more_than_was_allowed_is_refused)
{
	int fd = memfd_create("unpacked", MFD_CLOEXEC);
	char why[KERNEL_WHY_MAX];
	uint32_t crc;

	make_plain();
	EXPECT_EQ(unpack_to(fd, packed, pack(LZMA_CHECK_CRC32), PLAIN - 1, &crc,
			    why),
		  -EBADMSG);
	close(fd);
}
