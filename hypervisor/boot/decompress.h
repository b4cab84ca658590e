/* SPDX-License-Identifier: GPL-2.0-only */
/* Unpacks XZ, zstd and gzip data with Debian's static libraries, at boot. */
#pragma once

#include "boot/bzimage.h"

/*
 * Fills exactly p->plain_size bytes at @out. NULL, or what is wrong as the
 * second half of a sentence. Boot CPU, interrupts are off meanwhile.
 */
const char *decompress(const struct kernel_payload *p, void *out);
