/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a CPU starts after INIT and SIPI: real mode, at the beginning of a page
 * below 1 MiB to which boot/smpboot.c has copied this. Straight to long mode on
 * the tables, and then the stack, that the copy's last lines give.
 */
#include "mm/layout.h"

#define AT(sym) ((sym) - trampoline_start)
#define CR0_PE_MP_NE_WP_PG 0x80010023
#define CR4_PAE		0x20
#define MSR_EFER	0xc0000080
#define EFER_SCE_LME_NXE 0x901

	.section .init.data, "aw"
	.balign	16
	.globl	trampoline_start, trampoline_end
	.globl	trampoline_gdt_base, trampoline_jump, trampoline_cr3
	.globl	trampoline_stack, trampoline_entry
trampoline_start:
	.code16
	cli
	cld
	mov	%cs, %ax
	mov	%ax, %ds
	lgdtl	AT(trampoline_gdtr)
	mov	$CR4_PAE, %eax
	mov	%eax, %cr4
	mov	AT(trampoline_cr3), %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_SCE_LME_NXE, %eax
	wrmsr
	mov	$CR0_PE_MP_NE_WP_PG, %eax
	mov	%eax, %cr0
	ljmpl	*AT(trampoline_jump)

	.code64
	.globl	trampoline_64
trampoline_64:
	mov	$HV_DS, %eax
	mov	%eax, %ss
	mov	%eax, %ds
	mov	%eax, %es
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	mov	trampoline_stack(%rip), %rsp
	mov	trampoline_entry(%rip), %rax
	xor	%ebp, %ebp
	call	*%rax
	ud2

	/*
	 * The machine address is added by smpboot.c. The GDT has three entries,
	 * in the place where page 14 of the real ones will be.
	 */
	.balign	8
trampoline_gdt:
	.quad	0
	.quad	0x00af9b000000ffff
	.quad	0x00cf93000000ffff
	.short	0 /* so that the base is aligned */
trampoline_gdtr:
	.short	GDT_BYTES - 1
trampoline_gdt_base:
	.long	AT(trampoline_gdt)
	.balign	8
trampoline_jump:
	.long	AT(trampoline_64)
	.short	HV_CS
	.balign	8
trampoline_cr3:
	.quad	0
trampoline_stack:
	.quad	0
trampoline_entry:
	.quad	0
trampoline_end:

	.section .note.GNU-stack, "", @progbits
