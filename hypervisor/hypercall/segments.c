// SPDX-License-Identifier: GPL-2.0-only
/* Descriptors and segment bases: set_gdt, update_descriptor, set_segment_base.
 */
#include "hypercall/hypercall.h"
#include "pv/context.h"

long hc_set_gdt(u64 list, u64 entries, u64 a3, u64 a4, u64 a5)
{
	u64 frames[GDT_GUEST_PAGES];
	u64 nr = DIV_ROUND_UP(entries, 512);

	if (entries > GDT_GUEST_PAGES * 512UL)
		return -EINVAL;
	if (guest_copy_from(frames, list, nr * sizeof(frames[0])))
		return -EFAULT;
	return pv_set_gdt(current, frames, (u32)entries);
}

long hc_update_descriptor(u64 maddr, u64 desc, u64 a3, u64 a4, u64 a5)
{
	mfn_t m = _mfn(maddr >> PAGE_SHIFT);
	struct page *pg = mfn_to_page(m);
	enum page_type t = PAGE_WRITABLE;

	if ((maddr & 7) || !mfn_is_ram(m) || !pv_descriptor_fix(&desc))
		return -EINVAL;
	/* A table in use, or plain memory that may become one. */
	if (page_type_of(READ_ONCE(pg->type)) == PAGE_SEGDESC)
		t = PAGE_SEGDESC;
	if (page_get_and_type(pg, &current->domain->pages, t))
		return -EINVAL;
	WRITE_ONCE(*(u64 *)paddr_to_virt(maddr), desc);
	page_put_and_type(pg);
	return 0;
}

long hc_set_segment_base(u64 which, u64 base, u64 a3, u64 a4, u64 a5)
{
	if (which != SEGBASE_GS_USER_SEL && !is_canonical(base))
		return -EINVAL;
	switch (which) {
	case SEGBASE_FS:
		wrmsr(MSR_FS_BASE, base);
		return 0;
	case SEGBASE_GS_USER: /* in kernel mode the user's is the other one */
		wrmsr(MSR_KERNEL_GS_BASE, base);
		return 0;
	case SEGBASE_GS_KERNEL:
		wrmsr(MSR_GS_BASE, base);
		return 0;
	case SEGBASE_GS_USER_SEL:
		/* A selector that is no good becomes NUL: Linux takes no error.
		 */
		pv_load_shadow_gs((u16)base);
		return 0;
	default:
		return -EINVAL;
	}
}
