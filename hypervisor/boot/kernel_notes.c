// SPDX-License-Identifier: GPL-2.0-only
/* What a PV kernel says about itself in its Xen notes (<xen/elfnote.h>). */
#include "boot/kernel_notes.h"

#include "include/abi.h"
#include "lib/string.h"

/* Where a note's value goes: a number or a text. */
struct note_target {
	u64 *number;
	char *text;
};

static struct note_target note_target(struct kernel_notes *n, u32 type)
{
	switch (type) {
	case XEN_ELFNOTE_VIRT_BASE:
		return (struct note_target){ .number = &n->virt_base };
	case XEN_ELFNOTE_PADDR_OFFSET:
		return (struct note_target){ .number = &n->paddr_offset };
	case XEN_ELFNOTE_ENTRY:
		return (struct note_target){ .number = &n->entry };
	case XEN_ELFNOTE_HYPERCALL_PAGE:
		return (struct note_target){ .number = &n->hypercall_page };
	case XEN_ELFNOTE_INIT_P2M:
		return (struct note_target){ .number = &n->init_p2m };
	case XEN_ELFNOTE_MOD_START_PFN:
		return (struct note_target){ .number = &n->mod_start_pfn };
	case XEN_ELFNOTE_SUPPORTED_FEATURES:
		return (struct note_target){ .number = &n->supported_features };
	case XEN_ELFNOTE_GUEST_OS:
		return (struct note_target){ .text = n->guest_os };
	case XEN_ELFNOTE_GUEST_VERSION:
		return (struct note_target){ .text = n->guest_version };
	case XEN_ELFNOTE_XEN_VERSION:
		return (struct note_target){ .text = n->xen_version };
	case XEN_ELFNOTE_LOADER:
		return (struct note_target){ .text = n->loader };
	case XEN_ELFNOTE_FEATURES:
		return (struct note_target){ .text = n->features };
	default:
		return (struct note_target){};
	}
}

static bool read_note(const struct elf_note *note, void *data)
{
	struct kernel_notes *n = data;
	struct note_target to;
	size_t len;

	if (strcmp(note->name, "Xen"))
		return true;
	if (note->type < 64)
		n->present |= BIT(note->type);
	to = note_target(n, note->type);
	if (to.number)
		*to.number = elf_note_number(note);
	if (to.text) {
		len = MIN(note->desc_size, (u32)NOTE_TEXT_MAX - 1);
		memcpy(to.text, note->desc, len);
		to.text[len] = '\0';
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
