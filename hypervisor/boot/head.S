/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From the boot loader to C: multiboot 1 or 2, 32-bit protected mode, paging
 * off. A multiboot 2 loader may have put the image anywhere below 4 GiB, at a
 * multiple of 2 MiB; until paging is on %ebp holds that address, and nothing
 * else may be assumed, not even a stack.
 *
 * The tables made here map, for the time until boot/setup.c has made the real
 * ones: the first 4 GiB at 0 and in the direct map, the image at IMAGE_VA.
 */
#include "mm/layout.h"

#define PHYS(sym) ((sym) - IMAGE_VA)
#define L4_INDEX(va) (((va) >> 39) & 511)
#define L3_INDEX(va) (((va) >> 30) & 511)

#define MB1_MAGIC	0x1badb002
#define MB1_FLAGS	0x00000003 /* page aligned modules, memory map */
#define MB2_MAGIC	0xe85250d6
#define MB2_BOOTED	0x36d76289 /* in %eax from a multiboot 2 loader */
#define MB2_TAG_BASE	21
#define LINK_PADDR	0x200000
#define IMAGE_MAX	0x1000000 /* 16 MiB mapped for the image */

#define CR0_PE_MP_NE_WP_PG 0x80010023
#define CR4_PAE		0x20
#define MSR_EFER	0xc0000080
#define EFER_SCE_LME_NXE 0x901
#define PT_TABLE	3
#define PT_LARGE	0x83

	.section .head, "ax"
	.code32
	.balign 8
	.long	MB1_MAGIC, MB1_FLAGS, -(MB1_MAGIC + MB1_FLAGS)

	.balign 8
multiboot2_header:
	.long	MB2_MAGIC, 0, multiboot2_end - multiboot2_header
	.long	-(MB2_MAGIC + (multiboot2_end - multiboot2_header))
	/* Wanted: modules on pages, memory map; the rest when there is one. */
	.balign 8
	.short	6, 0
	.long	8
	.balign 8
	.short	1, 0
	.long	1f - . + 4
	.long	3, 6
1:
	.balign 8
	.short	1, 1 /* optional */
	.long	1f - . + 4
	.long	8, 12, 14, 15, 17
1:
	.balign 8
	.short	5, 1 /* framebuffer, any mode */
	.long	20
	.long	0, 0, 0
	.balign 8
	.short	4, 1 /* consoles: VGA text is fine */
	.long	12
	.long	2
	.balign 8
	.short	10, 0 /* relocatable: 2 MiB up, by 2 MiB, prefer high */
	.long	24
	.long	LINK_PADDR, 0xffffffff, LINK_PADDR, 2
	.balign 8
	.short	0, 0
	.long	8
multiboot2_end:

	.globl	entry_multiboot
entry_multiboot:
	cli
	cld
	mov	%eax, %esi /* magic */
	mov	$LINK_PADDR, %ebp
	cmp	$MB2_BOOTED, %eax
	jne	have_base
	lea	8(%ebx), %ecx
next_tag:
	mov	(%ecx), %eax
	test	%eax, %eax
	jz	have_base
	cmp	$MB2_TAG_BASE, %eax
	je	base_tag
	mov	4(%ecx), %eax
	lea	7(%ecx, %eax), %ecx
	and	$~7, %ecx
	jmp	next_tag
base_tag:
	mov	8(%ecx), %ebp
have_base:
	/* The rest of the image's memory is not always cleared. */
	lea	PHYS(_bss_start)(%ebp), %edi
	lea	PHYS(_bss_end)(%ebp), %ecx
	sub	%edi, %ecx
	shr	$2, %ecx
	xor	%eax, %eax
	rep stosl
	lea	PHYS(boot_stack_top)(%ebp), %esp
	push	%ebx
	call	check_cpu
	call	make_tables
	call	enable_paging
	pop	%ebx

	lea	PHYS(boot_gdt)(%ebp), %eax
	sub	$0xe000, %eax
	sub	$8, %esp
	movw	$GDT_BYTES - 1, (%esp)
	mov	%eax, 2(%esp)
	lgdtl	(%esp)
	add	$8, %esp
	push	$HV_CS
	lea	PHYS(start64)(%ebp), %eax
	push	%eax
	lret

/* Long mode and NX, or a word why not. %edi: the word. */
check_cpu:
	lea	PHYS(no_long_mode)(%ebp), %edi
	mov	$0x80000000, %eax
	cpuid
	cmp	$0x80000001, %eax
	jb	die
	mov	$0x80000001, %eax
	cpuid
	bt	$29, %edx
	jnc	die
	lea	PHYS(no_nx)(%ebp), %edi
	bt	$20, %edx
	jnc	die
	ret

