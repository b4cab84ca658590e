// SPDX-License-Identifier: GPL-2.0-only
/*
 * Do P2M, M2P and direct map agree? For each page frame of the domain:
 *
 *   P2M says    then
 *   frame m     M2P of m is the page frame, and its entry in the direct map,
 *               if there is one, maps m
 *   nothing     nothing is mapped there
 *   special     (foreign, or the machine's own) not looked at
 *
 * What changes while the walk goes on is looked at twice.
 */
#include <linux/memremap.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include <asm/pgtable.h>
#include <asm/xen/page.h>

#include "balloon.h"

enum verdict {
	PRESENT,
	ABSENT,
	SPECIAL,
	WRONG_M2P,
	WRONG_MAP,
	WRONG_ABSENT
};

/* The frame that the direct map has for @pfn, or INVALID_P2M_ENTRY. */
static unsigned long mapped_frame(unsigned long pfn)
{
	unsigned int level;
	pte_t *pte = lookup_address((unsigned long)__va(PFN_PHYS(pfn)), &level);
	pteval_t val;

	if (!pte || level != PG_LEVEL_4K)
		return INVALID_P2M_ENTRY;
	val = READ_ONCE(pte->pte);
	return val & _PAGE_PRESENT ? (val & XEN_PTE_MFN_MASK) >> PAGE_SHIFT :
				     INVALID_P2M_ENTRY;
}

static enum verdict judge(unsigned long pfn)
{
	unsigned long mfn, mapped = mapped_frame(pfn);

	if (xen_safe_read_ulong(xen_p2m_addr + pfn, &mfn))
		mfn = INVALID_P2M_ENTRY;
	if (mfn == INVALID_P2M_ENTRY)
		return mapped == INVALID_P2M_ENTRY ? ABSENT : WRONG_ABSENT;
	if (mfn & (FOREIGN_FRAME_BIT | IDENTITY_FRAME_BIT))
		return SPECIAL;
	if (mfn_to_pfn_no_overrides(mfn) != pfn)
		return WRONG_M2P;
	if (mapped != INVALID_P2M_ENTRY && mapped != mfn)
		return WRONG_MAP;
	return PRESENT;
}

void balloon_verify(struct verify_result *r)
{
	unsigned long count[WRONG_ABSENT + 1] = {}, pfn;
	enum verdict v;

	for (pfn = 0; pfn < xen_p2m_size; pfn++) {
		if (!(pfn % BLOCK_PAGES))
			cond_resched();
		if (!pfn_valid(pfn) || is_zone_device_page(pfn_to_page(pfn)))
			continue;
		v = judge(pfn);
		if (v >= WRONG_M2P)
			v = judge(pfn);
		count[v]++;
	}
	r->present = count[PRESENT];
	r->absent = count[ABSENT];
	r->special = count[SPECIAL];
	r->wrong_m2p = count[WRONG_M2P];
	r->wrong_map = count[WRONG_MAP];
	r->wrong_absent = count[WRONG_ABSENT];
}
