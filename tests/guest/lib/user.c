/* SPDX-License-Identifier: GPL-2.0-only */
/* User mode for the stories; see user.h. */
#include "user.h"

struct user_exit user_exit;
char *user_code;

static u64 code_at, resume_rsp;
static char kernel_stack[PAGE_SIZE] __aligned(4096);

/* Where the kernel goes on when user mode has ended. */
void back_in_kernel(void);

static bool user_trap(struct trap_frame *f)
{
	if ((f->cs & 3) != 3)
		return false;
	if (f->vector >= 32 && f->vector != TRAP_SYSCALL)
		return false;
	user_exit.vector = (int)f->vector;
	user_exit.error_code = f->error_code;
	user_exit.rax = f->rax;
	user_exit.rip = f->rip;
	user_exit.cs = f->cs;
	user_exit.rsp = f->rsp;
	user_exit.cr2 = vcpu_info()->arch.cr2;
	f->rip = (u64)back_in_kernel;
	f->cs = FLAT_KERNEL_CS & ~3UL;
	f->ss = FLAT_KERNEL_SS & ~3UL;
	f->rflags = 0x202;
	f->rsp = resume_rsp;
	return true;
}

__noinline int user_run_at(u64 va, u64 rax)
{
	user_exit = (struct user_exit){ .vector = TRAP_NONE };
	__asm__ volatile("push %%rbp; push %%rbx; push %%r12\n\t"
			 "push %%r13; push %%r14; push %%r15\n\t"
			 "mov %%rsp, %0\n\t"
			 "push %3\n\t" /* ss */
			 "push %5\n\t" /* rsp */
			 "push $0x202\n\t"
			 "push %4\n\t" /* cs */
			 "push %1\n\t" /* rip */
			 "push $0\n\t"
			 "push $0\n\t"
			 "push $0\n\t"
			 "push %2\n\t" /* rax */
			 "mov $23, %%eax\n\t"
			 "syscall\n\t"
			 ".globl back_in_kernel\n"
			 "back_in_kernel:\n\t"
			 "pop %%r15; pop %%r14; pop %%r13\n\t"
			 "pop %%r12; pop %%rbx; pop %%rbp"
			 : "=m"(resume_rsp)
			 : "r"(va), "r"(rax), "i"(FLAT_USER_SS),
			   "i"(FLAT_USER_CS), "i"(USER_STACK_TOP)
			 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10",
			   "r11", "memory", "cc");
	return user_exit.vector;
}

int user_run(const char *code, size_t n, u64 rax)
{
	memcpy(user_code, code, n);
	return user_run_at(code_at, rax);
}

/* A new table under @upper's entry for @va at @level. */
static u64 *table(u64 *upper, u64 va, unsigned int level)
{
	u64 *t = page_new();

	upper[va >> (12 + 9 * (level - 1)) & 511] =
		virt_to_mfn(t) << PAGE_SHIFT | PTE_KERNEL;
	return t;
}

static u64 *build_tables(u64 va)
{
	u64 *l4 = page_new(), *l3 = table(l4, va, 4), *l2 = table(l3, va, 3);
	u64 *l1 = table(l2, va, 2);

	user_code = page_new();
	l1[va >> 12 & 511] = virt_to_mfn(user_code) << PAGE_SHIFT | PTE_RO;
	make_readonly(l1);
	make_readonly(l2);
	make_readonly(l3);
	make_readonly(l4);
	return l4;
}

void user_begin(u64 code_va)
{
	struct callback_register cb = { .type = CALLBACKTYPE_syscall,
					.address = (u64)syscall_entry };
	u64 mfn = virt_to_mfn(build_tables(code_va));

	if (HC(callback_op, CALLBACKOP_register, &cb, 0, 0) ||
	    HC(stack_switch, FLAT_KERNEL_SS, (u64)kernel_stack + PAGE_SIZE, 0,
	       0) ||
	    mmuext(MMUEXT_PIN_L4_TABLE, mfn, 0) ||
	    mmuext(MMUEXT_NEW_USER_BASEPTR, mfn, 0))
		broken("no user mode");
	code_at = code_va;
	trap_hook = user_trap;
}

void user_end(void)
{
	trap_hook = NULL;
}
