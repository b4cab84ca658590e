// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a disk lies on: is it usable, and does somebody use it already?
 */
#include "device/vbd_target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/major.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "lib/domain.h"
#include "lib/store.h"

enum {
	SECTOR = 512,
	/* of the kernel's Documentation/filesystems/ext4/super.rst */
	EXT_SUPER_AT = 1024,
	EXT_SUPER_BYTES = 1024,
	EXT_MAGIC = 0xef53,
	EXT_64BIT = 0x80,
};

/* The file behind a loop device, as the kernel names it. */
static bool loop_file(dev_t dev, char *path, size_t size)
{
	char name[64];
	FILE *from;
	bool got;

	snprintf(name, sizeof(name), "/sys/dev/block/%u:%u/loop/backing_file",
		 major(dev), minor(dev));
	from = fopen(name, "re");
	if (!from)
		return false;
	got = fgets(path, (int)size, from);
	fclose(from);
	if (got)
		path[strcspn(path, "\n")] = 0;
	return got;
}

int vbd_identify(const char *path, struct vbd_identity *identity)
{
	char file[4096];
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (S_ISBLK(st.st_mode) && loop_file(st.st_rdev, file, sizeof(file)) &&
	    stat(file, &st))
		return -errno;
	identity->is_block = S_ISBLK(st.st_mode);
	identity->dev = identity->is_block ? st.st_rdev : st.st_dev;
	identity->ino = identity->is_block ? 0 : st.st_ino;
	return 0;
}

static bool same(const struct vbd_identity *a, const struct vbd_identity *b)
{
	return a->is_block == b->is_block && a->dev == b->dev &&
	       a->ino == b->ino;
}

static bool size_of(int fd, const struct stat *st, uint64_t *size)
{
	*size = (uint64_t)st->st_size;
	return !S_ISBLK(st->st_mode) || !ioctl(fd, BLKGETSIZE64, size);
}

/* An ext2, ext3 or ext4 whose blocks do not all fit in @size bytes. */
static bool is_cut_short(int fd, uint64_t size)
{
	uint8_t super[EXT_SUPER_BYTES];
	uint32_t blocks, high, shift;
	uint16_t magic;

	if (pread(fd, super, sizeof(super), EXT_SUPER_AT) != sizeof(super))
		return false;
	memcpy(&blocks, super + 4, sizeof(blocks));
	memcpy(&shift, super + 24, sizeof(shift));
	memcpy(&magic, super + 56, sizeof(magic));
	memcpy(&high, super + 336, sizeof(high));
	if (magic != EXT_MAGIC || shift > 6)
		return false;
	/* the upper half counts only with the feature "64bit" */
	if (!(super[96] & EXT_64BIT))
		high = 0;
	return ((uint64_t)high << 32 | blocks) > size >> (10 + shift);
}

static const char *judge(const struct disk_spec *spec, int fd,
			 const char **hint)
{
	struct stat st;
	uint64_t size;

	if (fstat(fd, &st))
		return strerror(errno);
	if (S_ISDIR(st.st_mode))
		return "is a directory";
	if (spec->backing == DISK_PHY && !S_ISBLK(st.st_mode)) {
		*hint = "say file: for an image file";
		return "is not a block device";
	}
	if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		return "is neither a file nor a block device";
	if (!size_of(fd, &st, &size))
		return strerror(errno);
	if (size == 0 && S_ISBLK(st.st_mode) &&
	    major(st.st_rdev) == NBD_MAJOR) {
		*hint = "connect it: nbd-client HOST PORT DEVICE";
		return "is a network block device that has no server";
	}
	if (size == 0)
		return "is empty";
	if (size % SECTOR) {
		*hint = "make its size a multiple of 512 bytes, with truncate";
		return "has a size that is no multiple of 512 bytes";
	}
	if (spec->mode != DISK_READ && is_cut_short(fd, size)) {
		*hint = "make it whole again with truncate -s, or copy it anew; "
			"mode r lets a guest read what is there";
		return "is shorter than the file system in it: it was cut off";
	}
	return NULL;
}

bool vbd_target_check(const struct disk_spec *spec, char *why, size_t size,
		      const char **hint)
{
	int mode = spec->mode == DISK_READ ? O_RDONLY : O_RDWR;
	const char *wrong;
	int fd;

	*hint = NULL;
	if (spec->backing == DISK_SCRIPT || !*spec->target)
		return true;
	fd = open(spec->target, mode | O_CLOEXEC | O_NONBLOCK);
	wrong = fd < 0 ? strerror(errno) : judge(spec, fd, hint);
	if (fd < 0 && errno == EISDIR)
		wrong = "is a directory";
	if (fd >= 0)
		close(fd);
	if (wrong)
		snprintf(why, size, "%s", wrong);
	return !wrong;
}

/* ---- mounted here ---- */

/* Whether a mounted device is, or holds, what @wanted is. */
static bool mount_is(dev_t dev, const struct vbd_identity *wanted)
{
	struct vbd_identity mounted = { .is_block = true, .dev = dev };
	char file[4096];
	struct stat st;

	if (loop_file(dev, file, sizeof(file)) && !stat(file, &st)) {
		mounted.is_block = false;
		mounted.dev = st.st_dev;
		mounted.ino = st.st_ino;
	}
	return same(&mounted, wanted);
}

