/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: stores to a page table that do not fit an entry: not aligned,
 * over the page's end, wider than an entry, by string instructions, from a
 * stack. None may leave an entry that nobody has checked.
 */
#include "guest.h"

STORY("ptwr-edges");
/* attack: yes */

static char *l1; /* read only, a table of level 1 in use */
static u64 good, evil;

static bool sound(void)
{
	for (unsigned int i = 0; i < 512; i++) {
		u64 e = ((volatile u64 *)l1)[i];

		if ((e & PTE_P) && (e & PTE_ADDR) != (good & PTE_ADDR))
			return false;
	}
	return true;
}

static void begin(void)
{
	u64 va = VIRT_BASE + (64UL << 20);

	CHECK_EQ(HC(vm_assist, VMASST_CMD_enable,
		    VMASST_TYPE_writable_pagetables, 0, 0),
		 0);
	good = virt_to_mfn(page_new()) << PAGE_SHIFT | PTE_KERNEL;
	/* a table for writing: what must never be */
	evil = current_l4_mfn() << PAGE_SHIFT | PTE_KERNEL;
	l1 = page_new();
	((u64 *)l1)[0] = good;
	make_readonly(l1);
	CHECK_EQ(mmu_update1(pt_entry_maddr(va, 2),
			     virt_to_mfn(l1) << PAGE_SHIFT | PTE_KERNEL),
		 0);
}

static void not_aligned(void)
{
	for (unsigned int off = 1; off < 8; off++) {
		CHECK_EQ(try_write(l1 + 64 + off, evil << 8 * off), 14);
		CHECK_EQ(try_write(l1 + 64 + off, evil), 14);
		CHECK(sound(), "%u", off);
	}
	for (unsigned int n = 1; n < 8; n++) {
		/* over the end into the next page, a table or not */
		TRY("movq %1, (%0)", "r"(l1 + PAGE_SIZE - n), "r"(evil));
		TRY("movq %1, (%0)", "r"(l1 - n), "r"(evil));
		CHECK(sound(), "end %u", n);
	}
	CHECK_EQ(TRY("lock btsq $1, (%0)", "r"(l1 + 5)), 14);
	CHECK_EQ(TRY("xor %%r14d, %%r14d; xchg %%r14, (%0)", "r"(l1 + 5)), 14);
	CHECK(sound());
}

/* In parts: each alone must be right. */
static void in_parts(void)
{
	u64 at = (u64)l1 + 128;

	TRY("movl %k1, (%0)", "r"(at), "r"(evil));
	CHECK(sound());
	TRY("movl %k1, (%0)", "r"(at + 4), "r"(evil >> 32));
	CHECK(sound());
	for (unsigned int i = 0; i < 8; i++) {
		TRY("movb %b1, (%0)", "r"(at + 7 - i),
		    "q"(evil >> 8 * (7 - i)));
		CHECK(sound(), "byte %u", i);
	}
	for (unsigned int i = 0; i < 4; i++) {
		TRY("movw %w1, (%0)", "r"(at + 2 * i), "r"(evil >> 16 * i));
		CHECK(sound(), "word %u", i);
	}
	TRY("movq %1, (%0)", "r"(at), "r"(0UL));
}

static void wide(void)
{
	u64 two[2] = { evil, evil };

	CHECK_EQ(TRY("movups (%1), %%xmm0; movups %%xmm0, (%0)", "r"(l1 + 256),
		     "r"(two)),
		 14);
	CHECK_EQ(TRY("movnti %1, (%0)", "r"(l1 + 256), "r"(evil)), 14);
	CHECK_EQ(TRY("xor %%edx, %%edx; xor %%eax, %%eax; mov %1, %%rbx; "
		     "mov %1, %%rcx; lock cmpxchg16b (%0)",
		     "r"(l1 + 256), "D"(evil), "a"(0), "b"(0), "c"(0), "d"(0)),
		 14);
	CHECK(sound());
}

static void strings(void)
{
	TRY("rep stosq", "D"(l1 + 512), "a"(evil), "c"(16));
	CHECK(sound());
	TRY("rep movsb", "D"(l1 + 512), "S"(&evil), "c"(8));
	CHECK(sound());
	TRY("std; rep stosq; cld", "D"(l1 + 512), "a"(evil), "c"(16));
	__asm__ volatile("cld");
	CHECK(sound());
	CHECK_EQ(TRY("xaddq %1, (%0)", "r"(l1), "r"(0x1000UL)), 14);
	CHECK_EQ(TRY("addq $0x1000, (%0)", "r"(l1)), 14);
	CHECK(sound());
	/* not present any more: may be stored, and nobody walks it */
	TRY("notq (%0)", "r"(l1));
	CHECK(sound());
}

void story(void)
{
	begin();
	not_aligned();
	in_parts();
	wide();
	strings();
	/* and one that fits still works */
	CHECK_EQ(try_write(l1 + 8, good), TRAP_NONE);
	CHECK_EQ(((u64 *)l1)[1] & PTE_ADDR, good & PTE_ADDR);
	CHECK_EQ(try_write(l1 + 8, 0), TRAP_NONE);
}
