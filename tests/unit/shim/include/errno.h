/* SPDX-License-Identifier: GPL-2.0-only */
/* The C library's error numbers have the values of the public ABI. */
#ifndef SHIM_INCLUDE_ERRNO_H
#define SHIM_INCLUDE_ERRNO_H

#include <errno.h>

#endif
