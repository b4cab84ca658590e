/* SPDX-License-Identifier: GPL-2.0-only */
/* The kernel inside a boot module: a bzImage's payload, or the file itself. */
#pragma once

#include "lib/types.h"

enum compression {
	COMPRESSION_NONE, /* an ELF file */
	COMPRESSION_GZIP,
	COMPRESSION_XZ,
	COMPRESSION_ZSTD,
};

struct kernel_payload {
	const u8 *data;
	u64 size;
	enum compression compression;
	u64 plain_size; /* after decompression, as the file claims */
};

/*
 * Finds the kernel in the @size bytes at @image. NULL, or what is wrong with
 * the file as the second half of a sentence.
 */
const char *bzimage_payload(const void *image, u64 size,
			    struct kernel_payload *p);
