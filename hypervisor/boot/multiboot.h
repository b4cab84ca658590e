/* SPDX-License-Identifier: GPL-2.0-only */
/* The boot loader's information; see multiboot.c. */
#pragma once

#include "lib/types.h"

/*
 * Fills boot_info; returns what is wrong with it, or NULL. @magic and @info as
 * the loader gave them in EAX and EBX. image_paddr is known, the first 4 GiB
 * are in the direct map.
 */
const char *multiboot_read(u32 magic, u32 info);
