/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The one place that pulls in the public Xen ABI (libxen-dev's headers), with
 * the sizes we rely on checked. Included, never copied.
 */
#pragma once

#define __XEN_TOOLS__		  1
#define __XEN_INTERFACE_VERSION__ 0x00041100

#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/arch-x86/cpuid.h>
#include <xen/arch-x86/xen.h>
#include <xen/callback.h>
#include <xen/domctl.h>
#include <xen/elfnote.h>
#include <xen/event_channel.h>
#include <xen/features.h>
#include <xen/grant_table.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/platform.h>
#include <xen/sched.h>
#include <xen/sysctl.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#define ABI_SIZE(type, bytes) \
	_Static_assert(sizeof(type) == (bytes), "ABI size of " #type)

ABI_SIZE(struct start_info, 1168);
ABI_SIZE(struct shared_info, 3136);
ABI_SIZE(struct vcpu_info, 64);
ABI_SIZE(struct vcpu_time_info, 32);
ABI_SIZE(struct vcpu_runstate_info, 48);
ABI_SIZE(struct vcpu_guest_context, 5168);
ABI_SIZE(struct cpu_user_regs, 200);
ABI_SIZE(struct trap_info, 16);
ABI_SIZE(struct iret_context, 72);
ABI_SIZE(struct multicall_entry, 64);
ABI_SIZE(struct mmu_update, 16);
ABI_SIZE(struct mmuext_op, 24);
ABI_SIZE(struct gnttab_map_grant_ref, 32);
ABI_SIZE(struct gnttab_unmap_grant_ref, 24);
ABI_SIZE(struct gnttab_copy, 40);
ABI_SIZE(struct xen_domctl, 144);
ABI_SIZE(struct xen_sysctl, 136);
ABI_SIZE(struct xen_platform_op, 136);
ABI_SIZE(struct xen_domctl_createdomain, 64);
ABI_SIZE(struct xen_domctl_getdomaininfo, 112);
