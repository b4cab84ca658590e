// SPDX-License-Identifier: GPL-2.0-only
/*
 * Opening a kernel: a bzImage is unpacked (or found unpacked in the cache), an
 * ELF is used as it is. The boot protocol's fields are those of the kernel's
 * Documentation/arch/x86/boot: setup_sects at 0x1f1, "HdrS" at 0x202, version
 * at 0x206, payload_offset and payload_length at 0x248 and 0x24c.
 */
#include "build/kernel.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SETUP_HEADER_END    0x250
#define BOOT_PROTOCOL_2_08  0x0208
#define DEFAULT_SETUP_SECTS 4

static uint32_t le32(const uint8_t *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Map all of @fd, which must be a file of a sane size. */
static int map_file(int fd, const uint8_t **data, size_t *bytes, char *why)
{
	struct stat st;
	void *map;

	if (fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode)) {
		snprintf(why, KERNEL_WHY_MAX, "is not a file");
		return -ENOEXEC;
	}
	if (st.st_size < 4096 || (uint64_t)st.st_size > KERNEL_ELF_MAX) {
		snprintf(why, KERNEL_WHY_MAX, "is no kernel: %lld bytes",
			 (long long)st.st_size);
		return -ENOEXEC;
	}
	map = mmap(NULL, st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return -errno;
	*data = map;
	*bytes = st.st_size;
	return 0;
}

static bool is_elf(const uint8_t *data)
{
	return !memcmp(data, "\177ELF", 4);
}

/* Where the compressed ELF is inside of a bzImage. */
static int find_payload(const uint8_t *image, size_t bytes,
			const uint8_t **payload, size_t *payload_bytes,
			char *why)
{
	uint64_t start, offset, length;
	unsigned int version;

	if (bytes < SETUP_HEADER_END || memcmp(image + 0x202, "HdrS", 4)) {
		snprintf(why, KERNEL_WHY_MAX,
			 "is neither a bzImage nor an ELF kernel");
		return -ENOEXEC;
	}
	version = image[0x206] | image[0x207] << 8;
	if (version < BOOT_PROTOCOL_2_08) {
		snprintf(why, KERNEL_WHY_MAX,
			 "has boot protocol %u.%02u, older than 2.08",
			 version >> 8, version & 0xff);
		return -ENOEXEC;
	}
	start = image[0x1f1] ? image[0x1f1] : DEFAULT_SETUP_SECTS;
	start = (start + 1) * 512;
	offset = start + le32(image + 0x248);
	length = le32(image + 0x24c);
	if (offset > bytes || length > bytes - offset || length < 16) {
		snprintf(why, KERNEL_WHY_MAX,
			 "is cut short: its payload ends behind the file");
		return -ENOEXEC;
	}
	*payload = image + offset;
	*payload_bytes = length;
	return 0;
}

/*
 * A descriptor of the ELF inside of @image, -errno with @why. From a copy: who
 * can write the file must not have one kernel kept as another one's.
 */
static int unpacked(const uint8_t *image, size_t bytes, char *why)
{
	const uint8_t *payload;
	uint8_t *copy = malloc(bytes);
	size_t payload_bytes;
	int ret;

	if (!copy)
		return -ENOMEM;
	memcpy(copy, image, bytes);
	ret = find_payload(copy, bytes, &payload, &payload_bytes, why);
	if (!ret)
		ret = kernel_cache_get(copy, bytes, payload, payload_bytes,
				       why);
	free(copy);
	return ret;
}

int kernel_open(const char *path, struct kernel *kernel, char *why)
{
	const uint8_t *image;
	size_t bytes;
	int fd, err;

	memset(kernel, 0, sizeof(*kernel));
	*why = 0;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0) {
		err = -errno;
		snprintf(why, KERNEL_WHY_MAX, "%s", strerror(errno));
		return err;
	}
	err = map_file(fd, &image, &bytes, why);
	close(fd);
	if (err)
		return err;
	if (!is_elf(image)) {
		fd = unpacked(image, bytes, why);
		munmap((void *)image, bytes);
		if (fd < 0)
			return fd;
		err = map_file(fd, &image, &bytes, why);
		close(fd);
		if (err)
			return err;
	}
	kernel->elf = image;
	kernel->elf_bytes = bytes;
	err = elf_read(kernel, why);
	if (err)
		kernel_close(kernel);
	return err;
}

void kernel_close(struct kernel *kernel)
{
	if (kernel->elf)
		munmap((void *)kernel->elf, kernel->elf_bytes);
	kernel->elf = NULL;
}
