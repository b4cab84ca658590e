/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: model specific registers: a guest reads or sets one that is
 * the hypervisor's. Tries those that would give it the machine.
 */
#include "guest.h"

STORY("msrs");

static int read_msr(u32 msr)
{
	return TRY("mov %%rax, %%r13; mov %%rdx, %%r14; rdmsr; "
		   "mov %%r13, %%rax; mov %%r14, %%rdx",
		   "c"(msr));
}

static int write_msr(u32 msr, u64 v)
{
	return TRY("wrmsr", "c"(msr), "a"((u32)v), "d"((u32)(v >> 32)));
}

void story(void)
{
	/* entry points: never readable as something to attack, nor settable */
	static const u32 entry[] = { 0xc0000082, 0xc0000083, 0x176, 0x175 };
	u64 efer;

	for (unsigned int i = 0; i < ARRAY_SIZE(entry); i++) {
		write_msr(entry[i], 0x1000);
		/* if the write had worked this hypercall would go wild */
		CHECK_EQ(HC(xen_version, XENVER_pagesize, 0, 0, 0), 4096);
	}
	CHECK_EQ(read_msr(0xc0000080), TRAP_NONE);
	__asm__ volatile("rdmsr; shl $32, %%rdx; or %%rdx, %%rax"
			 : "=a"(efer)
			 : "c"(0xc0000080)
			 : "rdx");
	CHECK(efer & 1, "SCE");
	/* long mode off, no */
	CHECK_EQ(write_msr(0xc0000080, 0), 13);
	CHECK_EQ(HC(xen_version, XENVER_pagesize, 0, 0, 0), 4096);
	CHECK_EQ(write_msr(0xc0000100, 0x1234567812345678), 13);
	CHECK_EQ(write_msr(0x1b, 0), 13);
	CHECK_EQ(read_msr(0xdeadbeef), 13);
	CHECK_EQ(write_msr(0xdeadbeef, 1), 13);
}
