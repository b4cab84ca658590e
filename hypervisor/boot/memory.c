/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The machine's memory, from the boot loader's map to the frame allocator.
 *
 * The order matters. Until the final tables are loaded only the first 4 GiB are
 * in the direct map, so the tables themselves come from there; the frame table
 * and the M2P, which grow with RAM, come after and may lie anywhere.
 *
 * The first MiB is firmware's and dom0's: it is in the direct map, but is never
 * RAM to us.
 */
#include "boot/memory.h"

#include "boot/boot.h"
#include "cpu/system.h"
#include "cpu/tlb.h"
#include "debug/log.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/page.h"
#include "mm/pagetable.h"

#define LOW_END	   MIB(1)
#define EARLY_END  GIB(4) /* end of the early direct map */
#define LARGE_PAGE MIB(2)
#define MAX_RAM	   (DIRECT_MAP_END - DIRECT_MAP_VA)

extern char _image_start[], _image_end[];
extern char _text_start[], _text_end[];
extern char _init_text_start[], _init_text_end[];
extern char _rodata_start[], _rodata_end[];
extern char _ro_after_init_start[], _ro_after_init_end[];
extern char _init_data_start[], _init_data_end[];
extern char _data_start[], _data_end[];
extern char _init_bss_start[], _init_bss_end[];

/* RAM as we use it: whole pages from 1 MiB up, within the direct map. */
static struct e820_entry ram[BOOT_MAX_E820] __initdata;
static u32 nr_ram __initdata;
/* Ends of what is mapped of the frame table and the M2P so far. */
static u64 frame_table_end __initdata;
static u64 m2p_end __initdata;

static void *__init table_page(void)
{
	return paddr_to_virt(bootmem_alloc(PAGE_SIZE, PAGE_SIZE, EARLY_END));
}

static void __init map_or_panic(u64 va, paddr_t pa, u64 bytes, u64 flags)
{
	if (hv_map(va, _mfn(pa >> PAGE_SHIFT), bytes >> PAGE_SHIFT, flags))
		panic("memory: none left for the hypervisor's page tables");
}

static paddr_t image_pa(const char *p)
{
	return (u64)p - IMAGE_VA + image_paddr;
}

static void __init find_ram(void)
{
	u64 usable = 0;

	for (u32 i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];
		paddr_t start = ALIGN_UP(MAX(e->addr, LOW_END), PAGE_SIZE);
		paddr_t end = ALIGN_DOWN(e->addr + e->size, PAGE_SIZE);

		if (e->type != E820_RAM || start >= end)
			continue;
		if (end > MAX_RAM) {
			pr_warn("memory: RAM above %lu GiB is not used",
				MAX_RAM >> 30);
			end = MAX_RAM;
		}
		if (start >= end)
			continue;
		ram[nr_ram++] =
			(struct e820_entry){ start, end - start, E820_RAM };
		usable += end - start;
	}
	if (!nr_ram)
		panic("memory: the boot loader lists no RAM above 1 MiB");
	pr_info("memory: %lu MiB of RAM", usable >> 20);
}

static void __init find_free(void)
{
	for (u32 i = 0; i < nr_ram; i++)
		bootmem_add(ram[i].addr, ram[i].addr + ram[i].size);
	bootmem_reserve(image_pa(_image_start), image_pa(_image_end));
	for (u32 i = 0; i < boot_info.nr_modules; i++) {
		const struct boot_module *m = &boot_info.module[i];

		bootmem_reserve(m->start, m->start + m->size);
	}
	if (boot_info.efi)
		bootmem_reserve(boot_info.efi_mmap,
				boot_info.efi_mmap + boot_info.efi_mmap_size);
}

/*
 * UEFI GRUB puts small modules below 1 MiB, and tells of the firmware's map in
 * memory of its own: both move to memory that is ours.
 */
static paddr_t __init move_up(paddr_t from, u64 bytes)
{
	paddr_t to =
		bootmem_alloc(ALIGN_UP(bytes, PAGE_SIZE), PAGE_SIZE, EARLY_END);

	memcpy(paddr_to_virt(to), paddr_to_virt(from), bytes);
	return to;
}

static void __init move_low_parts(void)
{
	for (u32 i = 0; i < boot_info.nr_modules; i++) {
		struct boot_module *m = &boot_info.module[i];

		if (m->size && m->start < LOW_END)
			m->start = move_up(m->start, m->size);
	}
	if (boot_info.efi)
		boot_info.efi_mmap =
			move_up(boot_info.efi_mmap, boot_info.efi_mmap_size);
}

/* ---- direct map and image ---- */

static void __init map_direct(paddr_t start, paddr_t end)
{
	start = ALIGN_DOWN(start, PAGE_SIZE);
	end = ALIGN_UP(end, PAGE_SIZE);
	map_or_panic(DIRECT_MAP_VA + start, start, end - start, HV_RW);
}

static void __init map_memory(void)
{
	map_direct(0, LOW_END);
	for (u32 i = 0; i < nr_ram; i++)
		map_direct(ram[i].addr, ram[i].addr + ram[i].size);
	for (u32 i = 0; i < boot_info.nr_e820; i++) {
		const struct e820_entry *e = &boot_info.e820[i];

		if ((e->type == E820_ACPI || e->type == E820_NVS) &&
		    e->addr + e->size < MAX_RAM)
			map_direct(e->addr, e->addr + e->size);
	}
}

static void __init map_part(const char *start, const char *end, u64 flags)
{
	map_or_panic((u64)start, image_pa(start), (u64)(end - start), flags);
}

