// SPDX-License-Identifier: GPL-2.0-only
/*
 * malloc and free as the decompression libraries call them, and contiguous
 * buffers of any length.
 *
 * The large requests (XZ: a dictionary of 32 MiB) take whole frames: a block of
 * the next power of two whose tail goes back at once. One frame in front holds
 * the length. Small ones come from the heap, marked by a header of 16 bytes.
 */
#include "boot/decompress.h"

#include "debug/log.h"
#include "lib/string.h"
#include "mm/frame.h"

#define LARGE_BYTES KIB(64)
#define HEADER	    16 /* keeps the alignment of what follows */

/* The last 16 bytes before every pointer that malloc returns. */
struct alloc_header {
	u64 nr_frames; /* 0: from the heap */
	u64 bytes;
};

_Static_assert(sizeof(struct alloc_header) == HEADER, "malloc alignment");

static u64 bytes_out;
static bool failed;

/* The C names are the libraries' side of the interface. */
void *malloc(size_t bytes);
void *calloc(size_t n, size_t bytes);
void free(void *p);
void __stack_chk_fail(void) __noreturn;
u64 ZSTD_trace_decompress_begin(const void *dctx);
void ZSTD_trace_decompress_end(u64 ctx, const void *trace);

void boot_frames_free(mfn_t first, u64 nr)
{
	while (nr) {
		u64 at = mfn_x(first);
		unsigned int order = 63 - __builtin_clzll(nr);

		if (at && __builtin_ctzll(at) < (int)order)
			order = __builtin_ctzll(at);
		order = MIN(order, (unsigned int)FRAME_MAX_ORDER);
		frame_free(first, order);
		first = mfn_add(first, 1UL << order);
		nr -= 1UL << order;
	}
}

mfn_t boot_frames_alloc(u64 nr, unsigned int addr_bits)
{
	unsigned int order = 0;
	mfn_t m;

	while (order <= FRAME_MAX_ORDER && 1UL << order < nr)
		order++;
	if (order > FRAME_MAX_ORDER)
		return INVALID_MFN;
	m = frame_alloc(order, addr_bits);
	if (!mfn_eq(m, INVALID_MFN))
		boot_frames_free(mfn_add(m, nr), (1UL << order) - nr);
	return m;
}

static void *malloc_frames(size_t bytes)
{
	struct alloc_header *h;
	u64 nr;
	mfn_t m;

	nr = 1 + DIV_ROUND_UP(bytes, PAGE_SIZE);
	m = boot_frames_alloc(nr, 0);
	if (mfn_eq(m, INVALID_MFN))
		return NULL;
	h = mfn_to_virt(mfn_add(m, 1));
	h[-1] = (struct alloc_header){ .nr_frames = nr, .bytes = bytes };
	return h;
}

void *malloc(size_t bytes)
{
	struct alloc_header *h;
	void *p;

	if (bytes >= LARGE_BYTES) {
		p = bytes < GIB(1) ? malloc_frames(bytes) : NULL;
	} else {
		h = heap_alloc(bytes + HEADER);
		if (h)
			*h = (struct alloc_header){ .bytes = bytes };
		p = h ? h + 1 : NULL;
	}
	if (p)
		bytes_out += bytes;
	else
		failed = true;
	return p;
}

void *calloc(size_t n, size_t bytes)
{
	size_t all;
	void *p;

	if (__builtin_mul_overflow(n, bytes, &all))
		return NULL;
	p = malloc(all);
	if (p)
		memset(p, 0, all);
	return p;
}

void free(void *p)
{
	struct alloc_header *h = p;

	if (!p)
		return;
	bytes_out -= h[-1].bytes;
	if (h[-1].nr_frames)
		boot_frames_free(mfn_add(virt_to_mfn(p), -1ULL),
				 h[-1].nr_frames);
	else
		heap_free(h - 1);
}

void __stack_chk_fail(void)
{
	panic("dom0: the decompressor overran its stack");
}

bool decompress_alloc_end(void)
{
	bool ret = failed;

	if (bytes_out)
		pr_warn("dom0: the decompressor kept %lu bytes", bytes_out);
	bytes_out = 0;
	failed = false;
	return ret;
}

/*
 * zstd calls these when they exist: weak references, whose address 0 is out of
 * reach of a call from our end of the address space. 0: no trace.
 */
u64 ZSTD_trace_decompress_begin(const void *dctx)
{
	return 0;
}

void ZSTD_trace_decompress_end(u64 ctx, const void *trace)
{
}
