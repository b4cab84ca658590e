// SPDX-License-Identifier: GPL-2.0-only
/*
 * A boot module taken for dom0's kernel: bzImage header, ELF headers, notes.
 * Each byte that a check lets through is touched, so that a range that lies
 * outside of the file is found.
 */
/* links: boot/bzimage.c boot/kernel_notes.c lib/elf.c lib/string.c */
/* renames: memcpy memmove memset memcmp memchr strlen strnlen strcmp strncmp
 * strchr strstr strlcpy */
#include <stdlib.h>

#include "boot/bzimage.h"
#include "boot/kernel_notes.h"
#include "lib/elf.h"
#include "lib/string.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static volatile u8 sink;

static void touch(const u8 *p, u64 n)
{
	if (n)
		sink = p[0] + p[n - 1];
}

static void read_elf(const u8 *data, u64 size)
{
	struct kernel_notes notes;
	struct elf_segment seg;
	struct elf_image elf;
	u32 i;

	if (elf_open(&elf, data, size) != ELF_OK)
		return;
	for (i = 0; i < elf.nr_ph; i++) {
		elf_segment(&elf, i, &seg);
		if (seg.type != ELF_PT_LOAD)
			continue;
		if (seg.file_size > seg.mem_size ||
		    seg.paddr + seg.mem_size < seg.paddr)
			abort();
		touch(data + seg.offset, seg.file_size);
	}
	kernel_notes_read(&elf, &notes);
	kernel_notes_check(&notes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kernel_payload payload;
	u8 *copy = malloc(size + !size);

	memcpy(copy, data, size);
	if (!bzimage_payload(copy, size, &payload)) {
		touch(payload.data, payload.size);
		if (payload.compression == COMPRESSION_NONE)
			read_elf(payload.data, payload.size);
	}
	free(copy);
	return 0;
}
