/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * ELF64 executables in memory: program headers and notes. Nothing in the file
 * is believed: every offset is checked against its size before it is used.
 */
#pragma once

#include "lib/types.h"

#define ELF_PT_LOAD 1
#define ELF_PT_NOTE 4

struct elf_image {
	const u8 *data;
	u64 size;
	u64 entry;
	u64 ph_offset;
	u32 nr_ph;
	u64 sh_offset;
	u32 nr_sh; /* 0 when the table is missing or unusable */
};

struct elf_segment {
	u32 type;
	u64 offset, vaddr, paddr, file_size, mem_size;
};

struct elf_note {
	const char *name; /* terminated */
	u32 type;
	const u8 *desc;
	u32 desc_size;
};

enum elf_error {
	ELF_OK,
	ELF_NOT_ELF,
	ELF_32BIT,
	ELF_WRONG_MACHINE,
	ELF_NOT_EXECUTABLE,
	ELF_TRUNCATED, /* a header or segment reaches past the end */
	ELF_BAD_SEGMENT, /* larger in the file than in memory, or wraps */
	ELF_NO_SEGMENTS,
};

/* What is wrong, as the second half of a sentence. */
const char *elf_error_text(enum elf_error err);

/* Checks all headers and segments of @size bytes at @data. */
enum elf_error elf_open(struct elf_image *elf, const void *data, u64 size);

/* Segment @i < nr_ph of an image that elf_open accepted. */
void elf_segment(const struct elf_image *elf, u32 i, struct elf_segment *seg);

/*
 * Calls @fn for each note of the PT_NOTE segments, or of the note sections when
 * there is no such segment, until it returns false. Malformed notes end their
 * segment.
 */
void elf_for_each_note(const struct elf_image *elf,
		       bool (*fn)(const struct elf_note *note, void *data),
		       void *data);

/* A note's number (4 or 8 bytes, else 0). */
u64 elf_note_number(const struct elf_note *note);
