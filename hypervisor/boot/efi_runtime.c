/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * EFI runtime services on dom0's behalf.
 *
 * Firmware was never told of virtual addresses, so it runs with its memory at
 * machine addresses: on an L4 of its own, which has our part too, on our stack,
 * interrupts off. It may use SSE and x87 registers; they are the guest's.
 */
#include "boot/efi.h"

#include "boot/memory.h"
#include "cpu/fpu.h"
#include "cpu/tlb.h"
#include "hypercall/platform.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/pagetable.h"
#include "pv/pv.h"

#define RUNTIME_SIGNATURE 0x56524553544e5552 /* "RUNTSERV" */
#define REVISION_2_00	  (2U << 16)
#define NAME_MAX_CHARS	  1024
#define DATA_MAX_BYTES	  0x20000

struct efi_runtime_table {
	u64 signature;
	u32 revision, header_size, crc32, reserved;
	u64 get_time, set_time, get_wakeup_time, set_wakeup_time;
	u64 set_virtual_address_map, convert_pointer;
	u64 get_variable, get_next_variable_name, set_variable;
	u64 get_next_high_monotonic_count, reset_system;
	u64 update_capsule, query_capsule_capabilities, query_variable_info;
};

/* The ABI's time has the fields of firmware's, each in the same place. */
_Static_assert(sizeof(struct xenpf_efi_time) == 16 &&
		       offsetof(struct xenpf_efi_time, sec) == 6 &&
		       offsetof(struct xenpf_efi_time, ns) == 8 &&
		       offsetof(struct xenpf_efi_time, tz) == 12 &&
		       offsetof(struct xenpf_efi_time, daylight) == 14,
	       "EFI_TIME");

struct efi_time_caps {
	u32 resolution, accuracy;
	bool set_clears_ns;
};

typedef __attribute__((ms_abi)) u64 (*efi_fn)(u64, u64, u64, u64, u64);

static struct efi_runtime_table rt;
static pte_t *efi_l4; /* NULL: no runtime services */
static void *fpu_scratch;
static spinlock_t efi_lock = SPINLOCK_INIT(RANK_PLATFORM);

u32 efi_runtime_revision(void)
{
	return efi_l4 ? rt.revision : 0;
}

/* ---- firmware's address space ---- */

static pte_t *__init entry_for(paddr_t pa)
{
	pte_t *table = efi_l4;

	for (unsigned int level = 4; level > 1; level--) {
		pte_t *e = &table[pt_index(pa, level)];

		if (!(*e & PTE_P)) {
			void *page = page_alloc_zeroed();

			if (!page)
				return NULL;
			*e = pte_make(virt_to_mfn(page), PTE_P | PTE_RW);
		}
		table = mfn_to_virt(pte_mfn(*e));
	}
	return &table[pt_index(pa, 1)];
}

static bool __init map_region(const struct efi_memory *m)
{
	u64 flags = m->type == EFI_RUNTIME_CODE ? HV_RW & ~PTE_NX :
		    m->type == EFI_MMIO		? HV_UC :
						  HV_RW;

	for (u64 i = 0; i < m->nr_pages; i++) {
		paddr_t pa = m->start + (i << PAGE_SHIFT);
		pte_t *e = pa >> 47 ? NULL : entry_for(pa);

		if (!e)
			return false;
		*e = pa | flags;
	}
	/* We execute it: dom0 may look at it, no more. */
	return m->type == EFI_MMIO ||
	       !iomem_readonly(_mfn(m->start >> PAGE_SHIFT), m->nr_pages);
}

static bool __init make_address_space(void)
{
	const struct efi_memory *m;

	efi_l4 = page_alloc_zeroed();
	fpu_scratch = page_alloc_zeroed();
	if (!efi_l4 || !fpu_scratch || fpu_area_size() > PAGE_SIZE)
		return false;
	fpu_area_reset(fpu_scratch);
	hv_fill_l4(efi_l4);
	for (u32 i = 0; (m = efi_memory(i)); i++)
		if ((m->attributes & EFI_ATTR_RUNTIME) && !map_region(m))
			return false;
	return true;
}

