/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: the builder, the hypercall path, registers lost over a
 * hypercall. Provokes it by calls with every register filled; each must come
 * back as it was.
 */
#include "guest.h"

STORY("hello");

static void check_registers_survive(void)
{
	u64 bad = 0;

	__asm__ volatile("mov $0x1111, %%rbx\n\t"
			 "mov $0x2222, %%r12\n\t"
			 "mov $0x3333, %%r13\n\t"
			 "mov $0x4444, %%r14\n\t"
			 "mov $0x5555, %%r15\n\t"
			 "mov $0x6666, %%r9\n\t"
			 "mov $0x7777, %%rdx\n\t"
			 "mov $17, %%eax\n\t"
			 "xor %%edi, %%edi\n\t"
			 "xor %%esi, %%esi\n\t"
			 "syscall\n\t"
			 "cmp $0x1111, %%rbx\n\t"
			 "jne 1f\n\t"
			 "cmp $0x2222, %%r12\n\t"
			 "jne 1f\n\t"
			 "cmp $0x3333, %%r13\n\t"
			 "jne 1f\n\t"
			 "cmp $0x4444, %%r14\n\t"
			 "jne 1f\n\t"
			 "cmp $0x5555, %%r15\n\t"
			 "jne 1f\n\t"
			 "cmp $0x6666, %%r9\n\t"
			 "jne 1f\n\t"
			 "cmp $0x7777, %%rdx\n\t"
			 "je 2f\n"
			 "1:\tmov $1, %0\n"
			 "2:"
			 : "+&r"(bad)
			 :
			 : "rax", "rbx", "rcx", "rdx", "rsi", "rdi", "r9",
			   "r11", "r12", "r13", "r14", "r15", "memory");
	CHECK_EQ(bad, 0);
}

void story(void)
{
	long version = HC(xen_version, XENVER_version, 0, 0, 0);

	say("version %ld.%ld", version >> 16, version & 0xffff);
	CHECK_EQ(version >> 16, 4);
	CHECK_EQ(HC(xen_version, XENVER_pagesize, 0, 0, 0), 4096);
	CHECK_EQ(hypercall5(63, 0, 0, 0, 0, 0), -ENOSYS);
	CHECK_EQ(hypercall5(~0UL, 0, 0, 0, 0, 0), -ENOSYS);
	CHECK_EQ(memcmp(start_info->magic, "xen-3.0-x86_64", 14), 0);
	CHECK(start_info->flags & SIF_INITDOMAIN);
	CHECK(start_info->nr_pages > 0);
	check_registers_survive();
}
