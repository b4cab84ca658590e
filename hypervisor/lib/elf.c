// SPDX-License-Identifier: GPL-2.0-only
/*
 * ELF64 executables in memory.
 *
 * elf_open checks the header, that the program header table lies in the file,
 * and each PT_LOAD and PT_NOTE segment; after that elf_segment needs no checks.
 * Notes are checked as they are walked. Fields are fetched by memcpy: the file
 * need not be aligned.
 */
#include "lib/elf.h"

#include "lib/string.h"

#define EI_CLASS     4
#define EI_DATA	     5
#define CLASS_32     1
#define CLASS_64     2
#define DATA_LITTLE  1
#define ET_EXEC	     2
#define ET_DYN	     3
#define EM_X86_64    62
#define SHT_NOTE     7
#define NOTE_MAXNAME 64

struct elf64_header {
	u8 ident[16];
	u16 type, machine;
	u32 version;
	u64 entry, phoff, shoff;
	u32 flags;
	u16 ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf64_phdr {
	u32 type, flags;
	u64 offset, vaddr, paddr, filesz, memsz, align;
};

struct elf64_shdr {
	u32 name, type;
	u64 flags, addr, offset, size;
	u32 link, info;
	u64 addralign, entsize;
};

struct elf_note_header {
	u32 name_size, desc_size, type;
};

_Static_assert(sizeof(struct elf64_header) == 64, "ELF header");
_Static_assert(sizeof(struct elf64_phdr) == 56, "ELF program header");
_Static_assert(sizeof(struct elf64_shdr) == 64, "ELF section header");

const char *elf_error_text(enum elf_error err)
{
	static const char *const text[] = {
		[ELF_OK] = "is fine",
		[ELF_NOT_ELF] = "is not an ELF file",
		[ELF_32BIT] = "is a 32-bit ELF file; a 64-bit one is needed",
		[ELF_WRONG_MACHINE] = "is not for x86-64",
		[ELF_NOT_EXECUTABLE] = "is not an executable ELF file",
		[ELF_TRUNCATED] = "is truncated: a part lies past its end",
		[ELF_BAD_SEGMENT] = "has an impossible segment",
		[ELF_NO_SEGMENTS] = "has nothing to load",
	};

	return (unsigned int)err < ARRAY_SIZE(text) ? text[err] : "is bad";
}

/* Does [offset, offset + bytes) lie in the file? */
static bool in_file(const struct elf_image *elf, u64 offset, u64 bytes)
{
	return offset <= elf->size && bytes <= elf->size - offset;
}

static enum elf_error check_header(const struct elf64_header *h)
{
	static const u8 magic[4] = { 0x7f, 'E', 'L', 'F' };

	if (memcmp(h->ident, magic, sizeof(magic)))
		return ELF_NOT_ELF;
	if (h->ident[EI_CLASS] == CLASS_32)
		return ELF_32BIT;
	if (h->ident[EI_CLASS] != CLASS_64)
		return ELF_NOT_ELF;
	if (h->ident[EI_DATA] != DATA_LITTLE || h->machine != EM_X86_64)
		return ELF_WRONG_MACHINE;
	if (h->type != ET_EXEC && h->type != ET_DYN)
		return ELF_NOT_EXECUTABLE;
	return ELF_OK;
}

static enum elf_error check_segment(const struct elf_image *elf,
				    const struct elf_segment *seg)
{
	u64 end;

	if (!in_file(elf, seg->offset, seg->file_size))
		return ELF_TRUNCATED;
	if (seg->type != ELF_PT_LOAD)
		return ELF_OK;
	if (seg->file_size > seg->mem_size ||
	    __builtin_add_overflow(seg->paddr, seg->mem_size, &end) ||
	    __builtin_add_overflow(seg->vaddr, seg->mem_size, &end))
		return ELF_BAD_SEGMENT;
	return ELF_OK;
}

enum elf_error elf_open(struct elf_image *elf, const void *data, u64 size)
{
	struct elf64_header h;
	struct elf_segment seg;
	enum elf_error err;
	bool load = false;

