/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef LIB_CRC32_H
#define LIB_CRC32_H

#include <stddef.h>
#include <stdint.h>

/**
 * crc32_update() - CRC-32 (that of IEEE 802.3, zlib and XZ) of data in pieces.
 * @crc: of what came before; 0 at the start.
 * Return: of all up to the end of @data.
 */
uint32_t crc32_update(uint32_t crc, const uint8_t *data, size_t bytes);

#endif
