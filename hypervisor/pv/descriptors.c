// SPDX-License-Identifier: GPL-2.0-only
/*
 * Descriptor tables of PV guests. The frames hold PAGE_SEGDESC references, so
 * the guest cannot write them behind our back, and they show in two windows of
 * each CPU: 14 pages of GDT in front of our own page, 16 pages of LDT.
 *
 * The windows are this CPU's alone. They change when a vcpu is switched to,
 * before its CR3 is loaded (which flushes them), or under a running vcpu, with
 * an INVLPG for each page.
 *
 * GDT frames are taken when the table is set; LDT pages one by one, when the
 * CPU trips over a page that is not there.
 */
#include "cpu/desc.h"
#include "pv/pv.h"

#define DESC_PER_PAGE	(PAGE_SIZE / 8)
#define LDT_PAGES	16
#define LDT_ENTRIES_MAX 8192

#define DESC_TYPE_MASK (0xfUL << 40)
#define DESC_S	       (1UL << 44) /* code or data */
#define DESC_DPL3      (3UL << 45)
#define DESC_P	       (1UL << 47)

bool pv_descriptor_fix(u64 *desc)
{
	if (!(*desc & DESC_P))
		return true;
	if (!(*desc & DESC_S))
		/* The second half of a 16-byte one; gates and TSS: never. */
		return !(*desc & DESC_TYPE_MASK);
	*desc |= DESC_DPL3;
	return true;
}

static void window_set(pte_t *pte, u64 va, pte_t val)
{
	if (*pte == val)
		return;
	WRITE_ONCE(*pte, val);
	invlpg(va);
}

/* ---- GDT ---- */

static pte_t gdt_pte(const struct pv_vcpu *pv, unsigned int page)
{
	mfn_t m = pv->gdt_frames[page];

	if (mfn_eq(m, INVALID_MFN))
		return pte_make(desc_zero_mfn(), HV_RO);
	/* Writable for the CPU, which sets accessed bits. */
	return pte_make(m, HV_RW);
}

static void load_gdt_window(const struct pv_vcpu *pv)
{
	unsigned int cpu = this_cpu_id(), i;
	pte_t *ptes = cpu_gdt_ptes(cpu);

	for (i = 0; i < GDT_GUEST_PAGES; i++)
		window_set(&ptes[i], cpu_gdt_va(cpu) + i * PAGE_SIZE,
			   gdt_pte(pv, i));
}

static void put_frames(const mfn_t *frames, unsigned int nr)
{
	for (unsigned int i = 0; i < nr; i++)
		if (!mfn_eq(frames[i], INVALID_MFN))
			page_put_and_type(mfn_to_page(frames[i]));
}

static int get_frames(struct vcpu *v, const u64 *frames, unsigned int nr,
		      mfn_t *out)
{
	int err;

	for (unsigned int i = 0; i < nr; i++) {
		err = mfn_get_and_type(_mfn(frames[i]), &v->domain->pages,
				       PAGE_SEGDESC);
		if (err) {
			put_frames(out, i);
			return err;
		}
		out[i] = _mfn(frames[i]);
	}
	return 0;
}

int pv_set_gdt(struct vcpu *v, const u64 *frames, u32 entries)
{
	unsigned int nr = DIV_ROUND_UP(entries, DESC_PER_PAGE), i;
	struct pv_vcpu *pv = to_pv(v);
	mfn_t fresh[GDT_GUEST_PAGES], old[GDT_GUEST_PAGES];
	int err;

	if (entries > GDT_GUEST_PAGES * DESC_PER_PAGE)
		return -EINVAL;
	err = get_frames(v, frames, nr, fresh);
	if (err)
		return err;
	for (i = 0; i < GDT_GUEST_PAGES; i++) {
		old[i] = pv->gdt_frames[i];
		pv->gdt_frames[i] = i < nr ? fresh[i] : INVALID_MFN;
	}
	pv->gdt_entries = entries;
	if (v == current)
		load_gdt_window(pv);
	put_frames(old, GDT_GUEST_PAGES);
	return 0;
}

void pv_drop_gdt(struct vcpu *v)
{
	(void)!pv_set_gdt(v, NULL, 0);
}

/* ---- LDT ---- */

static void load_ldt_window(const struct pv_vcpu *pv)
{
	unsigned int cpu = this_cpu_id(), i;
	pte_t *ptes = cpu_ldt_ptes(cpu);

	for (i = 0; i < LDT_PAGES; i++) {
		mfn_t m = pv->ldt_frames[i];

		window_set(&ptes[i], cpu_ldt_va(cpu) + i * PAGE_SIZE,
			   mfn_eq(m, INVALID_MFN) ? 0 : pte_make(m, HV_RW));
	}
}

void pv_drop_ldt(struct vcpu *v)
{
	struct pv_vcpu *pv = to_pv(v);
	mfn_t old[LDT_PAGES];

	for (unsigned int i = 0; i < LDT_PAGES; i++) {
		old[i] = pv->ldt_frames[i];
		pv->ldt_frames[i] = INVALID_MFN;
	}
	if (v == current && pv->ldt_entries)
		load_ldt_window(pv);
	put_frames(old, LDT_PAGES);
}

int pv_set_ldt(struct vcpu *v, u64 base, u32 entries)
{
	struct pv_vcpu *pv = to_pv(v);
	u64 bytes = (u64)entries * 8;

	if (entries > LDT_ENTRIES_MAX || (base & (PAGE_SIZE - 1)) ||
	    (entries && !guest_range_ok(base, bytes)))
		return -EINVAL;
	pv_drop_ldt(v);
	pv->ldt_base = base;
	pv->ldt_entries = entries;
	if (v == current)
		desc_load_ldt(entries);
	return 0;
}

bool pv_map_ldt_page(struct vcpu *v, u64 offset)
{
	unsigned int cpu = this_cpu_id(), i = offset / PAGE_SIZE;
	struct pv_vcpu *pv = to_pv(v);
	struct page *l1_page;
	u64 *l1e, e;
	mfn_t m;

	if (offset >= (u64)pv->ldt_entries * 8 ||
	    !mfn_eq(pv->ldt_frames[i], INVALID_MFN))
		return false;
	l1e = pv_guest_l1e(v, pv->ldt_base + i * PAGE_SIZE, &l1_page);
	if (!l1e)
		return false;
	e = READ_ONCE(*l1e);
	page_put(l1_page);
	m = pte_mfn(e);
	if (!(e & PTE_P) ||
	    mfn_get_and_type(m, &v->domain->pages, PAGE_SEGDESC))
		return false;
	pv->ldt_frames[i] = m;
	window_set(&cpu_ldt_ptes(cpu)[i], cpu_ldt_va(cpu) + i * PAGE_SIZE,
		   pte_make(m, HV_RW));
	return true;
}

void pv_load_descriptor_tables(struct vcpu *v)
{
	struct pv_vcpu *pv = to_pv(v);

	load_gdt_window(pv);
	if (pv->ldt_entries)
		load_ldt_window(pv);
	desc_load_ldt(pv->ldt_entries);
}
