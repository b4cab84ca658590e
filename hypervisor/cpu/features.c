/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUID once at boot, and the control registers that follow from it on every
 * CPU.
 */
#include "cpu/features.h"

#include "cpu/system.h"
#include "debug/log.h"
#include "lib/string.h"

#define MSR_CR_PAT_VALUE 0x0000050100070406 /* part of the PV ABI */

#define EFER_SCE (1UL << 0)
#define EFER_NXE (1UL << 11)

#define CR0_MP (1UL << 1)
#define CR0_EM (1UL << 2)
#define CR0_NE (1UL << 5)
#define CR0_CD (1UL << 30)
#define CR0_NW (1UL << 29)
#define CR0_AM (1UL << 18)

/* x87, SSE, AVX and the three parts of AVX-512. */
#define XCR0_SWITCHED	0xe7UL
#define XSAVE_BASE_SIZE 576

struct cpu_features cpu_features;
bool cpu_has_smap;

static bool bit(u32 reg, unsigned int n)
{
	return reg >> n & 1;
}

static void __init read_vendor(struct cpu_features *f)
{
	struct cpuid_leaf l = cpuid(0, 0);

	f->max_leaf = l.a;
	memcpy(f->vendor, &l.b, 4);
	memcpy(f->vendor + 4, &l.d, 4);
	memcpy(f->vendor + 8, &l.c, 4);
	f->amd = !strcmp(f->vendor, "AuthenticAMD") ||
		 !strcmp(f->vendor, "HygonGenuine");
}

static void __init read_standard(struct cpu_features *f)
{
	struct cpuid_leaf l = cpuid(1, 0);

	f->x2apic = bit(l.c, 21);
	f->tsc_deadline = bit(l.c, 24);
	f->xsave = bit(l.c, 26);
	f->hypervisor = bit(l.c, 31);
	if (f->max_leaf >= 7) {
		l = cpuid(7, 0);
		f->smep = bit(l.b, 7);
		f->smap = bit(l.b, 20);
	}
}

static void __init read_extended(struct cpu_features *f)
{
	struct cpuid_leaf l = cpuid(0x80000000, 0);

	f->max_ext_leaf = l.a;
	l = cpuid(0x80000001, 0);
	f->page1gb = bit(l.d, 26);
	if (f->max_ext_leaf >= 0x80000007)
		f->invariant_tsc = bit(cpuid(0x80000007, 0).d, 8);
	f->phys_bits = 36;
	if (f->max_ext_leaf >= 0x80000008)
		f->phys_bits = (u8)cpuid(0x80000008, 0).a;
}

/* The area's size from the components' places, whatever XCR0 holds now. */
static void __init read_xsave(struct cpu_features *f)
{
	struct cpuid_leaf l;

	f->xcr0_all = 3;
	f->xsave_size = XSAVE_BASE_SIZE;
	if (!f->xsave || f->max_leaf < 0xd) {
		f->xsave = false;
		return;
	}
	l = cpuid(0xd, 0);
	f->xcr0_all = ((u64)l.d << 32 | l.a) & XCR0_SWITCHED;
	f->xsaveopt = bit(cpuid(0xd, 1).a, 0);
	for (unsigned int i = 2; i < 63; i++) {
		if (!(f->xcr0_all >> i & 1))
			continue;
		l = cpuid(0xd, i);
		f->xsave_size = MAX(f->xsave_size, l.a + l.b);
	}
}

void __init cpu_features_init(void)
{
	struct cpu_features *f = &cpu_features;

	read_vendor(f);
	read_standard(f);
	read_extended(f);
	read_xsave(f);
	cpu_has_smap = f->smap;
	/* boot/head.S has stopped already where long mode or NX is missing. */
	if (!bit(cpuid(1, 0).d, 9))
		panic("cpu: no local APIC, which Hospes needs");
	pr_info("cpu: %s, %u address bits%s%s%s%s%s%s%s", f->vendor,
		f->phys_bits, f->smep ? " SMEP" : "", f->smap ? " SMAP" : "",
		f->page1gb ? " 1GiB-pages" : "", f->xsave ? " XSAVE" : "",
		f->x2apic ? " x2APIC" : "",
		f->tsc_deadline ? " TSC-deadline" : "",
		f->invariant_tsc ? " invariant-TSC" : "");
}

void cpu_enable_features(void)
{
	const struct cpu_features *f = &cpu_features;
	u64 cr4 = CR4_PAE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT;

	if (f->xsave)
		cr4 |= CR4_OSXSAVE;
	if (f->smep)
		cr4 |= CR4_SMEP;
	if (f->smap)
		cr4 |= CR4_SMAP;
	write_cr4(cr4);
	write_cr0((read_cr0() & ~(CR0_EM | CR0_TS | CR0_CD | CR0_NW | CR0_AM)) |
		  CR0_MP | CR0_NE | CR0_WP);
	wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SCE | EFER_NXE);
	wrmsr(MSR_PAT, MSR_CR_PAT_VALUE);
}
