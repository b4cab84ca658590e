/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: two processors at the same tables at once: one pins, loads
 * and unpins an L4 whose entries the other writes, hooks and unhooks. Whoever
 * wins, the counts must be right in the end.
 */
#include "guest.h"

STORY("race-tables");
/* attack: yes */
/* machine: smp=2 */

#define ROUNDS 300

static u64 *l4, *l3, *l2, *l1;
static char *data;
static volatile unsigned int stop, stopped, hooks;

static u64 maddr(const void *p)
{
	return virt_to_mfn(p) << PAGE_SHIFT;
}

/* Hooks and unhooks at all levels; many of them fail, as they must. */
static void hooker(void)
{
	for (u32 x = 1; !stop; x = x * 1664525 + 1013904223) {
		u64 slot = 8 * (x >> 20 & 7);
		int err;

		switch (x >> 16 & 7) {
		case 0:
			err = mmu_update1(maddr(l4) + slot,
					  maddr(l3) | PTE_KERNEL);
			break;
		case 1:
			err = mmu_update1(maddr(l4) + slot, 0);
			break;
		case 2:
			err = mmu_update1(maddr(l3) + slot,
					  maddr(l2) | PTE_KERNEL);
			break;
		case 3:
			err = mmu_update1(maddr(l3) + slot, 0);
			break;
		case 4:
			err = mmu_update1(maddr(l2) + slot,
					  maddr(l1) | PTE_KERNEL);
			break;
		case 5:
			err = mmu_update1(maddr(l2) + slot, 0);
			break;
		case 6:
			err = mmu_update1(maddr(l1) + slot,
					  maddr(data) | PTE_KERNEL);
			break;
		default:
			err = mmuext(x & 1 ? MMUEXT_PIN_L2_TABLE :
					     MMUEXT_UNPIN_TABLE,
				     virt_to_mfn(l2), 0);
		}
		if (!err)
			hooks++;
	}
	stopped = 1;
	for (;;)
		HC(vcpu_op, VCPUOP_down, 1, 0, 0);
}

static void clear(u64 *table, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		mmu_update1(maddr(table) + 8 * i, 0);
}

void story(void)
{
	u64 boot = current_l4_mfn();
	unsigned int loads = 0;

	l4 = new_l4();
	l3 = page_new();
	l2 = page_new();
	l1 = page_new();
	data = page_new();
	make_readonly(l3);
	make_readonly(l2);
	make_readonly(l1);
	start_vcpu(1, hooker);
	wait_for(({
		u64 mfn = virt_to_mfn(l4);

		if (mmuext(MMUEXT_PIN_L4_TABLE, mfn, 0) == 0) {
			if (mmuext(MMUEXT_NEW_BASEPTR, mfn, 0) == 0) {
				loads++;
				CHECK_EQ(mmuext(MMUEXT_NEW_BASEPTR, boot, 0),
					 0);
			}
			CHECK_EQ(mmuext(MMUEXT_UNPIN_TABLE, mfn, 0), 0);
		}
		loads >= ROUNDS &&hooks >= ROUNDS;
	}));
	stop = 1;
	CHECK(wait_for(stopped));
	say("%u loads, %u updates", loads, hooks);
	CHECK(loads > 0 && hooks > 0);
	/* nothing is held any more: all become data */
	mmuext(MMUEXT_UNPIN_TABLE, virt_to_mfn(l2), 0);
	make_writable(l4);
	memset(l4, 0, PAGE_SIZE);
	make_writable(l3);
	make_writable(l2);
	make_writable(l1);
	clear(l1, 8);
}
