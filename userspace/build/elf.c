// SPDX-License-Identifier: GPL-2.0-only
/*
 * The ELF of a paravirtual kernel: loadable segments by physical address, and
 * the Xen notes (xen/elfnote.h). What a kernel says of itself is checked: all
 * of a segment must be in the file, and where it goes must be sane.
 */
#include "build/kernel.h"
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <stdio.h>
#include <string.h>
#include <xen/elfnote.h>

#define PADDR_MAX (1ul << 40)

struct notes {
	bool any;
	bool has_entry;
	bool has_virt_base;
	bool bad;
	uint64_t virt_base;
	uint64_t paddr_offset;
	uint64_t entry;
	uint64_t init_p2m;
	uint64_t hypercall_page;
	uint64_t mod_start_pfn;
	char loader[16];
	char guest_os[16];
	char xen_version[16];
};

static int refuse(char *why, const char *text)
{
	snprintf(why, KERNEL_WHY_MAX, "%s", text);
	return -ENOEXEC;
}

/* A number of 4 or 8 bytes; other sizes mark the notes as bad. */
static uint64_t note_number(const uint8_t *desc, size_t bytes, bool *bad)
{
	uint64_t number = 0;

	if (bytes != 4 && bytes != 8)
		*bad = true;
	else
		memcpy(&number, desc, bytes);
	return number;
}

static void note_text(char *text, const uint8_t *desc, size_t bytes)
{
	size_t i;

	for (i = 0; i < bytes && i < 15 && desc[i]; i++)
		text[i] = desc[i];
	text[i] = 0;
}

static void take_note(struct notes *notes, unsigned int type,
		      const uint8_t *desc, size_t bytes)
{
	notes->any = true;
	switch (type) {
	case XEN_ELFNOTE_ENTRY:
		notes->entry = note_number(desc, bytes, &notes->bad);
		notes->has_entry = true;
		break;
	case XEN_ELFNOTE_VIRT_BASE:
		notes->virt_base = note_number(desc, bytes, &notes->bad);
		notes->has_virt_base = true;
		break;
	case XEN_ELFNOTE_PADDR_OFFSET:
		notes->paddr_offset = note_number(desc, bytes, &notes->bad);
		break;
	case XEN_ELFNOTE_INIT_P2M:
		notes->init_p2m = note_number(desc, bytes, &notes->bad);
		break;
	case XEN_ELFNOTE_HYPERCALL_PAGE:
		notes->hypercall_page = note_number(desc, bytes, &notes->bad);
		break;
	case XEN_ELFNOTE_MOD_START_PFN:
		notes->mod_start_pfn = note_number(desc, bytes, &notes->bad);
		break;
	case XEN_ELFNOTE_LOADER:
		note_text(notes->loader, desc, bytes);
		break;
	case XEN_ELFNOTE_GUEST_OS:
		note_text(notes->guest_os, desc, bytes);
		break;
	case XEN_ELFNOTE_XEN_VERSION:
		note_text(notes->xen_version, desc, bytes);
		break;
	}
}

/* The notes of one PT_NOTE segment; libelf keeps inside of its bounds. */
static void read_notes(Elf *elf, const GElf_Phdr *phdr, struct notes *notes)
{
	size_t at = 0, next, name_at, desc_at;
	const char *base;
	Elf_Data *data;
	GElf_Nhdr nhdr;

	data = elf_getdata_rawchunk(elf, phdr->p_offset, phdr->p_filesz,
				    ELF_T_NHDR);
	while (data && at < data->d_size &&
	       (next = gelf_getnote(data, at, &nhdr, &name_at, &desc_at))) {
		base = data->d_buf;
		if (nhdr.n_namesz == 4 && !memcmp(base + name_at, "Xen", 4))
			take_note(notes, nhdr.n_type,
				  (const uint8_t *)base + desc_at,
				  nhdr.n_descsz);
		at = next;
	}
}

