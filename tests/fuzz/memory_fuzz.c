// SPDX-License-Identifier: GPL-2.0-only
/*
 * memory_op and grant_table_op, called by two domains on memory that the input
 * fills. Whatever they did, when both have ended all frames are free again, no
 * heap is lost and nobody holds a reference.
 */
/* links: hypercall/memory_op.c hypercall/memory_reservation.c */
/* links: hypercall/memory_map.c hypercall/grant_table.c */
/* links: hypercall/grant_setup.c domain/reservation.c */
/* links: domain/grant_table.c domain/grant_entry.c domain/grant_track.c */
/* links: domain/grant_map.c domain/grant_copy.c lib/bitmap.c mm/recount.c */
/* links: mm/page.c mm/owner.c mm/frame.c mm/heap.c mm/m2p.c mm/ram.c */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "boot/boot.h"
#include "domain/grant.h"
#include "domain/guest_copy.h"
#include "domain/reservation.h"
#include "hypercall/hypercall.h"
#include "include/errno.h"
#include "mm/frame.h"
#include "shim.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define FRAMES	     2048
#define MAX_PAGES    300
#define OWN_PAGES    8 /* in the guests' hands from the start */
#define GUEST_VA     0x100000UL
#define GUEST_BYTES  0x2000UL
#define SLOT_VA(i)   (0x400000UL + (i)*PAGE_SIZE)
#define NR_SLOTS     16
#define MAX_STEPS    64
#define MAX_RESTARTS 300

#define REQUIRE(x)                                             \
	do {                                                   \
		if (!(x)) {                                    \
			fprintf(stderr, "violated: %s\n", #x); \
			abort();                               \
		}                                              \
	} while (0)

static struct domain *domains[2];
static struct vcpu *vcpus[2];
static u64 own_mfn[2 * OWN_PAGES];
static u8 guest[GUEST_BYTES];
static u64 base_frames, base_heap;

struct boot_info boot_info = {
	.nr_e820 = 1,
	.e820 = { { 0, FRAMES *PAGE_SIZE, E820_RAM } },
};

/* ---- the guest's memory ---- */

static u8 *guest_at(u64 gva, size_t bytes)
{
	u64 offset = gva - GUEST_VA;

	return offset <= GUEST_BYTES && bytes <= GUEST_BYTES - offset ?
		       guest + offset :
		       NULL;
}

int guest_copy_from(void *dst, u64 gva, size_t bytes)
{
	u8 *p = guest_at(gva, bytes);

	if (!p)
		return -EFAULT;
	memcpy(dst, p, bytes);
	return 0;
}

int guest_copy_to(u64 gva, const void *src, size_t bytes)
{
	u8 *p = guest_at(gva, bytes);

	if (!p)
		return -EFAULT;
	memcpy(p, src, bytes);
	return 0;
}

/* ---- page tables: a few entries at known addresses ---- */

static struct slot {
	u64 mfn; /* 0: none */
	bool write;
} slots[NR_SLOTS];

static struct slot *slot_at(u64 va)
{
	u64 i = (va - SLOT_VA(0)) / PAGE_SIZE;

	return va >= SLOT_VA(0) && i < NR_SLOTS ? &slots[i] : NULL;
}

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
	struct slot *s = slot_at(m->addr);

	if (!s)
		return -EFAULT;
	slot_clear(s);
	*s = (struct slot){ mfn_x(m->mfn), !(m->flags & GNTMAP_readonly) };
	return 0;
}

static int slot_unmap(struct vcpu *v, const struct grant_host_map *m)
{
	struct slot *s = slot_at(m->addr);

	if (!s || s->mfn != mfn_x(m->mfn))
		return -ENOENT;
	slot_clear(s);
	return 1;
}

static int slot_move(struct vcpu *v, const struct grant_host_map *m, u64 from)
{
	struct slot *s = slot_at(m->addr), *other = slot_at(from);

	if (!s || !other || s == other || s->mfn != mfn_x(m->mfn))
		return -ENOENT;
	slot_clear(s);
	*s = *other;
	other->mfn = 0;
	return 1;
}

static const struct guest_ops ops = {
	.grant_map = slot_map,
	.grant_unmap = slot_unmap,
	.grant_move = slot_move,
};

/* ---- domains and continuations ---- */

struct domain *domain_get_by_id(domid_t id)
{
	struct domain *d = id < 2 ? domains[id] : NULL;

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
	REQUIRE(d->refs-- > 1);
}

bool domain_controls(const struct domain *caller, const struct domain *d)
{
	return caller == d || caller->is_privileged;
}

int domain_get_controlled(domid_t id, struct domain **d)
{
	*d = domain_get_self_or(id);
	if (!*d)
		return -ESRCH;
	if (domain_controls(current->domain, *d))
		return 0;
	domain_put(*d);
	return -EPERM;
}

static struct {
	bool asked;
	u64 a[5];
} restart;

static u32 preempt_pattern;

bool hypercall_preempt_check(void)
{
	preempt_pattern = preempt_pattern >> 1 | preempt_pattern << 31;
	return preempt_pattern & 1;
}

long hypercall_restart(unsigned int nr, HC_ARGS)
{
	restart.asked = true;
	restart.a[0] = a1;
	restart.a[1] = a2;
	restart.a[2] = a3;
	return 0;
}

