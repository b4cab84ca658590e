/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The boot loader's information, multiboot 1 or 2, copied into boot_info while
 * it is still where the loader left it (below 4 GiB, in memory that is about to
 * be reused).
 */
#include "boot/boot.h"
#include "lib/string.h"
#include "mm/page.h"
#include "mm/pagetable.h"

#define MB1_BOOTED 0x2badb002
#define MB2_BOOTED 0x36d76289

/* Multiboot 1: bits of flags. */
#define MB1_HAS_MEMORY	(1U << 0)
#define MB1_HAS_CMDLINE (1U << 2)
#define MB1_HAS_MODULES (1U << 3)
#define MB1_HAS_MAP	(1U << 6)
#define MB1_HAS_LOADER	(1U << 9)

struct mb1_info {
	u32 flags;
	u32 mem_lower, mem_upper; /* KiB, from 0 and from 1 MiB */
	u32 boot_device;
	u32 cmdline;
	u32 mods_count, mods_addr;
	u32 syms[4];
	u32 mmap_length, mmap_addr;
	u32 drives_length, drives_addr;
	u32 config_table;
	u32 loader_name;
};

struct mb1_module {
	u32 start, end, cmdline, pad;
};

struct mb1_map_entry {
	u32 size; /* of the rest */
	struct e820_entry e;
} __packed;

/* Multiboot 2: tags. */
enum {
	TAG_END,
	TAG_CMDLINE,
	TAG_LOADER,
	TAG_MODULE,
	TAG_MAP = 6,
	TAG_FRAMEBUFFER = 8,
	TAG_EFI64 = 12,
	TAG_ACPI_OLD = 14,
	TAG_ACPI_NEW = 15,
	TAG_EFI_MAP = 17,
	TAG_EFI_BOOT_SERVICES = 18,
};

struct mb2_tag {
	u32 type, size;
};

struct mb2_module {
	struct mb2_tag tag;
	u32 start, end;
	char cmdline[];
};

struct mb2_map {
	struct mb2_tag tag;
	u32 entry_size, entry_version;
	char entries[];
};

struct mb2_framebuffer {
	struct mb2_tag tag;
	u64 addr;
	u32 pitch, width, height;
	u8 bpp, type;
	u16 reserved;
	u8 red_pos, red_size, green_pos, green_size, blue_pos, blue_size;
};

struct mb2_efi_map {
	struct mb2_tag tag;
	u32 desc_size, desc_version;
	char map[];
};

#define STRINGS_SIZE 8192
#define MAX_RAW_MAP  512

struct boot_info boot_info;

/* Command lines live as long as the hypervisor: xl and dom0 ask for ours. */
static char strings[STRINGS_SIZE];
static u32 strings_used;
static u8 rsdp_copy[64] __aligned(16);
static struct e820_entry raw_map[MAX_RAW_MAP] __initdata;
static u32 nr_raw __initdata;
static bool loader_is_qemu __initdata;
/* There is no console yet to report it on. */
static const char *problem __initdata;

static const void *low(u32 pa)
{
	return paddr_to_virt(pa);
}

static const char *__init too_long(void)
{
	problem = "the command lines are longer than 8 KiB together";
	return "";
}

static const char *__init keep_string(const char *s, size_t max)
{
	size_t room = STRINGS_SIZE - strings_used;
	char *copy = &strings[strings_used];
	size_t n = strnlen(s, max);

	if (n >= room)
		return too_long();
	memcpy(copy, s, n);
	copy[n] = '\0';
	strings_used += n + 1;
	return copy;
}

/* The loader may have put the file's name in front. */
static const char *__init skip_file_name(const char *s)
{
	bool name = loader_is_qemu || *s == '/' || *s == '(' ||
		    !strncmp(s, "placeholder", 11);

	while (name && *s && *s != ' ')
		s++;
	while (*s == ' ')
		s++;
	return s;
}

static void __init add_module(u32 start, u32 end, const char *cmdline,
			      size_t max)
{
	struct boot_module *m = &boot_info.module[boot_info.nr_modules];

	if (boot_info.nr_modules == BOOT_MAX_MODULES)
		return;
	m->start = start;
	m->size = end - start;
	m->cmdline = skip_file_name(keep_string(cmdline, max));
	boot_info.nr_modules++;
}

/* Loaders have types of their own, for firmware's runtime code among others. */
static void __init add_map_entry(u64 addr, u64 size, u32 type)
{
	if (type > E820_UNUSABLE && type != E820_PMEM)
		type = E820_RESERVED;
	if (nr_raw < MAX_RAW_MAP)
		raw_map[nr_raw++] = (struct e820_entry){ addr, size, type };
}

/* ---- multiboot 1 ---- */

