/* SPDX-License-Identifier: GPL-2.0-only */
/* Bitmaps of the tools' ABI: as many bits as the caller has room for. */
#include "domain/guest_copy.h"
#include "hypercall/domctl.h"
#include "lib/string.h"

#define MAX_GUEST_BYTES 1024

int ctl_bitmap_in(u64 *map, unsigned int nbits,
		  const struct xenctl_bitmap *from)
{
	unsigned int bits = MIN(nbits, from->nr_bits);

	memset(map, 0, BITMAP_LONGS(nbits) * sizeof(*map));
	if (guest_copy_from(map, (u64)from->bitmap.p, DIV_ROUND_UP(bits, 8)))
		return -EFAULT;
	if (bits % BITS_PER_LONG)
		map[bits / BITS_PER_LONG] &= bit_mask_(bits) - 1;
	return 0;
}

int ctl_bitmap_out(const struct xenctl_bitmap *to, const u64 *map,
		   unsigned int nbits)
{
	static const u8 zeros[MAX_GUEST_BYTES];
	u64 gva = (u64)to->bitmap.p;
	u32 room = DIV_ROUND_UP((u64)to->nr_bits, 8);
	u32 bytes = MIN(room, DIV_ROUND_UP(nbits, 8));

	if (room > MAX_GUEST_BYTES)
		return fail(-EINVAL);
	if (guest_copy_to(gva, map, bytes) ||
	    guest_copy_to(gva + bytes, zeros, room - bytes))
		return -EFAULT;
	return 0;
}
