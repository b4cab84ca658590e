/* SPDX-License-Identifier: GPL-2.0-only */
/* Binary search in the generated table: offsets from the image, then names. */
#include "debug/symbols.h"

#include "mm/layout.h"

/*
 * Made by the build (debug/symtab); a first link has an empty one. Offsets are
 * from IMAGE_VA, ascending; names are one after the other, names_at[i] says
 * where.
 */
extern const u32 symtab_count;
extern const u32 symtab_offset[];
extern const u32 symtab_name_at[];
extern const char symtab_names[];

const char *symbol_lookup(u64 addr, u64 *offset)
{
	u64 rel = addr - IMAGE_VA;
	u32 lo = 0, hi = symtab_count;

	if (addr < IMAGE_VA || addr >= VMAP_VA)
		return NULL;
	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (symtab_offset[mid] <= rel)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo || lo == symtab_count)
		return NULL;
	*offset = rel - symtab_offset[lo - 1];
	return &symtab_names[symtab_name_at[lo - 1]];
}
