/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Put before every C file by the Makefile: whatever is declared is in this
 * image, so no reference needs a detour through a table of addresses.
 */
#ifndef HOSPES_INCLUDE_VISIBILITY_H
#define HOSPES_INCLUDE_VISIBILITY_H

#pragma GCC visibility push(hidden)

#endif
