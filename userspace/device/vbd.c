// SPDX-License-Identifier: GPL-2.0-only
/*
 * Virtual disks. A block device is named by its number; an image file is
 * opened here and handed to hospes_blkback, which needs no loop device. Where
 * the stock backend serves disks a file gets a loop device that goes away with
 * its last user. A disk's own script, if it has one, does all that instead.
 */
#include "device/vbd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>
#include <xen/io/xenbus.h>

#include "../../kmod/include/hospes/blkback.h"
#include "config/config.h"
#include "device/diagnose.h"
#include "device/script.h"
#include "device/vbd_target.h"
#include "lib/log.h"
#include "lib/store.h"

enum {
	WHY = 512,
	UNDO_MS = 1000
};

int vbd_check_one(struct config *config, const struct disk_spec *spec)
{
	char why[WHY], file[SCRIPT_PATH_MAX];
	const char *hint = NULL;
	int err;

	if (strcmp(spec->backend, "0") && strcmp(spec->backend, "Domain-0")) {
		config_fail(config, spec->value, 0, NULL,
			    "disk: backend '%s': only domain 0 serves disks",
			    spec->backend);
		return -EINVAL;
	}
	if (!device_driver_comes("vbd")) {
		config_fail(config, spec->value, 0,
			    "load one: modprobe hospes_blkback, or xen-blkback",
			    "disk %s: domain 0 has no block back-end: neither "
			    "hospes_blkback nor xen-blkback is loaded",
			    spec->vdev);
		return -EINVAL;
	}
	if (spec->backing == DISK_SCRIPT &&
	    (err = script_check(spec->script, file))) {
		config_fail(config, spec->value, 0,
			    "scripts are looked for in " SCRIPT_DIR,
			    "disk %s: its script %s cannot be started: %s",
			    spec->vdev, file, strerror(-err));
		return -EINVAL;
	}
	if (vbd_target_check(spec, why, sizeof(why), &hint) &&
	    vbd_share_check(spec, why, sizeof(why), &hint))
		return 0;
	config_fail(config, spec->value, spec->target_offset, hint,
		    "disk %s: %s: %s", spec->vdev, spec->target, why);
	return -EINVAL;
}

static int check_pair(struct config *config, const struct disk_spec *a,
		      const struct disk_spec *b)
{
	struct vbd_identity one, other;

	if (a->backing == DISK_SCRIPT || b->backing == DISK_SCRIPT ||
	    a->mode == DISK_WRITE_SHARED || b->mode == DISK_WRITE_SHARED ||
	    (a->mode == DISK_READ && b->mode == DISK_READ) || !*a->target ||
	    vbd_identify(a->target, &one) || vbd_identify(b->target, &other))
		return 0;
	if (one.is_block != other.is_block || one.dev != other.dev ||
	    one.ino != other.ino)
		return 0;
	config_fail(config, b->value, b->target_offset, NULL,
		    "disk %s: %s: is the same as disk %s", b->vdev, b->target,
		    a->vdev);
	return -EINVAL;
}

static int vbd_check(struct config *config)
{
	struct disk_spec *specs;
	size_t i, j, nr = disk_specs(config, &specs);
	int err = 0;

	for (i = 0; i < nr && !err; i++) {
		err = vbd_check_one(config, &specs[i]);
		for (j = 0; j < i && !err; j++)
			err = check_pair(config, &specs[j], &specs[i]);
	}
	return config_error(config) ? -EINVAL : err;
}

/* ---- handing over the backing store ---- */

/*
 * What must stay open until the backends have their disks: loop devices, and
 * one control device for all files.
 */
static int *kept;
static unsigned int nr_kept;
static int control_fd = -1;

static int keep_open(int fd)
{
	int *more = realloc(kept, (nr_kept + 1) * sizeof(*kept));

	if (!more) {
		close(fd);
		return -ENOMEM;
	}
	kept = more;
	kept[nr_kept++] = fd;
	return 0;
}

static void let_go(void)
{
	while (nr_kept)
		close(kept[--nr_kept]);
	free(kept);
	kept = NULL;
	if (control_fd >= 0)
		close(control_fd);
	control_fd = -1;
}

