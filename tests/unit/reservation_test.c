// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: memory that is lost, counted twice or owned by two. A
 * domain grows, shrinks and exchanges extents, with and without success; after
 * each step its pages, the M2P and the free frames have to add up.
 */
/* links: domain/reservation.c lib/bitmap.c */
/* links: mm/page.c mm/owner.c mm/frame.c mm/heap.c mm/m2p.c mm/ram.c */
#include "test.h"

#include <string.h>

#include "domain/reservation.h"
#include "include/errno.h"
#include "lib/e820.h"
#include "mm/frame.h"
#include "mm/page.h"
#include "shim/shim.h"

#define FRAMES	  8192
#define MAX_PAGES 3000

static struct domain *d, *other;
static u64 frames_at_start;

static const struct e820_entry map[] = {
	{ 0, FRAMES *PAGE_SIZE, E820_RAM },
};

static struct domain *make_domain(domid_t id)
{
	struct domain *new = heap_zalloc(sizeof(*new));

	new->id = new->pages.domid = id;
	new->pages.max_pages = MAX_PAGES;
	spin_lock_init(&new->pages.lock, RANK_PAGES);
	return new;
}

static void give_all_back(struct domain *from)
{
	struct page *pg;

	while (owner_first_allocated(&from->pages, &pg)) {
		if (!pg)
			continue;
		(void)owner_release_page(&from->pages, pg);
		page_put(pg);
	}
	from->pages.max_pages = MAX_PAGES;
	from->life = DOMAIN_ALIVE;
}

static void start(void)
{
	if (!d) {
		shim_memory(FRAMES);
		ram_init(map, 1);
		frame_add_range(PAGE_SIZE, FRAMES * PAGE_SIZE);
		d = make_domain(1);
		other = make_domain(2);
		/* The heap keeps a page for each size once used. */
		heap_free(heap_alloc(sizeof(u64)));
		heap_free(heap_alloc(16 * sizeof(u64)));
	}
	give_all_back(d);
	give_all_back(other);
	frames_at_start = frame_nr_free();
}

static void check_sums(void)
{
	EXPECT_EQ(frame_nr_free() + d->pages.nr_pages + other->pages.nr_pages,
		  frames_at_start);
	EXPECT_EQ(shim_locks_held(), 0);
}

static bool owned(mfn_t m, const struct domain *by)
{
	const struct page *pg = mfn_to_page(m);

	return pg->count == (PAGE_ALLOCATED | 1) &&
	       page_owner(pg) == &by->pages;
}

/* As the hypercall does: asks again while memory is cleaned for it. */
static int exchange(struct exchange *x)
{
	int err;

	do
		err = reservation_exchange(d, x);
	while (err == -EAGAIN);
	return err;
}

TEST(populate_sets_m2p_and_clears)
{
	mfn_t m;

	start();
	REQUIRE(!reservation_populate(d, 1000, 3, 0, &m));
	for (u64 i = 0; i < 8; i++) {
		EXPECT(owned(mfn_add(m, i), d));
		EXPECT_EQ(m2p_get(mfn_add(m, i)), 1000 + i);
		EXPECT_EQ(*(u64 *)mfn_to_virt(mfn_add(m, i)), 0);
	}
	EXPECT_EQ(mfn_x(m) & 7, 0);
	EXPECT_EQ(d->pages.nr_pages, 8);
	check_sums();
	for (u64 i = 0; i < 8; i++)
		EXPECT_EQ(reservation_decrease(d, mfn_add(m, i), 0), 0);
	EXPECT_EQ(m2p_get(m), INVALID_M2P);
	EXPECT_EQ(d->pages.nr_pages, 0);
	check_sums();
}

