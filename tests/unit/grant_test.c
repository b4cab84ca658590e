// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: references and marks of grants. Two domains map, unmap
 * and copy at random; beside them a simple model counts who uses which frame.
 * After every step the marks in the guest's entries, the references and the
 * types of all frames have to be what the model says, and at the end all is as
 * it was in the beginning.
 */
/* links: domain/grant_table.c domain/grant_entry.c domain/grant_track.c */
/* links: domain/grant_map.c domain/grant_copy.c lib/bitmap.c mm/recount.c */
/* links: mm/page.c mm/owner.c mm/frame.c mm/heap.c mm/m2p.c mm/ram.c */
#include "test.h"

#include <string.h>

#include "domain/grant.h"
#include "domain/grant_private.h"
#include "include/errno.h"
#include "lib/e820.h"
#include "mm/frame.h"
#include "mm/page.h"
#include "shim/shim.h"

#define FRAMES	  16384
#define NR_GRANTS 24
#define NR_PAGES  12
#define NR_SLOTS  32 /* page table entries of the mapper */
#define VA(slot)  (0x10000UL + (slot)*PAGE_SIZE)

static struct domain *granter, *mapper;
static struct vcpu *vcpus[2];
static struct page *pages[NR_PAGES];
static struct page *own; /* the mapper's */

/* ---- the world around: page tables, domains ---- */

static struct slot {
	u64 mfn; /* 0: nothing mapped */
	bool write, accessed;
} slots[NR_SLOTS];

static struct slot *slot_at(u64 va)
{
	u64 i = (va - VA(0)) / PAGE_SIZE;

	return va >= VA(0) && i < NR_SLOTS ? &slots[i] : NULL;
}

static void slot_clear(struct slot *s)
{
	struct page *pg = mfn_to_page(_mfn(s->mfn));

	if (!s->mfn)
		return;
	if (s->write)
		page_put_and_type(pg);
	else
		page_put(pg);
	*s = (struct slot){};
}

static int fake_map(struct vcpu *v, const struct grant_host_map *m)
{
	struct slot *s = slot_at(m->addr);

	if (!s)
		return -EFAULT;
	slot_clear(s);
	s->mfn = mfn_x(m->mfn);
	s->write = !(m->flags & GNTMAP_readonly);
	return 0;
}

static int fake_unmap(struct vcpu *v, const struct grant_host_map *m)
{
	struct slot *s = slot_at(m->addr);
	bool accessed;

	if (!s || s->mfn != mfn_x(m->mfn))
		return -ENOENT;
	accessed = s->accessed;
	slot_clear(s);
	return accessed;
}

static const struct guest_ops ops = {
	.grant_map = fake_map,
	.grant_unmap = fake_unmap,
};

struct domain *domain_get_by_id(domid_t id)
{
	struct domain *d = id == granter->id ? granter :
			   id == mapper->id  ? mapper :
					       NULL;

	if (d)
		d->refs++;
	return d;
}

struct domain *domain_get_self_or(domid_t id)
{
	return domain_get_by_id(id == DOMID_SELF ? current->domain->id : id);
}

void domain_get(struct domain *d)
{
	d->refs++;
}

void domain_put(struct domain *d)
{
	d->refs--;
}

static unsigned long flushes;

void tlb_flush_mask(const struct cpumask *mask)
{
	flushes++;
}

void tlb_flush_page_mask(const struct cpumask *mask, u64 va)
{
	flushes++;
}

static struct domain *make_domain(domid_t id, struct vcpu **v)
{
	struct domain *d = heap_zalloc(sizeof(*d));

	d->id = d->pages.domid = id;
	d->refs = 1;
	d->ops = &ops;
	d->pages.max_pages = 1000;
	spin_lock_init(&d->pages.lock, RANK_PAGES);
	d->max_vcpus = 2;
	*v = heap_zalloc(sizeof(**v));
	(*v)->domain = d;
	return d;
}

static const struct e820_entry map[] = {
	{ 0, FRAMES *PAGE_SIZE, E820_RAM },
};

