// SPDX-License-Identifier: GPL-2.0-only
/*
 * Building a paravirtual guest from dom0: memory, contents, page tables, vcpu.
 * Every mapping of a frame that becomes a page table is gone before the L4 is
 * pinned, or the hypervisor would refuse it as writable from here.
 */
#include "build/pv.h"
#include "lib/foreign.h"
#include "lib/hypercall.h"
#include <emmintrin.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LARGE_ORDER  9
#define LARGE_FRAMES (1ul << LARGE_ORDER)
#define BATCH	     1024u
#define VCPUS_LEGACY XEN_LEGACY_MAX_VCPUS

/* asm/xen headers of guests name these; the tools' have no numbers for them. */
#define GRANT_CONSOLE	 0
#define GRANT_STORE	 1
#define FLAT_KERNEL_CODE 0xe033
#define FLAT_KERNEL_DATA 0xe02b
#define FLAGS_IF	 0x200
#define DR6_DEFAULT	 0xffff0ff0ul
#define DR7_DEFAULT	 0x400ul

static int open_initrd(struct pv_image *image, const char *path, char *why)
{
	struct stat st;

	image->initrd_fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (image->initrd_fd < 0 || fstat(image->initrd_fd, &st)) {
		snprintf(why, PV_WHY_MAX, "ramdisk '%s': %s", path,
			 strerror(errno));
		return -errno;
	}
	if (!S_ISREG(st.st_mode)) {
		snprintf(why, PV_WHY_MAX, "ramdisk '%s' is not a file", path);
		return -EINVAL;
	}
	image->initrd_bytes = st.st_size;
	return 0;
}

int pv_image_open(struct pv_image *image, const char *kernel,
		  const char *ramdisk, char *why)
{
	char detail[KERNEL_WHY_MAX];
	int err;

	image->initrd_fd = -1;
	image->initrd_bytes = 0;
	err = kernel_open(kernel, &image->kernel, detail);
	if (err) {
		snprintf(why, PV_WHY_MAX, "kernel '%s'%s %s", kernel,
			 err == -ENOEXEC || err == -ENOTSUP || err == -EBADMSG ?
				 "" :
				 ":",
			 *detail ? detail : strerror(-err));
		return err;
	}
	err = ramdisk && *ramdisk ? open_initrd(image, ramdisk, why) : 0;
	if (err)
		pv_image_close(image);
	return err;
}

void pv_image_close(struct pv_image *image)
{
	kernel_close(&image->kernel);
	if (image->initrd_fd >= 0)
		close(image->initrd_fd);
	image->initrd_fd = -1;
}

void pv_copy(void *to, const void *from, size_t bytes)
{
	const char *f = from;
	char *t = to;
	__m128i a, b, c, d;

	for (; bytes >= 64; bytes -= 64, f += 64, t += 64) {
		a = _mm_loadu_si128((const __m128i *)f);
		b = _mm_loadu_si128((const __m128i *)(f + 16));
		c = _mm_loadu_si128((const __m128i *)(f + 32));
		d = _mm_loadu_si128((const __m128i *)(f + 48));
		_mm_storeu_si128((__m128i *)t, a);
		_mm_storeu_si128((__m128i *)(t + 16), b);
		_mm_storeu_si128((__m128i *)(t + 32), c);
		_mm_storeu_si128((__m128i *)(t + 48), d);
	}
	memcpy(t, f, bytes);
}

/*
 * Ask for @count extents of @order whose first frames are @pfns (an exchange
 * buffer of BATCH); they become machine frames. How many came, or -errno.
 */
static long populate_batch(uint32_t domid, xen_pfn_t *pfns, unsigned int count,
			   unsigned int order)
{
	struct xen_memory_reservation op = {
		.nr_extents = count,
		.extent_order = order,
		.domid = domid,
	};

	set_xen_guest_handle(op.extent_start, pfns);
	return hypercall_memory(XENMEM_populate_physmap, &op, sizeof(op));
}

