// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: a guest's kernel is shown a feature it must not use, or
 * one without the other it needs. The policy runs over the CPUID of the machine
 * the test runs on, whatever that has.
 */
/* links: pv/cpuid.c pv/cpu_policy.c */
#include <string.h>

#include "cpu/features.h"
#include "cpu/system.h"
#include "cpu/time.h"
#include "mm/frame.h"
#include "pv/cpuid.h"
#include "test.h"

/* Bits that no guest gets, and that we do not use. */
#define CR4_PGE	     (1UL << 7)
#define CR4_FSGSBASE (1UL << 16)

struct cpu_features cpu_features;
DEFINE_PER_CPU(struct cpu_time, cpu_time);

static struct pv_vcpu vcpu;

u64 frame_max_mfn(void)
{
	return 0x3ffff;
}

static struct cpuid_leaf ask(u32 leaf, u32 sub)
{
	struct cpuid_leaf l;

	memset(&l, 0xaa, sizeof(l));
	/* Without the policy of a domain, which only takes away. */
	pv_cpuid(NULL, leaf, sub, &l);
	return l;
}

static void machine(bool xsave)
{
	cpu_features = (struct cpu_features){
		.max_leaf = cpuid(0, 0).a,
		.max_ext_leaf = cpuid(0x80000000, 0).a,
		.xsave = xsave && (cpuid(1, 0).c & BIT(26)),
		.xcr0_all = 7,
		.xsave_size = 832,
		.phys_bits = 52,
	};
}

TEST(big_pages_and_control_bits_are_hidden)
{
	struct cpuid_leaf l;

	machine(true);
	l = ask(1, 0);
	/* VME PSE PGE MTRR PSE36 */
	EXPECT_EQ(l.d & (BIT(1) | BIT(3) | BIT(13) | BIT(12) | BIT(17)), 0);
	/* MONITOR VMX PCID x2APIC TSC-deadline */
	EXPECT_EQ(l.c & (BIT(3) | BIT(5) | BIT(17) | BIT(21) | BIT(24)), 0);
	EXPECT_EQ(l.d & BIT(9), BIT(9) & cpuid(1, 0).d); /* the APIC stays */
	EXPECT(l.c & BIT(31)); /* under a hypervisor */
	EXPECT_EQ(l.b >> 24, 0);
	l = ask(7, 0);
	/* FSGSBASE SMEP INVPCID RTM HLE MPX SMAP */
	EXPECT_EQ(l.b & (BIT(0) | BIT(7) | BIT(10) | BIT(11) | BIT(4) |
			 BIT(14) | BIT(20)),
		  0);
	/* UMIP PKU OSPKE LA57 RDPID */
	EXPECT_EQ(l.c & (BIT(2) | BIT(3) | BIT(4) | BIT(16) | BIT(22)), 0);
	l = ask(0x80000001, 0);
	/* PSE PGE MTRR PAGE1GB RDTSCP; SVM TOPOEXT */
	EXPECT_EQ(l.d & (BIT(3) | BIT(13) | BIT(12) | BIT(26) | BIT(27)), 0);
	EXPECT_EQ(l.c & (BIT(2) | BIT(22)), 0);
}

TEST(xsave_comes_whole_or_not_at_all)
{
	struct cpuid_leaf l;

	machine(true);
	l = ask(1, 0);
	EXPECT_EQ(!(l.c & BIT(26)), !(l.c & BIT(27)));
	EXPECT_EQ(ask(0xd, 1).a & (BIT(3) | BIT(4)), 0); /* XSAVES, XFD */
	EXPECT_EQ(ask(0xd, 9).a, 0); /* PKRU is not switched */
	EXPECT_EQ(ask(7, 0).b & BIT(16), 0); /* AVX-512 neither, here */
	machine(false);
	l = ask(1, 0);
	/* XSAVE OSXSAVE AVX FMA F16C */
	EXPECT_EQ(l.c & (BIT(26) | BIT(27) | BIT(28) | BIT(12) | BIT(29)), 0);
	EXPECT_EQ(ask(7, 0).b & BIT(5), 0); /* AVX2 */
	EXPECT_EQ(ask(0xd, 0).a, 0);
}

TEST(the_signature)
{
	struct cpuid_leaf l = ask(0x40000000, 0);

	EXPECT_EQ(memcmp(&l.b, "XenVMMXenVMM", 12), 0);
	EXPECT_EQ(l.a, 0x40000005);
	EXPECT_EQ(ask(0x40000001, 0).a, 0x40011);
	machine(true);
	EXPECT_EQ(ask(0x40000005, 0).b, 30); /* 1 GiB of RAM */
	EXPECT_EQ(ask(0x40000100, 0).b, 0);
}

TEST(nothing_past_the_last_leaf)
{
	u32 leaf;

	machine(true);
	EXPECT(ask(0, 0).a <= 0xd);
	EXPECT(ask(0x80000000, 0).a <= 0x80000008);
	for (leaf = 0xe; leaf < 0x40; leaf++)
		EXPECT_EQ(ask(leaf, 0).a | ask(leaf, 0).b | ask(leaf, 0).c |
				  ask(leaf, 0).d,
			  0);
	EXPECT_EQ(ask(5, 0).a | ask(0xa, 0).a | ask(0xb, 0).b, 0);
}

TEST(cr4_shows_only_what_a_guest_has)
{
	machine(true);
	vcpu.virtual_cr4 = 0;
	EXPECT_EQ(pv_guest_cr4(&vcpu) & (CR4_PGE | CR4_SMEP | CR4_SMAP), 0);
	pv_set_guest_cr4(&vcpu.v, ~0UL);
	EXPECT_EQ(pv_guest_cr4(&vcpu) &
			  (CR4_PGE | CR4_SMEP | CR4_SMAP | CR4_FSGSBASE),
		  0);
	EXPECT(pv_guest_cr4(&vcpu) & CR4_DE);
}
