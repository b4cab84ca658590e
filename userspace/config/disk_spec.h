/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One entry of `disk`: what xm, xl and block-attach take.
 *
 *	phy:/dev/vg0/etch,xvda,w		xm: target, vdev, mode[,
 *backdom] file://root/etch.ext3,hda1,w		scheme and path, not a URL
 *	tap:aio:/xen/disk.img,xvda,r
 *	/dev/vg/guest,raw,xvda,rw		xl: target, format, vdev, access
 *	format=raw, vdev=xvda, access=rw, target=/dev/vg/guest
 */
#ifndef CONFIG_DISK_SPEC_H
#define CONFIG_DISK_SPEC_H

#include <stdbool.h>
#include "config/config.h"

enum disk_backing {
	DISK_PHY, /* a block device of the backend's domain */
	DISK_FILE, /* a raw image, served as a block device */
	DISK_SCRIPT, /* a target that only `script` understands */
};

enum disk_mode {
	DISK_READ,
	DISK_WRITE,
	DISK_WRITE_SHARED, /* w!: although others may use it too */
};

/* Whether the guest's pages stay mapped in the backend (persistent grants). */
enum disk_persistent {
	DISK_PERSISTENT_DEFAULT, /* as the backend's parameter says */
	DISK_PERSISTENT_ON,
	DISK_PERSISTENT_OFF,
};

/* How reads of an image file are served. */
enum disk_cache {
	DISK_CACHE_AUTO, /* from dom0's page cache what happens to be there */
	DISK_CACHE_NONE, /* always direct */
	DISK_CACHE_READ, /* through the page cache, which fills */
};

struct disk_spec {
	const struct config_value *value; /* where it came from; may be NULL */
	enum disk_backing backing;
	enum disk_mode mode;
	const char *target; /* absolute path, "" for an empty cdrom */
	size_t target_offset; /* of the target in the entry, for messages */
	const char *vdev; /* as written, without /dev/ and suffixes: hda1 */
	const char *xvdev; /* what a Linux guest calls it: xvda1 */
	unsigned int devid; /* number in xenstore: xvdevid, or that of vdev if
			       hd_compat is off */
	unsigned int xvdevid; /* number of xvdev: Linux keeps its name */
	bool cdrom;
	bool direct_io; /* direct-io-safe */
	bool discard; /* unless no-discard is said */
	enum disk_persistent persistent;
	enum disk_cache cache;
	const char *backend; /* domain that serves it; "0" if not said */
	const char *script; /* or NULL */
};

/*
 * disk_spec_parse - one entry, given as a string
 *
 * Writes @spec completely. Return: false with the config's error set.
 */
bool disk_spec_parse(struct config *config, const struct config_value *value,
		     struct disk_spec *spec);

/* For the command line: @text is copied into the config. */
bool disk_spec_parse_text(struct config *config, const char *text,
			  struct disk_spec *spec);

/*
 * @cmdline, a kernel's command line, with the name in root= that a Linux guest
 * gives to that disk: root=/dev/xvda1 for /dev/hda1. @cmdline itself when there
 * is nothing to change, or hd_compat is off; NULL for want of memory.
 */
const char *disk_root_name(struct config *config, const char *cmdline);

/*
 * All entries of `disk`; refuses a vdev used twice. The array belongs to the
 * config. Return: their number; 0 also on error.
 */
size_t disk_specs(struct config *config, struct disk_spec **specs);

/*
 * disk_vdev_number - the device number of hda1, sdb, xvda2, d0p1, 51712, 0xca00
 *
 * xen/include/public/io/blkif.h and docs/man/xen-vbd-interface(7) define it.
 * Return: false if @vdev is none of these.
 */
bool disk_vdev_number(const char *vdev, unsigned int *devid);

#endif