/* [@pfn, @end) in extents of @order; where it got to is returned in *@pfn. */
static int populate_range(struct pv_guest *guest, xen_pfn_t *buffer,
			  uint64_t *pfn, uint64_t end, unsigned int order)
{
	uint64_t step = 1ul << order, i, k;
	unsigned int count;
	long done;

	while (*pfn + step <= end) {
		for (count = 0; count < BATCH; count++) {
			if (*pfn + (count + 1) * step > end)
				break;
			buffer[count] = *pfn + count * step;
		}
		done = populate_batch(guest->domid, buffer, count, order);
		if (done < 0)
			return done;
		for (i = 0; i < (uint64_t)done; i++)
			for (k = 0; k < step; k++)
				guest->p2m[*pfn + i * step + k] = buffer[i] + k;
		*pfn += done * step;
		if (done < (long)count)
			return -ENOMEM;
	}
	return 0;
}

int pv_populate(struct pv_guest *guest)
{
	uint64_t end = guest->image->nr_pages, pfn = 0;
	xen_pfn_t *buffer;
	int err;

	guest->p2m = calloc(end, sizeof(*guest->p2m));
	buffer = hypercall_buffer(BATCH * sizeof(*buffer));
	if (!guest->p2m || !buffer) {
		hypercall_buffer_free(buffer);
		return -ENOMEM;
	}
	/* A host that has no large pieces left still has small ones. */
	err = populate_range(guest, buffer, &pfn, end, LARGE_ORDER);
	if (!err || err == -ENOMEM)
		err = populate_range(guest, buffer, &pfn, end, 0);
	hypercall_buffer_free(buffer);
	return err;
}

/* Zero the part of the first page before @segment, unless others are there. */
static uint64_t head_bytes(const struct kernel *kernel,
			   const struct kernel_segment *segment)
{
	uint64_t head = segment->paddr & (XEN_PAGE_SIZE - 1);
	uint64_t page = segment->paddr - head;
	unsigned int i;

	for (i = 0; i < kernel->nr_segments; i++)
		if (kernel->segments + i != segment &&
		    kernel->segments[i].paddr < segment->paddr &&
		    kernel->segments[i].paddr + kernel->segments[i].mem_bytes >
			    page)
			return 0;
	return head;
}

static int load_segment(struct pv_guest *guest,
			const struct kernel_segment *segment)
{
	const struct kernel *kernel = &guest->image->kernel;
	uint64_t offset = segment->paddr & (XEN_PAGE_SIZE - 1), count, head;
	uint64_t pfn = segment->paddr >> XEN_PAGE_SHIFT;
	char *map;

	count = (offset + segment->mem_bytes + XEN_PAGE_SIZE - 1) >>
		XEN_PAGE_SHIFT;
	map = foreign_map(guest->domid, guest->p2m + pfn, count);
	if (!map)
		return -errno;
	head = head_bytes(kernel, segment);
	memset(map + offset - head, 0, head);
	pv_copy(map + offset, kernel->elf + segment->offset,
		segment->file_bytes);
	memset(map + offset + segment->file_bytes, 0,
	       (count << XEN_PAGE_SHIFT) - offset - segment->file_bytes);
	foreign_unmap(map, count);
	return 0;
}

static int load_kernel(struct pv_guest *guest)
{
	const struct kernel *kernel = &guest->image->kernel;
	unsigned int i;
	int err = 0;

	/* By address, so that zeroes of one never meet bytes of the next. */
	for (i = 0; !err && i < kernel->nr_segments; i++)
		err = load_segment(guest, kernel->segments + i);
	return err;
}

static int load_initrd(struct pv_guest *guest)
{
	const struct pv_image *image = guest->image;
	const struct pv_layout *l = &guest->layout;
	size_t done = 0;
	ssize_t got = 1;
	char *map;

	if (!l->nr_initrd)
		return 0;
	map = foreign_map(guest->domid, guest->p2m + l->initrd, l->nr_initrd);
	if (!map)
		return -errno;
	while (done < image->initrd_bytes && got > 0) {
		got = pread(image->initrd_fd, map + done,
			    image->initrd_bytes - done, done);
		if (got > 0)
			done += got;
	}
	memset(map + done, 0, (l->nr_initrd << XEN_PAGE_SHIFT) - done);
	foreign_unmap(map, l->nr_initrd);
	return done == image->initrd_bytes ? 0 : -EIO;
}

