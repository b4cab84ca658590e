/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EFI firmware's tables. dom0 cannot look for them itself: it asks by
 * XENPF_firmware_info, and finds its ACPI tables by the answer.
 */
#include "boot/efi.h"

#include "boot/boot.h"
#include "boot/memory.h"
#include "debug/log.h"
#include "domain/guest_copy.h"
#include "hypercall/platform.h"
#include "lib/string.h"
#include "mm/page.h"

#define SYSTAB_SIGNATURE 0x5453595320494249 /* "IBI SYST" */
#define VENDOR_MAX	 64

struct efi_system_table {
	u64 signature;
	u32 revision, header_size, crc32, reserved;
	paddr_t vendor;
	u32 vendor_revision, pad;
	u64 consoles[6];
	paddr_t runtime;
	u64 boot;
	u64 nr_tables;
	paddr_t tables;
};

struct efi_config_table {
	u8 guid[16];
	paddr_t table;
};

static const u8 guid_acpi_20[16] = { 0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4,
				     0xd3, 0x11, 0xbc, 0x22, 0x00, 0x80,
				     0xc7, 0x3c, 0x88, 0x81 };
static const u8 guid_acpi_10[16] = { 0x30, 0x2d, 0x9d, 0xeb, 0x88, 0x2d,
				     0xd3, 0x11, 0x9a, 0x16, 0x00, 0x90,
				     0x27, 0x3f, 0xc1, 0x4d };

static struct {
	u32 revision, vendor_revision;
	u16 vendor[VENDOR_MAX]; /* UTF-16, terminated */
	paddr_t tables;
	u32 nr_tables;
} efi;

const struct efi_memory *efi_memory(u32 i)
{
	u32 bytes = boot_info.efi_desc_size;

	if (bytes < sizeof(struct efi_memory) ||
	    i >= boot_info.efi_mmap_size / bytes)
		return NULL;
	return paddr_to_virt(boot_info.efi_mmap + (u64)i * bytes);
}

/* ---- XENPF_firmware_info ---- */

/* As much of the name as the buffer holds, always terminated. */
static int give_vendor(union xenpf_efi_info *info)
{
	u32 room = info->vendor.bufsz / 2;
	u64 name = (u64)info->vendor.name.p;
	u16 end = 0;
	u32 n = 0;

	info->vendor.revision = efi.vendor_revision;
	if (!name || !room)
		return 0;
	while (n < room - 1 && efi.vendor[n])
		n++;
	if (guest_copy_to(name, efi.vendor, 2UL * n) ||
	    guest_copy_out(name + 2UL * n, &end))
		return -EFAULT;
	return 0;
}

/* Attributes of the memory at an address, and how far they reach. */
static int give_memory(union xenpf_efi_info *info)
{
	const struct efi_memory *m;

	for (u32 i = 0; (m = efi_memory(i)); i++) {
		u64 at = info->mem.addr - m->start;
		u64 bytes = m->nr_pages << PAGE_SHIFT;

		if (at >= bytes)
			continue;
		info->mem.type = m->type;
		info->mem.attr = m->attributes;
		if (info->mem.size > bytes - at)
			info->mem.size = bytes - at;
		return 0;
	}
	return -ESRCH;
}

int efi_firmware_info(struct xenpf_firmware_info *info)
{
	union xenpf_efi_info *out = &info->u.efi_info;

	switch (info->index) {
	case XEN_FW_EFI_VERSION:
		out->version = efi.revision;
		return 0;
	case XEN_FW_EFI_CONFIG_TABLE:
		out->cfg.addr = efi.tables;
		out->cfg.nent = efi.nr_tables;
		return 0;
	case XEN_FW_EFI_VENDOR:
		return give_vendor(out);
	case XEN_FW_EFI_MEM_INFO:
		return give_memory(out);
	case XEN_FW_EFI_RT_VERSION:
		out->version = efi_runtime_revision();
		return out->version ? 0 : -EOPNOTSUPP;
	default:
		return -ENOENT; /* nothing was kept of PCI ROMs and the like */
	}
}

/* ---- boot ---- */

static void __init read_vendor(paddr_t pa)
{
	const u16 *name = memory_map_firmware(pa, sizeof(efi.vendor));

	for (u32 i = 0; i < VENDOR_MAX - 1 && name[i]; i++)
		efi.vendor[i] = name[i];
}

/* The tag of the boot loader is only a copy of the RSDP. */
static void __init find_rsdp(void)
{
	const struct efi_config_table *t =
		memory_map_firmware(efi.tables, efi.nr_tables * sizeof(*t));
	paddr_t old = 0, new = 0;

	for (u32 i = 0; i < efi.nr_tables; i++) {
		if (!memcmp(t[i].guid, guid_acpi_20, 16))
			new = t[i].table;
		else if (!memcmp(t[i].guid, guid_acpi_10, 16))
			old = t[i].table;
	}
	if (new || old)
		boot_info.rsdp = new ?: old;
}

void __init efi_init(void)
{
	const struct efi_system_table *st;

	if (!boot_info.efi)
		return;
	st = memory_map_firmware(boot_info.efi_systab, sizeof(*st));
	if (st->signature != SYSTAB_SIGNATURE) {
		pr_warn("efi: no system table at %#lx: EFI is not used",
			boot_info.efi_systab);
		boot_info.efi = false;
		return;
	}
	efi.revision = st->revision;
	efi.vendor_revision = st->vendor_revision;
	efi.tables = st->tables;
	efi.nr_tables = (u32)MIN(st->nr_tables, 1024UL);
	read_vendor(st->vendor);
	find_rsdp();
	efi_runtime_init(st->runtime);
	pr_info("efi: version %u.%u, %u tables, ACPI at %#lx",
		efi.revision >> 16, efi.revision & 0xffff, efi.nr_tables,
		boot_info.rsdp);
}
