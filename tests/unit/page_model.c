// SPDX-License-Identifier: GPL-2.0-only
/* The second opinion of page_model.h. */
#include "page_model.h"

#include <string.h>

#include "include/errno.h"
#include "lib/e820.h"
#include "mm/frame.h"
#include "test.h"

const u32 model_slots[NR_SLOTS] = { 0, 1, 77, 255, 256, 300, 511 };
struct page_owner *model_owner[2];
int model_owners_live;
struct held held[NR_FRAMES];

/* What the guest types' layer would supply. */
bool pv_descriptor_fix(u64 *desc)
{
	return *desc != ~0UL;
}

void hv_fill_l4(pte_t *l4)
{
	l4[HV_L4_FIRST] = 0x123;
}

static void owner_got_pages(struct page_owner *o)
{
	__atomic_fetch_add(&model_owners_live, 1, __ATOMIC_RELAXED);
}

static void owner_lost_pages(struct page_owner *o)
{
	__atomic_fetch_sub(&model_owners_live, 1, __ATOMIC_RELAXED);
}

pte_t *model_table(u32 f)
{
	return mfn_to_virt(_mfn(f));
}

/* Once: the frame allocator and the heap keep what they know. */
static void boot(void)
{
	struct e820_entry ram = { PAGE_SIZE, (NR_FRAMES - 1) * PAGE_SIZE,
				  E820_RAM };

	shim_memory(NR_FRAMES);
	pv_entry_init(MODEL_PHYS_BITS);
	page_register_type_ops(&pv_page_type_ops);
	page_owner_register(owner_got_pages, owner_lost_pages);
	ram_init(&ram, 1);
	frame_add_range(PAGE_SIZE, NR_FRAMES * PAGE_SIZE);
	iomem_deny(_mfn(MMIO_NO), 1);
	iomem_readonly(_mfn(MMIO_RO), 1);
}

static void owner_setup(u32 i, u32 pages)
{
	struct page_owner *o = heap_zalloc(sizeof(*o));

	model_owner[i] = o;
	o->domid = i;
	o->has_iomem = i == 0;
	o->max_pages = NR_GUEST;
	o->dirty_cpus.bits[0] = i ? 6 : 3;
	spin_lock_init(&o->lock, RANK_PAGES);
	for (u32 n = 0; n < pages; n++) {
		struct page *pg = owner_alloc_pages(o, 0, 0);

		if (!EXPECT(pg))
			return;
		held[pg - frame_table].allocated = true;
		held[pg - frame_table].owner = i;
	}
}

void model_setup(u32 pages)
{
	if (!shim_frame_table)
		boot();
	memset(held, 0, sizeof(held));
	model_owners_live = 0;
	for (u32 i = 0; i < 2; i++)
		owner_setup(i, pages);
}

/* ---- expectation ---- */

static bool is_table(enum page_type t)
{
	return t >= PAGE_L1 && t <= PAGE_L4;
}

static void need(struct expected *e, u32 f, enum page_type t, u32 depth);

/* What a present entry of a table of type @t holds. */
static void need_entry(struct expected *e, enum page_type t, pte_t p, u32 depth)
{
	u32 f = mfn_x(pte_mfn(p));

	if (t == PAGE_L1 && f >= NR_FRAMES)
		return;
	if (f >= NR_FRAMES) {
		test_fail(__FILE__, __LINE__, "a table leads out of memory");
		return;
	}
	e[f].refs++;
	if (t != PAGE_L1)
		need(e, f, t - 1, depth + 1);
	else if (p & PTE_RW)
		need(e, f, PAGE_WRITABLE, depth + 1);
}

static void need_entries(struct expected *e, u32 f, enum page_type t, u32 below,
			 u32 depth)
{
	for (u32 i = 0; i < NR_SLOTS; i++) {
		u32 slot = model_slots[i];
		pte_t p = model_table(f)[slot];

		if (slot < below && p & PTE_P &&
		    !(t == PAGE_L4 && l4_slot_is_ours(slot)))
			need_entry(e, t, p, depth);
	}
}

/* One more reference to @f as a @t; the first makes its entries count. */
static void need(struct expected *e, u32 f, enum page_type t, u32 depth)
{
	bool first = !e[f].live;

	if (depth > 6 || (e[f].live && e[f].type != t)) {
		e[f].conflict = true;
		return;
	}
	e[f].live = true;
	e[f].type = t;
	e[f].types++;
	if (first && is_table(t))
		need_entries(e, f, t, 512, depth);
}

void model_expect(struct expected *e)
{
	memset(e, 0, NR_FRAMES * sizeof(*e));
	for (u32 f = 1; f < NR_FRAMES; f++) {
		u32 type = frame_table[f].type;
		u32 types = held[f].types + held[f].pinned;

		e[f].refs += held[f].refs + held[f].allocated + types;
		for (u32 i = 0; i < types; i++)
			need(e, f, held[f].type, 0);
		if (type & PAGE_TYPE_PARTIAL) {
			e[f].refs++;
			need_entries(e, f, page_type_of(type),
				     frame_table[f].aux, 0);
		}
	}
}

