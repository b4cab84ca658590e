/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a descriptor that leads into the hypervisor: call gates, task
 * gates, segments of ring 0, a writable descriptor page. Tries to load each
 * kind through set_gdt and update_descriptor.
 */
#include "guest.h"

STORY("descriptors");

#define CODE64_RING0 0x00af9b000000ffffUL
#define DATA_RING0   0x00cf93000000ffffUL
#define DATA_RING3   0x00cff3000000ffffUL
#define CALL_GATE    0x0000ec0000100000UL
#define TSS_AVAIL    0x0000890000000067UL
#define LDT_DESC     0x000082000000ffffUL

static long try_gdt(u64 *gdt, u64 descriptor)
{
	u64 frame = virt_to_mfn(gdt);
	long err;

	memset(gdt, 0, PAGE_SIZE);
	gdt[5] = descriptor;
	make_readonly(gdt);
	err = HC(set_gdt, &frame, 512, 0, 0);
	if (!err) {
		u64 none;

		CHECK(update_va(gdt, frame << PAGE_SHIFT | PTE_KERNEL,
				UVMF_INVLPG) < 0,
		      "writable while in use");
		CHECK_EQ(HC(set_gdt, &none, 0, 0, 0), 0);
	}
	make_writable(gdt);
	return err;
}

void story(void)
{
	u64 *gdt = page_new();
	u64 maddr = virt_to_mfn(gdt) << PAGE_SHIFT;
	u64 frames[16];

	CHECK_EQ(try_gdt(gdt, 0), 0);
	CHECK_EQ(try_gdt(gdt, DATA_RING3), 0);
	CHECK(try_gdt(gdt, TSS_AVAIL) < 0);
	CHECK(try_gdt(gdt, LDT_DESC) < 0);
	/* into the reserved part, too many, none of ours */
	CHECK(HC(set_gdt, frames, 0x1c01, 0, 0) < 0);
	CHECK(HC(set_gdt, frames, 0x100000, 0, 0) < 0);
	frames[0] = current_l4_mfn();
	CHECK(HC(set_gdt, frames, 8, 0, 0) < 0, "a page table");
	frames[0] = 0xfffffffff;
	CHECK(HC(set_gdt, frames, 8, 0, 0) < 0, "no frame");

	CHECK_EQ(HC(update_descriptor, maddr + 16, DATA_RING3, 0, 0), 0);
	CHECK_EQ(gdt[2], DATA_RING3);
	/* ring 0 becomes ring 3 or is refused, never stays */
	if (HC(update_descriptor, maddr + 24, CODE64_RING0, 0, 0) == 0)
		CHECK_EQ(gdt[3] >> 45 & 3, 3);
	if (HC(update_descriptor, maddr + 32, DATA_RING0, 0, 0) == 0)
		CHECK_EQ(gdt[4] >> 45 & 3, 3);
	CHECK(HC(update_descriptor, maddr + 40, TSS_AVAIL, 0, 0) < 0);
	CHECK(HC(update_descriptor, maddr + 4, DATA_RING3, 0, 0) < 0,
	      "not aligned");
	CHECK(HC(update_descriptor, current_l4_mfn() << 12, DATA_RING3, 0, 0) <
		      0,
	      "a page table");
	CHECK(HC(update_descriptor, 0x1000000000000UL, DATA_RING3, 0, 0) < 0,
	      "no frame");
}
