/* SPDX-License-Identifier: GPL-2.0-only */
/* CR4 and XCR0 as a PV guest has them; what it is told is in pv/cpuid.c. */
#pragma once

#include "pv/pv.h"

/* CR4 that a read gives: the guest's own bits and those it shares with us. */
u64 pv_guest_cr4(const struct pv_vcpu *pv);
/* Takes the bits a guest may set, drops the rest; @v is current. */
void pv_set_guest_cr4(struct vcpu *v, u64 val);
/* Hardware CR4 with the vcpu's bits, at a switch and after a change. */
void pv_load_cr4(const struct pv_vcpu *pv);
