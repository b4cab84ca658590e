/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The public ABI as the toolstack sees it: one place that pulls in libxen-dev's
 * headers with the tools' part switched on. Interface version 4.17: domctl and
 * sysctl 0x15, which our hypervisor and Debian's Xen both speak.
 */
#ifndef LIB_XEN_H
#define LIB_XEN_H

#ifndef __XEN_TOOLS__
#define __XEN_TOOLS__ 1
#endif

#include <stdint.h>
#include <stddef.h>
#include <stdbool.h>
#include <xen/xen.h>
#include <xen/domctl.h>
#include <xen/sysctl.h>
#include <xen/memory.h>
#include <xen/version.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#define XEN_PAGE_SHIFT 12
#define XEN_PAGE_SIZE  (1UL << XEN_PAGE_SHIFT)

_Static_assert(XEN_DOMCTL_INTERFACE_VERSION == 0x15, "libxen-dev of 4.17");
_Static_assert(XEN_SYSCTL_INTERFACE_VERSION == 0x15, "libxen-dev of 4.17");

#endif
