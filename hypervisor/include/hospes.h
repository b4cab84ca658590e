/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What we add to the public ABI. Nothing that a guest needs: so far one
 * hypercall, in debug builds only; others answer -ENOSYS.
 */
#pragma once

/* Privileged. In a number that the ABI leaves to the architecture. */
#define HOSPES_HYPERCALL_DEBUG 55

/*
 * Argument 2: domid. Recounts all references on the domain's pages; returns how
 * many pages are wrong (0: all is well).
 */
#define HOSPES_DEBUG_RECOUNT 0
/* Argument 2: an address that the hypervisor reads, to show how it crashes. */
#define HOSPES_DEBUG_CRASH 1
/*
 * Argument 2: a kind of section (cpu/section.h: hypercalls by number, then
 * others). Returns the TSC ticks of the longest one without a look at what
 * waits, since the last HOSPES_DEBUG_SECTIONS_FORGET; -EINVAL: no such kind.
 */
#define HOSPES_DEBUG_SECTION	     2
#define HOSPES_DEBUG_SECTIONS_FORGET 3