TEST(an_extent_goes_at_once_but_for_what_is_in_use)
{
	struct page *busy;
	mfn_t m;

	start();
	REQUIRE(!reservation_populate(d, 0, 9, 0, &m));
	EXPECT_EQ(reservation_decrease(d, m, 9), 0);
	EXPECT_EQ(d->pages.nr_pages, 0);
	EXPECT_EQ(d->pages.first_page, 0);
	EXPECT_EQ(m2p_get(mfn_add(m, 511)), INVALID_M2P);
	check_sums();

	REQUIRE(!reservation_populate(d, 0, 9, 0, &m));
	busy = mfn_to_page(mfn_add(m, 100));
	page_mark_foreign(mfn_to_page(mfn_add(m, 7)));
	REQUIRE(page_get(busy, &d->pages));
	EXPECT_EQ(reservation_decrease(d, m, 9), 0);
	EXPECT_EQ(d->pages.nr_pages, 1);
	check_sums();
	page_put(busy);
	EXPECT_EQ(d->pages.nr_pages, 0);
	check_sums();

	/* One is another's: what lies above it stays. */
	REQUIRE(!reservation_populate(d, 0, 9, 0, &m));
	EXPECT_EQ(reservation_decrease(d, mfn_add(m, 5), 0), 0);
	EXPECT_EQ(reservation_decrease(d, m, 9), -EINVAL);
	EXPECT_EQ(d->pages.nr_pages, 506);
	check_sums();
}

TEST(large_extents_of_memory_that_has_been_used)
{
	mfn_t m, last = INVALID_MFN;
	int err, asked = 0;

	start();
	d->pages.max_pages = FRAMES;
	/* All memory has been used, and the odd pages are freed first. */
	while (!reservation_populate(d, 0, 0, 0, &m)) {
		*(u64 *)mfn_to_virt(m) = 1;
		last = m;
	}
	REQUIRE(!mfn_eq(last, INVALID_MFN));
	for (u64 i = 1; i < FRAMES; i += 2)
		(void)!reservation_decrease(d, _mfn(i), 0);
	while (frame_scrub_idle(true))
		;
	for (u64 i = 0; i < FRAMES; i += 2)
		(void)!reservation_decrease(d, _mfn(i), 0);
	EXPECT_EQ(d->pages.nr_pages, 0);
	do {
		err = reservation_populate(d, 0, 11, 0, &m);
		asked++;
		check_sums();
	} while (err == -EAGAIN);
	EXPECT_EQ(err, 0);
	EXPECT(asked > 1);
	for (u64 i = 0; i < 1UL << 11; i++)
		EXPECT_EQ(*(u64 *)mfn_to_virt(mfn_add(m, i)), 0);
	/* No end of cleaning for what is not to be had. */
	EXPECT_EQ(reservation_populate(d, 0, 13, 0, &m), -ENOMEM);
}

TEST(decrease_refuses)
{
	mfn_t m;

	start();
	REQUIRE(!reservation_populate(d, 1, 0, 0, &m));
	EXPECT_EQ(reservation_decrease(other, m, 0), -EINVAL);
	EXPECT_EQ(reservation_decrease(d, _mfn(FRAMES), 0), -EINVAL);
	EXPECT_EQ(reservation_decrease(d, _mfn(~0UL), 9), -EINVAL);
	/* Mapped somewhere: gone for the domain, not yet free. */
	REQUIRE(page_get(mfn_to_page(m), &d->pages));
	EXPECT_EQ(reservation_decrease(d, m, 0), 0);
	EXPECT_EQ(reservation_decrease(d, m, 0), -EINVAL);
	EXPECT_EQ(d->pages.nr_pages, 1);
	page_put(mfn_to_page(m));
	EXPECT_EQ(d->pages.nr_pages, 0);
	check_sums();
}

TEST(limits)
{
	mfn_t m;
	int err;

	start();
	d->pages.max_pages = 4;
	EXPECT_EQ(reservation_populate(d, 0, 3, 0, &m), -ENOMEM);
	EXPECT_EQ(reservation_populate(d, 0, 2, 0, &m), 0);
	EXPECT_EQ(reservation_populate(d, 0, 0, 0, &m), -ENOMEM);
	/* Below 2^16 bytes there are 15 frames. */
	do
		err = reservation_populate(other, 0, 4, 16, &m);
	while (err == -EAGAIN);
	EXPECT_EQ(err, -ENOMEM);
	REQUIRE(!reservation_populate(other, 0, 2, 16, &m));
	EXPECT(mfn_x(m) + 4 <= 16);
	check_sums();
}