static int write_p2m(struct pv_guest *guest)
{
	const struct pv_layout *l = &guest->layout;
	size_t bytes = guest->image->nr_pages * sizeof(*guest->p2m);
	char *map;

	map = foreign_map(guest->domid, guest->p2m + l->p2m, l->nr_p2m);
	if (!map)
		return -errno;
	pv_copy(map, guest->p2m, bytes);
	memset(map + bytes, 0xff, (l->nr_p2m << XEN_PAGE_SHIFT) - bytes);
	foreign_unmap(map, l->nr_p2m);
	return 0;
}

static int shared_info_mfn(uint32_t domid, xen_pfn_t *mfn)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getdomaininfo,
				 .domain = domid };
	int err = hypercall_domctl(&op);

	*mfn = op.u.getdomaininfo.shared_info_frame;
	return err;
}

static uint64_t va_of(const struct pv_guest *guest, uint64_t pfn)
{
	return guest->image->kernel.virt_base + (pfn << XEN_PAGE_SHIFT);
}

static void fill_start_info(const struct pv_guest *guest, start_info_t *info,
			    xen_pfn_t shared)
{
	const struct kernel *kernel = &guest->image->kernel;
	const struct pv_layout *l = &guest->layout;

	strcpy(info->magic, "xen-3.0-x86_64");
	info->nr_pages = guest->image->nr_pages;
	info->shared_info = shared << XEN_PAGE_SHIFT;
	info->store_mfn = guest->store_mfn;
	info->store_evtchn = guest->store_port;
	info->console.domU.mfn = guest->console_mfn;
	info->console.domU.evtchn = guest->console_port;
	info->pt_base = va_of(guest, l->tables);
	info->nr_pt_frames = l->nr_tables;
	if (kernel->init_p2m) {
		info->mfn_list = kernel->init_p2m;
		info->first_p2m_pfn = l->p2m;
		info->nr_p2m_frames = l->nr_p2m + l->nr_p2m_tables;
	} else {
		info->mfn_list = va_of(guest, l->p2m);
	}
	if (l->nr_initrd) {
		info->mod_len = guest->image->initrd_bytes;
		info->mod_start = kernel->initrd_unmapped ?
					  l->initrd :
					  va_of(guest, l->initrd);
		if (kernel->initrd_unmapped)
			info->flags |= SIF_MOD_START_PFN;
	}
	strcpy((char *)info->cmd_line, guest->image->cmdline);
}

/* start_info, and empty pages for the rings of store and console. */
static int write_pages(struct pv_guest *guest)
{
	const struct pv_layout *l = &guest->layout;
	xen_pfn_t shared;
	char *map;
	int err;

	err = shared_info_mfn(guest->domid, &shared);
	if (err)
		return err;
	/* The three follow each other. */
	map = foreign_map(guest->domid, guest->p2m + l->start_info, 3);
	if (!map)
		return -errno;
	memset(map, 0, 3 * XEN_PAGE_SIZE);
	fill_start_info(guest, (start_info_t *)map, shared);
	foreign_unmap(map, 3);
	return 0;
}

static int write_shared_info(const struct pv_guest *guest)
{
	shared_info_t *info;
	xen_pfn_t mfn;
	int i, err;

	err = shared_info_mfn(guest->domid, &mfn);
	if (err)
		return err;
	info = foreign_map(guest->domid, &mfn, 1);
	if (!info)
		return -errno;
	memset(info, 0, XEN_PAGE_SIZE);
	for (i = 0; i < VCPUS_LEGACY; i++)
		info->vcpu_info[i].evtchn_upcall_mask = 1;
	foreign_unmap(info, 1);
	return 0;
}

