/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels that netback is built for: 6.1 and 6.12. */
#ifndef NETBACK_COMPAT_H
#define NETBACK_COMPAT_H

#include <linux/version.h>

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 6, 0)
#include <net/page_pool.h>
#define UEVENT_CONST
#else
#include <net/page_pool/helpers.h>
#define UEVENT_CONST const /* the device that a uevent is about */
#endif

#endif