static void start(void)
{
	static bool done;

	if (done)
		return;
	done = true;
	shim_memory(FRAMES);
	ram_init(map, 1);
	frame_add_range(PAGE_SIZE, FRAMES * PAGE_SIZE);
	granter = make_domain(1, &vcpus[0]);
	mapper = make_domain(2, &vcpus[1]);
	for (u32 i = 0; i < NR_PAGES; i++)
		pages[i] = owner_alloc_pages(&granter->pages, 0, 0);
	own = owner_alloc_pages(&mapper->pages, 0, 0);
	current = vcpus[1];
}

static void fresh_tables(u32 max_track)
{
	start();
	if (granter->grants) {
		grant_table_fini(granter);
		grant_table_fini(mapper);
	}
	EXPECT_EQ(grant_table_init(granter, 4, 4, 2), 0);
	EXPECT_EQ(grant_table_init(mapper, 4, max_track, 2), 0);
	memset(slots, 0, sizeof(slots));
}

static struct grant_entry_v1 *v1(u32 ref)
{
	return (struct grant_entry_v1 *)granter->grants->shared[0] + ref;
}

static void permit(u32 ref, struct page *pg, u16 flags)
{
	v1(ref)->domid = mapper->id;
	v1(ref)->frame = mfn_x(page_to_mfn(pg));
	v1(ref)->flags = GTF_permit_access | flags;
}

static int map_at(u32 ref, u32 flags, u64 va, u32 *handle)
{
	struct grant_map m = { .granter = granter,
			       .ref = ref,
			       .flags = flags,
			       .host_addr = va };
	int err = grant_map(&m);

	*handle = m.handle;
	return err;
}

static int unmap_one(u32 handle, u64 va, u64 dev)
{
	struct grant_unmap u = { .handle = handle,
				 .host_addr = va,
				 .dev_addr = dev };
	struct grant_unmap_batch b;
	int err;

	grant_unmap_init(&b);
	err = grant_unmap_begin(&b, &u);
	grant_unmap_end(&b);
	return err;
}

static u32 refs(const struct page *pg)
{
	return pg->count & PAGE_REFS;
}

static u32 types(const struct page *pg)
{
	return pg->type & PAGE_TYPE_COUNT;
}

TEST(one_mapping_and_back)
{
	u32 handle;

	fresh_tables(4);
	permit(8, pages[0], 0);
	EXPECT_EQ(map_at(8, GNTMAP_host_map, VA(0), &handle), 0);
	EXPECT_EQ(v1(8)->flags, GTF_permit_access | GTF_reading | GTF_writing);
	EXPECT_EQ(refs(pages[0]), 3);
	EXPECT_EQ(types(pages[0]), 2);
	EXPECT_EQ(slots[0].mfn, mfn_x(page_to_mfn(pages[0])));
	EXPECT_EQ(unmap_one(handle, VA(0), 0), 0);
	EXPECT_EQ(v1(8)->flags, GTF_permit_access);
	EXPECT_EQ(refs(pages[0]), 1);
	EXPECT_EQ(types(pages[0]), 0);
	EXPECT_EQ(unmap_one(handle, VA(0), 0), -EBADF);
	EXPECT_EQ(granter->refs, 1);
}

