/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * FPU and vector state of guests, switched eagerly in full: every component
 * that a guest can enable is saved and restored, so none is ever seen by
 * another vcpu. The hypervisor itself computes without these registers.
 */
#pragma once

#include "lib/types.h"

/* This CPU: XCR0 with all components we switch. After features are known. */
void fpu_init_cpu(void);

/* A state area: this many bytes, 64-byte aligned; reset before its use. */
size_t fpu_area_size(void);
/* One of the heap, not yet reset; NULL when out of memory. */
void *fpu_area_alloc(void);
void fpu_area_reset(void *area);
/* FXSAVE image of 512 bytes in and out; -EINVAL: MXCSR has reserved bits. */
int __must_check fpu_area_set_fxsave(void *area, const void *fx);
void fpu_area_get_fxsave(const void *area, void *fx);

/* CPU to memory and back, interrupts off; both leave CR0.TS clear. */
void fpu_save(void *area);
void fpu_restore(void *area);
/* XCR0 as the running guest set it. */
void fpu_load_xcr0(u64 xcr0);
/* May a guest set XCR0 to this? */
bool fpu_xcr0_valid(u64 xcr0);

void fpu_set_ts(bool ts);