static void call(hypercall_fn fn, u64 a1, u64 a2, u64 a3)
{
	unsigned int n = 0;

	do {
		restart.asked = false;
		fn(a1, a2, a3, 0, 0);
		REQUIRE(!shim_locks_held());
		a1 = restart.a[0];
		a2 = restart.a[1];
		a3 = restart.a[2];
	} while (restart.asked && ++n < MAX_RESTARTS);
}

/* ---- one input ---- */

static struct domain *make_domain(domid_t id, struct vcpu **v)
{
	struct domain *d = heap_zalloc(sizeof(*d));

	d->id = d->pages.domid = id;
	d->ops = &ops;
	d->is_privileged = id == 0;
	d->max_vcpus = 2;
	d->shared_info = page_alloc_zeroed();
	spin_lock_init(&d->lock, RANK_DOMAIN);
	spin_lock_init(&d->pages.lock, RANK_PAGES);
	*v = heap_zalloc(sizeof(**v));
	(*v)->domain = d;
	return d;
}

static void set_up_once(void)
{
	if (domains[0])
		return;
	shim_memory(FRAMES);
	ram_init(boot_info.e820, 1);
	frame_add_range(PAGE_SIZE, FRAMES * PAGE_SIZE);
	for (u32 i = 0; i < 2; i++)
		domains[i] = make_domain(i, &vcpus[i]);
}

static void begin(void)
{
	memset(guest, 0, sizeof(guest));
	for (u32 i = 0; i < 2; i++) {
		struct domain *d = domains[i];

		d->refs = 1;
		d->pages.max_pages = MAX_PAGES;
		REQUIRE(!grant_table_init(d, 2, 2, 2));
		for (u32 k = 0; k < OWN_PAGES; k++)
			own_mfn[i * OWN_PAGES + k] = mfn_x(page_to_mfn(
				owner_alloc_pages(&d->pages, 0, 0)));
	}
}

static void end(void)
{
	struct page *pg;

	for (u32 i = 0; i < 2; i++)
		while (grant_table_release_mappings(domains[i]) == -ERESTART)
			;
	for (u32 i = 0; i < NR_SLOTS; i++)
		slot_clear(&slots[i]);
	for (u32 i = 0; i < 2; i++) {
		struct domain *d = domains[i];

		grant_table_fini(d);
		while (owner_first_allocated(&d->pages, &pg)) {
			if (!pg)
				continue;
			(void)owner_release_page(&d->pages, pg);
			page_put(pg);
		}
		heap_free(d->e820);
		d->e820 = NULL;
		d->nr_e820 = 0;
		(void)reservation_claim(d, 0);
		REQUIRE(d->refs == 1);
		REQUIRE(!d->pages.nr_pages && !d->pages.xenheap_pages);
	}
}

struct step {
	u8 what, a;
	u16 offset;
	u8 bytes[12];
};

/*
 * An entry of the current domain's table, as its kernel would write it: bits 0
 * and 1 of `a` put a frame number where versions 1 and 2 have it.
 */
static void write_grant(const struct step *s)
{
	struct domain *d = current->domain;
	u64 to = s->offset % (PAGE_SIZE - sizeof(s->bytes));
	u32 frame = own_mfn[(s->a >> 2) % ARRAY_SIZE(own_mfn)];
	u8 *entry;
	mfn_t m;

	if (grant_table_frame(d, false, 0, &m))
		return;
	entry = (u8 *)mfn_to_virt(m) + to;
	memcpy(entry, s->bytes, sizeof(s->bytes));
	if (s->a & 3)
		memcpy(entry + (s->a & 1 ? 4 : 8), &frame, sizeof(frame));
}

static void do_step(const struct step *s)
{
	u64 at = GUEST_VA + s->offset % GUEST_BYTES;
	u64 mfn = own_mfn[s->a % ARRAY_SIZE(own_mfn)];

	switch (s->what % 7) {
	case 0:
		(void)guest_copy_to(at, s->bytes, sizeof(s->bytes));
		break;
	case 1: /* numbers that are hard to guess */
		(void)guest_copy_to(at, &mfn, s->bytes[0] & 1 ? 4 : 8);
		break;
	case 2:
		call(hc_memory_op, s->a % 32 | (u64)s->bytes[0] << 6, at, 0);
		break;
	case 3:
		call(hc_grant_table_op, s->a % 16, at, s->bytes[0] % 8);
		break;
	case 4:
		write_grant(s);
		break;
	case 5:
		current = vcpus[s->a & 1];
		vcpus[0]->id = vcpus[1]->id = s->a >> 1 & 1;
		break;
	default:
		slot_clear(&slots[s->a % NR_SLOTS]);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct step s;

	set_up_once();
	base_frames = frame_nr_free();
	base_heap = heap_bytes_used();
	begin();
	current = vcpus[0];
	preempt_pattern = size ? data[size - 1] * 0x01010101U : 0;
	for (u32 i = 0; i < MAX_STEPS && size >= sizeof(s); i++) {
		memcpy(&s, data, sizeof(s));
		data += sizeof(s);
		size -= sizeof(s);
		do_step(&s);
	}
	end();
	REQUIRE(heap_bytes_used() == base_heap);
	/* Heap pages that were new to this input stay with the heap. */
	REQUIRE(frame_nr_free() + 64 >= base_frames);
	return 0;
}
