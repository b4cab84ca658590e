/* SPDX-License-Identifier: GPL-2.0-only */
/* BLAKE2b-256 of RFC 7693: names a file by its content. */
#ifndef LIB_BLAKE2B_H
#define LIB_BLAKE2B_H

#include <stddef.h>
#include <stdint.h>

#define BLAKE2B_BYTES 32

/** blake2b() - the digest of @bytes at @data. */
void blake2b(const uint8_t *data, size_t bytes, uint8_t digest[BLAKE2B_BYTES]);

#endif