void __init efi_runtime_init(paddr_t table)
{
	const struct efi_runtime_table *t =
		memory_map_firmware(table, sizeof(*t));

	if (t->signature != RUNTIME_SIGNATURE) {
		pr_warn("efi: no runtime services at %#lx", table);
		return;
	}
	memcpy(&rt, t, sizeof(rt));
	if (!make_address_space()) {
		pr_warn("efi: no runtime services: out of memory");
		efi_l4 = NULL;
	}
}

/* ---- calls ---- */

static u64 call(u64 fn, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	u64 flags = spin_lock_irqsave(&efi_lock);
	u64 cr3 = read_cr3(), status;
	bool ts = read_cr0() & CR0_TS;

	fpu_set_ts(false);
	fpu_save(fpu_scratch);
	tlb_note_flush();
	write_cr3(virt_to_paddr(efi_l4));
	status = ((efi_fn)fn)(a, b, c, d, e);
	tlb_note_flush();
	write_cr3(cr3);
	fpu_restore(fpu_scratch);
	fpu_load_xcr0(current_pv()->xcr0);
	fpu_set_ts(ts);
	spin_unlock_irqrestore(&efi_lock, flags);
	return status;
}

static int get_time(struct xenpf_efi_runtime_call *c)
{
	struct efi_time_caps caps = { 0 };

	memset(&c->u, 0, sizeof(c->u));
	c->status = call(rt.get_time, (u64)&c->u.get_time.time, (u64)&caps, 0,
			 0, 0);
	c->u.get_time.resolution = caps.resolution;
	c->u.get_time.accuracy = caps.accuracy;
	c->misc = caps.set_clears_ns ? XEN_EFI_GET_TIME_SET_CLEARS_NS : 0;
	return 0;
}

static int set_time(struct xenpf_efi_runtime_call *c)
{
	c->status = call(rt.set_time, (u64)&c->u.set_time, 0, 0, 0, 0);
	return 0;
}

static int get_wakeup_time(struct xenpf_efi_runtime_call *c)
{
	bool enabled = false, pending = false;

	memset(&c->u, 0, sizeof(c->u));
	c->status = call(rt.get_wakeup_time, (u64)&enabled, (u64)&pending,
			 (u64)&c->u.get_wakeup_time, 0, 0);
	c->misc = (enabled ? XEN_EFI_GET_WAKEUP_TIME_ENABLED : 0) |
		  (pending ? XEN_EFI_GET_WAKEUP_TIME_PENDING : 0);
	return 0;
}

static int set_wakeup_time(struct xenpf_efi_runtime_call *c)
{
	bool enable = c->misc & XEN_EFI_SET_WAKEUP_TIME_ENABLE;
	bool only = c->misc & XEN_EFI_SET_WAKEUP_TIME_ENABLE_ONLY;

	c->status = call(rt.set_wakeup_time, enable,
			 enable && !only ? (u64)&c->u.set_wakeup_time : 0, 0, 0,
			 0);
	return 0;
}

static int get_monotonic_count(struct xenpf_efi_runtime_call *c)
{
	u32 count = 0;

	c->status =
		call(rt.get_next_high_monotonic_count, (u64)&count, 0, 0, 0, 0);
	c->misc = count;
	return 0;
}

/* ---- variables ---- */

/* A name of the guest's, terminated; NULL with *@err. */
static u16 *copy_name(u64 gva, int *err)
{
	u16 *name = heap_alloc(NAME_MAX_CHARS * sizeof(*name));

	*err = name ? -EINVAL : -ENOMEM; /* too long */
	for (u32 i = 0; name && i < NAME_MAX_CHARS; i++) {
		if (guest_copy_in(&name[i], gva + 2UL * i)) {
			*err = -EFAULT;
			break;
		}
		if (!name[i])
			return name;
	}
	heap_free(name);
	return NULL;
}

static int get_variable(struct xenpf_efi_runtime_call *c)
{
	u64 data = (u64)c->u.get_variable.data.p;
	u64 size = c->u.get_variable.size;
	struct xenpf_efi_guid guid = c->u.get_variable.vendor_guid;
	u32 attributes = 0;
	u16 *name;
	void *buf;
	int err;

	if (size > DATA_MAX_BYTES)
		return -EINVAL;
	name = copy_name((u64)c->u.get_variable.name.p, &err);
	if (!name)
		return err;
	buf = heap_zalloc(MAX(size, 1UL));
	err = buf ? 0 : -ENOMEM;
	if (buf) {
		c->status = call(rt.get_variable, (u64)name, (u64)&guid,
				 (u64)&attributes, (u64)&size,
				 size ? (u64)buf : 0);
		if (!c->status && size <= c->u.get_variable.size &&
		    guest_copy_to(data, buf, size))
			err = -EFAULT;
		c->misc = attributes;
		c->u.get_variable.size = size;
	}
	heap_free(buf);
	heap_free(name);
	return err;
}