static void number_of(const char *path, char *number, size_t size)
{
	struct stat st;

	if (!stat(path, &st) && S_ISBLK(st.st_mode))
		snprintf(number, size, "%x:%x", major(st.st_rdev),
			 minor(st.st_rdev));
}

/* A loop device for @fd that ends with its last user. */
static int make_loop(int fd, const struct disk_spec *spec, char *number,
		     size_t size)
{
	struct loop_config loop = { .fd = (__u32)fd };
	int tries, control, nr, dev;
	char path[32];

	loop.info.lo_flags = LO_FLAGS_AUTOCLEAR;
	if (spec->mode == DISK_READ)
		loop.info.lo_flags |= LO_FLAGS_READ_ONLY;
	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		return -errno;
	/* Somebody else may take the free one first. */
	for (tries = 0; tries < 16; tries++) {
		nr = ioctl(control, LOOP_CTL_GET_FREE);
		snprintf(path, sizeof(path), "/dev/loop%d", nr);
		dev = nr < 0 ? -1 : open(path, O_RDWR | O_CLOEXEC);
		if (dev < 0)
			break;
		if (!ioctl(dev, LOOP_CONFIGURE, &loop)) {
			number_of(path, number, size);
			close(control);
			return keep_open(dev);
		}
		close(dev);
		if (errno != EBUSY)
			break;
	}
	nr = -errno;
	close(control);
	return nr;
}

static int give_file(int fd, const struct disk_spec *spec,
		     const struct device_id *id, char *number, size_t size)
{
	static const __u32 caches[] = {
		[DISK_CACHE_AUTO] = HOSPES_BLKBACK_CACHE_AUTO,
		[DISK_CACHE_NONE] = HOSPES_BLKBACK_CACHE_NONE,
		[DISK_CACHE_READ] = HOSPES_BLKBACK_CACHE_READ,
	};
	struct hospes_blkback_attach arg = {
		.version = HOSPES_BLKBACK_VERSION,
		.fd = fd,
		.cache = caches[spec->cache],
	};

	if (control_fd < 0)
		control_fd = open(HOSPES_BLKBACK_DEVICE, O_RDWR | O_CLOEXEC);
	if (control_fd < 0)
		return make_loop(fd, spec, number, size);
	snprintf(arg.name, sizeof(arg.name), "backend/vbd/%u/%u", id->domid,
		 id->devid);
	/* The file is ours until the disk is there. */
	return ioctl(control_fd, HOSPES_BLKBACK_ATTACH, &arg) ? -errno : 0;
}

