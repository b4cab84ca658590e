// SPDX-License-Identifier: GPL-2.0-only
/*
 * The page of stubs through which kernels with a HYPERCALL_PAGE note call us:
 * hypercall n is at n * 32 bytes. Only RAX changes for the caller.
 */
#include "lib/string.h"
#include "pv/pv.h"

#define STUB_BYTES 32
#define STUBS	   (PAGE_SIZE / STUB_BYTES)
#define INT3	   0xcc

/* The number goes after the 0xb8 of "mov $nr, %eax". */
static const u8 stub[] = {
	0x51, /* push %rcx */
	0x41, 0x53, /* push %r11 */
	0xb8, 0,    0, 0, 0, /* mov $nr, %eax */
	0x0f, 0x05, /* syscall */
	0x41, 0x5b, /* pop %r11 */
	0x59, /* pop %rcx */
	0xc3, /* ret */
};
#define STUB_NUMBER_AT 4

/* iret does not come back: its frame on the stack starts rax, r11, rcx. */
static const u8 iret_stub[] = {
	0x51, /* push %rcx */
	0x41, 0x53, /* push %r11 */
	0x50, /* push %rax */
	0xb8, __HYPERVISOR_iret,
	0,    0,
	0, /* mov $nr, %eax */
	0x0f, 0x05, /* syscall */
};

void pv_fill_hypercall_page(void *page)
{
	u8 *p = page;

	memset(p, INT3, PAGE_SIZE);
	for (u32 nr = 0; nr < STUBS; nr++, p += STUB_BYTES) {
		memcpy(p, stub, sizeof(stub));
		memcpy(p + STUB_NUMBER_AT, &nr, sizeof(nr));
	}
	p = (u8 *)page + __HYPERVISOR_iret * STUB_BYTES;
	memset(p, INT3, STUB_BYTES);
	memcpy(p, iret_stub, sizeof(iret_stub));
}
