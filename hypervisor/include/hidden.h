/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Included ahead of every file by the Makefile: no symbol is interposed, so
 * that addresses are taken by the instruction pointer and not from a table,
 * which the linker could not reach from where the image lives.
 */
#pragma once

#pragma GCC visibility push(hidden)
