/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The instructions C has no words for: control registers, MSRs, ports,
 * flags, barriers. Nothing outside cpu/ and the entry files needs more asm.
 */
#pragma once

#include "lib/types.h"

#define cpu_relax() __builtin_ia32_pause()
#define mb()	    __asm__ volatile("lock addl $0, -4(%%rsp)" ::: "memory")
#define wmb()	    barrier()

static inline void irq_enable(void)
{
	__asm__ volatile("sti" ::: "memory");
}

static inline void irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static inline u64 irq_flags(void)
{
	u64 f;

	__asm__ volatile("pushfq; pop %0" : "=rm"(f)::"memory");
	return f;
}

static inline bool irq_enabled(void)
{
	return irq_flags() & 0x200;
}

static inline u64 irq_save(void)
{
	u64 f = irq_flags();

	irq_disable();
	return f;
}

static inline void irq_restore(u64 f)
{
	if (f & 0x200)
		irq_enable();
}

/* Interrupts on and sleep until one comes; none gets lost between the two. */
static inline void cpu_wait_irq(void)
{
	__asm__ volatile("sti; hlt" ::: "memory");
}

static inline u64 rdmsr(u32 msr)
{
	u32 lo, hi;

	__asm__ volatile("rdmsr" : "=a"(lo), "=d"(hi) : "c"(msr));
	return (u64)hi << 32 | lo;
}

static inline void wrmsr(u32 msr, u64 val)
{
	__asm__ volatile("wrmsr" ::"c"(msr), "a"((u32)val),
			 "d"((u32)(val >> 32))
			 : "memory");
}

/* As above, for MSRs that may not exist: -EFAULT instead of a fault. */
int __must_check rdmsr_safe(u32 msr, u64 *val);

static inline u64 rdtsc(void)
{
	u32 lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (u64)hi << 32 | lo;
}

struct cpuid_leaf {
	u32 a, b, c, d;
};

static inline struct cpuid_leaf cpuid(u32 leaf, u32 sub)
{
	struct cpuid_leaf r;

	__asm__ volatile("cpuid"
			 : "=a"(r.a), "=b"(r.b), "=c"(r.c), "=d"(r.d)
			 : "a"(leaf), "c"(sub));
	return r;
}

#define DEFINE_CR(n)                                                     \
	static inline u64 read_cr##n(void)                               \
	{                                                                \
		u64 v;                                                   \
		__asm__ volatile("mov %%cr" #n ", %0" : "=r"(v));        \
		return v;                                                \
	}                                                                \
	static inline void write_cr##n(u64 v)                            \
	{                                                                \
		__asm__ volatile("mov %0, %%cr" #n ::"r"(v) : "memory"); \
	}

/* Makes read_cr0 write_cr0 read_cr2 write_cr2 read_cr3 ... write_cr4. */
DEFINE_CR(0)
DEFINE_CR(2)
DEFINE_CR(3)
DEFINE_CR(4)

static inline void invlpg(u64 va)
{
	__asm__ volatile("invlpg (%0)" ::"r"(va) : "memory");
}

#define CACHE_LINE_BYTES 64

static inline void clflush(const void *line)
{
	__asm__ volatile("clflush %0" ::"m"(*(const char *)line) : "memory");
}

/* Writes back and empties all caches of this CPU. Slow. */
static inline void wbinvd(void)
{
	__asm__ volatile("wbinvd" ::: "memory");
}

#define DEFINE_PORT(sfx, type)                                                \
	static inline type in##sfx(u16 port)                                  \
	{                                                                     \
		type v;                                                       \
		__asm__ volatile("in" #sfx " %1, %0" : "=a"(v) : "Nd"(port)); \
		return v;                                                     \
	}                                                                     \
	static inline void out##sfx(u16 port, type v)                         \
	{                                                                     \
		__asm__ volatile("out" #sfx " %0, %1" ::"a"(v), "Nd"(port));  \
	}

/* Makes inb outb inw outw inl outl. */
DEFINE_PORT(b, u8)
DEFINE_PORT(w, u16)
DEFINE_PORT(l, u32)

/* @bytes: 1, 2 or 4 */
static inline u32 port_in(u16 port, unsigned int bytes)
{
	return bytes == 1 ? inb(port) : bytes == 2 ? inw(port) : inl(port);
}

static inline void port_out(u16 port, unsigned int bytes, u32 val)
{
	if (bytes == 1)
		outb(port, val);
	else if (bytes == 2)
		outw(port, val);
	else
		outl(port, val);
}

extern bool cpu_has_smap; /* for GUEST_ACCESS_BEGIN of cpu/asm.h */

static inline bool is_canonical(u64 va)
{
	return (u64)((s64)(va << 16) >> 16) == va;
}

#define CR0_TS	       (1UL << 3)
#define CR0_WP	       (1UL << 16)
#define CR4_TSD	       (1UL << 2)
#define CR4_DE	       (1UL << 3)
#define CR4_PAE	       (1UL << 5)
#define CR4_MCE	       (1UL << 6)
#define CR4_OSFXSR     (1UL << 9)
#define CR4_OSXMMEXCPT (1UL << 10)
#define CR4_OSXSAVE    (1UL << 18)
#define CR4_SMEP       (1UL << 20)
#define CR4_SMAP       (1UL << 21)

#define MSR_APICBASE	   0x1b
#define MSR_SYSENTER_CS	   0x174
#define MSR_SYSENTER_ESP   0x175
#define MSR_SYSENTER_EIP   0x176
#define MSR_PAT		   0x277
#define MSR_EFER	   0xc0000080
#define MSR_STAR	   0xc0000081
#define MSR_LSTAR	   0xc0000082
#define MSR_CSTAR	   0xc0000083
#define MSR_SFMASK	   0xc0000084
#define MSR_FS_BASE	   0xc0000100
#define MSR_GS_BASE	   0xc0000101
#define MSR_KERNEL_GS_BASE 0xc0000102

#define RFLAGS_TF   (1UL << 8)
#define RFLAGS_IF   (1UL << 9)
#define RFLAGS_DF   (1UL << 10)
#define RFLAGS_IOPL (3UL << 12)
#define RFLAGS_NT   (1UL << 14)
#define RFLAGS_RF   (1UL << 16)
#define RFLAGS_VM   (1UL << 17)
#define RFLAGS_AC   (1UL << 18)
