// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unpacking a kernel's payload by its magic, in steps of one buffer, so that a
 * payload that claims to be small cannot take memory. The kernel's build puts
 * the unpacked size behind XZ and zstd streams; what follows a stream is
 * ignored.
 */
#include "build/kernel.h"
#include "lib/crc32.h"
#include <endian.h>
#include <errno.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define STEP		(256 * 1024)
#define PIECE		(2 * 1024) /* fresh in the processor's cache */
#define XZ_MEMORY_MAX	(256ul << 20)
#define ZSTD_WINDOW_LOG 27

struct output {
	int fd;
	size_t left; /* of the bound */
	uint32_t crc; /* of all that has been put */
	uint8_t *buffer; /* of STEP bytes */
};

int write_whole(int fd, const void *data, size_t bytes)
{
	const char *from = data;
	ssize_t done;

	while (bytes) {
		done = write(fd, from, bytes);
		if (done < 0 && errno != EINTR)
			return -errno;
		if (done > 0) {
			from += done;
			bytes -= done;
		}
	}
	return 0;
}

static int put(struct output *out, size_t bytes)
{
	if (bytes > out->left)
		return -EBADMSG;
	out->left -= bytes;
	out->crc = crc32_update(out->crc, out->buffer, bytes);
	return write_whole(out->fd, out->buffer, bytes);
}

/*
 * All that @stream has left, a buffer at a time. LZMA gives its output out of
 * its dictionary: in small pieces these are still near.
 */
static int decode(struct output *out, lzma_stream *stream)
{
	lzma_ret ret = LZMA_OK;
	size_t filled = 0;
	int err = 0;

	while (!err && ret == LZMA_OK) {
		stream->next_out = out->buffer + filled;
		stream->avail_out = PIECE;
		ret = lzma_code(stream, LZMA_RUN);
		if (ret != LZMA_OK && ret != LZMA_STREAM_END)
			return -EBADMSG;
		filled += PIECE - stream->avail_out;
		if (filled > STEP - PIECE || ret == LZMA_STREAM_END) {
			err = put(out, filled);
			filled = 0;
		}
	}
	return err;
}

static int unpack_stream(struct output *out, const uint8_t *payload,
			 size_t bytes)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	int err;

	if (lzma_stream_decoder(&stream, XZ_MEMORY_MAX, 0) != LZMA_OK)
		return -ENOMEM;
	stream.next_in = payload;
	stream.avail_in = bytes;
	err = decode(out, &stream);
	lzma_end(&stream);
	return err;
}

/*
 * The first block of a stream, whose sum is compared by us. -EAGAIN: this is
 * not what kernels are packed as, and nothing has been put.
 */
static int unpack_block(struct output *out, const uint8_t *payload,
			size_t bytes, lzma_block *block, size_t *end)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	int err = -EAGAIN;
	uint32_t sum;

	if (lzma_raw_decoder_memusage(block->filters) > XZ_MEMORY_MAX)
		return -EAGAIN;
	block->ignore_check = true;
	if (lzma_block_decoder(&stream, block) != LZMA_OK)
		return -EAGAIN;
	stream.next_in = payload + block->header_size;
	stream.avail_in = bytes - block->header_size;
	err = decode(out, &stream);
	*end = bytes - stream.avail_in;
	lzma_end(&stream);
	memcpy(&sum, block->raw_check, sizeof(sum));
	if (!err && le32toh(sum) != out->crc)
		err = -EBADMSG;
	return err;
}

/* A stream of one block with a CRC-32, as the kernel's build makes it. */
static int unpack_kernels_xz(struct output *out, const uint8_t *payload,
			     size_t bytes)
{
	lzma_filter filters[LZMA_FILTERS_MAX + 1];
	const uint8_t *first = payload + LZMA_STREAM_HEADER_SIZE;
	lzma_block block = { .version = 1, .filters = filters };
	lzma_stream_flags flags;
	size_t end = 0;
	int err;

	if (bytes < LZMA_STREAM_HEADER_SIZE + LZMA_BLOCK_HEADER_SIZE_MAX ||
	    lzma_stream_header_decode(&flags, payload) != LZMA_OK ||
	    flags.check != LZMA_CHECK_CRC32 || !*first)
		return -EAGAIN;
	block.check = flags.check;
	block.header_size = lzma_block_header_size_decode(*first);
	if (lzma_block_header_decode(&block, NULL, first) != LZMA_OK)
		return -EAGAIN;
	bytes -= LZMA_STREAM_HEADER_SIZE;
	err = unpack_block(out, first, bytes, &block, &end);
	lzma_filters_free(filters, NULL);
	/* An index follows. Another block: this is a stream of many. */
	if (!err && (end >= bytes || first[end]))
		err = -EAGAIN;
	return err;
}

