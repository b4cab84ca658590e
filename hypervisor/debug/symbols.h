/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Names for addresses of the hypervisor, from a table that the build makes of
 * the linked image (tools in the Makefile) and links in.
 */
#pragma once

#include "lib/types.h"

/* The function @addr is in, and how far; NULL when it is in none. */
const char *symbol_lookup(u64 addr, u64 *offset);
