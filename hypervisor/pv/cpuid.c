// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a PV guest's kernel sees of the CPU when it asks by the forced-emulation
 * form of CPUID: a list of what is shown, so that a feature nobody has thought
 * about is hidden. Programs execute CPUID themselves and see the CPU as it is:
 * therefore all register state that the CPU shows is switched (cpu/fpu.c).
 *
 * Hidden above all: big and global pages (the kernel would build them), what
 * needs rights it does not have (MTRR, MONITOR, virtualization), state and
 * control bits that are ours (SMEP, SMAP, PKU, PCID).
 */
#include "pv/cpuid.h"
#include "cpu/features.h"
#include "cpu/time.h"
#include "lib/string.h"
#include "mm/frame.h"

#define MAX_LEAF     0xdU
#define MAX_EXT_LEAF 0x80000008U
#define MAX_XEN_LEAF (XEN_CPUID_FIRST_LEAF + 5)

/*
 * Leaf 1 ECX: SSE3 PCLMUL SSSE3 FMA CX16 SSE4.1 SSE4.2 MOVBE POPCNT AES XSAVE
 * AVX F16C RDRAND. OSXSAVE goes with XSAVE, see leaf_1().
 */
#define L1_ECX_SHOWN	   0x76d83203U
#define L1_ECX_XSAVE	   BIT(26)
#define L1_ECX_OSXSAVE	   BIT(27)
#define L1_ECX_NEEDS_XSAVE (BIT(12) | BIT(28) | BIT(29) | L1_ECX_XSAVE)
#define L1_ECX_HYPERVISOR  BIT(31)
/* Leaf 1 EDX: FPU DE TSC MSR PAE MCE CX8 APIC SEP MCA CMOV PAT CLFSH MMX.. */
#define L1_EDX_SHOWN 0x0789cbf5U
#define L1_EBX_SHOWN 0x0000ff00U /* CLFLUSH size; APIC id and count are 0 */

/* Leaf 7 EBX: BMI1 AVX2 FDP BMI2 ERMS FCS AVX512* RDSEED ADX CLFLUSHOPT.. */
#define L7_EBX_SHOWN 0xfdaf2368U
/* Leaf 7 ECX: VBMI VBMI2 GFNI VAES VPCLMUL VNNI BITALG VPOPCNT CLDEMOTE.. */
#define L7_ECX_SHOWN 0x1a005f42U
/* Leaf 7 EDX: 4VNNIW 4FMAPS FSRM VP2INTERSECT MD_CLEAR SERIALIZE */
#define L7_EDX_SHOWN 0x0000451cU
/* Leaf 7.1 EAX: AVX-VNNI AVX512-BF16, fast short string operations */
#define L7_1_EAX_SHOWN 0x00001c30U
#define L7_EBX_AVX     (BIT(5) | L7_EBX_AVX512)
#define L7_EBX_AVX512  0xdc230000U

/* XSAVEOPT, XSAVEC, XGETBV with ECX 1; not XSAVES, not XFD */
#define LD_1_EAX_SHOWN 0x00000007U

/* 0x80000001 ECX: LAHF ABM SSE4A MISALIGNSSE 3DNOWPREFETCH XOP FMA4 TBM */
#define LE1_ECX_SHOWN 0x002109e1U
/* 0x80000001 EDX: the AMD copy of leaf 1, SYSCALL NX MMXEXT LM 3DNOW */
#define LE1_EDX_SHOWN	      0xe1d18b75U
#define LE1_EDX_SYSCALL	      BIT(11)
#define LE7_EDX_INVARIANT_TSC BIT(8)
#define LE8_EBX_SHOWN	      0x00000005U /* CLZERO, XSAVEERPTR */

#define L4_EAX_CACHE 0x00003fffU /* without the counts of threads and cores */
#define L6_EAX_ARAT  BIT(2)

/* Leaf 3 of ours, EAX */
#define TIME_FLAG_TSC_RELIABLE BIT(1)

#define CR4_GUEST  (CR4_TSD | CR4_DE | CR4_OSXSAVE)
#define CR4_SHARED (CR4_PAE | CR4_MCE | CR4_OSFXSR | CR4_OSXMMEXCPT)

/* ---- CR4 ---- */

u64 pv_guest_cr4(const struct pv_vcpu *pv)
{
	return pv->virtual_cr4 | CR4_SHARED;
}

void pv_load_cr4(const struct pv_vcpu *pv)
{
	u64 ours = read_cr4(), cr4 = ours & ~(CR4_TSD | CR4_DE);

	/* OSXSAVE stays on: programs see it, and we need it. */
	cr4 |= pv->virtual_cr4 & (CR4_TSD | CR4_DE);
	if (cr4 != ours)
		write_cr4(cr4);
}

void pv_set_guest_cr4(struct vcpu *v, u64 val)
{
	struct pv_vcpu *pv = to_pv(v);

	val &= CR4_GUEST;
	if (!cpu_features.xsave)
		val &= ~CR4_OSXSAVE;
	pv->virtual_cr4 = val;
	pv_load_cr4(pv);
}

/* ---- leaves ---- */

static void leaf_1(struct cpuid_leaf *l)
{
	l->b &= L1_EBX_SHOWN;
	l->c &= L1_ECX_SHOWN;
	l->d &= L1_EDX_SHOWN;
	if (!cpu_features.xsave)
		l->c &= ~L1_ECX_NEEDS_XSAVE;
	/*
	 * Linux takes XSAVE only with both bits, and looks before it sets
	 * CR4.OSXSAVE. Without, its programs would use AVX behind its back.
	 */
	if (l->c & L1_ECX_XSAVE)
		l->c |= L1_ECX_OSXSAVE;
	l->c |= L1_ECX_HYPERVISOR;
}