/* What is read only or code has no writable alias in the direct map. */
static void __init protect_alias(const char *start, const char *end, u64 flags)
{
	map_or_panic(DIRECT_MAP_VA + image_pa(start), image_pa(start),
		     (u64)(end - start), flags);
}

static void __init map_image(void)
{
	map_part(_init_text_start, _init_text_end, HV_RX);
	map_part(_text_start, _text_end, HV_RX);
	map_part(_rodata_start, _rodata_end, HV_RO);
	map_part(_ro_after_init_start, _ro_after_init_end, HV_RW);
	map_part(_init_data_start, _init_data_end, HV_RW);
	map_part(_data_start, _data_end, HV_RW);
	map_part(_init_bss_start, _init_bss_end, HV_RW);
	protect_alias(_init_text_start, _rodata_end, HV_RO);
}

/* ---- frame table and M2P ---- */

/* Backs [start, end) with new memory, zeroed, in pages as large as fit. */
static void __init back_range(u64 start, u64 end)
{
	while (start < end) {
		u64 step = !(start & (LARGE_PAGE - 1)) &&
					   end - start >= LARGE_PAGE ?
				   LARGE_PAGE :
				   PAGE_SIZE;

		map_or_panic(start, bootmem_alloc(step, step, 0), step, HV_RW);
		start += step;
	}
}

static void __init map_frame_table(const struct e820_entry *r)
{
	u64 first = r->addr >> PAGE_SHIFT;
	u64 last = first + (r->size >> PAGE_SHIFT);
	u64 start = ALIGN_DOWN((u64)&frame_table[first], PAGE_SIZE);
	u64 end = ALIGN_UP((u64)&frame_table[last], PAGE_SIZE);

	start = MAX(start, frame_table_end);
	if (start < end)
		back_range(start, end);
	frame_table_end = MAX(end, frame_table_end);
}

/* In 2 MiB pieces: each is for 1 GiB of machine memory. */
static void __init map_m2p(const struct e820_entry *r)
{
	u64 start = ALIGN_DOWN((r->addr >> PAGE_SHIFT) * 8, LARGE_PAGE);
	u64 end = ((r->addr + r->size) >> PAGE_SHIFT) * 8;

	for (start = MAX(start, m2p_end); start < end; start += LARGE_PAGE) {
		paddr_t pa = bootmem_alloc(LARGE_PAGE, LARGE_PAGE, 0);

		memset(paddr_to_virt(pa), 0xff, LARGE_PAGE);
		map_or_panic(M2P_VA + start, pa, LARGE_PAGE, HV_RW);
		map_or_panic(M2P_GUEST_VA + start, pa, LARGE_PAGE,
			     HV_RO | PTE_U);
		m2p_add_extent(start / LARGE_PAGE, _mfn(pa >> PAGE_SHIFT));
		m2p_end = start + LARGE_PAGE;
	}
}

void __init memory_init(void)
{
	find_ram();
	find_free();
	move_low_parts();
	hv_tables_init(table_page);
	map_memory();
	map_image();
	write_cr3(virt_to_paddr(master_l4));
	for (u32 i = 0; i < nr_ram; i++) {
		map_frame_table(&ram[i]);
		map_m2p(&ram[i]);
	}
	ram_init(ram, nr_ram);
	m2p_share_extents();
	bootmem_release(frame_add_range);
	hv_tables_use_frames();
	pr_info("memory: %lu MiB free, %lu KiB in frame table and M2P",
		frame_nr_free() >> (20 - PAGE_SHIFT),
		(frame_table_end - FRAME_TABLE_VA + m2p_end) >> 10);
}

void *__init memory_map_firmware(paddr_t pa, size_t bytes)
{
	paddr_t end = pa + bytes;

	for (paddr_t p = ALIGN_DOWN(pa, PAGE_SIZE); p < end; p += PAGE_SIZE)
		if (!hv_is_mapped(DIRECT_MAP_VA + p))
			map_direct(p, p + PAGE_SIZE);
	return paddr_to_virt(pa);
}

/* ---- the end of booting ---- */

void memory_protect_ro_after_init(void)
{
	const char *start = _ro_after_init_start, *end = _ro_after_init_end;
	u64 nr = (u64)(end - start) >> PAGE_SHIFT;

	/* Neither fails: the 4 KiB entries exist or split one that does. */
	if (hv_map((u64)start, hv_image_mfn(start), nr, HV_RO) ||
	    hv_map(DIRECT_MAP_VA + image_pa(start), hv_image_mfn(start), nr,
		   HV_RO))
		pr_warn("memory: the IDT stays writable: out of memory");
	tlb_flush_mask(&cpu_online_mask);
}

static void free_part(const char *start, const char *end)
{
	u64 nr = (u64)(end - start) >> PAGE_SHIFT;
	paddr_t pa = image_pa(start);

	hv_unmap((u64)start, nr);
	if (hv_map(DIRECT_MAP_VA + pa, _mfn(pa >> PAGE_SHIFT), nr, HV_RW))
		return;
	tlb_flush_mask(&cpu_online_mask);
	frame_add_range(pa, pa + (nr << PAGE_SHIFT));
}

void memory_free_init(void)
{
	u64 before = frame_nr_free();

	free_part(_init_text_start, _init_text_end);
	free_part(_init_data_start, _init_data_end);
	free_part(_data_end, _init_bss_end); /* with the alignment gap */
	pr_debug("memory: %lu KiB given back after booting",
		 (frame_nr_free() - before) << 2);
}
