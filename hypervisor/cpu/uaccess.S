/* SPDX-License-Identifier: GPL-2.0-only */
/* The copy that may fault: see cpu/uaccess.h. */
#include "cpu/asm.h"
#include "cpu/extable.h"

	.text

/* size_t uaccess_copy(void *dst, const void *src, size_t bytes) */
	.type	uaccess_copy, @function
	GLOBAL	uaccess_copy
	GUEST_ACCESS_BEGIN
	mov	%rdx, %rcx
	shr	$3, %rcx
	and	$7, %edx
1:	rep movsq
	mov	%edx, %ecx
2:	rep movsb
3:	GUEST_ACCESS_END
	mov	%rcx, %rax
	ret
	/* Words left and the odd bytes, or only odd bytes left. */
4:	lea	(%rdx, %rcx, 8), %rcx
	jmp	3b
	EX_TABLE 1b, 4b
	EX_TABLE 2b, 3b
	.size	uaccess_copy, . - uaccess_copy
