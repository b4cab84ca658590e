/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: software interrupts: which vectors a guest may raise, the
 * vector taken from a wrong error code, a raised vector with a false error
 * code. Registers handlers for two vectors; raises those, and some that have
 * none or are not allowed.
 */
#include "guest.h"

STORY("int-n");

void story(void)
{
	static struct trap_info table[4];

	table[0] = (struct trap_info){ .vector = 0x80,
				       .flags = 3,
				       .cs = FLAT_KERNEL_CS,
				       .address = (u64)trap_stubs + 16 * 0x80 };
	table[1] = (struct trap_info){ .vector = 0x21,
				       .flags = 1,
				       .cs = FLAT_KERNEL_CS,
				       .address = (u64)trap_stubs + 16 * 0x22 };
	table[2] = (struct trap_info){ .vector = 0x30,
				       .flags = 0,
				       .cs = FLAT_KERNEL_CS,
				       .address = (u64)trap_stubs + 16 * 0x30 };
	CHECK_EQ(HC(set_trap_table, table, 0, 0, 0), 0);

	CHECK_EQ(TRY("int $0x80", "a"(0)), 0x80);
	/* 0x21 has the stub of 0x22, to see that the table is what counts */
	CHECK_EQ(TRY("int $0x21", "a"(0)), 0x22);
	/* no DPL for the kernel, and no handler: #GP with the IDT bit */
	CHECK_EQ(TRY("int $0x30", "a"(0)), 13);
	CHECK_EQ(caught.error_code, 0x30 << 3 | 2);
	CHECK_EQ(TRY("int $0x55", "a"(0)), 13);
	CHECK_EQ(caught.error_code, 0x55 << 3 | 2);
	/* the hypervisor's own vectors are no way in either */
	CHECK_EQ(TRY("int $0xfe", "a"(0)), 13);
	CHECK_EQ(TRY("int $2", "a"(0)), 13);
	CHECK_EQ(TRY("int $8", "a"(0)), 13);
}