static void leaf_7(u32 sub, struct cpuid_leaf *l)
{
	if (sub > 1) {
		memset(l, 0, sizeof(*l));
		return;
	}
	if (sub == 1) {
		l->a &= L7_1_EAX_SHOWN;
		l->b = l->c = l->d = 0;
		return;
	}
	l->a = MIN(l->a, 1U);
	l->b &= L7_EBX_SHOWN;
	l->c &= L7_ECX_SHOWN;
	l->d &= L7_EDX_SHOWN;
	if (!cpu_features.xsave) {
		l->b &= ~L7_EBX_AVX;
		l->c = 0;
	} else if (!(cpu_features.xcr0_all & BIT(5))) {
		l->b &= ~L7_EBX_AVX512;
	}
}

static void leaf_d(u32 sub, struct cpuid_leaf *l)
{
	u64 all = cpu_features.xcr0_all;

	if (!cpu_features.xsave) {
		memset(l, 0, sizeof(*l));
		return;
	}
	switch (sub) {
	case 0: /* EBX: the size for XCR0 as loaded, which is the guest's */
		l->a = (u32)all;
		l->c = cpu_features.xsave_size;
		l->d = all >> 32;
		return;
	case 1:
		l->a &= LD_1_EAX_SHOWN;
		l->c = l->d = 0;
		return;
	default:
		if (sub >= 63 || !(all >> sub & 1))
			memset(l, 0, sizeof(*l));
		return;
	}
}

static void basic_leaf(u32 leaf, u32 sub, struct cpuid_leaf *l)
{
	switch (leaf) {
	case 0:
		l->a = MIN(l->a, MAX_LEAF);
		break;
	case 1:
		leaf_1(l);
		break;
	case 2:
		break;
	case 4:
		l->a &= L4_EAX_CACHE;
		break;
	case 6:
		*l = (struct cpuid_leaf){ .a = l->a & L6_EAX_ARAT };
		break;
	case 7:
		leaf_7(sub, l);
		break;
	case 0xd:
		leaf_d(sub, l);
		break;
	default: /* MONITOR, performance counters, topology, ... */
		memset(l, 0, sizeof(*l));
		break;
	}
}

static void extended_leaf(u32 leaf, struct cpuid_leaf *l)
{
	switch (leaf) {
	case 0x80000000:
		l->a = MIN(l->a, MAX_EXT_LEAF);
		break;
	case 0x80000001:
		l->c &= LE1_ECX_SHOWN;
		l->d = (l->d & LE1_EDX_SHOWN) | LE1_EDX_SYSCALL;
		break;
	case 0x80000002 ... 0x80000006: /* the name, the caches */
		break;
	case 0x80000007:
		*l = (struct cpuid_leaf){ .d = l->d & LE7_EDX_INVARIANT_TSC };
		break;
	case 0x80000008:
		l->b &= LE8_EBX_SHOWN;
		l->c = l->d = 0;
		break;
	default:
		memset(l, 0, sizeof(*l));
		break;
	}
}

/* Leaf 3: how the guest's time is made from the TSC. */
static void xen_time_leaf(u32 sub, struct cpuid_leaf *l)
{
	const struct cpu_time *t = &this_cpu(cpu_time);

	switch (sub) {
	case 0:
		l->a = tsc_stable ? TIME_FLAG_TSC_RELIABLE : 0;
		l->c = (u32)(tsc_hz / 1000);
		break;
	case 1:
		l->c = t->mul;
		l->d = (u32)(s32)t->shift;
		break;
	case 2:
		l->a = (u32)(tsc_hz / 1000);
		break;
	default:
		break;
	}
}

static void xen_leaf(u32 leaf, u32 sub, struct cpuid_leaf *l)
{
	memset(l, 0, sizeof(*l));
	switch (leaf - XEN_CPUID_FIRST_LEAF) {
	case 0:
		l->a = MAX_XEN_LEAF;
		l->b = XEN_CPUID_SIGNATURE_EBX;
		l->c = XEN_CPUID_SIGNATURE_ECX;
		l->d = XEN_CPUID_SIGNATURE_EDX;
		break;
	case 1:
		l->a = 4U << 16 | 17;
		break;
	case 2: /* one page of hypercalls, filled through this MSR */
		l->a = 1;
		l->b = 0x40000000;
		l->c = XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD;
		break;
	case 3:
		xen_time_leaf(sub, l);
		break;
	case 5:
		/* What it takes to name any frame of RAM in a grant. */
		l->b = 64 - __builtin_clzl(frame_max_mfn() | 1) + PAGE_SHIFT;
		break;
	default:
		break;
	}
}

void pv_cpuid(const struct domain *d, u32 leaf, u32 sub, struct cpuid_leaf *out)
{
	u32 max = leaf & 0x80000000 ?
			  MIN(cpu_features.max_ext_leaf, MAX_EXT_LEAF) :
			  MIN(cpu_features.max_leaf, MAX_LEAF);

	if (leaf >= XEN_CPUID_FIRST_LEAF && leaf < 0x50000000) {
		xen_leaf(leaf, sub, out);
		return;
	}
	if (leaf > max) {
		memset(out, 0, sizeof(*out));
		return;
	}
	*out = cpuid(leaf, sub);
	if (leaf & 0x80000000)
		extended_leaf(leaf, out);
	else
		basic_leaf(leaf, sub, out);
	if (d)
		cpu_policy_apply(&to_pv_domain(d)->policy, leaf, sub, out);
}