TEST(what_is_not_granted_is_refused)
{
	u32 handle, ref = 9;

	fresh_tables(4);
	EXPECT_EQ(map_at(ref, GNTMAP_host_map, VA(0), &handle), -EACCES);
	EXPECT_EQ(map_at(100000, GNTMAP_host_map, VA(0), &handle), -ENOENT);
	permit(ref, pages[0], GTF_readonly);
	EXPECT_EQ(map_at(ref, GNTMAP_host_map, VA(0), &handle), -EACCES);
	EXPECT_EQ(map_at(ref, 0, VA(0), &handle), -EINVAL);
	v1(ref)->domid = 7;
	EXPECT_EQ(map_at(ref, GNTMAP_host_map | GNTMAP_readonly, VA(0),
			 &handle),
		  -EACCES);
	/* Frames that are not the granter's, or nobody's. */
	permit(ref, own, 0);
	EXPECT_EQ(map_at(ref, GNTMAP_host_map, VA(0), &handle), -ENXIO);
	v1(ref)->frame = 0xffffffff;
	EXPECT_EQ(map_at(ref, GNTMAP_host_map, VA(0), &handle), -ENXIO);
	EXPECT_EQ(v1(ref)->flags, GTF_permit_access);
	permit(ref, pages[0], 0);
	EXPECT_EQ(map_at(ref, GNTMAP_host_map, VA(NR_SLOTS), &handle), -EFAULT);
	EXPECT_EQ(v1(ref)->flags, GTF_permit_access);
	EXPECT_EQ(refs(pages[0]), 1);
	EXPECT_EQ(types(pages[0]), 0);
	v1(ref)->flags = GTF_transitive;
	EXPECT_EQ(map_at(ref, GNTMAP_host_map, VA(0), &handle), -EACCES);
}

TEST(a_page_table_cannot_be_granted_for_writing)
{
	u32 handle;

	fresh_tables(4);
	permit(8, pages[1], 0);
	REQUIRE(page_get(pages[1], &granter->pages));
	pages[1]->type = (u32)PAGE_L1 << PAGE_TYPE_SHIFT | PAGE_TYPE_VALIDATED |
			 1;
	EXPECT_EQ(map_at(8, GNTMAP_host_map, VA(0), &handle), -ENXIO);
	EXPECT_EQ(map_at(8, GNTMAP_host_map | GNTMAP_readonly, VA(0), &handle),
		  0);
	EXPECT_EQ(unmap_one(handle, VA(0), 0), 0);
	pages[1]->type = 0;
	page_put(pages[1]);
	EXPECT_EQ(refs(pages[1]), 1);
}

TEST(an_overwritten_mapping_keeps_its_frame)
{
	u32 handle;

	fresh_tables(4);
	permit(8, pages[0], 0);
	REQUIRE(!map_at(8, GNTMAP_host_map, VA(0), &handle));
	slot_clear(&slots[0]); /* mmu_update did it */
	EXPECT_EQ(refs(pages[0]), 2);
	EXPECT_EQ(unmap_one(handle, VA(0), 0), -ENOENT);
	EXPECT(v1(8)->flags & GTF_writing);
	EXPECT_EQ(refs(pages[0]), 2);
	/* Only the end of the domain gives it back. */
	EXPECT_EQ(grant_table_release_mappings(mapper), 0);
	EXPECT_EQ(v1(8)->flags, GTF_permit_access);
	EXPECT_EQ(refs(pages[0]), 1);
	EXPECT_EQ(types(pages[0]), 0);
}

TEST(device_and_host_end_apart)
{
	u64 dev = mfn_x(page_to_mfn(pages[0])) << PAGE_SHIFT;
	u32 handle;

	fresh_tables(4);
	dev = mfn_x(page_to_mfn(pages[0])) << PAGE_SHIFT;
	permit(8, pages[0], 0);
	REQUIRE(!map_at(8, GNTMAP_host_map | GNTMAP_device_map, VA(0),
			&handle));
	EXPECT_EQ(unmap_one(handle, VA(0), 0), 0);
	EXPECT(v1(8)->flags & GTF_writing);
	EXPECT_EQ(refs(pages[0]), 2);
	EXPECT_EQ(unmap_one(handle, VA(0), 0), -EINVAL);
	EXPECT_EQ(unmap_one(handle, 0, dev + PAGE_SIZE), -EINVAL);
	EXPECT_EQ(unmap_one(handle, 0, dev), 0);
	EXPECT_EQ(v1(8)->flags, GTF_permit_access);
	EXPECT_EQ(refs(pages[0]), 1);
}

