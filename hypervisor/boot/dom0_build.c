// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes dom0 from the boot modules: kernel and initrd.
 *
 * In order: unpack the kernel, read its notes, plan the layout, create the
 * domain, fill its memory, check and pin its page tables as any guest's, set
 * vcpu 0's registers. What is wrong with a module stops the boot with one line
 * that says so.
 */
#include "boot/boot.h"
#include "boot/decompress.h"
#include "boot/dom0.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "pv/mmu.h"
#include "sched/softirq.h"

#define KERNEL_MODULE 0
#define INITRD_MODULE 1

#define DOM0_GRANT_FRAMES    64
#define DOM0_MAPTRACK_FRAMES 1024
#define DOM0_EVTCHN_MAX	     131071 /* of the FIFO ABI */
#define DOM0_GRANT_VERSION   2

#define DR6_RESET   0xffff0ff0
#define DR7_RESET   0x400
#define FLAGS_RESET 0x202 /* IF and the bit that is always set */

static u64 module_pages(const struct boot_module *m)
{
	u64 first = m->start >> PAGE_SHIFT;

	return DIV_ROUND_UP(m->start + m->size, PAGE_SIZE) - first;
}

static u64 module_free(struct boot_module *m)
{
	u64 nr = module_pages(m);
	paddr_t start = ALIGN_DOWN(m->start, PAGE_SIZE);

	frame_add_range(start, start + (nr << PAGE_SHIFT));
	m->size = 0;
	return nr;
}

static const struct boot_module *kernel_module(void)
{
	const struct boot_module *m = &boot_info.module[KERNEL_MODULE];

	if (!boot_info.nr_modules)
		panic("dom0: no module given: add the dom0 kernel as the first "
		      "boot module and its initrd as the second");
	if (!m->size)
		panic("dom0: the kernel module (the first) is empty");
	return m;
}

/* Leaves the kernel as an ELF file in memory. */
static void unpack_kernel(struct dom0_builder *b)
{
	const struct boot_module *m = kernel_module();
	struct kernel_payload p;
	enum elf_error elf_err;
	const char *err;
	const void *data;

	err = bzimage_payload(paddr_to_virt(m->start), m->size, &p);
	if (err)
		panic("dom0: the kernel module (%lu bytes) %s", m->size, err);
	data = p.data;
	b->elf_buffer = INVALID_MFN;
	if (p.compression != COMPRESSION_NONE) {
		b->elf_buffer_pages = DIV_ROUND_UP(p.plain_size, PAGE_SIZE);
		b->elf_buffer = boot_frames_alloc(b->elf_buffer_pages, 0);
		if (mfn_eq(b->elf_buffer, INVALID_MFN))
			panic("dom0: too little memory: no %lu KiB in one piece "
			      "to unpack the kernel",
			      p.plain_size >> 10);
		data = mfn_to_virt(b->elf_buffer);
		err = decompress(&p, mfn_to_virt(b->elf_buffer));
		if (err)
			panic("dom0: the kernel module's payload %s", err);
	}
	elf_err = elf_open(&b->elf, data, p.plain_size);
	if (elf_err)
		panic("dom0: the kernel %s", elf_error_text(elf_err));
	kernel_notes_read(&b->elf, &b->notes);
	err = kernel_notes_check(&b->notes);
	if (err)
		panic("dom0: the kernel %s", err);
	pr_info("dom0: kernel %s %s, %lu KiB, entry %#lx", b->notes.guest_os,
		b->notes.guest_version, p.plain_size >> 10, b->notes.entry);
}

/* Pseudo-physical range that the segments take. */
static void kernel_extent(struct dom0_builder *b)
{
	struct dom0_layout *l = &b->layout;
	struct elf_segment seg;
	u64 start = ~0UL, end = 0;

	for (u32 i = 0; i < b->elf.nr_ph; i++) {
		elf_segment(&b->elf, i, &seg);
		if (seg.type != ELF_PT_LOAD || !seg.mem_size)
			continue;
		if (seg.paddr < b->notes.paddr_offset)
			panic("dom0: the kernel has a segment below its "
			      "PADDR_OFFSET");
		start = MIN(start, seg.paddr);
		end = MAX(end, seg.paddr + seg.mem_size);
	}
	l->kernel_start = start - b->notes.paddr_offset;
	l->kernel_end = end - b->notes.paddr_offset;
}

