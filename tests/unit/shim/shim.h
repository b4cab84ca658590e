/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine that host tests run the hypervisor's sources on.
 *
 * A thread of a test is a CPU: shim_set_cpu() says which one (0 unless told),
 * and per-CPU variables and interrupt flags follow. Machine memory is one
 * anonymous mapping with a frame table and an M2P of its own.
 *
 * All functions that stand in for cpu/, debug/ and others are weak: a test
 * that links the real source, or defines one itself, replaces it.
 */
#ifndef SHIM_H
#define SHIM_H

#include <stdbool.h>

#define SHIM_CPUS 8

/* The CPU that the calling thread plays. */
unsigned int shim_cpu(void);
void shim_set_cpu(unsigned int cpu);

/* Is the interrupt flag of this thread's CPU set? It starts set. */
bool shim_irqs_on(void);
void shim_set_irqs(bool on);

/* Locks the calling thread holds; a test may want it to be 0 in the end. */
unsigned int shim_locks_held(void);

/* Fresh machine memory, all zero: frames 0 .. nr_frames - 1. */
void shim_memory(unsigned long nr_frames);
extern unsigned long shim_direct_map, shim_frame_table, shim_m2p;

#endif
