// SPDX-License-Identifier: GPL-2.0-only
/* What a PV kernel says about itself in its Xen notes (<xen/elfnote.h>). */
#include "boot/kernel_notes.h"

#include "include/abi.h"
#include "lib/string.h"

#define NUMBER(field)                                        \
	{                                                    \
		offsetof(struct kernel_notes, field), false, \
	}
#define TEXT(field)                                         \
	{                                                   \
		offsetof(struct kernel_notes, field), true, \
	}

/* Where a note's value goes; 0: nowhere. */
static const struct {
	u16 at;
	bool is_text;
} targets[] = {
	[XEN_ELFNOTE_VIRT_BASE] = NUMBER(virt_base),
	[XEN_ELFNOTE_PADDR_OFFSET] = NUMBER(paddr_offset),
	[XEN_ELFNOTE_ENTRY] = NUMBER(entry),
	[XEN_ELFNOTE_HYPERCALL_PAGE] = NUMBER(hypercall_page),
	[XEN_ELFNOTE_INIT_P2M] = NUMBER(init_p2m),
	[XEN_ELFNOTE_MOD_START_PFN] = NUMBER(mod_start_pfn),
	[XEN_ELFNOTE_SUPPORTED_FEATURES] = NUMBER(supported_features),
	[XEN_ELFNOTE_GUEST_OS] = TEXT(guest_os),
	[XEN_ELFNOTE_GUEST_VERSION] = TEXT(guest_version),
	[XEN_ELFNOTE_XEN_VERSION] = TEXT(xen_version),
	[XEN_ELFNOTE_LOADER] = TEXT(loader),
	[XEN_ELFNOTE_FEATURES] = TEXT(features),
};

static bool read_note(const struct elf_note *note, void *data)
{
	struct kernel_notes *n = data;
	char *to;
	size_t len;

	if (strcmp(note->name, "Xen"))
		return true;
	if (note->type < 64)
		n->present |= BIT(note->type);
	if (note->type >= ARRAY_SIZE(targets) || !targets[note->type].at)
		return true;
	to = (char *)n + targets[note->type].at;
	if (targets[note->type].is_text) {
		len = MIN(note->desc_size, (u32)NOTE_TEXT_MAX - 1);
		memcpy(to, note->desc, len);
		to[len] = '\0';
	} else {
		*(u64 *)to = elf_note_number(note);
	}
	return true;
}

void kernel_notes_read(const struct elf_image *elf, struct kernel_notes *n)
{
	memset(n, 0, sizeof(*n));
	n->entry = elf->entry;
	elf_for_each_note(elf, read_note, n);
}

static bool canonical(u64 va)
{
	return (u64)((s64)(va << 16) >> 16) == va;
}

const char *kernel_notes_check(const struct kernel_notes *n)
{
	if (!n->present)
		return "has no Xen notes: it cannot run as a PV guest "
		       "(CONFIG_XEN_PV)";
	if (!kernel_note_present(n, XEN_ELFNOTE_VIRT_BASE) ||
	    !kernel_note_present(n, XEN_ELFNOTE_ENTRY))
		return "has no Xen PV entry point (CONFIG_XEN_PV is off)";
	if (strncmp(n->xen_version, "xen-3.0", 7))
		return "does not speak the interface \"xen-3.0\"";
	if (strcmp(n->loader, "generic") && strcmp(n->guest_os, "linux"))
		return "does not take the generic loader";
	if (kernel_note_present(n, XEN_ELFNOTE_SUPPORTED_FEATURES) &&
	    !(n->supported_features & BIT(XENFEAT_dom0)))
		return "cannot be dom0 (CONFIG_XEN_DOM0 is off)";
	if (!canonical(n->virt_base) || !canonical(n->entry) ||
	    !canonical(n->init_p2m) || n->init_p2m & ~PAGE_MASK ||
	    n->virt_base & ~PAGE_MASK)
		return "has Xen notes with impossible addresses";
	return NULL;
}
