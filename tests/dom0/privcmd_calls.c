// SPDX-License-Identifier: GPL-2.0-only
/* Stories of hypercalls: any, the device model's, their memory, their limits.
 */
#define _GNU_SOURCE
#include "privcmd.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <xen/memory.h>
#include <xen/version.h>

#define BAD_PTR	 ((void *)0xffff800000000000UL)
#define UNMAPPED ((void *)0x10000UL)

/* Could be wrong: an ioctl that is not known does something, or is EINVAL. */
void story_ioctls(void)
{
	static const unsigned long all[] = {
		IOCTL_PRIVCMD_HYPERCALL,    IOCTL_PRIVCMD_MMAP,
		IOCTL_PRIVCMD_MMAPBATCH,    IOCTL_PRIVCMD_MMAPBATCH_V2,
		IOCTL_PRIVCMD_DM_OP,	    IOCTL_PRIVCMD_RESTRICT,
		IOCTL_PRIVCMD_MMAP_RESOURCE
	};
	size_t i;

	CHECK_EQ(ctl(privcmd_fd, IOCTL_PRIVCMD_UNIMPLEMENTED, NULL), -ENOTTY);
	CHECK_EQ(ctl(privcmd_fd, 0x5401, NULL), -ENOTTY);
	CHECK_EQ(ctl(privcmd_fd, IOCTL_PRIVCMD_HYPERCALL + (8 << 16), NULL),
		 -ENOTTY);
	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		CHECK_EQ(ctl(privcmd_fd, all[i], NULL), -EFAULT);
		CHECK_EQ(ctl(privcmd_fd, all[i], UNMAPPED), -EFAULT);
		CHECK_EQ(ctl(privcmd_fd, all[i], BAD_PTR), -EFAULT);
	}
}

/* Could be wrong: arguments in the wrong places, a number beyond the table. */
void story_hypercall(void)
{
	char *text = hcall_mem(1);
	long version =
		hcall(__HYPERVISOR_xen_version, XENVER_version, 0, 0, 0, 0);
	static const uint64_t bad[] = { 64,	 127,	    128,       4096,
					1 << 20, 1UL << 31, 1UL << 32, ~0UL };
	size_t i;

	CHECK(version >= (4 << 16));
	CHECK_EQ(hcall(__HYPERVISOR_xen_version, XENVER_extraversion,
		       (uintptr_t)text, 0, 0, 0),
		 0);
	CHECK(text[0] != '\0');
	CHECK_EQ(hcall(__HYPERVISOR_xen_version, XENVER_extraversion,
		       (uintptr_t)UNMAPPED, 0, 0, 0),
		 -EFAULT);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK_EQ(hcall(bad[i], ~0UL, ~0UL, ~0UL, ~0UL, ~0UL), -ENOSYS);
	munmap(text, PAGE);
}

static void write_byte(void *p)
{
	*(volatile char *)p = 7;
}

/* Could be wrong: pages freed while a fork or the other part still has them. */
static void buffers_shared(void)
{
	char *p = hcall_mem(8), *moved;

	p[3 * PAGE] = 1;
	CHECK_EQ(child(write_byte, p + 3 * PAGE), 0);
	CHECK_EQ(p[3 * PAGE], 7);
	CHECK_EQ(munmap(p + 2 * PAGE, PAGE), 0); /* a hole: two VMAs */
	CHECK_EQ(p[3 * PAGE], 7);
	CHECK_EQ(munmap(p, 2 * PAGE), 0);
	p[7 * PAGE] = 9;
	moved = mremap(p + 3 * PAGE, 5 * PAGE, 5 * PAGE,
		       MREMAP_MAYMOVE | MREMAP_FIXED, p - 4096 * PAGE);
	CHECK(moved == p - 4096 * PAGE);
	if (moved != MAP_FAILED) {
		CHECK_EQ(moved[4 * PAGE], 9);
		CHECK(mremap(moved, 5 * PAGE, 9 * PAGE, MREMAP_MAYMOVE) ==
		      MAP_FAILED);
		munmap(moved, 5 * PAGE);
	}
}

/* Could be wrong: the limit of one file, or memory that it does not get back.
 */
static void buffers_limit(void)
{
	int fd = open("/dev/xen/hypercall", O_RDWR | O_CLOEXEC);
	const size_t big = 16 << 20;
	size_t i;
	void *p;

	p = mmap(NULL, 1UL << 40, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(p == MAP_FAILED && errno == ENOMEM);
	for (i = 0; i < 100; i++) { /* 1.6 GB, were it not given back */
		p = mmap(NULL, big, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		CHECK(p != MAP_FAILED);
		if (p == MAP_FAILED)
			break;
		munmap(p, big);
	}
	p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd); /* the map outlives the file */
	CHECK(p != MAP_FAILED);
	if (p != MAP_FAILED) {
		write_byte(p);
		munmap(p, PAGE);
	}
}

void story_buffers(void)
{
	void *p = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, buf_fd,
		       0);
	size_t i;
	char *m;

	CHECK(p == MAP_FAILED && errno == EINVAL);
	m = hcall_mem(4);
	for (i = 0; i < 4 * PAGE; i++)
		if (m[i])
			break;
	CHECK_EQ(i, 4 * PAGE);
	munmap(m, 4 * PAGE);
	buffers_shared();
	buffers_limit();
}

