/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A guest's kernel: from a file (bzImage with XZ, zstd or gzip inside, or an
 * ELF) to the ELF's segments in memory and what its Xen notes ask for.
 *
 * The file is untrusted: a guest's owner may have made it. Nothing is taken
 * from it before it was checked against the file's size.
 */
#ifndef BUILD_KERNEL_H
#define BUILD_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_SEGMENTS_MAX 32
#define KERNEL_ELF_MAX	    (1ul << 30) /* an unpacked kernel, bytes */
#define KERNEL_WHY_MAX	    256

struct kernel_segment {
	uint64_t paddr; /* guest-physical, bytes */
	uint64_t offset; /* in the ELF */
	uint64_t file_bytes;
	uint64_t mem_bytes; /* the rest is zero */
};

struct kernel {
	const uint8_t *elf; /* read-only mapping of the whole ELF */
	size_t elf_bytes;

	struct kernel_segment segments[KERNEL_SEGMENTS_MAX];
	unsigned int nr_segments;
	uint64_t paddr_end; /* of the last segment */

	/* Xen's notes */
	uint64_t virt_base; /* virtual address of guest-physical 0 */
	uint64_t entry;
	uint64_t init_p2m; /* where the P2M list is to be seen; 0: anywhere */
	uint64_t hypercall_page; /* virtual address; 0: none */
	bool initrd_unmapped; /* the initrd is named by its frame */
};

/**
 * kernel_open() - load and check the kernel in the file @path.
 * @kernel: filled; give it back with kernel_close().
 * @why: KERNEL_WHY_MAX bytes; on failure what is wrong, without the path.
 * Return: 0, -ENOENT and other errors of open(), -ENOEXEC when it is no kernel
 * for a paravirtual guest.
 */
int kernel_open(const char *path, struct kernel *kernel, char *why);
void kernel_close(struct kernel *kernel);

/**
 * elf_read() - judge the ELF that @kernel maps and fill in the rest.
 * Return: 0 or -ENOEXEC with @why.
 */
int elf_read(struct kernel *kernel, char *why);

/**
 * unpack_to() - unpack a compressed payload into @fd, from its start.
 * @bound: more output than that is an error.
 * @crc: the CRC-32 of the output.
 * Return: 0; -EBADMSG when it is damaged; -ENOTSUP with @why naming the format;
 * -errno of write().
 */
int unpack_to(int fd, const uint8_t *payload, size_t bytes, size_t bound,
	      uint32_t *crc, char *why);

/** write_whole() - all of @data, where @fd is. Return: 0 or -errno. */
int write_whole(int fd, const void *data, size_t bytes);

/**
 * kernel_cache_get() - a file with the unpacked form of @image.
 * @image: the whole packed file; its content is the key.
 * @payload, @bytes: the compressed part of it.
 * Return: a descriptor open for reading, or -errno with @why. Uses the cache
 * when it can and works without one.
 */
int kernel_cache_get(const uint8_t *image, size_t image_bytes,
		     const uint8_t *payload, size_t bytes, char *why);

#endif