static int set_variable(struct xenpf_efi_runtime_call *c)
{
	u64 size = c->u.set_variable.size;
	struct xenpf_efi_guid guid = c->u.set_variable.vendor_guid;
	u16 *name;
	void *buf;
	int err;

	if (size > DATA_MAX_BYTES)
		return -EINVAL;
	name = copy_name((u64)c->u.set_variable.name.p, &err);
	if (!name)
		return err;
	buf = heap_zalloc(MAX(size, 1UL));
	err = buf ? 0 : -ENOMEM;
	if (buf && guest_copy_from(buf, (u64)c->u.set_variable.data.p, size))
		err = -EFAULT;
	if (!err)
		c->status = call(rt.set_variable, (u64)name, (u64)&guid,
				 c->misc, size, (u64)buf);
	heap_free(buf);
	heap_free(name);
	return err;
}

static int get_next_variable_name(struct xenpf_efi_runtime_call *c)
{
	u64 gva = (u64)c->u.get_next_variable_name.name.p;
	u64 size = c->u.get_next_variable_name.size, given = size;
	u16 *name;
	int err = 0;

	if (size > NAME_MAX_CHARS * sizeof(*name))
		return -EINVAL;
	name = heap_zalloc(MAX(size, sizeof(*name)));
	if (!name)
		return -ENOMEM;
	if (guest_copy_from(name, gva, size)) {
		heap_free(name);
		return -EFAULT;
	}
	c->status = call(rt.get_next_variable_name, (u64)&size, (u64)name,
			 (u64)&c->u.get_next_variable_name.vendor_guid, 0, 0);
	if (!c->status && size <= given && guest_copy_to(gva, name, size))
		err = -EFAULT;
	c->u.get_next_variable_name.size = size;
	heap_free(name);
	return err;
}

static int query_variable_info(struct xenpf_efi_runtime_call *c)
{
	u64 max_store = 0, remain = 0, max = 0;

	if (rt.revision < REVISION_2_00)
		return -EOPNOTSUPP;
	c->status = call(rt.query_variable_info, c->u.query_variable_info.attr,
			 (u64)&max_store, (u64)&remain, (u64)&max, 0);
	c->u.query_variable_info.max_store_size = max_store;
	c->u.query_variable_info.remain_store_size = remain;
	c->u.query_variable_info.max_size = max;
	return 0;
}

#define WAKEUP_FLAGS \
	(XEN_EFI_SET_WAKEUP_TIME_ENABLE | XEN_EFI_SET_WAKEUP_TIME_ENABLE_ONLY)

static const struct {
	int (*fn)(struct xenpf_efi_runtime_call *c);
	u32 flags; /* that misc may have; others are -EINVAL */
} functions[] = {
	[XEN_EFI_get_time] = { get_time },
	[XEN_EFI_set_time] = { set_time },
	[XEN_EFI_get_wakeup_time] = { get_wakeup_time },
	[XEN_EFI_set_wakeup_time] = { set_wakeup_time, WAKEUP_FLAGS },
	[XEN_EFI_get_next_high_monotonic_count] = { get_monotonic_count },
	[XEN_EFI_get_variable] = { get_variable },
	/* misc is the variable's attributes: firmware judges them. */
	[XEN_EFI_set_variable] = { set_variable, ~0U },
	[XEN_EFI_get_next_variable_name] = { get_next_variable_name },
	[XEN_EFI_query_variable_info] = { query_variable_info },
};

/* Capsules would be read by firmware after a reset: not offered. */
int efi_runtime_call(struct xenpf_efi_runtime_call *c)
{
	if (!efi_l4)
		return -EOPNOTSUPP;
	if (c->function >= ARRAY_SIZE(functions) || !functions[c->function].fn)
		return -EOPNOTSUPP;
	if (c->misc & ~functions[c->function].flags)
		return -EINVAL;
	return functions[c->function].fn(c);
}
