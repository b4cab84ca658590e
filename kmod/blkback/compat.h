/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels that blkback is built for: 6.1 and 6.12. */
#ifndef HOSPES_BLKBACK_COMPAT_H
#define HOSPES_BLKBACK_COMPAT_H

#include <linux/blkdev.h>
#include <linux/version.h>

/* A block device that is open: what closes it. */
struct bdev_opened {
	struct block_device *bdev;
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
	fmode_t mode;
#else
	struct file *file;
#endif
};

/* Not exclusive. 0 or -errno. */
static inline int bdev_open_by_dev(struct bdev_opened *o, dev_t dev, bool write)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
	o->mode = FMODE_READ | (write ? FMODE_WRITE : 0);
	o->bdev = blkdev_get_by_dev(dev, o->mode, NULL);
	return PTR_ERR_OR_ZERO(o->bdev);
#else
	o->file = bdev_file_open_by_dev(
		dev, BLK_OPEN_READ | (write ? BLK_OPEN_WRITE : 0), NULL, NULL);
	if (IS_ERR(o->file))
		return PTR_ERR(o->file);
	o->bdev = file_bdev(o->file);
	return 0;
#endif
}

static inline void bdev_close_opened(const struct bdev_opened *o)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)
	blkdev_put(o->bdev, o->mode);
#else
	bdev_fput(o->file);
#endif
}

#endif
