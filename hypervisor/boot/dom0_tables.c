// SPDX-License-Identifier: GPL-2.0-only
/*
 * dom0's initial address space and the start_info page.
 *
 * The tables are written as plain data; the builder then has the L4 checked and
 * pinned in the way a guest's is, which counts every reference. So nothing here
 * may map a table writable: the frames [pt_pfn, pt_pfn + nr_pt) are mapped read
 * only, the P2M's tables not at all.
 */
#include "boot/boot.h"
#include "boot/dom0.h"
#include "lib/string.h"
#include "mm/pagetable.h"

/* As the validator would write them back: user, kernel-only as a remark. */
#define TABLE_FLAGS (PTE_P | PTE_RW | PTE_U | PTE_A | PTE_D)
#define PAGE_RO	    (PTE_P | PTE_U | PTE_A | PTE_D | PTE_GUEST_KERNEL)
#define PAGE_RW	    (PAGE_RO | PTE_RW)

/* The text screen that BIOS leaves. */
#define TEXT_COLUMNS	 80
#define TEXT_ROWS	 25
#define TEXT_FONT_HEIGHT 16
#define LFB_UNIT	 KIB(64)

/* Frames that become tables, in order. */
struct table_pool {
	u64 next_pfn, end_pfn;
};

static pte_t *new_table(struct dom0_builder *b, struct table_pool *pool,
			pte_t *entry)
{
	u64 pfn = pool->next_pfn++;

	BUG_ON(pfn >= pool->end_pfn);
	*entry = pte_make(dom0_mfn(b, pfn), TABLE_FLAGS);
	return dom0_virt(b, pfn);
}

/* The L1 that maps @va, with what is missing above it taken from @pool. */
static pte_t *l1_for(struct dom0_builder *b, struct table_pool *pool, u64 va)
{
	pte_t *table = dom0_virt(b, b->layout.pt_pfn);

	for (unsigned int level = 4; level > 1; level--) {
		pte_t *e = &table[pt_index(va, level)];

		table = *e & PTE_P ? mfn_to_virt(pte_mfn(*e)) :
				     new_table(b, pool, e);
	}
	return table;
}

static void map_pages(struct dom0_builder *b, struct table_pool *pool, u64 va,
		      u64 pfn, u64 nr)
{
	const struct dom0_layout *l = &b->layout;
	pte_t *l1 = NULL;

	for (u64 i = 0; i < nr; i++, va += PAGE_SIZE, pfn++) {
		bool table = pfn - l->pt_pfn < l->nr_pt;

		if (!l1 || !pt_index(va, 1))
			l1 = l1_for(b, pool, va);
		l1[pt_index(va, 1)] =
			pte_make(dom0_mfn(b, pfn), table ? PAGE_RO : PAGE_RW);
	}
}

mfn_t dom0_write_tables(struct dom0_builder *b)
{
	const struct dom0_layout *l = &b->layout;
	struct table_pool main_pool = {
		.next_pfn = l->pt_pfn + 1,
		.end_pfn = l->pt_pfn + l->nr_pt,
	};
	struct table_pool p2m_pool = {
		.next_pfn = l->p2m_pfn + l->nr_p2m_data,
		.end_pfn = l->p2m_pfn + l->nr_p2m,
	};

	dom0_fill(b, l->pt_pfn << PAGE_SHIFT, NULL, l->nr_pt << PAGE_SHIFT);
	dom0_fill(b, p2m_pool.next_pfn << PAGE_SHIFT, NULL,
		  (p2m_pool.end_pfn - p2m_pool.next_pfn) << PAGE_SHIFT);
	map_pages(b, &main_pool, l->virt_base, 0, l->map_end_pfn);
	if (l->init_p2m)
		map_pages(b, &p2m_pool, l->p2m_va, l->p2m_pfn, l->nr_p2m_data);
	return dom0_mfn(b, l->pt_pfn);
}

static void describe_framebuffer(struct dom0_vga_console_info *info)
{
	info->video_type = boot_info.efi ? XEN_VGATYPE_EFI_LFB :
					   XEN_VGATYPE_VESA_LFB;
	info->u.vesa_lfb.width = boot_info.fb.width;
	info->u.vesa_lfb.height = boot_info.fb.height;
	info->u.vesa_lfb.bytes_per_line = boot_info.fb.pitch;
	info->u.vesa_lfb.bits_per_pixel = boot_info.fb.bpp;
	info->u.vesa_lfb.lfb_base = boot_info.fb.addr;
	info->u.vesa_lfb.ext_lfb_base = boot_info.fb.addr >> 32;
	info->u.vesa_lfb.lfb_size = DIV_ROUND_UP(
		(u64)boot_info.fb.pitch * boot_info.fb.height, LFB_UNIT);
	info->u.vesa_lfb.red_pos = boot_info.fb.red_pos;
	info->u.vesa_lfb.red_size = boot_info.fb.red_size;
	info->u.vesa_lfb.green_pos = boot_info.fb.green_pos;
	info->u.vesa_lfb.green_size = boot_info.fb.green_size;
	info->u.vesa_lfb.blue_pos = boot_info.fb.blue_pos;
	info->u.vesa_lfb.blue_size = boot_info.fb.blue_size;
}

/* False: there is no screen that we know of. */
static bool describe_screen(struct dom0_vga_console_info *info)
{
	if (boot_info.fb.present && boot_info.fb.type == 1) {
		describe_framebuffer(info);
		return true;
	}
	if (boot_info.efi)
		return false;
	info->video_type = XEN_VGATYPE_TEXT_MODE_3;
	info->u.text_mode_3.font_height = TEXT_FONT_HEIGHT;
	info->u.text_mode_3.cursor_y = TEXT_ROWS - 1;
	info->u.text_mode_3.rows = TEXT_ROWS;
	info->u.text_mode_3.columns = TEXT_COLUMNS;
	return true;
}

void dom0_write_start_info(struct dom0_builder *b)
{
	const struct dom0_layout *l = &b->layout;
	struct start_info *si = dom0_virt(b, l->start_info_pfn);
	u64 info_off = sizeof(*si);

	_Static_assert(sizeof(struct start_info) +
				       sizeof(struct dom0_vga_console_info) <=
			       PAGE_SIZE,
		       "start_info page");
	memset(si, 0, PAGE_SIZE);
	strlcpy(si->magic, "xen-3.0-x86_64p", sizeof(si->magic));
	si->nr_pages = l->nr_pages;
	si->shared_info = mfn_x(b->d->shared_info_mfn) << PAGE_SHIFT;
	si->flags = SIF_PRIVILEGED | SIF_INITDOMAIN;
	if (!l->initrd_mapped)
		si->flags |= SIF_MOD_START_PFN;
	si->pt_base = dom0_va(b, l->pt_pfn);
	si->nr_pt_frames = l->nr_pt;
	si->mfn_list = l->p2m_va;
	si->first_p2m_pfn = l->p2m_pfn;
	si->nr_p2m_frames = l->nr_p2m;
	if (l->nr_initrd) {
		si->mod_start = l->initrd_mapped ? dom0_va(b, l->initrd_pfn) :
						   l->initrd_pfn;
		si->mod_len = l->initrd_bytes;
	}
	if (describe_screen((void *)((u8 *)si + info_off))) {
		si->console.dom0.info_off = info_off;
		si->console.dom0.info_size =
			sizeof(struct dom0_vga_console_info);
	}
	strlcpy((char *)si->cmd_line, b->cmdline, sizeof(si->cmd_line));
}