static int unpack_xz(struct output *out, const uint8_t *payload, size_t bytes)
{
	const struct output start = *out;
	int err = unpack_kernels_xz(out, payload, bytes);

	if (err != -EAGAIN)
		return err;
	*out = start;
	if (lseek(out->fd, 0, SEEK_SET) || ftruncate(out->fd, 0))
		return -errno;
	return unpack_stream(out, payload, bytes);
}

static int unpack_zstd(struct output *out, const uint8_t *payload, size_t bytes)
{
	ZSTD_inBuffer in = { payload, bytes, 0 };
	ZSTD_outBuffer step = { out->buffer, STEP, 0 };
	ZSTD_DCtx *context = ZSTD_createDCtx();
	size_t ret = 1;
	int err = 0;

	if (!context)
		return -ENOMEM;
	ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG);
	while (!err && ret) {
		step.pos = 0;
		ret = ZSTD_decompressStream(context, &step, &in);
		if (ZSTD_isError(ret) ||
		    (ret && step.pos == 0 && in.pos == in.size))
			err = -EBADMSG;
		else
			err = put(out, step.pos);
	}
	ZSTD_freeDCtx(context);
	return err;
}

static int unpack_gzip(struct output *out, const uint8_t *payload, size_t bytes)
{
	z_stream stream = { .next_in = (uint8_t *)payload, .avail_in = bytes };
	int ret, err = 0;

	if (inflateInit2(&stream, 16 + MAX_WBITS) != Z_OK)
		return -ENOMEM;
	do {
		stream.next_out = out->buffer;
		stream.avail_out = STEP;
		ret = inflate(&stream, Z_NO_FLUSH);
		if (ret != Z_OK && ret != Z_STREAM_END)
			err = -EBADMSG;
		else
			err = put(out, STEP - stream.avail_out);
	} while (!err && ret == Z_OK);
	inflateEnd(&stream);
	return err;
}

struct format {
	const char *magic;
	size_t length;
	const char *name;
	int (*unpack)(struct output *out, const uint8_t *payload, size_t bytes);
};

static const struct format formats[] = {
	{ "\xfd"
	  "7zXZ",
	  6, "XZ", unpack_xz },
	{ "\x28\xb5\x2f\xfd", 4, "zstd", unpack_zstd },
	{ "\x1f\x8b", 2, "gzip", unpack_gzip },
	{ "\x02\x21\x4c\x18", 4, "LZ4", NULL },
	{ "BZh", 3, "bzip2", NULL },
	{ "\x89LZO", 4, "LZO", NULL },
	{ "\x5d\0\0", 3, "LZMA", NULL },
};

static const struct format *format_of(const uint8_t *payload, size_t bytes)
{
	size_t i;

	for (i = 0; i < sizeof(formats) / sizeof(*formats); i++)
		if (bytes > formats[i].length &&
		    !memcmp(payload, formats[i].magic, formats[i].length))
			return formats + i;
	return NULL;
}

int unpack_to(int fd, const uint8_t *payload, size_t bytes, size_t bound,
	      uint32_t *crc, char *why)
{
	const struct format *format = format_of(payload, bytes);
	struct output out = { .fd = fd, .left = bound };
	int err;

	if (!format) {
		snprintf(why, KERNEL_WHY_MAX, "is compressed in no known way");
		return -ENOTSUP;
	}
	if (!format->unpack) {
		snprintf(why, KERNEL_WHY_MAX,
			 "is compressed with %s, which cannot be unpacked here",
			 format->name);
		return -ENOTSUP;
	}
	out.buffer = malloc(STEP);
	if (!out.buffer)
		return -ENOMEM;
	err = format->unpack(&out, payload, bytes);
	free(out.buffer);
	*crc = out.crc;
	if (err == -EBADMSG)
		snprintf(why, KERNEL_WHY_MAX, "has a damaged %s payload",
			 format->name);
	else if (err)
		snprintf(why, KERNEL_WHY_MAX, "cannot be unpacked: %s",
			 strerror(-err));
	return err;
}
