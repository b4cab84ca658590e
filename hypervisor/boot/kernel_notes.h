/* SPDX-License-Identifier: GPL-2.0-only */
/* What a PV kernel says about itself in its Xen notes. */
#pragma once

#include "lib/elf.h"

#define NOTE_TEXT_MAX 64

struct kernel_notes {
	u64 present; /* bit n: note XEN_ELFNOTE_n was there */
	u64 virt_base; /* address of PFN 0, minus paddr_offset */
	u64 paddr_offset;
	u64 entry;
	u64 hypercall_page;
	u64 init_p2m;
	u64 mod_start_pfn;
	u64 supported_features;
	char guest_os[NOTE_TEXT_MAX];
	char guest_version[NOTE_TEXT_MAX];
	char xen_version[NOTE_TEXT_MAX];
	char loader[NOTE_TEXT_MAX];
	char features[NOTE_TEXT_MAX];
};

static inline bool kernel_note_present(const struct kernel_notes *n,
				       unsigned int type)
{
	return type < 64 && n->present & BIT(type);
}

/* Reads all notes; entry is the ELF header's when there is no note of it. */
void kernel_notes_read(const struct elf_image *elf, struct kernel_notes *n);

/*
 * Can we run it as a PV dom0? NULL, or the reason why not as the second half of
 * a sentence.
 */
const char *kernel_notes_check(const struct kernel_notes *n);
