// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unpacking a kernel's payload by its magic, in steps of one buffer, so that a
 * payload that claims to be small cannot take memory. The kernel's build puts
 * the unpacked size behind XZ and zstd streams; what follows a stream is
 * ignored.
 */
#include "build/kernel.h"
#include <errno.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#define STEP		(256 * 1024)
#define XZ_MEMORY_MAX	(256ul << 20)
#define ZSTD_WINDOW_LOG 27

struct output {
	int fd;
	size_t left; /* of the bound */
	uint8_t *buffer; /* of STEP bytes */
};

static int put(struct output *out, size_t bytes)
{
	const uint8_t *from = out->buffer;
	ssize_t done;

	if (bytes > out->left)
		return -EBADMSG;
	out->left -= bytes;
	while (bytes) {
		done = write(out->fd, from, bytes);
		if (done < 0 && errno != EINTR)
			return -errno;
		if (done > 0) {
			from += done;
			bytes -= done;
		}
	}
	return 0;
}

static int unpack_xz(struct output *out, const uint8_t *payload, size_t bytes)
{
	lzma_stream stream = LZMA_STREAM_INIT;
	lzma_ret ret;
	int err = 0;

	if (lzma_stream_decoder(&stream, XZ_MEMORY_MAX, 0) != LZMA_OK)
		return -ENOMEM;
	stream.next_in = payload;
	stream.avail_in = bytes;
	do {
		stream.next_out = out->buffer;
		stream.avail_out = STEP;
		ret = lzma_code(&stream, LZMA_RUN);
		if (ret != LZMA_OK && ret != LZMA_STREAM_END)
			err = -EBADMSG;
		else
			err = put(out, STEP - stream.avail_out);
	} while (!err && ret == LZMA_OK);
	lzma_end(&stream);
	return err;
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
	      char *why)
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
	if (err == -EBADMSG)
		snprintf(why, KERNEL_WHY_MAX, "has a damaged %s payload",
			 format->name);
	else if (err)
		snprintf(why, KERNEL_WHY_MAX, "cannot be unpacked: %s",
			 strerror(-err));
	return err;
}
