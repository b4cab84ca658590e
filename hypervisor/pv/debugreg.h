/* SPDX-License-Identifier: GPL-2.0-only */
/* The debug registers of a vcpu: checked on the way in, loaded when in use. */
#pragma once

#include "pv/pv.h"

#define DR6_DEFAULT 0xffff0ff0UL
#define DR7_DEFAULT 0x400UL

/*
 * -EPERM: an address of ours, or general detect; -EINVAL: bits that must not be
 * set; -ENODEV: no such register. Takes effect at once when @v is current.
 */
int __must_check pv_set_debugreg(struct vcpu *v, unsigned int reg, u64 val);
int __must_check pv_get_debugreg(const struct vcpu *v, unsigned int reg,
				 u64 *val);

/* A debug exception of the guest: DR6 to the vcpu's copy. Interrupts off. */
void pv_debug_status_collect(struct vcpu *v);

/* At a switch, interrupts off: the CPU without breakpoints, or with @v's. */
void pv_debug_unload(const struct vcpu *v);
void pv_debug_load(const struct vcpu *v);
