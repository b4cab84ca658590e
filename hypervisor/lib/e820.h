/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory map entries, in the layout that firmware and the ABI use. */
#pragma once

#include "lib/types.h"

#define E820_RAM      1
#define E820_RESERVED 2
#define E820_ACPI     3
#define E820_NVS      4
#define E820_UNUSABLE 5
#define E820_PMEM     7

struct e820_entry { /* the ABI's layout: 20 bytes */
	u64 addr, size;
	u32 type;
} __packed;

/*
 * Writes the map sorted, without overlaps or empty entries, touching entries of
 * one type joined, to @out (another array); returns how many. The rest is left
 * out when @max is not enough.
 */
u32 e820_sanitise(struct e820_entry *out, u32 max, const struct e820_entry *map,
		  u32 n);
