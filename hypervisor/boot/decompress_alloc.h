/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory for the decompression libraries, and large buffers at boot. */
#pragma once

#include "mm/page.h"

/*
 * @nr contiguous frames below 2^@addr_bits (0: any), contents undefined;
 * INVALID_MFN when there are none. boot_frames_free takes any part of it.
 */
mfn_t boot_frames_alloc(u64 nr, unsigned int addr_bits);
void boot_frames_free(mfn_t first, u64 nr);

/* After a library's work: did it ask for memory that there was not? */
bool decompress_alloc_end(void);
