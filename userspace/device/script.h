/* SPDX-License-Identifier: GPL-2.0-only */
/* Hotplug scripts of old, for devices that were configured with one. */
#ifndef DEVICE_SCRIPT_H
#define DEVICE_SCRIPT_H

#include <stdint.h>

#include "device/device.h"

#define SCRIPT_DIR	"/etc/xen/scripts"
#define SCRIPT_PATH_MAX 512

/* When it is said that a script still runs, and when it is killed, ms. */
#define SCRIPT_NOTICE_MS   2500
#define SCRIPT_DEADLINE_MS 10000

/**
 * script_check() - can @script be started? @path: set to its file's path.
 * Return: 0 or -errno.
 */
int script_check(const char *script, char path[SCRIPT_PATH_MAX]);

/**
 * script_run() - run @script (a path, or a name in SCRIPT_DIR; words after it
 * are arguments) with @action and @argument ("type_if=vif"), in the environment
 * that Xen's scripts expect: XENBUS_PATH, XENBUS_TYPE, XENBUS_BASE_PATH,
 * script, and @name as vif. It has SCRIPT_DEADLINE_MS, and not longer than to
 * @deadline_ms; then it is killed, with what it has started.
 * Return: 0; -ETIMEDOUT (it was killed); -EIO: it failed. Complains by
 * log_error(), with the script's own words from hotplug-error.
 */
int script_run(const struct device_id *id, const char *script,
	       const char *action, const char *argument, const char *name,
	       int64_t deadline_ms);

#endif