/* Kernels that call through a page have it filled by the hypervisor. */
static int init_hypercall_page(const struct pv_guest *guest)
{
	const struct kernel *kernel = &guest->image->kernel;
	struct xen_domctl op = { .cmd = XEN_DOMCTL_hypercall_init,
				 .domain = guest->domid };
	uint64_t pfn;

	if (!kernel->hypercall_page)
		return 0;
	pfn = (kernel->hypercall_page - kernel->virt_base) >> XEN_PAGE_SHIFT;
	if (pfn >= guest->layout.kernel_end)
		return -EINVAL;
	op.u.hypercall_init.gmfn = guest->p2m[pfn];
	return hypercall_domctl(&op);
}

static int pin_tables(const struct pv_guest *guest)
{
	struct mmuext_op op = { .cmd = MMUEXT_PIN_L4_TABLE };

	op.arg1.mfn = guest->p2m[guest->layout.tables];
	return hypercall_mmuext(&op, 1, guest->domid);
}

static int start_vcpu(const struct pv_guest *guest)
{
	const struct pv_layout *l = &guest->layout;
	struct xen_domctl op = { .cmd = XEN_DOMCTL_setvcpucontext,
				 .domain = guest->domid };
	vcpu_guest_context_t *c = hypercall_buffer(sizeof(*c));
	int err;

	if (!c)
		return -ENOMEM;
	c->flags = VGCF_in_kernel | VGCF_online;
	c->user_regs.rip = guest->image->kernel.entry;
	c->user_regs.rsp = va_of(guest, l->stack + 1);
	c->user_regs.rsi = va_of(guest, l->start_info);
	c->user_regs.rflags = FLAGS_IF;
	c->user_regs.cs = FLAT_KERNEL_CODE;
	c->user_regs.ss = FLAT_KERNEL_DATA;
	c->kernel_ss = c->user_regs.ss;
	c->kernel_sp = c->user_regs.rsp;
	c->ctrlreg[3] = guest->p2m[l->tables] << XEN_PAGE_SHIFT;
	c->debugreg[6] = DR6_DEFAULT;
	c->debugreg[7] = DR7_DEFAULT;
	set_xen_guest_handle(op.u.vcpucontext.ctxt, c);
	err = hypercall_domctl(&op);
	hypercall_buffer_free(c);
	return err;
}

/* dom0 maps both rings by grant; the entries' numbers are fixed. */
static int seed_grants(const struct pv_guest *guest)
{
	const struct pv_layout *l = &guest->layout;
	struct foreign_resource *resource;
	grant_entry_v1_t *table;

	table = foreign_grant_table(guest->domid, &resource);
	if (!table)
		return -errno;
	table[GRANT_CONSOLE].frame = guest->p2m[l->console];
	table[GRANT_STORE].frame = guest->p2m[l->store];
	__sync_synchronize();
	table[GRANT_CONSOLE].flags = GTF_permit_access;
	table[GRANT_STORE].flags = GTF_permit_access;
	foreign_grant_table_unmap(resource);
	return 0;
}

int pv_build(struct pv_guest *guest, char *why)
{
	const struct pv_layout *l = &guest->layout;
	int err;

	guest->store_mfn = guest->p2m[l->store];
	guest->console_mfn = guest->p2m[l->console];
	snprintf(why, PV_WHY_MAX, "loading the kernel");
	err = load_kernel(guest);
	if (!err) {
		snprintf(why, PV_WHY_MAX, "loading the ramdisk");
		err = load_initrd(guest);
	}
	if (!err) {
		snprintf(why, PV_WHY_MAX, "writing its start page");
		err = write_pages(guest);
	}
	if (!err) {
		snprintf(why, PV_WHY_MAX, "writing its page tables");
		err = write_p2m(guest);
	}
	if (!err)
		err = pv_write_tables(guest);
	if (!err)
		err = init_hypercall_page(guest);
	if (!err)
		err = pin_tables(guest);
	if (!err) {
		snprintf(why, PV_WHY_MAX, "starting its first vcpu");
		err = write_shared_info(guest);
	}
	if (!err)
		err = start_vcpu(guest);
	if (!err) {
		snprintf(why, PV_WHY_MAX, "granting its rings");
		err = seed_grants(guest);
	}
	return err;
}
