/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Base types, frame number types and the compiler helpers everything uses.
 *
 * Machine frame numbers are one-member structs, so that mixing them with other
 * numbers does not compile: pseudo-physical frames are u64 called pfn. For PV
 * guests gfn == mfn everywhere in the ABI.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int8_t s8;
typedef int16_t s16;
typedef int32_t s32;
typedef int64_t s64;
typedef u64 paddr_t; /* machine address in bytes */

typedef struct {
	u64 v;
} mfn_t;

static inline mfn_t _mfn(u64 v)
{
	return (mfn_t){ v };
}

static inline u64 mfn_x(mfn_t m)
{
	return m.v;
}

static inline bool mfn_eq(mfn_t a, mfn_t b)
{
	return a.v == b.v;
}

static inline mfn_t mfn_add(mfn_t m, u64 n)
{
	return (mfn_t){ m.v + n };
}

#define INVALID_MFN (_mfn(~0ULL))

#define PAGE_SHIFT 12
#define PAGE_SIZE  (1UL << PAGE_SHIFT)
#define PAGE_MASK  (~(PAGE_SIZE - 1))
#define KIB(x)	   ((u64)(x) << 10)
#define MIB(x)	   ((u64)(x) << 20)
#define GIB(x)	   ((u64)(x) << 30)

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define __must_check   __attribute__((warn_unused_result))
#define __noreturn     __attribute__((noreturn))
#define __noinline     __attribute__((noinline))
#define __packed       __attribute__((packed))
#define __aligned(n)   __attribute__((aligned(n)))
#define __section(s)   __attribute__((section(s)))
#define __printf(f, a) __attribute__((format(printf, f, a)))
#define fallthrough    __attribute__((fallthrough))
/* Code and data that boot needs once; given back to the allocator after. */
#define __init	   __section(".init.text") __attribute__((cold))
#define __initdata __section(".init.data")

#define ARRAY_SIZE(a)	   (sizeof(a) / sizeof((a)[0]))
#define BIT(n)		   (1UL << (n))
#define ALIGN_UP(x, a)	   (((x) + ((a)-1)) & ~((typeof(x))(a)-1))
#define ALIGN_DOWN(x, a)   ((x) & ~((typeof(x))(a)-1))
#define DIV_ROUND_UP(n, d) (((n) + (d)-1) / (d))

#define container_of(ptr, type, member) \
	((type *)((char *)(ptr)-offsetof(type, member)))

#define MIN(a, b)                                  \
	({                                         \
		typeof(a) min_a_ = (a);            \
		typeof(b) min_b_ = (b);            \
		min_a_ < min_b_ ? min_a_ : min_b_; \
	})
#define MAX(a, b)                                  \
	({                                         \
		typeof(a) max_a_ = (a);            \
		typeof(b) max_b_ = (b);            \
		max_a_ > max_b_ ? max_a_ : max_b_; \
	})

#define barrier() __asm__ volatile("" ::: "memory")
/*
 * Replaces *@p by @new if it is *@old, which becomes what was found: did it?
 * A full barrier; the other one orders nothing.
 */
#define cas(p, old, new)                                      \
	__atomic_compare_exchange_n((p), (old), (new), false, \
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)
#define cas_relaxed(p, old, new)                              \
	__atomic_compare_exchange_n((p), (old), (new), false, \
				    __ATOMIC_RELAXED, __ATOMIC_RELAXED)
#define READ_ONCE(x)	 (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))
