/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Put before every C file by the Makefile: whatever is declared is in this
 * image, so no reference needs a detour through a table of addresses.
 */
#pragma once

#pragma GCC visibility push(hidden)