static void plan_layout(struct dom0_builder *b)
{
	struct dom0_layout *l = &b->layout;
	u64 avail = frame_nr_free() + b->elf_buffer_pages;
	const char *err;

	for (u32 i = 0; i < boot_info.nr_modules; i++)
		avail += module_pages(&boot_info.module[i]);
	dom0_memory_size(b, avail);
	kernel_extent(b);
	l->virt_base = b->notes.virt_base;
	if (boot_info.nr_modules > INITRD_MODULE)
		l->initrd_bytes = boot_info.module[INITRD_MODULE].size;
	l->initrd_mapped = !b->notes.mod_start_pfn;
	l->init_p2m = b->notes.init_p2m;
	l->e820 = boot_info.e820;
	l->nr_e820 = boot_info.nr_e820;
	err = dom0_layout_plan(l);
	if (err)
		panic("dom0: the kernel %s (dom0 gets %luM)", err,
		      l->nr_pages >> (20 - PAGE_SHIFT));
}

static u32 nr_vcpus(void)
{
	u32 nr = boot_options.dom0_max_vcpus ?:
					       cpumask_weight(&cpu_online_mask);

	if (nr <= MAX_VCPUS_PER_DOMAIN)
		return nr;
	pr_warn("dom0: %u vcpus are too many, %u made", nr,
		MAX_VCPUS_PER_DOMAIN);
	return MAX_VCPUS_PER_DOMAIN;
}

static void create_vcpus(struct domain *d)
{
	struct cpumask pinned;
	unsigned int cpu = cpumask_first(&cpu_online_mask);
	struct vcpu *v;
	int err = 0;

	for (u32 i = 0; i < d->max_vcpus; i++) {
		v = vcpu_create(d, i, &err);
		if (!v)
			panic("dom0: vcpu %u cannot be made (error %d); lower "
			      "dom0_max_vcpus=",
			      i, -err);
		if (!boot_options.dom0_vcpus_pin)
			continue;
		cpumask_zero(&pinned);
		cpumask_set(&pinned, cpu);
		if (unit_set_affinity(&v->sched, &pinned, &pinned))
			pr_warn("dom0: vcpu %u is not pinned to CPU %u", i,
				cpu);
		cpu = cpumask_next(&cpu_online_mask, cpu);
		if (cpu >= NR_CPUS)
			cpu = cpumask_first(&cpu_online_mask);
	}
}

static void create_domain(struct dom0_builder *b)
{
	struct domain_config cfg = {
		.id = 0,
		.is_dom0 = true,
		.max_vcpus = nr_vcpus(),
		.max_evtchn_port = DOM0_EVTCHN_MAX,
		.max_grant_frames = DOM0_GRANT_FRAMES,
		.max_maptrack_frames = DOM0_MAPTRACK_FRAMES,
		.grant_version = DOM0_GRANT_VERSION,
		.max_pages = b->max_pages,
	};
	int err = 0;

	b->d = domain_create(&cfg, &pv_guest_ops, &err);
	if (!b->d)
		panic("dom0: the domain cannot be made (error %d)", -err);
	create_vcpus(b->d);
}

static void load_kernel(struct dom0_builder *b)
{
	struct elf_segment seg;

	for (u32 i = 0; i < b->elf.nr_ph; i++) {
		u64 at;

		elf_segment(&b->elf, i, &seg);
		if (seg.type != ELF_PT_LOAD)
			continue;
		at = seg.paddr - b->notes.paddr_offset;
		dom0_fill(b, at, b->elf.data + seg.offset, seg.file_size);
		dom0_fill(b, at + seg.file_size, NULL,
			  seg.mem_size - seg.file_size);
	}
}

static void fill_hypercall_page(struct dom0_builder *b)
{
	const struct dom0_layout *l = &b->layout;
	u64 pfn = (b->notes.hypercall_page - l->virt_base) >> PAGE_SHIFT;

	if (!kernel_note_present(&b->notes, XEN_ELFNOTE_HYPERCALL_PAGE))
		return;
	if (b->notes.hypercall_page & ~PAGE_MASK ||
	    pfn < l->kernel_start >> PAGE_SHIFT ||
	    pfn >= l->kernel_end >> PAGE_SHIFT)
		panic("dom0: the kernel's hypercall page, %#lx, lies outside it",
		      b->notes.hypercall_page);
	pv_fill_hypercall_page(dom0_virt(b, pfn));
}

/* The kernel file is not needed any more: its memory can be dom0's. */
static void drop_kernel_file(struct dom0_builder *b)
{
	if (b->elf_buffer_pages)
		boot_frames_free(b->elf_buffer, b->elf_buffer_pages);
	module_free(&boot_info.module[KERNEL_MODULE]);
	memset(&b->elf, 0, sizeof(b->elf));
}

