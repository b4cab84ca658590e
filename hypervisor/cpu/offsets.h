/* SPDX-License-Identifier: GPL-2.0-only */
/* How asm-offsets.c files state a constant; the Makefile takes "->" lines. */
#pragma once

#include <stddef.h>

#define DEFINE(name, value) \
	__asm__ volatile(".ascii \"->" #name " %0\"" : : "i"(value))
#define OFFSET(name, type, field) DEFINE(name, offsetof(type, field))
