/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A paravirtual guest's memory and first vcpu, from its kernel and initrd.
 *
 *	struct pv_image		what goes in: files, command line, size
 *	struct pv_layout	where it goes: pseudo-physical frames
 *
 * The layout is worked out and judged before there is a domain, so that a
 * guest that cannot be built costs nothing.
 */
#ifndef BUILD_PV_H
#define BUILD_PV_H

#include "build/kernel.h"
#include "lib/xen.h"

#define PV_WHY_MAX     512
#define PV_CMDLINE_MAX 1024 /* MAX_GUEST_CMDLINE of xen.h, with the NUL */

struct pv_image {
	struct kernel kernel;
	int initrd_fd; /* -1: none */
	size_t initrd_bytes;
	char cmdline[PV_CMDLINE_MAX];
	uint64_t nr_pages;
};

/* All in frames; first frame and number of each part. */
struct pv_layout {
	uint64_t kernel_end;
	uint64_t initrd, nr_initrd;
	uint64_t p2m, nr_p2m, nr_p2m_tables; /* tables follow the list */
	uint64_t start_info, store, console;
	uint64_t tables, nr_tables; /* the first one is the L4 */
	uint64_t stack;
	uint64_t mapped_end; /* [0, this) is seen from virt_base on */
	uint64_t used_end; /* what the guest must have at least */
};

struct pv_guest {
	const struct pv_image *image;
	struct pv_layout layout;
	uint32_t domid;
	unsigned int store_port, console_port;
	xen_pfn_t *p2m; /* machine frame of each frame, once populated */
	unsigned long store_mfn, console_mfn; /* the result */
};

/** pv_image_open() - @why gets the path too. Return: 0 or -errno. */
int pv_image_open(struct pv_image *image, const char *kernel,
		  const char *ramdisk, char *why);
void pv_image_close(struct pv_image *image);

/**
 * pv_layout() - place everything.
 * Return: 0, or -ENOSPC with @why when the guest has too little memory.
 */
int pv_layout(const struct pv_image *image, struct pv_layout *layout,
	      char *why);

/**
 * pv_populate() - give the new domain its memory.
 * Return: 0, -ENOMEM when the host has not enough, -errno.
 */
int pv_populate(struct pv_guest *guest);

/**
 * pv_build() - fill memory, tables and vcpu 0 of a populated domain, and grant
 * its store and console pages to dom0.
 * @why: PV_WHY_MAX bytes, on failure the step that failed.
 * Return: 0 or -errno.
 */
int pv_build(struct pv_guest *guest, char *why);

/* Parts of it, for each other. */

/** pv_tables_count() - tables for @bytes from @va on, without an L4. */
uint64_t pv_tables_count(uint64_t va, uint64_t nr_pages);

/** pv_write_tables() - fill all page tables; 0 or -errno. */
int pv_write_tables(const struct pv_guest *guest);

/** pv_copy() - as memcpy(), in wide steps; both may be unaligned. */
void pv_copy(void *to, const void *from, size_t bytes);

#endif
