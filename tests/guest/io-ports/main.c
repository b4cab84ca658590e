/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: ports that belong to the hypervisor: interrupt controllers,
 * timer, the console's UART. dom0 may try; reads give ones, writes go nowhere,
 * others work.
 */
#include "guest.h"

STORY("io-ports");

static u8 in8(u16 port)
{
	u8 v = 0;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static void out8(u16 port, u8 v)
{
	__asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port));
}

void story(void)
{
	struct physdev_set_iopl iopl = { .iopl = 1 };

	/* without the privilege the kernel faults as a program would */
	CHECK_EQ(TRY("mov %%rax, %%r14; inb $0x80, %%al; mov %%r14, %%rax",
		     "a"(0)),
		 13);
	CHECK_EQ(HC(physdev_op, PHYSDEVOP_set_iopl, &iopl, 0, 0), 0);
	iopl.iopl = 4;
	CHECK(HC(physdev_op, PHYSDEVOP_set_iopl, &iopl, 0, 0) < 0);
	CHECK_EQ(TRY("mov %%rax, %%r14; inb $0x80, %%al; mov %%r14, %%rax",
		     "a"(0)),
		 TRAP_NONE);

	out8(0x21, 0x00);
	CHECK_EQ(in8(0x21), 0xff);
	out8(0xa1, 0x00);
	CHECK_EQ(in8(0xa1), 0xff);
	CHECK_EQ(in8(0x3f8 + 5), 0xff);
	out8(0x3f8, '!');
	/* a real one: the PCI address register reads back */
	{
		u32 v;

		__asm__ volatile("outl %0, %1" ::"a"(0x80000000U),
				 "Nd"((u16)0xcf8));
		__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"((u16)0xcf8));
		CHECK_EQ(v, 0x80000000U);
		__asm__ volatile("inl %1, %0" : "=a"(v) : "Nd"((u16)0xcfc));
		CHECK_EQ(v & 0xffff, 0x8086);
	}
	{
		u8 *page = page_new(), *to = page;
		u64 n = 4;

		memset(page, 0x55, 8);
		__asm__ volatile("cld; rep insb"
				 : "+D"(to), "+c"(n)
				 : "d"((u16)0x21)
				 : "memory");
		CHECK_EQ(to - page, 4);
		CHECK_EQ(n, 0);
		CHECK_EQ(page[3], 0xff);
		CHECK_EQ(page[4], 0x55);
	}
}