/* A line of proc(5) mountinfo; the super block's options are its last word. */
static bool mount_conflicts(char *line, const struct vbd_identity *wanted,
			    bool write, char **where)
{
	unsigned int maj, min;
	char *options;
	int at;

	line[strcspn(line, "\n")] = 0;
	if (sscanf(line, "%*d %*d %u:%u %*s %n", &maj, &min, &at) != 2)
		return false;
	options = strrchr(line, ' ');
	if (!options || !mount_is(makedev(maj, min), wanted))
		return false;
	if (!write && strncmp(options + 1, "rw", 2))
		return false;
	*where = line + at;
	(*where)[strcspn(*where, " ")] = 0;
	return true;
}

static bool mounts_allow(const struct vbd_identity *wanted, bool write,
			 char *why, size_t size)
{
	FILE *mounts = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, *where;
	size_t room = 0;
	bool fine = true;

	while (mounts && fine && getline(&line, &room, mounts) > 0) {
		fine = !mount_conflicts(line, wanted, write, &where);
		if (!fine)
			snprintf(why, size, "is mounted here, at %s", where);
	}
	free(line);
	if (mounts)
		fclose(mounts);
	return fine;
}

/*
 * What dom0 has for itself without a mount of it: swap, part of a volume or an
 * array, a disk of which a partition is mounted. No backend claims its device.
 */
static bool claimed_here(const struct disk_spec *spec)
{
	struct stat st;
	int fd;

	if (stat(spec->target, &st) || !S_ISBLK(st.st_mode))
		return false;
	fd = open(spec->target, O_RDONLY | O_EXCL | O_CLOEXEC | O_NONBLOCK);
	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EBUSY;
}

/* ---- used by a domain ---- */

static char *read_back(const char *domid, const char *devid, const char *key)
{
	return store_read(STORE_NOW, "/local/domain/0/backend/vbd/%s/%s/%s",
			  domid, devid, key);
}

/* What the backend's nodes say that a disk lies on. */
static bool identify_disk(const char *domid, const char *devid,
			  struct vbd_identity *identity)
{
	char *path = read_back(domid, devid, "physical-device-path");
	char *number = read_back(domid, devid, "physical-device");
	unsigned int maj, min;
	char device[64];
	bool known;

	if (!path)
		path = read_back(domid, devid, "params");
	known = path && !vbd_identify(path, identity);
	if (!known && number && sscanf(number, "%x:%x", &maj, &min) == 2) {
		snprintf(device, sizeof(device), "/dev/block/%u:%u", maj, min);
		known = !vbd_identify(device, identity);
	}
	free(path);
	free(number);
	return known;
}

static bool disk_allows(const char *domid, const char *devid,
			const struct vbd_identity *wanted, bool write,
			char *why, size_t size)
{
	struct vbd_identity used;
	char *mode, *dev, *name;
	bool fine;

	if (!identify_disk(domid, devid, &used) || !same(&used, wanted))
		return true;
	mode = read_back(domid, devid, "mode");
	fine = !write && mode && mode[0] == 'r';
	if (!fine) {
		dev = read_back(domid, devid, "dev");
		name = store_read(STORE_NOW, "/local/domain/%s/name", domid);
		snprintf(why, size, "is in use by domain '%s' as %s (%s)",
			 name ? name : domid, dev ? dev : devid,
			 mode ? mode : "?");
		free(dev);
		free(name);
	}
	free(mode);
	return fine;
}

static bool domain_allows(const char *domid, const struct vbd_identity *wanted,
			  bool write, char *why, size_t size)
{
	unsigned int i, nr = 0;
	char **devs = store_list(STORE_NOW, &nr,
				 "/local/domain/0/backend/vbd/%s", domid);
	bool fine = true;

	for (i = 0; devs && i < nr && fine; i++)
		fine = disk_allows(domid, devs[i], wanted, write, why, size);
	free(devs);
	return fine;
}

bool vbd_share_check(const struct disk_spec *spec, char *why, size_t size,
		     const char **hint)
{
	bool write = spec->mode != DISK_READ, fine = true;
	struct vbd_identity wanted;
	unsigned int i, nr = 0;
	char **domids;

	*hint = NULL;
	if (spec->mode == DISK_WRITE_SHARED || spec->backing == DISK_SCRIPT ||
	    !*spec->target || vbd_identify(spec->target, &wanted))
		return true;
	*hint = write ? "share it read-only (mode r everywhere), or take mode "
			"w! if the file system is made for that" :
			"mode w! allows it";
	if (!mounts_allow(&wanted, write, why, size))
		return false;
	domids = store_list(STORE_NOW, &nr, "/local/domain/0/backend/vbd");
	for (i = 0; domids && i < nr && fine; i++)
		fine = domain_allows(domids[i], &wanted, write, why, size);
	free(domids);
	if (fine && write && claimed_here(spec)) {
		snprintf(why, size,
			 "is in use here (swap, a volume or an "
			 "array on it, or a mounted partition)");
		fine = false;
	}
	return fine;
}
