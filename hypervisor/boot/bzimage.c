// SPDX-License-Identifier: GPL-2.0-only
/*
 * The kernel inside a boot module.
 *
 * A bzImage is a real-mode part of setup_sects + 1 sectors and a protected-mode
 * part that decompresses a payload: an ELF file. We take the payload and leave
 * the code around it alone (boot protocol 2.08, Documentation/x86/boot.rst in
 * Linux). The payload ends in four bytes that say how large it becomes: part of
 * the gzip format, added by the kernel's build for the others.
 */
#include "boot/bzimage.h"

#include "lib/string.h"

#define OFFSET_SETUP_SECTS 0x1f1
#define OFFSET_BOOT_FLAG   0x1fe
#define OFFSET_MAGIC	   0x202
#define OFFSET_VERSION	   0x206
#define OFFSET_PAYLOAD	   0x248
#define OFFSET_PAYLOAD_LEN 0x24c
#define HEADER_BYTES	   0x250

#define BOOT_FLAG     0xaa55
#define VERSION_MIN   0x0208
#define SECTOR_SIZE   512
#define SECTS_DEFAULT 4 /* what a setup_sects of 0 means */
#define SIZE_TRAILER  4

static u32 fetch(const u8 *p, unsigned int bytes)
{
	u32 v = 0;

	memcpy(&v, p, bytes);
	return v;
}

static bool starts_with(const struct kernel_payload *p, const char *magic,
			u64 bytes)
{
	return p->size >= bytes && !memcmp(p->data, magic, bytes);
}

/* Formats a kernel can be compressed with that nothing here unpacks. */
static const char *other_format(const struct kernel_payload *p)
{
	if (starts_with(p, "\x02\x21\x4c\x18", 4))
		return "is compressed with LZ4; use an XZ, zstd or gzip kernel";
	if (starts_with(p, "\x89\x4c\x5a\x4f", 4))
		return "is compressed with LZO; use an XZ, zstd or gzip kernel";
	if (starts_with(p, "BZh", 3))
		return "is compressed with bzip2; use XZ, zstd or gzip";
	if (starts_with(p, "\x5d\0\0", 3))
		return "is compressed with LZMA; use an XZ, zstd or gzip kernel";
	return NULL;
}

/* Fills in compression and plain_size from the data. */
static const char *identify(struct kernel_payload *p)
{
	u64 trailer = SIZE_TRAILER;

	if (starts_with(p,
			"\x7f"
			"ELF",
			4)) {
		p->compression = COMPRESSION_NONE;
		p->plain_size = p->size;
		return NULL;
	}
	if (starts_with(p, "\x1f\x8b", 2)) {
		p->compression = COMPRESSION_GZIP;
		trailer = 0; /* belongs to the format */
	} else if (starts_with(p,
			       "\xfd"
			       "7zXZ\0",
			       6)) {
		p->compression = COMPRESSION_XZ;
	} else if (starts_with(p, "\x28\xb5\x2f\xfd", 4)) {
		p->compression = COMPRESSION_ZSTD;
	} else {
		return other_format(p) ?: "is not an ELF file or a bzImage";
	}
	if (p->size < 16)
		return "is truncated";
	p->plain_size = fetch(p->data + p->size - SIZE_TRAILER, SIZE_TRAILER);
	p->size -= trailer;
	if (!p->plain_size)
		return "has an empty payload";
	return NULL;
}

static bool is_bzimage(const u8 *image, u64 size)
{
	return size >= HEADER_BYTES &&
	       fetch(image + OFFSET_BOOT_FLAG, 2) == BOOT_FLAG &&
	       !memcmp(image + OFFSET_MAGIC, "HdrS", 4);
}

const char *bzimage_payload(const void *image, u64 size,
			    struct kernel_payload *p)
{
	const u8 *bytes = image;
	u64 start, len, sects;

	memset(p, 0, sizeof(*p));
	if (!is_bzimage(bytes, size)) {
		p->data = bytes;
		p->size = size;
		return identify(p);
	}
	if (fetch(bytes + OFFSET_VERSION, 2) < VERSION_MIN)
		return "is a bzImage older than boot protocol 2.08";
	sects = bytes[OFFSET_SETUP_SECTS] ?: SECTS_DEFAULT;
	/* Two 32-bit numbers and a small one: no overflow in 64 bits. */
	start = (sects + 1) * SECTOR_SIZE + fetch(bytes + OFFSET_PAYLOAD, 4);
	len = fetch(bytes + OFFSET_PAYLOAD_LEN, 4);
	if (!len)
		return "is a bzImage without a payload";
	if (start > size || len > size - start)
		return "is a truncated bzImage: its payload lies past its end";
	p->data = bytes + start;
	p->size = len;
	return identify(p);
}
