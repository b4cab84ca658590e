// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unpacked kernels, kept by the content of the packed file.
 *
 * A file holds the kernel, the bzImage that it came from, and a trailer. Its
 * name, a sum and the size of the bzImage, only says where to look: that it is
 * the same one is known by comparing. It is made without a name and linked in
 * when it is whole, so nobody ever sees a part of one and two that make the
 * same do not disturb each other. The folder belongs to root and nobody else
 * may look into it; a file that is not a plain one of root's, that others may
 * write, or whose trailer (sizes, and the sum of the kernel) does not fit is
 * thrown away and made anew. The oldest go when all together are larger than
 * CACHE_BYTES_MAX or more than CACHE_FILES_MAX; who still has one mapped keeps
 * it.
 */
#include "build/kernel.h"
#include "lib/crc32.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef CACHE_DIR /* the test has its own */
#define CACHE_DIR	"/var/lib/xen/kernels"
#define CACHE_BYTES_MAX (256ll << 20)
#endif
#define CACHE_FILES_MAX 64
#define CACHE_NAME_MAX	65
#define TRAILER_MAGIC	0x324e52454b534f48ull

struct trailer {
	uint64_t magic;
	uint64_t kernel_bytes;
	uint64_t image_bytes;
	uint64_t crc; /* of the kernel: against damage */
};

/* What is asked for. */
struct packed {
	const uint8_t *image;
	size_t bytes;
	char name[CACHE_NAME_MAX];
};

static int open_dir(void)
{
	struct stat st;
	int dir;

	mkdir("/var/lib/xen", 0755);
	mkdir(CACHE_DIR, 0700);
	dir = open(CACHE_DIR, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		return -errno;
	if (fstat(dir, &st) || st.st_uid != geteuid() || st.st_mode & 077) {
		close(dir);
		return -EPERM;
	}
	return dir;
}

/* A mapping of all of @fd to judge it by; NULL when that cannot be had. */
static const uint8_t *map_whole(int fd, size_t *bytes)
{
	struct stat st;
	void *map;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_mode & 077 ||
	    st.st_uid != geteuid() || st.st_nlink != 1 ||
	    (size_t)st.st_size < sizeof(struct trailer) + 64)
		return NULL;
	*bytes = st.st_size;
	map = mmap(NULL, *bytes, PROT_READ, MAP_SHARED, fd, 0);
	return map == MAP_FAILED ? NULL : map;
}

static bool is_whole(int fd, const struct packed *packed)
{
	struct trailer t;
	const uint8_t *map;
	size_t bytes;
	bool good;

	map = map_whole(fd, &bytes);
	if (!map)
		return false;
	memcpy(&t, map + bytes - sizeof(t), sizeof(t));
	good = t.magic == TRAILER_MAGIC && t.image_bytes == packed->bytes &&
	       t.kernel_bytes < bytes &&
	       t.kernel_bytes + t.image_bytes + sizeof(t) == bytes &&
	       !memcmp(map + t.kernel_bytes, packed->image, packed->bytes) &&
	       t.crc == crc32_update(0, map, t.kernel_bytes);
	munmap((void *)map, bytes);
	return good;
}

/* Behind the kernel in @fd, once it is whole. */
static bool seal(int fd, const struct packed *packed, uint32_t crc)
{
	struct trailer t = { .magic = TRAILER_MAGIC,
			     .image_bytes = packed->bytes,
			     .crc = crc };
	off_t end = lseek(fd, 0, SEEK_END);

	if (end < 0)
		return false;
	t.kernel_bytes = end;
	return !write_whole(fd, packed->image, packed->bytes) &&
	       !write_whole(fd, &t, sizeof(t));
}

struct entry {
	char name[CACHE_NAME_MAX];
	struct timespec used;
	off_t bytes;
};

static int newest_first(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	if (x->used.tv_sec != y->used.tv_sec)
		return x->used.tv_sec < y->used.tv_sec ? 1 : -1;
	return x->used.tv_nsec < y->used.tv_nsec ? 1 : -1;
}

static size_t read_entries(int dir, struct entry *entries, size_t max)
{
	DIR *stream = fdopendir(dup(dir));
	struct dirent *file;
	struct stat st;
	size_t count = 0;

	if (!stream)
		return 0;
	rewinddir(stream);
	while (count < max && (file = readdir(stream))) {
		if (file->d_name[0] == '.' ||
		    strlen(file->d_name) >= CACHE_NAME_MAX ||
		    fstatat(dir, file->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		strcpy(entries[count].name, file->d_name);
		entries[count].used = st.st_mtim;
		entries[count].bytes = st.st_size;
		count++;
	}
	closedir(stream);
	return count;
}

static void trim(int dir)
{
	struct entry entries[2 * CACHE_FILES_MAX]; /* two may add at once */
	size_t i, count;
	long long total = 0;

	if (flock(dir, LOCK_EX | LOCK_NB))
		return; /* somebody else is at it */
	count = read_entries(dir, entries, 2 * CACHE_FILES_MAX);
	qsort(entries, count, sizeof(*entries), newest_first);
	for (i = 0; i < count; i++) {
		total += entries[i].bytes;
		if ((i && total > CACHE_BYTES_MAX) || i >= CACHE_FILES_MAX)
			unlinkat(dir, entries[i].name, 0);
	}
	flock(dir, LOCK_UN);
}

/* A file in the cache as it should be, its use noted; or -errno. */
static int look_up(int dir, const struct packed *packed)
{
	const char *name = packed->name;
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (is_whole(fd, packed)) {
		futimens(fd, NULL);
		return fd;
	}
	close(fd);
	unlinkat(dir, name, 0);
	return -ENOENT;
}

/* An unnamed file: in the cache's folder if there is one, else in memory. */
static int unnamed(int dir)
{
	int fd = -1;

	if (dir >= 0)
		fd = openat(dir, ".", O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
	if (fd < 0)
		fd = memfd_create("kernel", MFD_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static void publish(int dir, int fd, const struct packed *packed, uint32_t crc)
{
	char path[64];

	if (!seal(fd, packed, crc))
		return;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (linkat(AT_FDCWD, path, dir, packed->name, AT_SYMLINK_FOLLOW) == 0)
		trim(dir);
}

/* Unpack into a new file; a full disk sends it to memory instead. */
static int make(int dir, const uint8_t *payload, size_t bytes, uint32_t *crc,
		char *why, bool *in_dir)
{
	int fd, err;

	fd = unnamed(dir);
	if (fd < 0)
		return fd;
	err = unpack_to(fd, payload, bytes, KERNEL_ELF_MAX, crc, why);
	*in_dir = !err && dir >= 0;
	if (!err)
		return fd;
	close(fd);
	if (dir < 0 || (err != -ENOSPC && err != -EDQUOT && err != -EFBIG))
		return err;
	return make(-1, payload, bytes, crc, why, in_dir);
}

int kernel_cache_get(const uint8_t *image, size_t image_bytes,
		     const uint8_t *payload, size_t bytes, char *why)
{
	struct packed packed = { .image = image, .bytes = image_bytes };
	int dir = open_dir(), fd = -ENOENT;
	bool in_dir = false;
	uint32_t crc;

	if (dir >= 0) {
		snprintf(packed.name, sizeof(packed.name), "%08x-%zx",
			 crc32_update(0, image, image_bytes), image_bytes);
		fd = look_up(dir, &packed);
	}
	if (fd < 0) {
		fd = make(dir, payload, bytes, &crc, why, &in_dir);
		if (fd >= 0 && in_dir)
			publish(dir, fd, &packed, crc);
	}
	if (dir >= 0)
		close(dir);
	return fd;
}