	memset(elf, 0, sizeof(*elf));
	elf->data = data;
	elf->size = size;
	if (size < sizeof(h))
		return ELF_NOT_ELF;
	memcpy(&h, data, sizeof(h));
	err = check_header(&h);
	if (err)
		return err;
	if (!h.phnum || h.phentsize != sizeof(struct elf64_phdr))
		return ELF_NO_SEGMENTS;
	if (!in_file(elf, h.phoff, (u64)h.phnum * sizeof(struct elf64_phdr)))
		return ELF_TRUNCATED;
	elf->entry = h.entry;
	elf->ph_offset = h.phoff;
	elf->nr_ph = h.phnum;
	/* Sections are a second choice for notes: damage there is no error. */
	elf->sh_offset = h.shoff;
	if (h.shentsize == sizeof(struct elf64_shdr) &&
	    in_file(elf, h.shoff, (u64)h.shnum * sizeof(struct elf64_shdr)))
		elf->nr_sh = h.shnum;
	for (u32 i = 0; i < elf->nr_ph; i++) {
		elf_segment(elf, i, &seg);
		if (seg.type != ELF_PT_LOAD && seg.type != ELF_PT_NOTE)
			continue;
		err = check_segment(elf, &seg);
		if (err)
			return err;
		load |= seg.type == ELF_PT_LOAD && seg.mem_size;
	}
	return load ? ELF_OK : ELF_NO_SEGMENTS;
}

void elf_segment(const struct elf_image *elf, u32 i, struct elf_segment *seg)
{
	struct elf64_phdr ph;

	memcpy(&ph, elf->data + elf->ph_offset + (u64)i * sizeof(ph),
	       sizeof(ph));
	seg->type = ph.type;
	seg->offset = ph.offset;
	seg->vaddr = ph.vaddr;
	seg->paddr = ph.paddr;
	seg->file_size = ph.filesz;
	seg->mem_size = ph.memsz;
}

/*
 * One note at @p with @left bytes: its length with padding, 0 when malformed.
 */
static u64 parse_note(const u8 *p, u64 left, struct elf_note *note)
{
	struct elf_note_header h;
	u64 name_bytes, desc_bytes, all;

	if (left < sizeof(h))
		return 0;
	memcpy(&h, p, sizeof(h));
	left -= sizeof(h);
	name_bytes = ALIGN_UP((u64)h.name_size, 4);
	desc_bytes = ALIGN_UP((u64)h.desc_size, 4);
	/* The last note may lack its padding. */
	if (name_bytes > left || h.desc_size > left - name_bytes)
		return 0;
	note->name = (const char *)p + sizeof(h);
	if (!h.name_size || h.name_size > NOTE_MAXNAME ||
	    note->name[h.name_size - 1] != '\0')
		note->name = "";
	note->type = h.type;
	note->desc = p + sizeof(h) + name_bytes;
	note->desc_size = h.desc_size;
	all = name_bytes + desc_bytes;
	return sizeof(h) + MIN(all, left);
}

static bool walk_notes(const u8 *p, u64 left,
		       bool (*fn)(const struct elf_note *note, void *data),
		       void *data)
{
	struct elf_note note;
	u64 n;

	while ((n = parse_note(p, left, &note)) != 0) {
		if (!fn(&note, data))
			return false;
		p += n;
		left -= n;
	}
	return true;
}

void elf_for_each_note(const struct elf_image *elf,
		       bool (*fn)(const struct elf_note *note, void *data),
		       void *data)
{
	struct elf_segment seg;
	struct elf64_shdr sh;
	bool found = false;

	for (u32 i = 0; i < elf->nr_ph; i++) {
		elf_segment(elf, i, &seg);
		if (seg.type != ELF_PT_NOTE)
			continue;
		found = true;
		if (!walk_notes(elf->data + seg.offset, seg.file_size, fn,
				data))
			return;
	}
	for (u32 i = 0; !found && i < elf->nr_sh; i++) {
		memcpy(&sh, elf->data + elf->sh_offset + (u64)i * sizeof(sh),
		       sizeof(sh));
		if (sh.type == SHT_NOTE && in_file(elf, sh.offset, sh.size) &&
		    !walk_notes(elf->data + sh.offset, sh.size, fn, data))
			return;
	}
}

u64 elf_note_number(const struct elf_note *note)
{
	u64 v = 0;

	if (note->desc_size == 4 || note->desc_size == 8)
		memcpy(&v, note->desc, note->desc_size);
	return v;
}
