/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Error numbers, from the public <xen/errno.h>: the ABI returns them negated,
 * and so do our own functions. (A host build takes the C library's, which have
 * the same values.)
 */
#pragma once

/* Makes EPERM, ENOENT, ... ECONNREFUSED: see the header for the list. */
#define XEN_ERRNO(name, value) name = value,
enum hv_errno {
#include <xen/errno.h>
	/* Among us, never seen by a guest: interrupted, more is to be done. */
	EINTR = 4,
	ERESTART = 85,
};
