/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a micro-guest story is written with: hypercalls, traps that are caught,
 * page tables, checks. A story is one main.c with story(); the library boots
 * it, prints the verdict and ends the machine. The verdict only gets worse;
 * silence is an error.
 */
#ifndef TESTS_GUEST_H
#define TESTS_GUEST_H

#include "include/abi.h"
#include "include/errno.h"
#include "lib/printf.h"
#include "lib/string.h"
#include "lib/types.h"

#define VIRT_BASE 0xffffffff80000000UL
#define M2P	  ((const volatile u64 *)0xffff800000000000UL)
#define HV_START  0xffff800000000000UL
#define HV_END	  0xffff880000000000UL

/* The story; also its name for the verdict line. */
extern const char story_name[];
void story(void);
#define STORY(name) const char story_name[] = name

extern struct start_info *start_info;
extern u64 *p2m;

/* ---- verdict ---- */
void say(const char *fmt, ...) __printf(1, 2);
void failed(const char *file, int line, const char *fmt, ...) __printf(3, 4);
/* The product is wrong: noted, the story goes on. */
#define CHECK(cond, ...)                                                      \
	do {                                                                  \
		if (!(cond))                                                  \
			failed(__FILE__, __LINE__, "" #cond " " __VA_ARGS__); \
	} while (0)
#define CHECK_EQ(a, b)                                                         \
	do {                                                                   \
		u64 ca_ = (u64)(a), cb_ = (u64)(b);                            \
		if (ca_ != cb_)                                                \
			failed(__FILE__, __LINE__, "%s is %#lx, not %#lx", #a, \
			       ca_, cb_);                                      \
	} while (0)
/* The test cannot go on: error, not failure. */
void broken(const char *fmt, ...) __printf(1, 2) __noreturn;
/* Prints the verdict and ends the machine. */
void finish(void) __noreturn;

/* ---- hypercalls ---- */
static inline long hypercall5(u64 nr, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	long ret;
	register u64 r10 __asm__("r10") = d;
	register u64 r8 __asm__("r8") = e;

	__asm__ volatile("syscall"
			 : "=a"(ret), "+D"(a), "+S"(b), "+d"(c), "+r"(r10),
			   "+r"(r8)
			 : "a"(nr)
			 : "rcx", "r11", "memory");
	return ret;
}
#define HC(nr, a, b, c, d) \
	hypercall5(__HYPERVISOR_##nr, (u64)(a), (u64)(b), (u64)(c), (u64)(d), 0)

static inline int mmu_update1(u64 ptr, u64 val)
{
	struct mmu_update u = { ptr, val };

	return (int)HC(mmu_update, &u, 1, 0, DOMID_SELF);
}

static inline int mmuext(unsigned int cmd, u64 arg1, u64 arg2)
{
	struct mmuext_op op = { .cmd = cmd };

	op.arg1.linear_addr = arg1;
	op.arg2.vcpumask.p = (void *)arg2;
	return (int)HC(mmuext_op, &op, 1, 0, DOMID_SELF);
}

static inline int update_va(const volatile void *va, u64 pte, u64 flags)
{
	return (int)HC(update_va_mapping, va, pte, flags, 0);
}

/* ---- traps ---- */
struct trap_frame {
	u64 r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi,
		rdi;
	u64 vector, error_code;
	u64 rip, cs, rflags, rsp, ss;
};

#define TRAP_NONE    (-1)
#define TRAP_EVENT   0x100
#define TRAP_SYSCALL 0x101

/* The last trap taken, vector TRAP_NONE when none since it was cleared. */
extern volatile struct caught {
	int vector;
	u32 error_code;
	u64 rip, cr2, cs, rflags;
	unsigned int count;
} caught;
extern void *volatile trap_resume; /* where a caught trap goes on */
/* Set by a story to see traps itself; true = handled, return to the frame. */
extern bool (*trap_hook)(struct trap_frame *f);
void trap_return(void);
void event_entry(void);
void syscall_entry(void);
void failsafe_entry(void);
extern char trap_stubs[];

/* Runs one instruction (or several); gives the vector it trapped with, or
 * TRAP_NONE. */
#define TRY(insn, ...)                                                     \
	({                                                                 \
		caught.vector = TRAP_NONE;                                 \
		__asm__ volatile("leaq 9f(%%rip), %%r15\n\t"               \
				 "movq %%r15, trap_resume(%%rip)\n\t" insn \
				 "\n9:\tmovq $0, trap_resume(%%rip)"       \
				 :                                         \
				 : __VA_ARGS__                             \
				 : "r13", "r14", "r15", "memory", "cc");   \
		caught.vector;                                             \
	})
#define try_read(va)                                                  \
	({                                                            \
		caught.vector = TRAP_NONE;                            \
		u64 tr_;                                              \
		__asm__ volatile("leaq 9f(%%rip), %%r15\n\t"          \
				 "movq %%r15, trap_resume(%%rip)\n\t" \
				 "movq (%1), %0\n"                    \
				 "9:\tmovq $0, trap_resume(%%rip)"    \
				 : "=&r"(tr_)                         \
				 : "r"((u64)(va))                     \
				 : "r15", "memory");                  \
		(void)tr_;                                            \
		caught.vector;                                        \
	})
#define try_write(va, val) TRY("movq %1, (%0)", "r"((u64)(va)), "r"((u64)(val)))

/* ---- memory ---- */
#define PTE_P	   1UL
#define PTE_RW	   2UL
#define PTE_U	   4UL
#define PTE_PWT	   8UL
#define PTE_PCD	   16UL
#define PTE_A	   32UL
#define PTE_D	   64UL
#define PTE_PSE	   128UL
#define PTE_G	   256UL
#define PTE_NX	   (1UL << 63)
#define PTE_KERNEL (PTE_P | PTE_RW | PTE_A | PTE_D | PTE_U)
#define PTE_RO	   (PTE_P | PTE_A | PTE_U)
#define PTE_ADDR   0x000ffffffffff000UL

/* Zeroed pages of our own, mapped read-write; up to POOL_PAGES. */
#define POOL_PAGES 256
void *page_new(void);
u64 virt_to_mfn(const volatile void *va); /* of the kernel's linear range */
void *mfn_to_virt_(u64 mfn);
/* Address of the entry of @level that maps @va in the current tables; 0: none.
 */
volatile u64 *pt_entry(u64 va, unsigned int level);
u64 pt_entry_maddr(u64 va, unsigned int level);
u64 current_l4_mfn(void);
/* Makes @page read only and gives its machine address, as a table wants it. */
void make_readonly(void *page);
void make_writable(void *page);
/* An L4 of our own with the mappings of the boot one, not yet pinned, read
 * only. */
u64 *new_l4(void);

/* Shared info mapped at a page of ours. */
extern struct shared_info *shared_info;
struct vcpu_info *vcpu_info(void);

/* ---- processors ---- */
/*
 * Starts vcpu @id in kernel mode at fn() on a stack of its own, on the boot
 * page tables and with our traps; fn must not return. Broken when it cannot.
 */
void start_vcpu(unsigned int id, void (*fn)(void));
/* Spins until @cond or ten seconds have gone; false when they have. */
#define wait_for(cond)                                       \
	({                                                   \
		u64 wf_end_ = system_time() + 10000000000UL; \
		while (!(cond) && system_time() < wf_end_)   \
			__builtin_ia32_pause();              \
		!!(cond);                                    \
	})

/* Time in ns by the ABI's formula. */
u64 system_time(void);

#endif
