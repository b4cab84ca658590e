/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtual disks: from an entry of `disk` to a backend that serves it. */
#ifndef DEVICE_VBD_H
#define DEVICE_VBD_H

#include <stdint.h>

#include "config/disk_spec.h"
#include "device/device.h"

/* What a toolstack of ours leaves in the backend's node for vbd_rewire(). */
#define VBD_CACHE_NODE "hospes-cache"

extern const struct device_class vbd_class;

/**
 * vbd_check_one() - could this disk be made? What is wrong goes to
 * config_fail(). Return: 0 or -EINVAL.
 */
int vbd_check_one(struct config *config, const struct disk_spec *spec);

/**
 * vbd_add_one() - make a disk that was checked. Complains by log_error().
 * Return: 0 or -errno, with nothing left behind.
 */
int vbd_add_one(const struct disk_spec *spec, uint32_t domid);

/** vbd_wait_one() - until its backend waits for the guest, or serves it. */
int vbd_wait_one(const struct device_id *id, int64_t deadline_ms);

/**
 * vbd_rewire() - hand its file to a driver that came back and has none.
 * Return: 0, also when there was nothing to do, or -errno after a complaint.
 */
int vbd_rewire(const struct device_id *id, int64_t deadline_ms);

#endif
