// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine to physical table: for each frame of RAM the number its owner
 * gave it. Guests read it through a window of their own; we never rely on it.
 */
#include "mm/page.h"

void m2p_set(mfn_t m, u64 pfn)
{
	WRITE_ONCE(((u64 *)M2P_VA)[mfn_x(m)], pfn);
}

u64 m2p_get(mfn_t m)
{
	return READ_ONCE(((u64 *)M2P_VA)[mfn_x(m)]);
}
