/* SPDX-License-Identifier: GPL-2.0-only */
/* Machine memory and its tables where shim_memory() has put them. */
#ifndef SHIM_MM_LAYOUT_H
#define SHIM_MM_LAYOUT_H

#include "shim.h"

#include_next "mm/layout.h"

#undef DIRECT_MAP_VA
#undef FRAME_TABLE_VA
#undef M2P_VA
#define DIRECT_MAP_VA  shim_direct_map
#define FRAME_TABLE_VA shim_frame_table
#define M2P_VA	       shim_m2p

#endif
