/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: frames of a second domain in our hands. As our own they must
 * not be had at all; as its, with its number, we may, being privileged; after
 * its death the mapping that is left keeps the frame from all others.
 */
#include "victim.h"

STORY("victim-frames");
/* attack: yes */

static char *window, *probe;
static u64 home;

static void restore(void)
{
	CHECK_EQ(update_va(window, home, UVMF_INVLPG), 0);
}

static void as_ours(u64 mfn)
{
	u64 frame = mfn;
	struct vcpu_register_vcpu_info info = { .mfn = mfn };
	struct evtchn_init_control fifo = { .control_gfn = mfn };
	struct xen_memory_reservation r = { .nr_extents = 1,
					    .domid = DOMID_SELF };

	r.extent_start.p = &frame;
	CHECK(update_va(probe, mfn << PAGE_SHIFT | PTE_KERNEL, 0) < 0);
	CHECK(update_va(probe, mfn << PAGE_SHIFT | PTE_RO, 0) < 0);
	CHECK(map_foreign(probe, mfn, PTE_RO, DOMID_IO) < 0);
	CHECK(map_foreign(probe, mfn, PTE_RO, DOMID_XEN) < 0);
	CHECK(map_foreign(probe, mfn, PTE_RO, 0x7000) < 0);
	CHECK(mmuext(MMUEXT_PIN_L1_TABLE, mfn, 0) < 0);
	CHECK(mmuext(MMUEXT_PIN_L4_TABLE, mfn, 0) < 0);
	CHECK(mmuext(MMUEXT_NEW_BASEPTR, mfn, 0) < 0);
	CHECK(mmuext(MMUEXT_NEW_USER_BASEPTR, mfn, 0) < 0);
	CHECK(mmuext(MMUEXT_CLEAR_PAGE, mfn, 0) < 0);
	CHECK(mmuext(MMUEXT_COPY_PAGE, virt_to_mfn(probe), mfn) < 0);
	CHECK(mmu_update1(mfn << PAGE_SHIFT, 0) < 0, "plain write");
	CHECK(mmu_update1(mfn << PAGE_SHIFT | MMU_MACHPHYS_UPDATE, 1) < 0);
	CHECK(HC(set_gdt, &frame, 8, 0, 0) < 0);
	CHECK(HC(update_descriptor, mfn << PAGE_SHIFT, 0, 0, 0) < 0);
	CHECK(HC(vcpu_op, VCPUOP_register_vcpu_info, 0, &info, 0) < 0);
	CHECK(HC(event_channel_op, EVTCHNOP_init_control, &fifo, 0, 0) < 0);
	CHECK_EQ(HC(memory_op, XENMEM_decrease_reservation, &r, 0, 0), 0);
}

static void as_its(domid_t id)
{
	volatile u64 *w = (volatile u64 *)window;

	CHECK_EQ(map_foreign(window, victim_mfn[3], PTE_KERNEL, id), 0);
	CHECK_EQ(w[7], 0); /* nobody's old content */
	w[7] = 0x7777;
	CHECK_EQ(map_foreign(window, victim_mfn[3], PTE_RO, id), 0);
	CHECK_EQ(w[7], 0x7777);
	CHECK_EQ(try_write(window, 1), 14);
	/* a frame of ours is none of its */
	CHECK(map_foreign(window, virt_to_mfn(page_new()), PTE_KERNEL, id) < 0);
	restore();
}

/* Its frame as a table of ours: by an entry of ours. */
static void as_table(domid_t id)
{
	u64 va = VIRT_BASE + (64UL << 20);
	struct mmu_update u = { pt_entry_maddr(va, 2),
				victim_mfn[5] << PAGE_SHIFT | PTE_KERNEL };

	CHECK(HC(mmu_update, &u, 1, 0, DOMID_SELF) < 0);
	CHECK(HC(mmu_update, &u, 1, 0, id) < 0);
	CHECK_EQ(*pt_entry(va, 2), 0);
}

static void after_death(domid_t id)
{
	volatile u64 *w = (volatile u64 *)window;
	static struct xen_domctl op;

	CHECK_EQ(map_foreign(window, victim_mfn[9], PTE_KERNEL, id), 0);
	w[0] = 0xdead;
	/* it dies, but the frame we hold does not go round */
	wait_for(domctl(&op, XEN_DOMCTL_destroydomain, id) != -EAGAIN);
	CHECK_EQ(w[0], 0xdead);
	as_ours(victim_mfn[9]);
	CHECK(map_foreign(page_new(), victim_mfn[10], PTE_RO, id) < 0, "dying");
	w[1] = 1;
	CHECK_EQ(w[1], 1);
	restore();
	CHECK(wait_for(!victim_exists(id)));
	CHECK(map_foreign(window, victim_mfn[9], PTE_RO, id) < 0, "gone");
	CHECK(map_foreign(window, victim_mfn[10], PTE_RO, id) < 0, "gone");
	restore();
}

void story(void)
{
	domid_t id = victim_new();

	window = page_new();
	probe = page_new();
	home = virt_to_mfn(window) << PAGE_SHIFT | PTE_KERNEL;
	for (unsigned int i = 0; i < VICTIM_PAGES; i += 7)
		as_ours(victim_mfn[i]);
	as_ours(victim_shared_info(id));
	restore();
	as_its(id);
	as_table(id);
	after_death(id);
	for (unsigned int i = 0; i < VICTIM_PAGES; i += 7)
		as_ours(victim_mfn[i]);
	restore();
}
