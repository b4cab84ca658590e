/* SPDX-License-Identifier: GPL-2.0-only */
/* A vcpu's state between memory and CPU, and as the tools give and get it. */
#pragma once

#include "pv/pv.h"

/* guest_ops: switch_from, switch_to. Interrupts off. */
void pv_switch_from(struct vcpu *v);
void pv_switch_to(struct vcpu *v);

/* State after reset: registers, FPU, debug registers, tables, callbacks. */
void pv_context_reset(struct pv_vcpu *pv);
/* guest_ops: set_context, get_context; @v is not running. */
int pv_set_context(struct vcpu *v, const struct vcpu_guest_context *c);
void pv_get_context(struct vcpu *v, struct vcpu_guest_context *c);
int pv_reset_context(struct vcpu *v);

/*
 * Stack for entries from user mode: also keeps what the fast path uses,
 * aligned and checked. Any address is accepted; a bad one is found out when it
 * is used.
 */
void pv_set_kernel_stack(struct pv_vcpu *pv, u64 ss, u64 sp);

/* Selector into the shadow GS, i.e. the other mode's; NUL when it faults. */
void pv_load_shadow_gs(u16 sel);
