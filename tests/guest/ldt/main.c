/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: the local descriptor table: its pages come in when they are
 * first used; a gate or system segment in one must never get in; a page in use
 * must not be writable; none may be left in use when the table is changed.
 */
#include "guest.h"

STORY("ldt");
/* attack: yes */

#define DATA_RING3 0x00cff3000000ffffUL
#define DATA_RING0 0x00cf93000000ffffUL
#define CALL_GATE  0x0000ec0000100000UL
#define TSS_AVAIL  0x0000890000000067UL
#define LDT_DESC   0x000082000000ffffUL

#define SEL(n) ((n) << 3 | 7)

static u64 *ldt; /* two pages that lie together */

static int set_ldt(u64 va, u64 entries)
{
	return mmuext(MMUEXT_SET_LDT, va, entries);
}

static int load_es(u64 sel)
{
	int got = TRY("mov %0, %%es", "r"(sel));

	if (got == TRAP_NONE)
		TRY("mov %0, %%es", "r"(0UL));
	return got;
}

static void good(void)
{
	ldt[5] = DATA_RING3;
	ldt[512 + 6] = DATA_RING3;
	make_readonly(ldt);
	make_readonly(ldt + 512);
	CHECK_EQ(load_es(SEL(5)), 13);
	CHECK_EQ(set_ldt((u64)ldt, 1024), 0);
	CHECK_EQ(load_es(SEL(5)), TRAP_NONE);
	CHECK_EQ(load_es(SEL(512 + 6)), TRAP_NONE);
	CHECK_EQ(load_es(SEL(7)), 13);
	CHECK_EQ(load_es(SEL(1024)), 13);
	/* in use: not for writing, by no way */
	CHECK(update_va(ldt, virt_to_mfn(ldt) << PAGE_SHIFT | PTE_KERNEL,
			UVMF_INVLPG) < 0);
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, virt_to_mfn(ldt), 0) < 0);
	CHECK(HC(update_descriptor, virt_to_mfn(ldt) << PAGE_SHIFT, TSS_AVAIL,
		 0, 0) < 0);
	CHECK_EQ(HC(update_descriptor, virt_to_mfn(ldt) << PAGE_SHIFT | 64,
		    DATA_RING3, 0, 0),
		 0);
	CHECK_EQ(load_es(SEL(8)), TRAP_NONE);
	CHECK_EQ(set_ldt(0, 0), 0);
	CHECK_EQ(load_es(SEL(5)), 13);
	make_writable(ldt);
	make_writable(ldt + 512);
}

static void bad_page(u64 descriptor)
{
	int got;

	ldt[9] = descriptor;
	make_readonly(ldt);
	CHECK_EQ(set_ldt((u64)ldt, 512), 0);
	got = load_es(SEL(9));
	CHECK(got == 13 || got == 14, "%#lx: %d", descriptor, got);
	got = load_es(SEL(5));
	CHECK(got == 13 || got == 14, "beside %#lx: %d", descriptor, got);
	CHECK_EQ(set_ldt(0, 0), 0);
	make_writable(ldt);
	ldt[9] = 0;
}

static void ring0(void)
{
	ldt[9] = DATA_RING0;
	make_readonly(ldt);
	CHECK_EQ(set_ldt((u64)ldt, 512), 0);
	if (load_es(SEL(9)) == TRAP_NONE)
		CHECK_EQ(ldt[9] >> 45 & 3, 3);
	CHECK_EQ(set_ldt(0, 0), 0);
	make_writable(ldt);
	ldt[9] = 0;
}

static void bad_arguments(void)
{
	CHECK(set_ldt((u64)ldt + 8, 10) < 0, "not aligned");
	CHECK(set_ldt((u64)ldt, 8193) < 0, "too many");
	CHECK(set_ldt((u64)ldt, ~0UL) < 0, "far too many");
	CHECK(set_ldt(HV_START, 10) < 0, "the hypervisor's");
	CHECK(set_ldt(0xffff830000000000, 10) < 0, "the hypervisor's");
	CHECK(set_ldt(0x0000800000000000, 10) < 0, "not canonical");
	/* from an address where nothing is: the fault is the guest's */
	CHECK_EQ(set_ldt(0x123456789000, 512), 0);
	CHECK_EQ(load_es(SEL(5)), 14);
	CHECK_EQ(caught.cr2, 0x123456789000 + 5 * 8);
	/* a page table as LDT */
	CHECK_EQ(set_ldt(start_info->pt_base, 512), 0);
	CHECK_EQ(load_es(SEL(5)), 14);
	CHECK_EQ(set_ldt(0, 0), 0);
}

void story(void)
{
	char *a = page_new(), *b = page_new();

	if (b != a + PAGE_SIZE)
		broken("pages apart");
	ldt = (u64 *)a;
	good();
	bad_page(CALL_GATE);
	bad_page(TSS_AVAIL);
	bad_page(LDT_DESC);
	ring0();
	bad_arguments();
	make_writable(ldt);
}
