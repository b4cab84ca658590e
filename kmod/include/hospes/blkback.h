/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * /dev/hospes-blkback: how a toolstack hands image files and a control group
 * to the block backend. Shared by the module and by programs.
 *
 * A disk is named by its backend directory in xenstore, as in
 * "backend/vbd/3/51712" (below the backend's /local/domain/N/). It may be
 * named before the directory exists: the file then waits for it as long as
 * the control device stays open. From then on the file belongs to the xenbus
 * device and is closed when that goes away, not when a frontend disconnects.
 */
#ifndef HOSPES_BLKBACK_H
#define HOSPES_BLKBACK_H

#include <linux/ioctl.h>
#include <linux/types.h>

#define HOSPES_BLKBACK_DEVICE  "/dev/hospes-blkback"
#define HOSPES_BLKBACK_VERSION 1
#define HOSPES_BLKBACK_NAME    64

/* How reads of an image file are served. */
enum hospes_blkback_cache {
	/* From dom0's page cache where it holds the data, else direct. */
	HOSPES_BLKBACK_CACHE_AUTO = 0,
	/* Always direct. */
	HOSPES_BLKBACK_CACHE_NONE = 1,
	/* Through the page cache, which fills with what the guest reads. */
	HOSPES_BLKBACK_CACHE_READ = 2,
};

struct hospes_blkback_attach {
	__u32 version; /* HOSPES_BLKBACK_VERSION */
	__s32 fd; /* a regular file; readable, and writable unless "r" */
	__u32 cache; /* enum hospes_blkback_cache */
	__u32 flags; /* 0 */
	char name[HOSPES_BLKBACK_NAME];
};

struct hospes_blkback_name {
	__u32 version;
	__u32 flags; /* 0 */
	char name[HOSPES_BLKBACK_NAME];
};

/*
 * ATTACH  EBADF the descriptor; EINVAL version, flags or name; EISDIR, ENOTBLK
 *         not a regular file; EACCES not open for reading; EBUSY the disk has
 *         a backing store already; ENOSPC too many names wait for a disk.
 * CGROUP  the I/O of the disk is accounted to the caller's control group;
 *         ENODEV no such disk.
 * REFRESH look at the size of the backing store now; ENODEV no such disk.
 */
#define HOSPES_BLKBACK_ATTACH  _IOW('H', 0x60, struct hospes_blkback_attach)
#define HOSPES_BLKBACK_CGROUP  _IOW('H', 0x61, struct hospes_blkback_name)
#define HOSPES_BLKBACK_REFRESH _IOW('H', 0x62, struct hospes_blkback_name)

#endif
