/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where the hypervisor's sixteen top-level slots (256..271) go. The same
 * sixteen entries are in every guest's L4, so all of it is mapped at all times.
 *
 *   slot 256  0xffff800000000000  M2P as guests see it: read only, user, NX
 *   slot 257  0xffff808000000000  M2P for us: read-write, same frames
 *   slot 258  0xffff810000000000  frame table: struct page[], sparse by 2 MiB
 *   slot 259  0xffff818000000000  image; from +1 GiB stacks, entry stubs, GDT
 *                                 and LDT windows, ioremap, each behind guard
 *                                 pages
 *   slot 262  0xffff830000000000  direct map of all RAM, read-write, NX
 *       to 271
 *
 * Also included by the linker script and assembly.
 */
#pragma once

#define HV_L4_FIRST 256
#define HV_L4_LAST  271
#define HV_VA_START 0xffff800000000000
#define HV_VA_END   0xffff880000000000 /* first address past ours */

#define M2P_GUEST_VA   0xffff800000000000
#define M2P_GUEST_END  0xffff804000000000
#define M2P_VA	       0xffff808000000000
#define FRAME_TABLE_VA 0xffff810000000000
#define IMAGE_VA       0xffff818000000000
#define VMAP_VA	       0xffff818040000000 /* within 2 GiB of the image: stubs */
#define IOREMAP_VA     0xffff818080000000
#define IOREMAP_END    0xffff820000000000
#define DIRECT_MAP_VA  0xffff830000000000
#define DIRECT_MAP_END 0xffff880000000000

/* Selectors: the ABI's flat ones and our own, all in GDT page 14. */
#define HV_CS		0xe008
#define HV_DS		0xe010
#define GUEST_CS32	0xe023
#define GUEST_SS	0xe02b
#define GUEST_CS64	0xe033
#define HV_TSS_SEL	0xe040
#define HV_LDT_SEL	0xe050
#define GDT_GUEST_PAGES 14
#define GDT_BYTES	0xf000 /* guest pages and ours */
