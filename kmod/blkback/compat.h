/* SPDX-License-Identifier: GPL-2.0-only */
/* What differs between the kernels that blkback is built for: 6.1 and 6.12. */
#ifndef HOSPES_BLKBACK_COMPAT_H
#define HOSPES_BLKBACK_COMPAT_H

#include <linux/blkdev.h>
#include <linux/version.h>

/* A block device that is open: what closes it. */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 9, 0)

struct bdev_opened {
	struct block_device *bdev;
	fmode_t mode;
};

/* Not exclusive. 0 or -errno. */
static inline int bdev_open_by_dev(struct bdev_opened *o, dev_t dev, bool write)
{
	o->mode = FMODE_READ | (write ? FMODE_WRITE : 0);
	o->bdev = blkdev_get_by_dev(dev, o->mode, NULL);
	return PTR_ERR_OR_ZERO(o->bdev);
}

static inline void bdev_close_opened(const struct bdev_opened *o)
{
	blkdev_put(o->bdev, o->mode);
}

#else

struct bdev_opened {
	struct block_device *bdev;
	struct file *file;
};

static inline int bdev_open_by_dev(struct bdev_opened *o, dev_t dev, bool write)
{
	blk_mode_t mode = BLK_OPEN_READ | (write ? BLK_OPEN_WRITE : 0);

	o->file = bdev_file_open_by_dev(dev, mode, NULL, NULL);
	if (IS_ERR(o->file))
		return PTR_ERR(o->file);
	o->bdev = file_bdev(o->file);
	return 0;
}

static inline void bdev_close_opened(const struct bdev_opened *o)
{
	bdev_fput(o->file);
}

#endif

#endif