TEST(only_used_entries_are_flushed)
{
	u32 handle;

	fresh_tables(4);
	permit(8, pages[0], 0);
	flushes = 0;
	REQUIRE(!map_at(8, GNTMAP_host_map, VA(0), &handle));
	EXPECT_EQ(unmap_one(handle, VA(0), 0), 0);
	EXPECT_EQ(flushes, 0);
	REQUIRE(!map_at(8, GNTMAP_host_map, VA(0), &handle));
	slots[0].accessed = true;
	EXPECT_EQ(unmap_one(handle, VA(0), 0), 0);
	EXPECT_EQ(flushes, 1);
}

TEST(handles_run_out_and_come_back)
{
	static u32 handles[2 * TRACKS_PER_PAGE + 1];
	u32 flags = GNTMAP_device_map | GNTMAP_readonly;
	u32 n = 0;

	fresh_tables(2);
	permit(8, pages[0], 0);
	while (n < ARRAY_SIZE(handles) && !map_at(8, flags, 0, &handles[n])) {
		n++;
		/* Both vcpus' lists, and what one takes from the other. */
		vcpus[1]->id = n & 1;
	}
	EXPECT_EQ(n, 2 * TRACKS_PER_PAGE);
	EXPECT_EQ(map_at(8, flags, 0, &handles[n]), -ENOSPC);
	EXPECT_EQ(refs(pages[0]), 1 + n);
	while (n)
		EXPECT_EQ(unmap_one(handles[--n], 0,
				    mfn_x(page_to_mfn(pages[0])) << PAGE_SHIFT),
			  0);
	EXPECT_EQ(refs(pages[0]), 1);
	vcpus[1]->id = 0;
}

TEST(versions)
{
	struct grant_table *gt;
	union grant_entry_v2 *e;
	u32 handle;

	fresh_tables(4);
	gt = granter->grants;
	permit(1, pages[0], GTF_readonly);
	permit(8, pages[1], 0);
	REQUIRE(!map_at(8, GNTMAP_host_map, VA(0), &handle));
	EXPECT_EQ(grant_table_set_version(granter, 2), -EBUSY);
	EXPECT_EQ(unmap_one(handle, VA(0), 0), 0);
	EXPECT_EQ(grant_table_set_version(granter, 3), -EINVAL);
	REQUIRE(!grant_table_set_version(granter, 2));
	e = gt->shared[0];
	EXPECT_EQ(e[1].hdr.flags, GTF_permit_access | GTF_readonly);
	EXPECT_EQ(e[1].full_page.frame, mfn_x(page_to_mfn(pages[0])));
	EXPECT_EQ(e[8].hdr.flags, 0);
	EXPECT_EQ(map_at(1, GNTMAP_host_map | GNTMAP_readonly, VA(0), &handle),
		  0);
	EXPECT_EQ(gt->status[0][1], GTF_reading);
	EXPECT_EQ(e[1].hdr.flags, GTF_permit_access | GTF_readonly);
	EXPECT_EQ(unmap_one(handle, VA(0), 0), 0);
	EXPECT_EQ(gt->status[0][1], 0);
	REQUIRE(!grant_table_set_version(granter, 1));
	EXPECT_EQ(v1(1)->flags, GTF_permit_access | GTF_readonly);
	EXPECT_EQ(v1(1)->frame, mfn_x(page_to_mfn(pages[0])));
	EXPECT_EQ(gt->nr_status, 0);
}

