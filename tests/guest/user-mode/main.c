/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: the two modes of a PV guest. A program in user mode must
 * reach its kernel by syscall, fault with the user bit, see no kernel page,
 * make no hypercall.
 */
#include "guest.h"

STORY("user-mode");
/* attack: yes */

static u64 *user_l4;
static char *code_page;
static unsigned int syscalls, faults;
static u64 syscall_rax, syscall_rip, syscall_cs, fault_error, fault_va;
static u64 resume_rsp;
static char user_stack[PAGE_SIZE] __aligned(4096);

#define USER_VA 0x400000UL

/* Leaves user mode for good: back behind enter_user(). */
void back_in_kernel(void);

static bool user_trap(struct trap_frame *f)
{
	if (f->vector == TRAP_SYSCALL) {
		syscalls++;
		syscall_rax = f->rax;
		syscall_rip = f->rcx;
		syscall_cs = f->cs;
	} else if (f->vector == 14 || f->vector == 13 || f->vector == 6) {
		faults++;
		fault_error = f->error_code;
		fault_va = vcpu_info()->arch.cr2;
	} else {
		return false;
	}
	f->rip = (u64)back_in_kernel;
	f->cs = FLAT_KERNEL_CS & ~3UL;
	f->ss = FLAT_KERNEL_SS & ~3UL;
	f->rflags = 0x202;
	f->rsp = resume_rsp;
	return true;
}

/* Runs the code at @va in user mode until it traps. */
static __noinline void enter_user(u64 va, u64 rax)
{
	__asm__ volatile("push %%rbp; push %%rbx; push %%r12\n\t"
			 "push %%r13; push %%r14; push %%r15\n\t"
			 "mov %%rsp, %0\n\t"
			 "push %3\n\t" /* ss */
			 "push $0x600800\n\t" /* rsp */
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
			   "i"(FLAT_USER_CS)
			 : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10",
			   "r11", "memory", "cc");
}

static u64 *table(u64 *entry_of_upper)
{
	u64 *t = page_new();

	if (entry_of_upper)
		*entry_of_upper = virt_to_mfn(t) << PAGE_SHIFT | PTE_KERNEL;
	return t;
}

/* An L4 with one code page at USER_VA and nothing of the kernel. */
static void build_user(void)
{
	u64 *l4 = table(NULL), *l3 = table(&l4[0]), *l2 = table(&l3[0]);
	u64 *l1 = table(&l2[2]);

	code_page = page_new();
	l1[0] = virt_to_mfn(code_page) << PAGE_SHIFT | PTE_RO;
	make_readonly(l1);
	make_readonly(l2);
	make_readonly(l3);
	make_readonly(l4);
	user_l4 = l4;
	CHECK_EQ(mmuext(MMUEXT_PIN_L4_TABLE, virt_to_mfn(l4), 0), 0);
	CHECK_EQ(mmuext(MMUEXT_NEW_USER_BASEPTR, virt_to_mfn(l4), 0), 0);
}

static void run(const char *code, size_t n, u64 rax)
{
	memcpy(code_page, code, n);
	enter_user(USER_VA, rax);
}

void story(void)
{
	struct callback_register cb = { .type = CALLBACKTYPE_syscall,
					.address = (u64)syscall_entry };
	/* mov (va), %rax with the address in rax */
	static const char load_rax[] = "\x48\x8b\x00";
	static const char do_syscall[] = "\x0f\x05";

	CHECK_EQ(HC(callback_op, CALLBACKOP_register, &cb, 0, 0), 0);
	CHECK_EQ(HC(stack_switch, FLAT_KERNEL_SS, (u64)user_stack + PAGE_SIZE,
		    0, 0),
		 0);
	build_user();
	trap_hook = user_trap;

	run(do_syscall, 2, 17);
	CHECK_EQ(syscalls, 1);
	CHECK_EQ(syscall_rax, 17); /* no hypercall: the number is untouched */
	CHECK_EQ(syscall_cs & 3, 3);
	run("\x0f\x0b", 2, 0);
	CHECK_EQ(faults, 1);
	run(load_rax, 3, (u64)story);
	CHECK_EQ(faults, 2);
	CHECK_EQ(fault_va, (u64)story);
	CHECK_EQ(fault_error, 4);
	run(load_rax, 3, 0xffff818000000000);
	CHECK_EQ(faults, 3);
	CHECK_EQ(fault_error & 4, 4);
	/* cli, in, hlt, wrmsr: no privilege at all */
	run("\xfa", 1, 0);
	CHECK_EQ(faults, 4);
	run("\xe4\x80", 2, 0);
	CHECK_EQ(faults, 5);
	run("\xf4", 1, 0);
	CHECK_EQ(faults, 6);
	run("\x0f\x30", 2, 0);
	CHECK_EQ(faults, 7);
	for (int i = 0; i < 1000; i++)
		run(do_syscall, 2, 39);
	CHECK_EQ(syscalls, 1001);
	trap_hook = NULL;
}
