// SPDX-License-Identifier: GPL-2.0-only
/*
 * Where the parts of a new guest go, in frames from 0 on:
 *
 *	kernel | initrd* | p2m* | start_info store console | tables | stack |
 *	slack to 4 MiB | initrd | p2m and its tables | the rest
 *
 * All to the end of the slack is mapped at the kernel's virtual base. The
 * starred places are for kernels that do not say that they can do without a
 * mapping of the initrd, or name no address for the P2M list.
 */
#include "build/pv.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

#define SLACK_FRAMES (512 >> 2) /* at least, behind the stack */
#define SLACK_ALIGN  (4096 >> 2)

static uint64_t frames_of(uint64_t bytes)
{
	return (bytes + XEN_PAGE_SIZE - 1) >> XEN_PAGE_SHIFT;
}

/* Tables of the level whose entries cover 1 << @shift bytes. */
static uint64_t spans(uint64_t va, uint64_t nr_pages, int shift)
{
	uint64_t last = va + (nr_pages << XEN_PAGE_SHIFT) - 1;

	return (last >> shift) - (va >> shift) + 1;
}

uint64_t pv_tables_count(uint64_t va, uint64_t nr_pages)
{
	return spans(va, nr_pages, 21) + spans(va, nr_pages, 30) +
	       spans(va, nr_pages, 39);
}

/* The tables map themselves, so that their number depends on itself. */
static void place_tables(const struct kernel *kernel, struct pv_layout *l,
			 uint64_t at)
{
	uint64_t need;

	l->tables = at;
	l->nr_tables = 4;
	for (;;) {
		l->stack = l->tables + l->nr_tables;
		l->mapped_end = l->stack + 1 + SLACK_FRAMES;
		l->mapped_end = (l->mapped_end + SLACK_ALIGN - 1) /
				SLACK_ALIGN * SLACK_ALIGN;
		need = 1 + pv_tables_count(kernel->virt_base, l->mapped_end);
		if (need <= l->nr_tables)
			return;
		l->nr_tables = need;
	}
}

static int judge(const struct pv_image *image, const struct pv_layout *l,
		 char *why)
{
	uint64_t mapped = l->mapped_end << XEN_PAGE_SHIFT, need;
	const struct kernel *kernel = &image->kernel;

	need = l->used_end > l->mapped_end ? l->used_end : l->mapped_end;
	if (need > image->nr_pages) {
		snprintf(why, PV_WHY_MAX,
			 "memory = %llu is too little: the kernel and its "
			 "initrd need %llu MiB to start",
			 (unsigned long long)image->nr_pages >> 8,
			 (unsigned long long)(need + 255) >> 8);
		return -ENOSPC;
	}
	if (mapped - 1 > ~kernel->virt_base) {
		snprintf(why, PV_WHY_MAX,
			 "the kernel and what it needs to start do not fit "
			 "into its address space");
		return -ENOSPC;
	}
	if (kernel->init_p2m &&
	    kernel->init_p2m >> 39 == kernel->virt_base >> 39) {
		snprintf(why, PV_WHY_MAX,
			 "the kernel wants its P2M list at 0x%llx, in the same "
			 "512 GiB as itself",
			 (unsigned long long)kernel->init_p2m);
		return -ENOSPC;
	}
	return 0;
}

int pv_layout(const struct pv_image *image, struct pv_layout *l, char *why)
{
	const struct kernel *kernel = &image->kernel;
	uint64_t at = frames_of(kernel->paddr_end);

	memset(l, 0, sizeof(*l));
	l->kernel_end = at;
	l->nr_initrd = frames_of(image->initrd_bytes);
	l->nr_p2m = frames_of(image->nr_pages * sizeof(xen_pfn_t));
	if (!kernel->initrd_unmapped) {
		l->initrd = at;
		at += l->nr_initrd;
	}
	if (!kernel->init_p2m) {
		l->p2m = at;
		at += l->nr_p2m;
	}
	l->start_info = at++;
	l->store = at++;
	l->console = at++;
	place_tables(kernel, l, at);
	at = l->mapped_end;
	if (kernel->initrd_unmapped) {
		l->initrd = at;
		at += l->nr_initrd;
	}
	if (kernel->init_p2m) {
		l->p2m = at;
		l->nr_p2m_tables = pv_tables_count(kernel->init_p2m, l->nr_p2m);
		at += l->nr_p2m + l->nr_p2m_tables;
	}
	l->used_end = at;
	return judge(image, l, why);
}