/* @number: "" or what physical-device is to be. */
static int open_store(const struct disk_spec *spec, const struct device_id *id,
		      char *number, size_t size)
{
	struct stat st;
	int fd, err;

	fd = open(spec->target, (spec->mode == DISK_READ ? O_RDONLY : O_RDWR) |
					O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	err = fstat(fd, &st) ? -errno : 0;
	if (!err && S_ISBLK(st.st_mode))
		number_of(spec->target, number, size);
	else if (!err)
		err = give_file(fd, spec, id, number, size);
	close(fd);
	return err;
}

static const char *const cache_names[] = {
	[DISK_CACHE_AUTO] = NULL,
	[DISK_CACHE_NONE] = "none",
	[DISK_CACHE_READ] = "read",
};

static int write_disk(const struct disk_spec *spec, const struct device_id *id,
		      const char *number)
{
	static const char *const modes[] = { "r", "w", "w!" };
	char devid[16];
	struct device_node front[] = {
		{ "virtual-device", devid },
		{ "device-type", spec->cdrom ? "cdrom" : "disk" },
		{ NULL, NULL },
	};
	struct device_node back[] = {
		{ "dev", spec->vdev },
		{ "type", spec->backing == DISK_PHY ? "phy" : "file" },
		{ "mode", modes[spec->mode] },
		{ "params", spec->target },
		{ "device-type", spec->cdrom ? "cdrom" : "disk" },
		{ "removable", spec->cdrom ? "1" : "0" },
		{ "bootable", "1" },
		{ "discard-enable", spec->discard ? "1" : "0" },
		{ "direct-io-safe", spec->direct_io ? "1" : "0" },
		{ "physical-device-path", spec->target },
		{ "hotplug-status", "connected" },
		{ NULL, NULL }, /* optional ones */
		{ NULL, NULL },
		{ NULL, NULL },
		{ NULL, NULL },
	};
	struct device_node *optional = &back[11];
	const struct device_request request = { *id, front, back };

	snprintf(devid, sizeof(devid), "%u", id->devid);
	if (spec->backing == DISK_SCRIPT)
		back[9] = (struct device_node){ "script", spec->script };
	if (spec->backing == DISK_SCRIPT)
		optional = &back[10];
	if (*number)
		*optional++ = (struct device_node){ "physical-device", number };
	if (spec->persistent != DISK_PERSISTENT_DEFAULT)
		*optional++ = (struct device_node){
			"hospes-persistent",
			spec->persistent == DISK_PERSISTENT_ON ? "1" : "0",
		};
	if (cache_names[spec->cache])
		*optional++ = (struct device_node){ VBD_CACHE_NODE,
						    cache_names[spec->cache] };
	optional->key = NULL;
	return device_add(&request);
}

int vbd_add_one(const struct disk_spec *spec, uint32_t domid)
{
	const struct device_id id = { "vbd", domid, 0, spec->devid };
	char number[32] = "";
	int err = 0;

	if (store_exists(STORE_NOW, "/libxl/%u/device/vbd/%u", domid,
			 spec->devid))
		err = -EEXIST;
	if (!err && spec->backing != DISK_SCRIPT && *spec->target)
		err = open_store(spec, &id, number, sizeof(number));
	if (!err)
		err = write_disk(spec, &id, number);
	if (err == -EEXIST)
		log_error("disk %s: the domain has that disk already",
			  spec->vdev);
	else if (err)
		log_error("disk %s: %s: %s", spec->vdev, spec->target,
			  strerror(-err));
	if (err) {
		let_go();
		return err;
	}
	log_action("disk %s of domain %u: %s", spec->vdev, domid, spec->target);
	return 0;
}

static int vbd_add(struct config *config, uint32_t domid)
{
	struct disk_spec *specs;
	size_t i, nr = disk_specs(config, &specs);
	int err = 0;

	for (i = 0; i < nr && !err; i++)
		err = vbd_add_one(&specs[i], domid);
	return err;
}

/* What the backend itself says that went wrong. */
static void complain(const struct device_id *id, int err)
{
	char path[STORE_PATH_MAX];
	char *text, *dev;

	device_back_path(id, path);
	dev = store_read(STORE_NOW, "%s/dev", path);
	text = store_read(STORE_NOW, "%s/hotplug-error", path);
	if (!text)
		text = store_read(STORE_NOW, "error/%s/error",
				  path + strlen("/local/domain/0/"));
	log_error("disk %s: the backend is not ready: %s", dev ? dev : "?",
		  text ? text : strerror(-err));
	if (err == -ETIMEDOUT && !text)
		log_hint("is hospes_blkback or xen-blkback loaded?");
	free(text);
	free(dev);
}

/* A disk's own script finds what it lies on; it writes physical-device. */
static int run_script(const struct device_id *id, const char *action,
		      int64_t deadline_ms)
{
	char path[STORE_PATH_MAX];
	char *script, *dev;
	int err = 0;

	device_back_path(id, path);
	script = store_read(STORE_NOW, "%s/script", path);
	if (!script)
		return 0;
	dev = store_read(STORE_NOW, "%s/dev", path);
	err = script_run(id, script, action, NULL, dev ? dev : "disk",
			 deadline_ms);
	free(dev);
	free(script);
	return err;
}

/* One that found nothing to serve has little to take away. */
static void vbd_release(const struct device_id *id)
{
	char path[STORE_PATH_MAX];
	bool found;

	device_back_path(id, path);
	found = store_exists(STORE_NOW, "%s/physical-device", path) ||
		store_exists(STORE_NOW, "%s/physical-device-path", path);
	run_script(id, "remove",
		   log_now_ms() + (found ? DEVICE_DEADLINE_MS : UNDO_MS));
}

/*
 * The stock driver is ready before it opens a loop device, which would end when
 * we let it go. Nothing tells when it has; its files in sysfs come after that.
 */
static void wait_for_loop_user(const struct device_id *id, int64_t deadline_ms)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	char path[STORE_PATH_MAX];

	device_back_path(id, path);
	if (!nr_kept || !store_exists(STORE_NOW, "%s/physical-device", path))
		return;
	snprintf(path, sizeof(path),
		 "/sys/bus/xen-backend/devices/vbd-%u-%u/physical_device",
		 id->domid, id->devid);
	while (access(path, F_OK) && log_now_ms() < deadline_ms)
		nanosleep(&pause, NULL);
}

