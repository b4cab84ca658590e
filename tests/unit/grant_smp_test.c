// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: four vcpus map and unmap the same grants, also each
 * other's handles, and copy, while the granter changes its entries and tries to
 * change the version of its table. In the end no reference and no mark may be
 * left. ThreadSanitizer watches.
 */
/* sanitize: thread */
/* links: domain/grant_table.c domain/grant_entry.c domain/grant_track.c */
/* links: domain/grant_map.c domain/grant_copy.c lib/bitmap.c mm/recount.c */
/* links: mm/page.c mm/owner.c mm/frame.c mm/heap.c mm/m2p.c mm/ram.c */
#include "test.h"

#include <pthread.h>
#include <string.h>

#include "domain/grant.h"
#include "domain/grant_private.h"
#include "include/errno.h"
#include "lib/e820.h"
#include "mm/frame.h"
#include "shim/shim.h"

#define FRAMES	 16384
#define VCPUS	 4
#define NR_REFS	 6
#define FIRST	 8
#define NR_SLOTS 8 /* of each vcpu */
#define VA(slot) (0x10000UL + (slot)*PAGE_SIZE)

static struct domain *granter, *mapper;
static struct vcpu *vcpus[VCPUS];
static struct page *pages[NR_REFS], *own;
static unsigned long rounds;

/* Each vcpu has page table entries of its own. */
static struct slot {
	u64 mfn;
	bool write;
} slots[VCPUS][NR_SLOTS];

static void slot_clear(struct slot *s)
{
	struct page *pg = mfn_to_page(_mfn(s->mfn));

	if (s->mfn && s->write)
		page_put_and_type(pg);
	else if (s->mfn)
		page_put(pg);
	s->mfn = 0;
}

static int slot_map(struct vcpu *v, const struct grant_host_map *m)
{
	struct slot *s = &slots[v->id][(m->addr - VA(0)) / PAGE_SIZE];

	slot_clear(s);
	*s = (struct slot){ mfn_x(m->mfn), !(m->flags & GNTMAP_readonly) };
	return 0;
}

static int slot_unmap(struct vcpu *v, const struct grant_host_map *m)
{
	struct slot *s = &slots[v->id][(m->addr - VA(0)) / PAGE_SIZE];

	if (s->mfn != mfn_x(m->mfn))
		return -ENOENT;
	slot_clear(s);
	return 1;
}

static const struct guest_ops ops = { .grant_map = slot_map,
				      .grant_unmap = slot_unmap };

struct domain *domain_get_by_id(domid_t id)
{
	return domain_get_self_or(id);
}

struct domain *domain_get_self_or(domid_t id)
{
	struct domain *d = id == 1 ? granter : mapper;

	domain_get(d);
	return d;
}

void domain_get(struct domain *d)
{
	__atomic_fetch_add(&d->refs, 1, __ATOMIC_SEQ_CST);
}

void domain_put(struct domain *d)
{
	__atomic_fetch_sub(&d->refs, 1, __ATOMIC_SEQ_CST);
}

static struct domain *make_domain(domid_t id)
{
	struct domain *d = heap_zalloc(sizeof(*d));

	d->id = d->pages.domid = id;
	d->refs = 1;
	d->ops = &ops;
	d->pages.max_pages = 100;
	d->max_vcpus = VCPUS;
	spin_lock_init(&d->pages.lock, RANK_PAGES);
	return d;
}

static void start(void)
{
	static const struct e820_entry map = { 0, FRAMES * PAGE_SIZE,
					       E820_RAM };

	shim_memory(FRAMES);
	ram_init(&map, 1);
	frame_add_range(PAGE_SIZE, FRAMES * PAGE_SIZE);
	granter = make_domain(1);
	mapper = make_domain(2);
	for (u32 i = 0; i < NR_REFS; i++)
		pages[i] = owner_alloc_pages(&granter->pages, 0, 0);
	own = owner_alloc_pages(&mapper->pages, 0, 0);
	for (u32 i = 0; i < VCPUS; i++) {
		vcpus[i] = heap_zalloc(sizeof(*vcpus[i]));
		vcpus[i]->domain = mapper;
		vcpus[i]->id = i;
	}
	EXPECT_EQ(grant_table_init(granter, 4, 4, 2), 0);
	EXPECT_EQ(grant_table_init(mapper, 4, 1, 2), 0);
}

static u32 *header(u32 ref)
{
	return (u32 *)((struct grant_entry_v1 *)granter->grants->shared[0] +
		       ref);
}