static long dm_op(unsigned int num, const privcmd_dm_op_buf_t *bufs)
{
	privcmd_dm_op_t op = { .dom = test_dom, .num = num, .ubufs = bufs };

	return ctl(privcmd_fd, IOCTL_PRIVCMD_DM_OP, &op);
}

/* Could be wrong: too many buffers, too big ones, buffers that are not there.
 */
void story_dm_op(void)
{
	static char mem[3 * PAGE];
	privcmd_dm_op_buf_t bufs[17];
	size_t i;
	long ret;

	for (i = 0; i < 17; i++) {
		bufs[i].uptr = mem + 100; /* across a page's end */
		bufs[i].size = PAGE;
	}
	CHECK_EQ(dm_op(0, NULL), 0);
	CHECK_EQ(dm_op(17, bufs), -E2BIG);
	CHECK_EQ(dm_op(65535, bufs), -E2BIG);
	CHECK_EQ(dm_op(1, BAD_PTR), -EFAULT);
	CHECK_EQ(dm_op(1, UNMAPPED), -EFAULT);
	ret = dm_op(1, bufs);
	/* It gets there; a PV domain has no device model. */
	CHECK(ret == -EINVAL || ret == -ENOSYS || ret == -EOPNOTSUPP);
	bufs[15].size = PAGE + 1;
	CHECK_EQ(dm_op(16, bufs), -E2BIG);
	bufs[15].size = ~0UL;
	CHECK_EQ(dm_op(16, bufs), -E2BIG);
	bufs[15].size = 8;
	bufs[15].uptr = UNMAPPED;
	CHECK_EQ(dm_op(16, bufs), -EFAULT);
	bufs[15].uptr = BAD_PTR;
	CHECK_EQ(dm_op(16, bufs), -EFAULT);
}

static long restrict_to(int fd, domid_t dom)
{
	return ctl(fd, IOCTL_PRIVCMD_RESTRICT, &dom);
}

static long resource_size_of(int fd, domid_t dom)
{
	privcmd_mmap_resource_t r = {
		.dom = dom,
		.type = XENMEM_resource_grant_table,
	};

	return ctl(fd, IOCTL_PRIVCMD_MMAP_RESOURCE, &r);
}

static void restricted_elsewhere(int fd)
{
	domid_t other = test_dom + 1;
	privcmd_dm_op_t op = { .dom = other };
	privcmd_mmap_t m = { .num = 1, .dom = other };
	privcmd_mmapbatch_t b = { .num = 1, .dom = other };
	privcmd_hypercall_t call = { .op = __HYPERVISOR_xen_version };
	int err;

	CHECK_EQ(ctl(fd, IOCTL_PRIVCMD_HYPERCALL, &call), -EPERM);
	CHECK_EQ(ctl(fd, IOCTL_PRIVCMD_DM_OP, &op), -EPERM);
	CHECK_EQ(ctl(fd, IOCTL_PRIVCMD_MMAP, &m), -EPERM);
	CHECK_EQ(ctl(fd, IOCTL_PRIVCMD_MMAPBATCH, &b), -EPERM);
	CHECK_EQ(map_v2(fd, NULL, other, frames, &err, 1), -EPERM);
	CHECK_EQ(map_v2(fd, NULL, DOMID_SELF, frames, &err, 1), -EPERM);
	CHECK_EQ(map_v2(fd, NULL, DOMID_IO, frames, &err, 1), -EPERM);
	CHECK_EQ(resource_size_of(fd, other), -EPERM);
}

/* Could be wrong: a way back, a way around, or a limit on the wrong file. */
void story_restrict(void)
{
	privcmd_hypercall_t call = { .op = __HYPERVISOR_xen_version };
	int fd = open_privcmd(), copy, err;
	void *p;

	CHECK_EQ(restrict_to(fd, DOMID_INVALID), -EINVAL);
	CHECK(ctl(fd, IOCTL_PRIVCMD_HYPERCALL, &call) > 0);
	CHECK_EQ(restrict_to(fd, test_dom), 0);
	CHECK_EQ(restrict_to(fd, test_dom), 0);
	CHECK_EQ(restrict_to(fd, test_dom + 1), -EINVAL);
	CHECK_EQ(restrict_to(fd, 0), -EINVAL);
	CHECK_EQ(restrict_to(fd, DOMID_INVALID), -EINVAL);
	restricted_elsewhere(fd);
	copy = dup(fd);
	restricted_elsewhere(copy);
	close(copy);
	p = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	CHECK(p != MAP_FAILED);
	CHECK_EQ(map_v2(fd, p, test_dom, frames, &err, 1), 0);
	CHECK_EQ(err, 0);
	CHECK_EQ(resource_size_of(fd, test_dom), 0);
	close(fd);
	CHECK_EQ(*(unsigned int *)p, 0); /* the map outlives the file */
	munmap(p, PAGE);
	CHECK(ctl(privcmd_fd, IOCTL_PRIVCMD_HYPERCALL, &call) > 0);
}
