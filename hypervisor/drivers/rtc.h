/* SPDX-License-Identifier: GPL-2.0-only */
/* The battery clock of the PC (MC146818), read once at boot. */
#pragma once

#include "cpu/spinlock.h"

/* Seconds since 1970 by the clock, taken as UTC; 0 when there is none. */
u64 rtc_read_seconds(void);
/* Ports 0x70 and 0x71 are an index and a data register: one user at a time. */
extern spinlock_t rtc_lock; /* RANK_PLATFORM, irq safe */
