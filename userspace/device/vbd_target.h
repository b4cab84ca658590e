/* SPDX-License-Identifier: GPL-2.0-only */
/* What a disk lies on: is it usable, and does somebody use it already? */
#ifndef DEVICE_VBD_TARGET_H
#define DEVICE_VBD_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "config/disk_spec.h"

/* The same data has the same identity, whatever path or loop leads to it. */
struct vbd_identity {
	bool is_block;
	dev_t dev; /* of the device, or of the file system of the file */
	ino_t ino; /* of the file; 0 for a device */
};

/**
 * vbd_identify() - follow links, and a loop device to its file.
 * Return: 0 or -errno.
 */
int vbd_identify(const char *path, struct vbd_identity *identity);

/**
 * vbd_target_check() - can @spec be served?
 * @why: what is wrong, a sentence without the target's name.
 * @hint: what to do about it, or NULL.
 */
bool vbd_target_check(const struct disk_spec *spec, char *why, size_t size,
		      const char **hint);

/**
 * vbd_share_check() - may @spec be used beside those who use it already: the
 * disks of other domains, what is mounted here, and what dom0 has claimed?
 */
bool vbd_share_check(const struct disk_spec *spec, char *why, size_t size,
		     const char **hint);

#endif
