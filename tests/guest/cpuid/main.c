/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: features shown to a PV kernel that it cannot use, the
 * hypervisor's leaves, vector state that programs see but the kernel does not.
 */
#include "guest.h"

STORY("cpuid");

struct leaf {
	u32 a, b, c, d;
};

static struct leaf pv_cpuid(u32 leaf, u32 sub)
{
	struct leaf l;

	__asm__ volatile(".byte 0x0f, 0x0b, 0x78, 0x65, 0x6e, 0x0f, 0xa2"
			 : "=a"(l.a), "=b"(l.b), "=c"(l.c), "=d"(l.d)
			 : "a"(leaf), "c"(sub));
	return l;
}

static void hidden(u32 value, unsigned int bit, const char *name)
{
	CHECK(!(value >> bit & 1), "%s is shown", name);
}

static void shown(u32 value, unsigned int bit, const char *name)
{
	CHECK(value >> bit & 1, "%s is hidden", name);
}

void story(void)
{
	struct leaf l = pv_cpuid(0x40000000, 0);
	char signature[13] = "";

	memcpy(signature, &l.b, 4);
	memcpy(signature + 4, &l.c, 4);
	memcpy(signature + 8, &l.d, 4);
	CHECK(!strcmp(signature, "XenVMMXenVMM"), "%s", signature);
	CHECK(l.a >= 0x40000002);
	CHECK_EQ(pv_cpuid(0x40000001, 0).a >> 16, 4);

	l = pv_cpuid(1, 0);
	hidden(l.d, 1, "VME");
	hidden(l.d, 3, "PSE");
	hidden(l.d, 12, "MTRR");
	hidden(l.d, 13, "PGE");
	hidden(l.d, 17, "PSE36");
	shown(l.d, 9, "APIC");
	shown(l.d, 26, "SSE2");
	hidden(l.c, 3, "MONITOR");
	hidden(l.c, 17, "PCID");
	hidden(l.c, 21, "X2APIC");
	shown(l.c, 31, "HYPERVISOR");
	/* what programs see and what the kernel believes must agree */
	if (l.c >> 26 & 1)
		shown(l.c, 27, "OSXSAVE");
	l = pv_cpuid(7, 0);
	hidden(l.b, 7, "SMEP");
	hidden(l.b, 20, "SMAP");
	hidden(l.b, 10, "INVPCID");
	hidden(l.c, 2, "UMIP");
	hidden(l.c, 3, "PKU");
	hidden(l.c, 16, "LA57");
	l = pv_cpuid(0x80000001, 0);
	hidden(l.d, 26, "PAGE1GB");
	hidden(l.c, 2, "SVM");
	shown(l.d, 20, "NX");
	shown(l.d, 29, "LM");
}