/* The module's frames become dom0's pages as they are, if they can. */
static void load_initrd(struct dom0_builder *b)
{
	const struct dom0_layout *l = &b->layout;
	struct boot_module *m = &boot_info.module[INITRD_MODULE];

	if (!l->nr_initrd)
		return;
	if (!l->initrd_mapped && !(m->start & ~PAGE_MASK)) {
		dom0_memory_add(b, l->initrd_pfn, _mfn(m->start >> PAGE_SHIFT),
				l->nr_initrd);
		return;
	}
	if (!l->initrd_mapped)
		dom0_memory_alloc(b, l->initrd_pfn, l->nr_initrd);
	dom0_fill(b, l->initrd_pfn << PAGE_SHIFT, paddr_to_virt(m->start),
		  m->size);
	module_free(m);
}

static void fill_memory(struct dom0_builder *b)
{
	const struct dom0_layout *l = &b->layout;
	u64 pfn = l->map_end_pfn;

	dom0_memory_alloc(b, 0, l->map_end_pfn);
	load_kernel(b);
	fill_hypercall_page(b);
	drop_kernel_file(b);
	load_initrd(b);
	for (u32 i = INITRD_MODULE + 1; i < boot_info.nr_modules; i++)
		module_free(&boot_info.module[i]);
	if (l->nr_initrd && !l->initrd_mapped) {
		dom0_memory_alloc(b, pfn, l->initrd_pfn - pfn);
		pfn = l->initrd_pfn + l->nr_initrd;
	}
	dom0_memory_alloc(b, pfn, l->nr_pages - pfn);
}

static void start_vcpu(struct dom0_builder *b, mfn_t l4)
{
	const struct dom0_layout *l = &b->layout;
	struct vcpu_guest_context *c = heap_zalloc(sizeof(*c));
	struct vcpu *v = b->d->vcpu[0];
	int err;

	if (!c)
		panic("dom0: out of memory while dom0 is built");
	c->flags = VGCF_in_kernel | VGCF_online;
	c->user_regs.rip = b->notes.entry;
	c->user_regs.rsp = dom0_va(b, l->stack_pfn + 1);
	c->user_regs.rsi = dom0_va(b, l->start_info_pfn);
	c->user_regs.rflags = FLAGS_RESET;
	c->user_regs.cs = FLAT_KERNEL_CS;
	c->user_regs.ss = FLAT_KERNEL_SS;
	c->kernel_ss = c->user_regs.ss;
	c->kernel_sp = c->user_regs.rsp;
	c->ctrlreg[3] = mfn_x(l4) << PAGE_SHIFT;
	c->debugreg[6] = DR6_RESET;
	c->debugreg[7] = DR7_RESET;
	err = b->d->ops->set_context(v, c);
	heap_free(c);
	if (err)
		panic("dom0: vcpu 0's registers are refused (error %d)", -err);
	v->initialised = true;
	if (vcpu_up(v))
		panic("dom0: vcpu 0 does not come up");
}

static void set_cmdline(struct dom0_builder *b)
{
	const char *text = boot_info.module[KERNEL_MODULE].cmdline ?: "";

	if (strlen(text) >= MAX_GUEST_CMDLINE)
		panic("dom0: its command line has %lu characters, a kernel "
		      "takes %d",
		      strlen(text), MAX_GUEST_CMDLINE - 1);
	b->cmdline = text;
}

static void pin_tables(struct dom0_builder *b, mfn_t l4)
{
	int err;

	/* It stops when this CPU is wanted elsewhere. */
	while ((err = pv_pin_table(b->d, l4, PAGE_L4)) == -ERESTART)
		softirq_run();
	if (err)
		panic("dom0: its page tables are refused (error %d)", -err);
}

static void report(const struct dom0_builder *b)
{
	const struct dom0_layout *l = &b->layout;

	pr_info("dom0: %lu MiB (at most %lu), %u vcpus, kernel %#lx-%#lx, "
		"mapped to %#lx, initrd at page %#lx (%lu KiB), P2M at %#lx",
		l->nr_pages >> (20 - PAGE_SHIFT),
		b->max_pages >> (20 - PAGE_SHIFT), b->d->max_vcpus,
		l->kernel_start, l->kernel_end, l->map_end_pfn << PAGE_SHIFT,
		l->initrd_pfn, l->initrd_bytes >> 10, l->p2m_va);
}

struct domain *dom0_build(void)
{
	struct dom0_builder *b = heap_zalloc(sizeof(*b));
	struct domain *d;
	mfn_t l4;

	if (!b)
		panic("dom0: out of memory before dom0 is built");
	unpack_kernel(b);
	set_cmdline(b);
	plan_layout(b);
	create_domain(b);
	fill_memory(b);
	dom0_write_p2m(b);
	l4 = dom0_write_tables(b);
	dom0_write_start_info(b);
	pin_tables(b, l4);
	start_vcpu(b, l4);
	report(b);
	d = b->d;
	heap_free(b->chunks);
	heap_free(b);
	return d;
}