/* Says what is in %edi on COM1 and the VGA text screen, and stops. */
die:
	mov	$0xb8000, %ebx
1:	movzbl	(%edi), %ecx
	test	%ecx, %ecx
	jz	3f
	mov	%cl, (%ebx)
	movb	$0x0f, 1(%ebx)
	add	$2, %ebx
	mov	$0x3fd, %edx
	mov	$100000, %esi
2:	in	%dx, %al
	test	$0x20, %al
	jnz	4f
	dec	%esi
	jnz	2b
4:	mov	$0x3f8, %edx
	mov	%cl, %al
	out	%al, %dx
	inc	%edi
	jmp	1b
3:	hlt
	jmp	3b

/* \count entries at %edi, the first is %eax, each \step further. */
.macro FILL count, step
	mov	$\count, %ecx
1:	mov	%eax, (%edi)
	add	$8, %edi
	add	$\step, %eax
	loop	1b
.endm

make_tables:
	lea	PHYS(boot_l2)(%ebp), %edi
	mov	$PT_LARGE, %eax
	FILL	2048, 0x200000

	lea	PHYS(boot_l3)(%ebp), %edi
	lea	PHYS(boot_l2 + PT_TABLE)(%ebp), %eax
	FILL	4, 0x1000

	lea	PHYS(boot_l2_image)(%ebp), %edi
	lea	PT_LARGE(%ebp), %eax
	FILL	IMAGE_MAX / 0x200000, 0x200000

	lea	PHYS(boot_l2_image + PT_TABLE)(%ebp), %eax
	mov	%eax, PHYS(boot_l3_image + 8 * L3_INDEX(IMAGE_VA))(%ebp)
	lea	PHYS(boot_l3 + PT_TABLE)(%ebp), %eax
	mov	%eax, PHYS(boot_l4)(%ebp)
	mov	%eax, PHYS(boot_l4 + 8 * L4_INDEX(DIRECT_MAP_VA))(%ebp)
	lea	PHYS(boot_l3_image + PT_TABLE)(%ebp), %eax
	mov	%eax, PHYS(boot_l4 + 8 * L4_INDEX(IMAGE_VA))(%ebp)
	ret

enable_paging:
	mov	$CR4_PAE, %eax
	mov	%eax, %cr4
	lea	PHYS(boot_l4)(%ebp), %eax
	mov	%eax, %cr3
	mov	$MSR_EFER, %ecx
	rdmsr
	or	$EFER_SCE_LME_NXE, %eax
	wrmsr
	mov	$CR0_PE_MP_NE_WP_PG, %eax
	mov	%eax, %cr0
	ret

	.code64
start64:
	movabs	$1f, %rax
	jmp	*%rax
1:	lea	boot_gdt(%rip), %rax
	sub	$0xe000, %rax
	lea	boot_stack_top - 0x200(%rip), %rsp /* below struct cpu_info */
	pushq	%rax
	sub	$8, %rsp
	movw	$GDT_BYTES - 1, 6(%rsp)
	lgdt	6(%rsp)
	add	$16, %rsp
	mov	$HV_DS, %eax
	mov	%eax, %ss
	mov	%eax, %ds
	mov	%eax, %es
	xor	%eax, %eax
	mov	%eax, %fs
	mov	%eax, %gs
	mov	%esi, %edi
	mov	%ebx, %esi
	mov	%ebp, %edx
	xor	%ebp, %ebp
	call	boot_start
	ud2

/* void boot_switch_stack(u64 sp, void (*fn)(void)): fn does not return. */
	.section .init.text, "ax"
	.globl	boot_switch_stack
boot_switch_stack:
	mov	%rdi, %rsp
	xor	%ebp, %ebp
	call	*%rsi
	ud2

	.section .init.data, "aw"
no_long_mode:
	.asciz	"\r\nHospes: this CPU has no long mode: a 64-bit one is needed\r\n"
no_nx:
	.asciz	"\r\nHospes: this CPU has no NX bit (or firmware hides it): turn it on\r\n"

	/* In the place of GDT page 14: the selectors never change. */
	.balign	16
boot_gdt:
	.quad	0
	.quad	0x00af9b000000ffff /* HV_CS */
	.quad	0x00cf93000000ffff /* HV_DS */

	.section .init.bss.stack, "aw", @nobits
	.balign	0x10000
	.skip	0x10000
	.globl	boot_stack_top
boot_stack_top:

	.section .init.bss, "aw", @nobits
	.balign	0x1000
boot_l4:	.skip 0x1000
boot_l3:	.skip 0x1000
boot_l3_image:	.skip 0x1000
boot_l2_image:	.skip 0x1000
boot_l2:	.skip 0x4000

	.section .note.GNU-stack, "", @progbits
