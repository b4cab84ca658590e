// SPDX-License-Identifier: GPL-2.0-only
/*
 * FPU and vector state: XSAVE over all components we switch, FXSAVE where the
 * CPU has nothing better.
 *
 * XCR0 holds all components while state is moved, whatever the guest has set
 * for itself: what a guest has turned off keeps its contents and shows in no
 * other vcpu.
 */
#include "cpu/fpu.h"
#include "cpu/extable.h"
#include "cpu/features.h"
#include "cpu/percpu.h"
#include "cpu/system.h"
#include "include/errno.h"
#include "lib/string.h"
#include "mm/frame.h"

#define FX_SIZE		512
#define FX_FCW		0 /* offsets in the image, bytes */
#define FX_MXCSR	24
#define FX_MXCSR_MASK	28
#define XSAVE_HEADER	512 /* XSTATE_BV, XCOMP_BV, reserved */
#define FCW_DEFAULT	0x37f
#define MXCSR_DEFAULT	0x1f80
#define MXCSR_MASK_BASE 0xffbf /* when the CPU gives no mask */

#define XCR0_X87    BIT(0)
#define XCR0_SSE    BIT(1)
#define XCR0_AVX    BIT(2)
#define XCR0_MPX    (BIT(3) | BIT(4))
#define XCR0_AVX512 (BIT(5) | BIT(6) | BIT(7))
#define XCR0_AMX    (BIT(17) | BIT(18))

static DEFINE_PER_CPU(u64, xcr0_loaded);
static u32 mxcsr_mask = MXCSR_MASK_BASE;

static void xsetbv(u64 val)
{
	__asm__ volatile("xsetbv" ::"c"(0), "a"((u32)val),
			 "d"((u32)(val >> 32)));
}

void fpu_load_xcr0(u64 xcr0)
{
	if (!cpu_features.xsave || this_cpu(xcr0_loaded) == xcr0)
		return;
	xsetbv(xcr0);
	this_cpu(xcr0_loaded) = xcr0;
}

void fpu_set_ts(bool ts)
{
	if (ts)
		write_cr0(read_cr0() | CR0_TS);
	else
		__asm__ volatile("clts");
}

void fpu_init_cpu(void)
{
	u8 fx[FX_SIZE] __aligned(16);
	u32 mask;

	fpu_set_ts(false);
	fpu_load_xcr0(cpu_features.xcr0_all);
	__asm__ volatile("fninit");
	memset(fx, 0, sizeof(fx));
	__asm__ volatile("fxsave64 %0" : "+m"(fx));
	memcpy(&mask, fx + FX_MXCSR_MASK, sizeof(mask));
	if (mask)
		mxcsr_mask = mask;
}

size_t fpu_area_size(void)
{
	return cpu_features.xsave ? cpu_features.xsave_size : FX_SIZE;
}

/* An XSTATE_BV of 0 makes XRSTOR put every component in its initial state. */
void fpu_area_reset(void *area)
{
	u8 *fx = area;
	u16 fcw = FCW_DEFAULT;
	u32 mxcsr = MXCSR_DEFAULT;

	memset(area, 0, fpu_area_size());
	memcpy(fx + FX_FCW, &fcw, sizeof(fcw));
	memcpy(fx + FX_MXCSR, &mxcsr, sizeof(mxcsr));
}

int fpu_area_set_fxsave(void *area, const void *fx)
{
	u64 components = XCR0_X87 | XCR0_SSE;
	u32 mxcsr;

	memcpy(&mxcsr, (const u8 *)fx + FX_MXCSR, sizeof(mxcsr));
	if (mxcsr & ~mxcsr_mask)
		return -EINVAL;
	fpu_area_reset(area);
	memcpy(area, fx, FX_SIZE);
	if (cpu_features.xsave)
		memcpy((u8 *)area + XSAVE_HEADER, &components,
		       sizeof(components));
	return 0;
}

void fpu_area_get_fxsave(const void *area, void *fx)
{
	memcpy(fx, area, FX_SIZE);
}

void fpu_save(void *area)
{
	const u32 all = ~0U;

	fpu_load_xcr0(cpu_features.xcr0_all);
	if (cpu_features.xsaveopt)
		__asm__ volatile("xsaveopt64 (%0)" ::"r"(area), "a"(all),
				 "d"(all)
				 : "memory");
	else if (cpu_features.xsave)
		__asm__ volatile("xsave64 (%0)" ::"r"(area), "a"(all), "d"(all)
				 : "memory");
	else
		__asm__ volatile("fxsave64 (%0)" ::"r"(area) : "memory");
}

/* Only values the CPU itself would refuse can fault: they are reset then. */
static bool try_restore(const void *area)
{
	const u32 all = ~0U;
	bool ok = true;

	if (cpu_features.xsave)
		__asm__ volatile("1: xrstor64 (%1)\n"
				 "2:\n"
				 ".pushsection .text.fixup, \"ax\"\n"
				 "3: movb $0, %0\n"
				 "jmp 2b\n"
				 ".popsection\n" EX_TABLE("1b", "3b")
				 : "+m"(ok)
				 : "r"(area), "a"(all), "d"(all)
				 : "memory");
	else
		__asm__ volatile("1: fxrstor64 (%1)\n"
				 "2:\n"
				 ".pushsection .text.fixup, \"ax\"\n"
				 "3: movb $0, %0\n"
				 "jmp 2b\n"
				 ".popsection\n" EX_TABLE("1b", "3b")
				 : "+m"(ok)
				 : "r"(area)
				 : "memory");
	return ok;
}

void fpu_restore(void *area)
{
	fpu_load_xcr0(cpu_features.xcr0_all);
	if (try_restore(area))
		return;
	fpu_area_reset(area);
	(void)try_restore(area);
}

static bool all_or_none(u64 val, u64 bits)
{
	return !(val & bits) || (val & bits) == bits;
}

bool fpu_xcr0_valid(u64 xcr0)
{
	if (!(xcr0 & XCR0_X87) || (xcr0 & ~cpu_features.xcr0_all))
		return false;
	if ((xcr0 & XCR0_AVX) && !(xcr0 & XCR0_SSE))
		return false;
	if ((xcr0 & XCR0_AVX512) && !(xcr0 & XCR0_AVX))
		return false;
	return all_or_none(xcr0, XCR0_MPX) && all_or_none(xcr0, XCR0_AVX512) &&
	       all_or_none(xcr0, XCR0_AMX);
}

/* The heap's own address is kept in the word below the aligned area. */
void *fpu_area_alloc(void)
{
	u8 *raw = heap_zalloc(fpu_area_size() + 64 + sizeof(void *));
	u8 *area;

	if (!raw)
		return NULL;
	area = (u8 *)ALIGN_UP((u64)raw + sizeof(void *), 64UL);
	((void **)area)[-1] = raw;
	return area;
}
