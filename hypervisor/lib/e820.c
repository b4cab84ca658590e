/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Firmware's memory maps come unsorted, with overlaps and empty entries. Where
 * entries overlap the higher type number wins: RAM is 1, so doubtful memory is
 * never used as RAM.
 */
#include "lib/e820.h"

/* The type at @addr, 0 for none, and where the next change may be. */
static u32 type_at(const struct e820_entry *map, u32 n, u64 addr, u64 *next)
{
	u32 type = 0;

	*next = ~0UL;
	for (u32 i = 0; i < n; i++) {
		u64 start = map[i].addr, end = start + map[i].size;

		if (!map[i].size || end < start)
			continue;
		if (start > addr)
			*next = *next < start ? *next : start;
		else if (end > addr) {
			*next = *next < end ? *next : end;
			type = type > map[i].type ? type : map[i].type;
		}
	}
	return type;
}

u32 e820_sanitise(struct e820_entry *out, u32 max, const struct e820_entry *map,
		  u32 n)
{
	u64 addr = 0, next;
	u32 nr = 0;

	do {
		u32 type = type_at(map, n, addr, &next);
		struct e820_entry *last = nr ? &out[nr - 1] : NULL;

		if (type && last && last->type == type &&
		    last->addr + last->size == addr) {
			last->size = next - last->addr;
		} else if (type) {
			if (nr == max)
				break;
			out[nr++] =
				(struct e820_entry){ addr, next - addr, type };
		}
		addr = next;
	} while (next != ~0UL);
	return nr;
}
