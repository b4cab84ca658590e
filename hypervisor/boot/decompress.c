// SPDX-License-Identifier: GPL-2.0-only
/*
 * Unpacks the kernel with the C libraries liblzma, libzstd and zlib as Debian
 * builds them for programs. They expect a little of a C environment: SSE, a red
 * zone under the stack pointer (so: no interrupts), a stack protector's canary
 * at %fs:0x28, and malloc and free (decompress_alloc.c).
 */
#include "boot/decompress.h"

#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "cpu/system.h"
#include "lib/string.h"
#include "mm/frame.h"

#define CR0_MP (1UL << 1)
#define CR0_EM (1UL << 2)

#define CANARY_SLOT (0x28 / sizeof(u64))

static const char corrupt[] = "is corrupt: it does not decompress";
static const char no_memory[] = "does not fit: too little memory to unpack it";

/*
 * liblzma picks its CRC64 in a constructor, which nobody runs here. The kernel
 * builds with CRC32, the only check its own XZ decoder knows.
 */
static bool xz_is_crc32(const struct kernel_payload *p)
{
	lzma_stream_flags flags;

	return p->size >= LZMA_STREAM_HEADER_SIZE &&
	       lzma_stream_header_decode(&flags, p->data) == LZMA_OK &&
	       flags.check == LZMA_CHECK_CRC32;
}

static const char *unpack_xz(const struct kernel_payload *p, void *out)
{
	/* A damaged header can ask for any dictionary: no more than we have. */
	uint64_t limit = frame_nr_free() << PAGE_SHIFT;
	size_t in_pos = 0, out_pos = 0;
	lzma_ret ret;

	if (!xz_is_crc32(p))
		return "is corrupt: not XZ with a CRC32";
	ret = lzma_stream_buffer_decode(&limit, 0, NULL, p->data, &in_pos,
					p->size, out, &out_pos, p->plain_size);
	if (ret == LZMA_MEMLIMIT_ERROR)
		return no_memory;
	if (ret != LZMA_OK || out_pos != p->plain_size)
		return corrupt;
	return NULL;
}

static const char *unpack_zstd(const struct kernel_payload *p, void *out)
{
	size_t n = ZSTD_decompress(out, p->plain_size, p->data, p->size);

	return n == p->plain_size ? NULL : corrupt;
}

static const char *unpack_gzip(const struct kernel_payload *p, void *out)
{
	z_stream z;
	int ret;

	if (p->size > UINT32_MAX)
		return corrupt;
	memset(&z, 0, sizeof(z));
	z.next_in = (Bytef *)p->data;
	z.avail_in = p->size;
	z.next_out = out;
	z.avail_out = p->plain_size;
	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK)
		return corrupt;
	ret = inflate(&z, Z_FINISH);
	inflateEnd(&z);
	if (ret != Z_STREAM_END || z.avail_out)
		return corrupt;
	return NULL;
}

static const char *unpack(const struct kernel_payload *p, void *out)
{
	switch (p->compression) {
	case COMPRESSION_XZ:
		return unpack_xz(p, out);
	case COMPRESSION_ZSTD:
		return unpack_zstd(p, out);
	case COMPRESSION_GZIP:
		return unpack_gzip(p, out);
	case COMPRESSION_NONE:
		memcpy(out, p->data, p->size);
		return NULL;
	}
	return corrupt;
}

const char *decompress(const struct kernel_payload *p, void *out)
{
	static u64 tls[CANARY_SLOT + 1];
	u64 flags = irq_save();
	u64 fs = rdmsr(MSR_FS_BASE);
	u64 cr0 = read_cr0();
	const char *err;

	tls[CANARY_SLOT] = rdtsc();
	wrmsr(MSR_FS_BASE, (u64)tls);
	write_cr0((cr0 & ~(CR0_TS | CR0_EM)) | CR0_MP);
	write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
	err = unpack(p, out);
	if (decompress_alloc_end())
		err = no_memory;
	write_cr0(cr0);
	wrmsr(MSR_FS_BASE, fs);
	irq_restore(flags);
	return err;
}
