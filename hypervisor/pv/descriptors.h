/* SPDX-License-Identifier: GPL-2.0-only */
/* What descriptors a guest may have; the tables themselves are in pv/pv.h. */
#ifndef HOSPES_PV_DESCRIPTORS_H
#define HOSPES_PV_DESCRIPTORS_H

#include "lib/types.h"

/*
 * Code and data segments get privilege level 3 (Linux fills its table with the
 * levels of bare hardware). False: a gate or system segment, not for guests.
 */
bool pv_descriptor_fix(u64 *desc);

#endif