TEST(parts_of_a_page_are_copied_not_mapped)
{
	struct grant_copy_end src = { .is_ref = true, .domid = 1, .frame = 8 };
	struct grant_copy_end dst = { .domid = DOMID_SELF };
	union grant_entry_v2 *e;
	struct grant_copy c;
	u32 handle;

	fresh_tables(4);
	REQUIRE(!grant_table_set_version(granter, 2));
	e = granter->grants->shared[0];
	e[8].sub_page.hdr.domid = mapper->id;
	e[8].sub_page.frame = mfn_x(page_to_mfn(pages[0]));
	e[8].sub_page.page_off = 100;
	e[8].sub_page.length = 50;
	e[8].sub_page.hdr.flags = GTF_permit_access | GTF_sub_page;
	EXPECT_EQ(map_at(8, GNTMAP_host_map, VA(0), &handle), -EACCES);
	dst.frame = mfn_x(page_to_mfn(own));
	memset(mfn_to_virt(page_to_mfn(pages[0])), 'x', PAGE_SIZE);
	grant_copy_init(&c);
	src.offset = 100;
	EXPECT_EQ(grant_copy_one(&c, &src, &dst, 50), 0);
	EXPECT_EQ(grant_copy_one(&c, &src, &dst, 51), -EDOM);
	src.offset = 99;
	EXPECT_EQ(grant_copy_one(&c, &src, &dst, 1), -EDOM);
	grant_copy_end(&c);
	EXPECT_EQ(((char *)mfn_to_virt(page_to_mfn(own)))[49], 'x');
	EXPECT_EQ(refs(own), 1);
	EXPECT_EQ(refs(pages[0]), 1);
}

TEST(copies_stay_inside)
{
	struct grant_copy_end src = { .is_ref = true, .domid = 1, .frame = 8 };
	struct grant_copy_end dst = { .domid = DOMID_SELF };
	struct grant_copy c;

	fresh_tables(4);
	permit(8, pages[0], GTF_readonly);
	dst.frame = mfn_x(page_to_mfn(own));
	grant_copy_init(&c);
	EXPECT_EQ(grant_copy_one(&c, &src, &dst, PAGE_SIZE), 0);
	EXPECT_EQ(v1(8)->flags & GTF_reading, GTF_reading);
	src.offset = 1;
	EXPECT_EQ(grant_copy_one(&c, &src, &dst, PAGE_SIZE), -EDOM);
	src.offset = 0xffff;
	EXPECT_EQ(grant_copy_one(&c, &src, &dst, 0xffff), -EDOM);
	/* The other way round it would be a write. */
	src.offset = 0;
	EXPECT_EQ(grant_copy_one(&c, &dst, &src, 16), -EACCES);
	/* Another's memory by its number. */
	dst.domid = granter->id;
	dst.frame = mfn_x(page_to_mfn(pages[1]));
	EXPECT_EQ(grant_copy_one(&c, &src, &dst, 16), -EACCES);
	dst.domid = DOMID_SELF;
	EXPECT_EQ(grant_copy_one(&c, &src, &dst, 16), -ENXIO);
	src.domid = 77;
	EXPECT_EQ(grant_copy_one(&c, &src, &dst, 16), -ESRCH);
	grant_copy_end(&c);
	EXPECT_EQ(v1(8)->flags, GTF_permit_access | GTF_readonly);
	EXPECT_EQ(refs(own), 1);
	EXPECT_EQ(refs(pages[0]), 1);
	EXPECT_EQ(granter->refs, 1);
}

/* ---- random steps beside a model ---- */

struct mapping {
	bool used, host, device, write;
	u32 handle, ref, page, slot;
};

static struct mapping maps[64];
static u32 page_of[NR_GRANTS]; /* as the granter's entry says now */

static struct mapping *any_mapping(bool used)
{
	for (u32 i = 0; i < 16; i++) {
		struct mapping *m = &maps[test_random_below(ARRAY_SIZE(maps))];

		if (m->used == used)
			return m;
	}
	return NULL;
}

static bool ref_in_use(u32 ref, bool *write, u32 *page)
{
	bool any = false;

	*write = false;
	for (u32 i = 0; i < ARRAY_SIZE(maps); i++) {
		if (!maps[i].used || maps[i].ref != ref)
			continue;
		any = true;
		*write |= maps[i].write;
		*page = maps[i].page;
	}
	return any;
}

/* The granter rewrites an entry, in use or not. */
static void step_grant(void)
{
	u32 ref = test_random_below(NR_GRANTS);
	u32 page = test_random_below(NR_PAGES), old;
	u16 marks = 0;
	bool write;

	if (ref_in_use(ref, &write, &old))
		marks = write ? GTF_reading | GTF_writing : GTF_reading;
	page_of[ref] = page;
	permit(ref, pages[page], marks);
}

