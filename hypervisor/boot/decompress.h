/* SPDX-License-Identifier: GPL-2.0-only */
/* Unpacks XZ, zstd and gzip data with Debian's static libraries, at boot. */
#pragma once

#include "boot/bzimage.h"
#include "mm/page.h"

/*
 * Fills exactly p->plain_size bytes at @out. NULL, or what is wrong as the
 * second half of a sentence. Boot CPU, interrupts are off meanwhile.
 */
const char *decompress(const struct kernel_payload *p, void *out);

/* ---- decompress_alloc.c: memory for the libraries, large buffers ---- */
/*
 * @nr contiguous frames below 2^@addr_bits (0: any), contents undefined;
 * INVALID_MFN when there are none. boot_frames_free takes any part of it.
 */
mfn_t boot_frames_alloc(u64 nr, unsigned int addr_bits);
void boot_frames_free(mfn_t first, u64 nr);

/* After a library's work: did it ask for memory that there was not? */
bool decompress_alloc_end(void);
