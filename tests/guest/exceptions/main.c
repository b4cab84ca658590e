/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a vector, an error code, the saved mask or the code selector
 * of a bounced exception. Provokes each exception that ring 3 can raise and
 * compares.
 */
#include "guest.h"

STORY("exceptions");

static void check_frame(int vector, u32 error)
{
	CHECK_EQ(caught.vector, vector);
	CHECK_EQ(caught.error_code, error);
	CHECK_EQ(caught.cs & 0xffff, FLAT_KERNEL_CS & ~3UL);
}

static void page_faults(void)
{
	char *page = page_new();

	update_va(page, 0, UVMF_INVLPG);
	CHECK_EQ(try_read(page + 8), 14);
	CHECK_EQ(caught.cr2, page + 8);
	/* the guest's kernel is no user: bit 2 must be clear */
	CHECK_EQ(caught.error_code, 0);
	CHECK_EQ(try_write(page + 16, 1), 14);
	CHECK_EQ(caught.cr2, page + 16);
	CHECK_EQ(caught.error_code, 2);
	make_readonly(page);
	CHECK_EQ(try_read(page), TRAP_NONE);
	CHECK_EQ(try_write(page + 24, 1), 14);
	CHECK_EQ(caught.error_code, 3);
	CHECK_EQ(caught.cr2, page + 24);
	make_writable(page);
	CHECK_EQ(try_write(page + 24, 1), TRAP_NONE);
}

void story(void)
{
	CHECK_EQ(TRY("xor %%r14d, %%r14d; div %%r14b", "a"(1)), 0);
	check_frame(0, 0);
	CHECK_EQ(TRY("int3", "a"(0)), 3);
	check_frame(3, 0);
	CHECK_EQ(TRY("ud2", "a"(0)), 6);
	check_frame(6, 0);
	CHECK_EQ(TRY("hlt", "a"(0)), 13);
	check_frame(13, 0);
	CHECK_EQ(TRY("mov %0, %%ds", "r"(0x1234)), 13);
	CHECK_EQ(caught.error_code, 0x1234);
	page_faults();
	CHECK_EQ(try_read(0x1234567812345678UL), 13);
	check_frame(13, 0);
}
