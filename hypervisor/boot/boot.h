/* SPDX-License-Identifier: GPL-2.0-only */
/* What the boot loader gave us: command line, memory map, modules. */
#pragma once

#include "lib/e820.h"

#define BOOT_MAX_E820	 256
#define BOOT_MAX_MODULES 8

struct boot_module {
	paddr_t start;
	u64 size;
	const char *cmdline; /* without the module's file name */
};

struct boot_info {
	const char *cmdline;
	u32 nr_e820;
	struct e820_entry e820[BOOT_MAX_E820]; /* sorted, not overlapping */
	u32 nr_modules;
	struct boot_module module[BOOT_MAX_MODULES]; /* 0 kernel, 1 initrd */
	paddr_t rsdp; /* 0 = not given */
	bool efi; /* with the system table and memory map below */
	paddr_t efi_systab;
	paddr_t efi_mmap;
	u32 efi_mmap_size, efi_desc_size;
	struct {
		bool present;
		u8 type; /* 0 text, 1 linear RGB */
		paddr_t addr;
		u32 pitch, width, height;
		u8 bpp;
		u8 red_pos, red_size, green_pos, green_size, blue_pos,
			blue_size;
	} fb;
};

extern struct boot_info boot_info;

/* Command line options; see cmdline.c for the table. */
struct boot_options {
	u64 dom0_mem_bytes; /* 0 = all but a reserve */
	u64 dom0_mem_min, dom0_mem_max; /* 0 = not given */
	bool dom0_mem_bad; /* not understood: dom0 is not built */
	u32 dom0_max_vcpus; /* 0 = all CPUs */
	bool dom0_vcpus_pin;
	bool noreboot;
	bool sync_console;
	u32 maxcpus;
	int loglvl, guest_loglvl;
	bool nosmp, x2apic, tsc_unstable;
};

extern struct boot_options boot_options;

void cmdline_parse(const char *cmdline);
/*
 * Fills boot_info; returns what is wrong with it, or NULL. @magic and @info as
 * the loader gave them in EAX and EBX. image_paddr is known, the first 4 GiB
 * are in the direct map.
 */
const char *multiboot_read(u32 magic, u32 info);
/* From here on panic() ends as the options say. */
void shutdown_init(void);
/*
 * Starts the CPUs that ACPI lists until @max are online, the boot CPU included.
 * One that does not answer is reported and left out. Interrupts on.
 */
void smp_boot_cpus(unsigned int max);
/* Once, before console_init(). */
void console_keys_init(void);
/* dom0_build.c: makes dom0 from the modules; panics with the reason. */
struct domain *dom0_build(void);
