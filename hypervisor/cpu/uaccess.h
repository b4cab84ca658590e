/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Copies to and from addresses that may fault, in the address space that is
 * loaded. Callers check the range first; see domain/guest_copy.h.
 */
#pragma once

#include "lib/types.h"

/* Returns the number of bytes that could not be copied. */
size_t uaccess_copy(void *dst, const void *src, size_t bytes);