int vbd_wait_one(const struct device_id *id, int64_t deadline_ms)
{
	const unsigned int ready = DEVICE_STATE_BIT(XenbusStateInitWait) |
				   DEVICE_STATE_BIT(XenbusStateConnected);
	int err;

	err = device_wait(id, ready, deadline_ms);
	if (err)
		complain(id, err);
	else
		err = run_script(id, "add", deadline_ms);
	if (!err)
		wait_for_loop_user(id, deadline_ms);
	return err;
}

/*
 * What open_store() needs of a disk that was made before; false when it has no
 * file, or one that is its script's concern.
 */
static bool read_spec(const char *back, struct disk_spec *spec)
{
	char *type = store_read(STORE_NOW, "%s/type", back);
	char *mode = store_read(STORE_NOW, "%s/mode", back);
	char *cache = store_read(STORE_NOW, "%s/" VBD_CACHE_NODE, back);
	char *params = store_read(STORE_NOW, "%s/params", back);
	bool is_file = type && mode && params && *params &&
		       !strcmp(type, "file") &&
		       !store_exists(STORE_NOW, "%s/script", back);

	*spec = (struct disk_spec){ .target = params };
	if (is_file && mode[0] == 'r')
		spec->mode = DISK_READ;
	else
		spec->mode = DISK_WRITE;
	if (cache && !strcmp(cache, "none"))
		spec->cache = DISK_CACHE_NONE;
	else if (cache && !strcmp(cache, "read"))
		spec->cache = DISK_CACHE_READ;
	free(type);
	free(mode);
	free(cache);
	if (!is_file)
		free(params);
	return is_file;
}

int vbd_rewire(const struct device_id *id, int64_t deadline_ms)
{
	char back[STORE_PATH_MAX], number[32] = "";
	struct disk_spec spec;
	int err;

	(void)deadline_ms; /* the driver takes it at once */
	/* With the stock driver it is a block device, which it finds itself. */
	if (access(HOSPES_BLKBACK_DEVICE, W_OK))
		return 0;
	device_back_path(id, back);
	if (!read_spec(back, &spec))
		return 0;
	err = open_store(&spec, id, number, sizeof(number));
	if (err == -EBUSY)
		err = 0; /* it has its file */
	else if (err)
		log_error("disk %u of domain %u: %s: %s", id->devid, id->domid,
			  spec.target, strerror(-err));
	else
		log_action("disk %u of domain %u: its driver is back",
			   id->devid, id->domid);
	let_go();
	free((char *)spec.target);
	return err;
}

static int vbd_wait(uint32_t domid, int64_t deadline_ms)
{
	struct device_id *ids;
	int i, err = 0, nr = device_ids("vbd", domid, &ids);

	if (nr < 0)
		return nr;
	for (i = 0; i < nr && !err; i++)
		err = vbd_wait_one(&ids[i], deadline_ms);
	free(ids);
	let_go();
	return err;
}

const struct device_class vbd_class = {
	.name = "vbd",
	.check = vbd_check,
	.add = vbd_add,
	.wait = vbd_wait,
	.release = vbd_release,
};