static int take_segment(struct kernel *kernel, const GElf_Phdr *phdr, char *why)
{
	struct kernel_segment *segment = kernel->segments + kernel->nr_segments;

	if (phdr->p_memsz == 0)
		return 0;
	if (kernel->nr_segments == KERNEL_SEGMENTS_MAX)
		return refuse(why, "has too many segments");
	if (phdr->p_offset > kernel->elf_bytes ||
	    phdr->p_filesz > kernel->elf_bytes - phdr->p_offset)
		return refuse(why, "is cut short: a segment ends behind it");
	if (phdr->p_filesz > phdr->p_memsz || phdr->p_paddr > PADDR_MAX ||
	    phdr->p_memsz > PADDR_MAX)
		return refuse(why, "has a segment that makes no sense");
	segment->paddr = phdr->p_paddr;
	segment->offset = phdr->p_offset;
	segment->file_bytes = phdr->p_filesz;
	segment->mem_bytes = phdr->p_memsz;
	if (segment->paddr + segment->mem_bytes > kernel->paddr_end)
		kernel->paddr_end = segment->paddr + segment->mem_bytes;
	kernel->nr_segments++;
	return 0;
}

static int read_headers(Elf *elf, struct kernel *kernel, struct notes *notes,
			char *why)
{
	GElf_Phdr phdr;
	size_t i, count;
	int err;

	if (elf_getphdrnum(elf, &count))
		return refuse(why, "has no program headers");
	for (i = 0; i < count; i++) {
		if (!gelf_getphdr(elf, i, &phdr))
			return refuse(why, "has damaged program headers");
		if (phdr.p_type == PT_NOTE)
			read_notes(elf, &phdr, notes);
		if (phdr.p_type != PT_LOAD)
			continue;
		err = take_segment(kernel, &phdr, why);
		if (err)
			return err;
	}
	return kernel->nr_segments ? 0 : refuse(why, "has nothing to load");
}

/* May a guest be started with it, and what does it want? */
static int judge(struct kernel *kernel, const struct notes *notes, char *why)
{
	if (!notes->any)
		return refuse(why, "is not a kernel for paravirtual guests: "
				   "it has no Xen notes");
	if (notes->bad)
		return refuse(why, "has a damaged Xen note");
	if (*notes->xen_version && strncmp(notes->xen_version, "xen-3.0", 7))
		return refuse(why, "is for another hypervisor interface");
	if (strcmp(notes->loader, "generic") &&
	    strcmp(notes->guest_os, "linux"))
		return refuse(why, "asks for a loader of its own");
	if (!notes->has_entry || !notes->has_virt_base)
		return refuse(why, "is not a kernel for paravirtual guests: "
				   "no entry point for Xen");
	if (notes->virt_base & 0x1fffff || notes->init_p2m & 0xfff)
		return refuse(why, "asks for addresses that are not aligned");
	kernel->virt_base = notes->virt_base - notes->paddr_offset;
	kernel->entry = notes->entry;
	kernel->init_p2m = notes->init_p2m;
	kernel->hypercall_page = notes->hypercall_page;
	kernel->initrd_unmapped = notes->mod_start_pfn & 1;
	if (kernel->virt_base + kernel->paddr_end < kernel->virt_base)
		return refuse(why, "does not fit into its address space");
	return 0;
}

int elf_read(struct kernel *kernel, char *why)
{
	struct notes notes = { .any = false };
	GElf_Ehdr header;
	int err = -ENOEXEC;
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = elf_memory((char *)kernel->elf, kernel->elf_bytes);
	if (!elf || elf_kind(elf) != ELF_K_ELF || !gelf_getehdr(elf, &header))
		refuse(why, "is not an ELF file");
	else if (header.e_ident[EI_CLASS] != ELFCLASS64 ||
		 header.e_machine != EM_X86_64)
		refuse(why, "is not for 64-bit x86: 32-bit guests cannot run");
	else
		err = read_headers(elf, kernel, &notes, why);
	if (!err)
		err = judge(kernel, &notes, why);
	elf_end(elf);
	return err;
}