static void step_map(void)
{
	struct mapping *m = any_mapping(false);
	bool write;
	u32 flags = 0;

	if (!m)
		return;
	m->ref = test_random_below(NR_GRANTS);
	m->page = page_of[m->ref];
	ref_in_use(m->ref, &write, &m->page);
	m->write = test_random_below(2);
	m->host = test_random_below(4);
	m->device = !m->host || test_random_below(2);
	m->slot = test_random_below(NR_SLOTS);
	if (m->host)
		flags |= GNTMAP_host_map;
	if (m->device)
		flags |= GNTMAP_device_map;
	if (!m->write)
		flags |= GNTMAP_readonly;
	if (!EXPECT_EQ(map_at(m->ref, flags, VA(m->slot), &m->handle), 0))
		return;
	m->used = true;
}

static void step_unmap(void)
{
	struct mapping *m = any_mapping(true);
	u64 mfn, va, dev;
	bool there;

	if (!m)
		return;
	mfn = mfn_x(page_to_mfn(pages[m->page]));
	va = test_random_below(2) ? VA(m->slot) : 0;
	dev = test_random_below(2) ? mfn << PAGE_SHIFT : 0;
	there = slots[m->slot].mfn == mfn;
	if (m->host && va && !there) {
		EXPECT(unmap_one(m->handle, va, dev) < 0);
		return;
	}
	if (unmap_one(m->handle, va, dev))
		return;
	if (va)
		m->host = false;
	if (dev)
		m->device = false;
	m->used = m->host || m->device;
}

static void check_page(u32 page)
{
	u32 want_refs = 1, want_types = 0;

	for (u32 i = 0; i < ARRAY_SIZE(maps); i++)
		if (maps[i].used && maps[i].page == page) {
			want_refs++;
			want_types += maps[i].write;
		}
	for (u32 i = 0; i < NR_SLOTS; i++)
		if (slots[i].mfn == mfn_x(page_to_mfn(pages[page]))) {
			want_refs++;
			want_types += slots[i].write;
		}
	EXPECT_EQ(refs(pages[page]), want_refs);
	EXPECT_EQ(types(pages[page]), want_types);
}

static void check_ref(u32 ref)
{
	u16 want = GTF_permit_access;
	bool write;
	u32 page;

	if (ref_in_use(ref, &write, &page))
		want |= write ? GTF_reading | GTF_writing : GTF_reading;
	EXPECT_EQ(v1(ref)->flags, want);
}

TEST(random_steps_agree_with_a_model)
{
	unsigned long rounds = test_rounds(20000, 2000000);

	fresh_tables(4);
	memset(maps, 0, sizeof(maps));
	for (u32 ref = 0; ref < NR_GRANTS; ref++) {
		page_of[ref] = ref % NR_PAGES;
		permit(ref, pages[page_of[ref]], 0);
	}
	for (unsigned long i = 0; i < rounds; i++) {
		switch (test_random_below(8)) {
		case 0:
			step_grant();
			break;
		case 1:
			slot_clear(&slots[test_random_below(NR_SLOTS)]);
			break;
		case 2:
		case 3:
		case 4:
			step_map();
			break;
		default:
			step_unmap();
			break;
		}
		check_ref(test_random_below(NR_GRANTS));
		check_page(test_random_below(NR_PAGES));
	}
	EXPECT_EQ(grant_table_release_mappings(mapper), 0);
	memset(maps, 0, sizeof(maps));
	for (u32 i = 0; i < NR_SLOTS; i++)
		slot_clear(&slots[i]);
	for (u32 page = 0; page < NR_PAGES; page++)
		check_page(page);
	for (u32 ref = 0; ref < NR_GRANTS; ref++)
		check_ref(ref);
	EXPECT_EQ(granter->refs, 1);
	EXPECT_EQ(shim_locks_held(), 0);
}