static bool check_frame(u32 f, const struct expected *e)
{
	const struct page *pg = &frame_table[f];
	u32 types = pg->type & PAGE_TYPE_COUNT;
	bool ok = !e->conflict;

	if (pg->owner < 3)
		return EXPECT_EQ(e->refs, 0);
	ok = ok && (pg->count & PAGE_REFS) == e->refs && types == e->types;
	if (e->live)
		ok = ok && page_type_of(pg->type) == e->type &&
		     pg->type & PAGE_TYPE_VALIDATED &&
		     !(pg->type & PAGE_TYPE_PARTIAL);
	ok = ok && !(pg->type & PAGE_TYPE_LOCKED);
	ok = ok && !!(pg->type & PAGE_TYPE_PINNED) == held[f].pinned;
	if (!ok)
		test_note("frame %u: refs %u, not %u; type %u x %u, not %u x "
			  "%u; word %x%s",
			  f, pg->count & PAGE_REFS, e->refs,
			  page_type_of(pg->type), types, e->type, e->types,
			  pg->type, e->conflict ? "; two types" : "");
	return ok;
}

bool model_check(const struct expected *e)
{
	bool ok = true;

	for (u32 f = 1; f < NR_FRAMES; f++)
		ok = check_frame(f, &e[f]) && ok;
	return EXPECT(ok);
}

/* ---- prediction ---- */

static bool owned(u64 f)
{
	return f && f < NR_FRAMES && frame_table[f].owner > 2;
}

static bool entry_acceptable(enum page_type t, pte_t p, u32 owner)
{
	u64 cache = PTE_PWT | PTE_PCD | PTE_PAT;
	u64 f = mfn_x(pte_mfn(p));
	bool own = owned(f) && held[f].owner == owner;

	if (p & PTE_ADDR & ~((1UL << MODEL_PHYS_BITS) - 1))
		return false;
	if (t != PAGE_L1)
		return own && !(p & (PTE_PSE | PTE_G | PTE_PWT | PTE_PCD));
	if (p & cache && owner != 0)
		return false;
	if (!f || f >= NR_FRAMES)
		return owner == 0 && f != MMIO_NO;
	return own;
}

static bool allows(struct expected *e, u32 f, enum page_type t, u32 owner,
		   u32 depth);

static bool allows_entry(struct expected *e, enum page_type t, pte_t p,
			 u32 owner, u32 depth)
{
	u32 f = mfn_x(pte_mfn(p));

	if (!entry_acceptable(t, p, owner))
		return false;
	if (t != PAGE_L1)
		return allows(e, f, t - 1, owner, depth + 1);
	if (!(p & PTE_RW) || f >= NR_FRAMES)
		return true;
	return allows(e, f, PAGE_WRITABLE, owner, depth + 1);
}

/* Takes @f as a @t in @e, with all that follows from it. */
static bool allows(struct expected *e, u32 f, enum page_type t, u32 owner,
		   u32 depth)
{
	if (depth > 6 || (e[f].live && e[f].type != t))
		return false;
	if (e[f].live)
		return true;
	e[f].live = true;
	e[f].type = t;
	if (t == PAGE_SEGDESC)
		for (u32 i = 0; i < 512; i++)
			if (model_table(f)[i] == ~0UL)
				return false;
	for (u32 i = 0; is_table(t) && i < NR_SLOTS; i++) {
		u32 slot = model_slots[i];
		pte_t p = model_table(f)[slot];

		if (p & PTE_P && !(t == PAGE_L4 && l4_slot_is_ours(slot)) &&
		    !allows_entry(e, t, p, owner, depth))
			return false;
	}
	return true;
}

bool model_allows_type(u32 f, enum page_type t)
{
	struct expected e[NR_FRAMES];

	model_expect(e);
	return allows(e, f, t, held[f].owner, 0);
}

bool model_allows_entry(u32 table, pte_t entry)
{
	struct expected e[NR_FRAMES];

	model_expect(e);
	return allows_entry(e, e[table].type, entry, held[table].owner, 0);
}

bool model_has_partial(void)
{
	for (u32 f = 1; f < NR_FRAMES; f++)
		if (frame_table[f].owner > 2 &&
		    frame_table[f].type & PAGE_TYPE_PARTIAL)
			return true;
	return false;
}

void model_quiesce(void)
{
	while (model_has_partial())
		for (u32 f = 1; f < NR_FRAMES; f++) {
			struct page *pg = &frame_table[f];
			int err;

			if (pg->owner < 3 || !page_get(pg, page_owner(pg)))
				continue;
			err = page_unwind(pg);
			EXPECT(!err || err == -ERESTART);
			page_put(pg);
		}
}
