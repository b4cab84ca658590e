// SPDX-License-Identifier: GPL-2.0-only
/*
 * The heap: objects of a few sizes cut from single frames (slabs), and whole
 * frames for what is larger.
 *
 * struct page of a heap frame: type says which kind (magic and class), aux the
 * order of a large object, next and prev link slabs with room. A slab begins
 * with its header; free objects in it are chained by their index.
 *
 * All memory is below 64 GiB, so that an owner fits into page.owner.
 */
#include "debug/log.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/page.h"

#define HEAP_ADDR_BITS 36
#define MAGIC_SLAB     0x51ab0000U /* | class */
#define MAGIC_LARGE    0x1a46e000U
#define NO_OBJECT      0xffff

struct slab {
	u16 first_free; /* offset in the frame, or NO_OBJECT */
	u16 nr_free;
	u16 pad[6];
};

static const u16 class_size[] = { 16,  32,  48,	 64,  96,   128,  192, 240,
				  336, 448, 576, 800, 1008, 1360, 2032 };

#define NR_CLASSES ARRAY_SIZE(class_size)

static spinlock_t lock = SPINLOCK_INIT(RANK_HEAP);
static u32 with_room[NR_CLASSES]; /* slabs' frame numbers, under lock */
static u64 bytes_used; /* atomic */

static unsigned int class_of(size_t size)
{
	unsigned int c = 0;

	while (class_size[c] < size)
		c++;
	return c;
}

static unsigned int capacity(unsigned int class)
{
	return (PAGE_SIZE - sizeof(struct slab)) / class_size[class];
}

static void room_link(struct page *pg, unsigned int class)
{
	pg->prev = 0;
	pg->next = with_room[class];
	if (pg->next)
		frame_table[pg->next].prev = pg - frame_table;
	with_room[class] = pg - frame_table;
}

static void room_unlink(struct page *pg, unsigned int class)
{
	if (pg->prev)
		frame_table[pg->prev].next = pg->next;
	else
		with_room[class] = pg->next;
	if (pg->next)
		frame_table[pg->next].prev = pg->prev;
}

/* A fresh slab, not linked. */
static struct page *slab_create(unsigned int class)
{
	mfn_t m = frame_alloc(0, HEAP_ADDR_BITS);
	unsigned int i, size = class_size[class];
	struct slab *s;

	if (mfn_eq(m, INVALID_MFN))
		return NULL;
	s = mfn_to_virt(m);
	*s = (struct slab){ sizeof(*s), capacity(class), { 0 } };
	for (i = 0; i < s->nr_free; i++) {
		u16 at = sizeof(*s) + i * size;

		*(u16 *)((char *)s + at) = i + 1 < s->nr_free ? at + size :
								NO_OBJECT;
	}
	mfn_to_page(m)->type = MAGIC_SLAB | class;
	return mfn_to_page(m);
}

/* Under lock. @pg has room. */
static void *slab_take(struct page *pg, unsigned int class)
{
	struct slab *s = mfn_to_virt(page_to_mfn(pg));
	void *p = (char *)s + s->first_free;

	s->first_free = *(u16 *)p;
	if (!--s->nr_free)
		room_unlink(pg, class);
	__atomic_fetch_add(&bytes_used, class_size[class], __ATOMIC_RELAXED);
	return p;
}

static void *alloc_small(unsigned int class)
{
	struct page *fresh;
	void *p = NULL;

	spin_lock(&lock);
	if (with_room[class])
		p = slab_take(&frame_table[with_room[class]], class);
	spin_unlock(&lock);
	if (p)
		return p;
	fresh = slab_create(class);
	if (!fresh)
		return NULL;
	spin_lock(&lock);
	room_link(fresh, class);
	p = slab_take(fresh, class);
	spin_unlock(&lock);
	return p;
}

static void *alloc_large(size_t size)
{
	u64 nr = DIV_ROUND_UP(size, PAGE_SIZE);
	unsigned int order = nr > 1 ? 64 - __builtin_clzl(nr - 1) : 0;
	struct page *pg;
	mfn_t m;

	m = frame_alloc(order, HEAP_ADDR_BITS);
	if (mfn_eq(m, INVALID_MFN))
		return NULL;
	pg = mfn_to_page(m);
	pg->type = MAGIC_LARGE;
	pg->aux = order;
	__atomic_fetch_add(&bytes_used, PAGE_SIZE << order, __ATOMIC_RELAXED);
	return mfn_to_virt(m);
}

void *heap_alloc(size_t size)
{
	if (size > PAGE_SIZE << FRAME_MAX_ORDER)
		return NULL;
	if (size <= class_size[NR_CLASSES - 1])
		return alloc_small(class_of(size));
	return alloc_large(size);
}

void *heap_zalloc(size_t size)
{
	void *p = heap_alloc(size);

	if (p)
		memset(p, 0, size);
	return p;
}

void *heap_zalloc_array(size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		return NULL;
	return heap_zalloc(bytes);
}

static void free_small(struct page *pg, void *p, unsigned int class)
{
	struct slab *s = mfn_to_virt(page_to_mfn(pg));
	bool empty;

	spin_lock(&lock);
	*(u16 *)p = s->first_free;
	s->first_free = (char *)p - (char *)s;
	if (!s->nr_free++)
		room_link(pg, class);
	__atomic_fetch_sub(&bytes_used, class_size[class], __ATOMIC_RELAXED);
	/* None is kept: what was taken for a domain is free when it is gone. */
	empty = s->nr_free == capacity(class);
	if (empty)
		room_unlink(pg, class);
	spin_unlock(&lock);
	if (empty) {
		pg->type = 0;
		frame_free(page_to_mfn(pg), 0);
	}
}

void heap_free(void *p)
{
	struct page *pg;
	unsigned int order;

	if (!p)
		return;
	pg = mfn_to_page(virt_to_mfn(p));
	if (pg->type != MAGIC_LARGE) {
		BUG_ON((pg->type & ~0xfU) != MAGIC_SLAB);
		free_small(pg, p, pg->type & 0xf);
		return;
	}
	BUG_ON((u64)p & (PAGE_SIZE - 1));
	order = pg->aux;
	pg->type = pg->aux = 0;
	__atomic_fetch_sub(&bytes_used, PAGE_SIZE << order, __ATOMIC_RELAXED);
	frame_free(virt_to_mfn(p), order);
}

u64 heap_bytes_used(void)
{
	return __atomic_load_n(&bytes_used, __ATOMIC_RELAXED);
}
