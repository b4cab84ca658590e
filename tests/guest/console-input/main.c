/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: reads of a console where nobody types, and calls that would
 * print the hypervisor's memory or write to it.
 */
#include "guest.h"

STORY("console-input");
/* attack: yes */

static long console(u64 cmd, u64 count, u64 buf)
{
	return HC(console_io, cmd, count, buf, 0);
}

void story(void)
{
	static char buf[64];
	static const u64 ours[] = { HV_START, 0xffff818000000000,
				    0xffff830000000000, HV_END - 8,
				    0x0000800000000000 };
	char *page = page_new();

	/* no data, and at once */
	memset(buf, 0x5a, sizeof(buf));
	for (int i = 0; i < 100; i++)
		CHECK_EQ(console(CONSOLEIO_read, sizeof(buf), (u64)buf), 0);
	for (unsigned int i = 0; i < sizeof(buf); i++)
		CHECK_EQ(buf[i], 0x5a);
	CHECK_EQ(console(CONSOLEIO_read, 0, (u64)buf), 0);
	CHECK(console(CONSOLEIO_read, 0xffffffff, (u64)buf) <= 0);
	CHECK(console(CONSOLEIO_read, 0x80000000, (u64)buf) <= 0);

	for (unsigned int i = 0; i < ARRAY_SIZE(ours); i++) {
		CHECK_EQ(console(CONSOLEIO_write, 64, ours[i]), -EFAULT);
		CHECK(console(CONSOLEIO_read, 64, ours[i]) <= 0);
	}
	/* into the hypervisor from below, and round the end of addresses */
	CHECK_EQ(console(CONSOLEIO_write, 64, HV_START - 1), -EFAULT);
	CHECK_EQ(console(CONSOLEIO_write, 0x7fffffff, 0xfffffffffffff000),
		 -EFAULT);
	/* a page that is not there */
	CHECK_EQ(update_va(page, 0, UVMF_INVLPG), 0);
	CHECK_EQ(console(CONSOLEIO_write, 64, (u64)page), -EFAULT);
	CHECK_EQ(console(CONSOLEIO_write, 0, (u64)page), 0);
	CHECK_EQ(console(77, 0, 0), -ENOSYS);
	CHECK_EQ(console(~0UL, 64, (u64)buf), -ENOSYS);
}