/* The way Linux makes memory for DMA: pages for one extent. */
TEST(exchange_pages_for_an_extent)
{
	u64 in[16], out = 500;
	struct exchange x = { .out_order = 4,
			      .nr_in = 16,
			      .nr_out = 1,
			      .in = in,
			      .out = &out,
			      .addr_bits = 20 };
	mfn_t m;

	start();
	d->pages.max_pages = 16;
	for (u64 i = 0; i < 16; i++) {
		REQUIRE(!reservation_populate(d, i, 0, 0, &m));
		in[i] = mfn_x(m);
	}
	EXPECT_EQ(exchange(&x), 0);
	EXPECT(out + 16 <= 256);
	for (u64 i = 0; i < 16; i++) {
		EXPECT(owned(_mfn(out + i), d));
		EXPECT_EQ(m2p_get(_mfn(out + i)), 500 + i);
		EXPECT(!owned(_mfn(in[i]), d));
		EXPECT_EQ(m2p_get(_mfn(in[i])), INVALID_M2P);
	}
	EXPECT_EQ(d->pages.nr_pages, 16);
	check_sums();
}

TEST(exchange_that_fails_changes_nothing)
{
	u64 in[16], out = 500;
	struct exchange x = { .out_order = 4,
			      .nr_in = 16,
			      .nr_out = 1,
			      .in = in,
			      .out = &out,
			      .addr_bits = 16 };
	mfn_t m;

	start();
	for (u64 i = 0; i < 16; i++) {
		REQUIRE(!reservation_populate(d, i, 0, 0, &m));
		in[i] = mfn_x(m);
	}
	EXPECT_EQ(exchange(&x), -ENOMEM);
	x.addr_bits = 0;
	/* One page is mapped, one is there twice, one is not ours. */
	REQUIRE(page_get(mfn_to_page(_mfn(in[15])), &d->pages));
	EXPECT_EQ(exchange(&x), -EINVAL);
	page_put(mfn_to_page(_mfn(in[15])));
	in[15] = in[3];
	EXPECT_EQ(exchange(&x), -EINVAL);
	in[15] = mfn_x(m);
	REQUIRE(!reservation_populate(other, 0, 0, 0, &m));
	in[7] = mfn_x(m);
	EXPECT_EQ(exchange(&x), -EINVAL);
	in[7] = ~0UL;
	EXPECT_EQ(exchange(&x), -EINVAL);
	EXPECT_EQ(out, 500);
	EXPECT_EQ(d->pages.nr_pages, 16);
	for (u64 i = 0; i < 16; i++)
		if (i != 7)
			EXPECT_EQ(m2p_get(_mfn(in[i])), i);
	check_sums();
}

TEST(exchange_an_extent_for_pages)
{
	u64 in, out[16];
	struct exchange x = { .in_order = 4,
			      .nr_in = 1,
			      .nr_out = 16,
			      .in = &in,
			      .out = out };
	mfn_t m;

	start();
	REQUIRE(!reservation_populate(d, 64, 4, 0, &m));
	in = mfn_x(m);
	for (u64 i = 0; i < 16; i++)
		out[i] = 100 + i;
	EXPECT_EQ(exchange(&x), 0);
	for (u64 i = 0; i < 16; i++) {
		EXPECT(owned(_mfn(out[i]), d));
		EXPECT_EQ(m2p_get(_mfn(out[i])), 100 + i);
	}
	check_sums();
}

TEST(claims)
{
	u64 free;
	mfn_t m;

	start();
	free = frame_nr_free();
	d->pages.max_pages = other->pages.max_pages = FRAMES;
	EXPECT_EQ(reservation_claim(d, FRAMES), -ENOMEM);
	EXPECT_EQ(reservation_claim(d, FRAMES + 1), -EINVAL);
	EXPECT_EQ(reservation_claim(d, free - 100), 0);
	EXPECT_EQ(reservation_claim(other, 101), -ENOMEM);
	EXPECT_EQ(reservation_populate(other, 0, 7, 0, &m), -ENOMEM);
	EXPECT_EQ(reservation_populate(other, 0, 6, 0, &m), 0);
	EXPECT_EQ(reservation_populate(d, 0, 8, 0, &m), 0);
	EXPECT_EQ(d->claimed_pages, free - 100 - 256);
	EXPECT_EQ(reservation_claim(d, 255), -EINVAL); /* has more */
	EXPECT_EQ(reservation_claim(d, 0), 0);
	EXPECT_EQ(reservation_populate(other, 0, 7, 0, &m), 0);
	d->life = DOMAIN_DYING;
	EXPECT_EQ(reservation_claim(d, 300), -EINVAL);
	check_sums();
}