static void __init mb1_read_map(const struct mb1_info *mb)
{
	u32 at = mb->mmap_addr, end = at + mb->mmap_length;

	if (!(mb->flags & MB1_HAS_MAP)) {
		if (!(mb->flags & MB1_HAS_MEMORY))
			return;
		add_map_entry(0, KIB(mb->mem_lower), E820_RAM);
		add_map_entry(MIB(1), KIB(mb->mem_upper), E820_RAM);
		return;
	}
	while (at < end) {
		const struct mb1_map_entry *m = low(at);

		add_map_entry(m->e.addr, m->e.size, m->e.type);
		at += m->size + sizeof(m->size);
	}
}

static void __init mb1_read(const struct mb1_info *mb)
{
	if (mb->flags & MB1_HAS_LOADER)
		loader_is_qemu = !strcmp(low(mb->loader_name), "qemu");
	if (mb->flags & MB1_HAS_CMDLINE)
		boot_info.cmdline = skip_file_name(
			keep_string(low(mb->cmdline), STRINGS_SIZE));
	if (mb->flags & MB1_HAS_MODULES) {
		const struct mb1_module *m = low(mb->mods_addr);

		for (u32 i = 0; i < mb->mods_count; i++)
			add_module(m[i].start, m[i].end,
				   m[i].cmdline ? low(m[i].cmdline) : "",
				   STRINGS_SIZE);
	}
	mb1_read_map(mb);
}

/* ---- multiboot 2 ---- */

static void __init mb2_read_map(const struct mb2_map *map)
{
	const char *end = (const char *)map + map->tag.size;

	for (const char *p = map->entries; p + sizeof(struct e820_entry) <= end;
	     p += map->entry_size) {
		const struct e820_entry *e = (const void *)p;

		add_map_entry(e->addr, e->size, e->type);
	}
}

static void __init mb2_read_framebuffer(const struct mb2_framebuffer *t)
{
	boot_info.fb.addr = t->addr;
	boot_info.fb.pitch = t->pitch;
	boot_info.fb.width = t->width;
	boot_info.fb.height = t->height;
	boot_info.fb.bpp = t->bpp;
	boot_info.fb.type = t->type == 1;
	boot_info.fb.present = t->type == 1 || t->type == 2;
	if (t->type != 1)
		return;
	boot_info.fb.red_pos = t->red_pos;
	boot_info.fb.red_size = t->red_size;
	boot_info.fb.green_pos = t->green_pos;
	boot_info.fb.green_size = t->green_size;
	boot_info.fb.blue_pos = t->blue_pos;
	boot_info.fb.blue_size = t->blue_size;
}

/* The tag holds a copy of the RSDP, not its address. */
static void __init mb2_read_rsdp(const struct mb2_tag *t)
{
	size_t n = MIN((size_t)t->size - sizeof(*t), sizeof(rsdp_copy));

	memcpy(rsdp_copy, t + 1, n);
	boot_info.rsdp = (u64)rsdp_copy - IMAGE_VA + image_paddr;
}

static void __init mb2_read_tag(const struct mb2_tag *t)
{
	size_t max = t->size - sizeof(*t);
	const struct mb2_module *m = (const void *)t;
	const struct mb2_efi_map *efi = (const void *)t;

	switch (t->type) {
	case TAG_CMDLINE:
		boot_info.cmdline =
			skip_file_name(keep_string((const char *)(t + 1), max));
		break;
	case TAG_MODULE:
		add_module(m->start, m->end, m->cmdline, max - 8);
		break;
	case TAG_MAP:
		mb2_read_map((const void *)t);
		break;
	case TAG_FRAMEBUFFER:
		mb2_read_framebuffer((const void *)t);
		break;
	case TAG_EFI64:
		boot_info.efi_systab = *(const u64 *)(t + 1);
		break;
	case TAG_ACPI_OLD:
		if (!boot_info.rsdp)
			mb2_read_rsdp(t);
		break;
	case TAG_ACPI_NEW:
		mb2_read_rsdp(t);
		break;
	case TAG_EFI_MAP:
		boot_info.efi_mmap = virt_to_paddr(efi->map);
		boot_info.efi_mmap_size = t->size - (u32)sizeof(*efi);
		boot_info.efi_desc_size = efi->desc_size;
		break;
	case TAG_EFI_BOOT_SERVICES:
		problem = "the loader left EFI boot services running";
		break;
	}
}

static void __init mb2_read(const u32 *info)
{
	const char *end = (const char *)info + info[0];
	const struct mb2_tag *t = (const void *)(info + 2);

	while ((const char *)t < end && t->type != TAG_END) {
		mb2_read_tag(t);
		t = (const void *)((const char *)t + ALIGN_UP(t->size, 8));
	}
	boot_info.efi = boot_info.efi_systab && boot_info.efi_mmap;
}

const char *__init multiboot_read(u32 magic, u32 info)
{
	boot_info.cmdline = "";
	switch (magic) {
	case MB1_BOOTED:
		mb1_read(low(info));
		break;
	case MB2_BOOTED:
		mb2_read(low(info));
		break;
	default:
		return "the loader speaks neither multiboot 1 nor 2";
	}
	boot_info.nr_e820 =
		e820_sanitise(boot_info.e820, BOOT_MAX_E820, raw_map, nr_raw);
	return problem;
}
