/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: a plain store to a page table of level 1 that is mapped read
 * only. It must do what a checked update does, for each instruction form that
 * Linux uses; a store that would break the rules must fault.
 */
#include "guest.h"

STORY("pt-emulation");

static volatile u64 *entry; /* read only alias of the entry for window */
static u64 *window;

static void enable(void)
{
	CHECK_EQ(HC(vm_assist, VMASST_CMD_enable,
		    VMASST_TYPE_writable_pagetables, 0, 0),
		 0);
}

/* The table's page, mapped read only where it was. */
static void find_entry(void)
{
	window = page_new();
	entry = pt_entry((u64)window, 1);
	CHECK(entry != NULL);
}

void story(void)
{
	u64 good, other, old;

	enable();
	find_entry();
	good = virt_to_mfn(window) << PAGE_SHIFT | PTE_KERNEL;
	other = virt_to_mfn(page_new()) << PAGE_SHIFT | PTE_KERNEL;

	*window = 0x1234;
	CHECK_EQ(try_write(entry, other), TRAP_NONE);
	mmuext(MMUEXT_INVLPG_LOCAL, (u64)window, 0);
	CHECK_EQ(*window, 0);
	CHECK_EQ(try_write(entry, good), TRAP_NONE);
	mmuext(MMUEXT_INVLPG_LOCAL, (u64)window, 0);
	CHECK_EQ(*window, 0x1234);

	/* xchg gives the old entry */
	old = other;
	CHECK_EQ(TRY("xor %%r14d, %%r14d; xchg %%r14, (%0)", "r"(entry)),
		 TRAP_NONE);
	CHECK_EQ(*entry & PTE_P, 0);
	CHECK_EQ(try_write(entry, good), TRAP_NONE);
	/* lock and: the write protection of fork */
	CHECK_EQ(TRY("lock andb $0xfd, (%0)", "r"(entry)), TRAP_NONE);
	CHECK_EQ(*entry & PTE_RW, 0);
	CHECK_EQ(TRY("lock btsq $1, (%0)", "r"(entry)), TRAP_NONE);
	CHECK_EQ(*entry & PTE_RW, PTE_RW);
	CHECK_EQ(TRY("lock btrq $6, (%0)", "r"(entry)), TRAP_NONE);
	CHECK_EQ(*entry & PTE_D, 0);
	old = *entry;
	CHECK_EQ(TRY("lock cmpxchgq %1, (%0)", "r"(entry), "r"(good), "a"(old)),
		 TRAP_NONE);
	CHECK_EQ(*entry & PTE_D, PTE_D);

	/* against the rules: the fault comes to us, the entry stays */
	old = *entry;
	CHECK_EQ(try_write(entry, current_l4_mfn() << PAGE_SHIFT | PTE_KERNEL),
		 14);
	CHECK_EQ(*entry, old);
	CHECK_EQ(try_write(entry, 0x000fff0000000000 | PTE_KERNEL), 14);
	CHECK_EQ(*entry, old);
}