/* A small generator for each thread: the frame's own is the tests' to share. */
static u32 next(u32 *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

/* How often something worked: a test in which nothing does says nothing. */
static unsigned long done;

static void count(int err)
{
	if (!err)
		__atomic_fetch_add(&done, 1, __ATOMIC_RELAXED);
}

static void map_something(u32 *seed)
{
	struct grant_map m = { .granter = granter };

	m.ref = FIRST + next(seed) % NR_REFS;
	m.flags = GNTMAP_host_map | (next(seed) & 1 ? GNTMAP_readonly : 0);
	m.host_addr = VA(next(seed) % NR_SLOTS);
	count(grant_map(&m));
}

static void unmap_something(u32 *seed)
{
	struct grant_unmap_batch b;
	struct grant_unmap u;

	grant_unmap_init(&b);
	for (u32 i = next(seed) % 4; i < 4; i++) {
		u = (struct grant_unmap){ .handle = next(seed) % 40 };
		u.host_addr = VA(next(seed) % NR_SLOTS);
		count(grant_unmap_begin(&b, &u));
	}
	grant_unmap_end(&b);
}

static void copy_something(u32 *seed)
{
	struct grant_copy_end ref = { .is_ref = true, .domid = 1 };
	struct grant_copy_end page = { .domid = DOMID_SELF };
	struct grant_copy c;

	ref.frame = FIRST + next(seed) % NR_REFS;
	page.frame = mfn_x(page_to_mfn(own));
	/* Not the data: guests race for that as they like. */
	grant_copy_init(&c);
	count(grant_copy_one(&c, &ref, &page, 0));
	count(grant_copy_one(&c, &page, &ref, 0));
	grant_copy_end(&c);
}

static void *vcpu_runs(void *arg)
{
	u32 cpu = (unsigned long)arg, seed = cpu + 77;

	shim_set_cpu(cpu);
	current = vcpus[cpu];
	for (unsigned long i = 0; i < rounds; i++) {
		switch (next(&seed) % 4) {
		case 0:
			map_something(&seed);
			break;
		case 1:
			copy_something(&seed);
			break;
		default:
			unmap_something(&seed);
			break;
		}
	}
	return NULL;
}

/* As Linux ends a grant: only if nobody uses it. */
static void *granter_runs(void *arg)
{
	u32 seed = 5;

	shim_set_cpu(VCPUS);
	for (unsigned long i = 0; i < rounds; i++) {
		u32 *h = header(FIRST + next(&seed) % NR_REFS);
		u32 free = GTF_permit_access | mapper->id << 16;

		if (__atomic_compare_exchange_n(h, &free, 0, false,
						__ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST))
			__atomic_store_n(h,
					 GTF_permit_access | mapper->id << 16,
					 __ATOMIC_SEQ_CST);
		/* To version 2 it would clear the entries. */
		if (next(&seed) % 64 == 0)
			EXPECT_EQ(grant_table_set_version(granter, 1), 0);
		if (next(&seed) % 64 == 0)
			EXPECT_EQ(grant_table_grow(granter, 1 + i * 3 / rounds),
				  0);
	}
	return NULL;
}

TEST(vcpus_and_granter_at_once)
{
	pthread_t threads[VCPUS + 1];
	unsigned long i;

	rounds = test_rounds(5000, 500000);
	start();
	for (i = 0; i < NR_REFS; i++) {
		struct grant_entry_v1 *e = (void *)header(FIRST + i);

		e->frame = mfn_x(page_to_mfn(pages[i]));
		e->domid = mapper->id;
		e->flags = GTF_permit_access;
	}
	for (i = 0; i < VCPUS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, vcpu_runs,
					(void *)i));
	REQUIRE(!pthread_create(&threads[i], NULL, granter_runs, NULL));
	for (i = 0; i <= VCPUS; i++)
		pthread_join(threads[i], NULL);
	while (grant_table_release_mappings(mapper) == -ERESTART)
		;
	for (i = 0; i < VCPUS * NR_SLOTS; i++)
		slot_clear(&slots[i / NR_SLOTS][i % NR_SLOTS]);
	for (i = 0; i < NR_REFS; i++) {
		EXPECT_EQ(*header(FIRST + i),
			  GTF_permit_access | mapper->id << 16);
		EXPECT_EQ(pages[i]->count & PAGE_REFS, 1);
		EXPECT_EQ(pages[i]->type & PAGE_TYPE_COUNT, 0);
	}
	EXPECT_EQ(granter->refs, 1);
	EXPECT(done > rounds);
}
