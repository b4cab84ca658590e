/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptor tables of every CPU, its stacks, and the stubs through which
 * SYSCALL and SYSENTER come in.
 *
 * SYSCALL leaves the guest's stack pointer in place and gives no free register.
 * Each CPU's stubs are code written for it alone: they name its register frame
 * relative to RIP, so nothing of the guest (GS bases in particular) has to be
 * moved out of the way first.
 */
#include "cpu/desc.h"

#include "cpu/system.h"
#include "cpu/traps.h"
#include "debug/log.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "mm/page.h"

/* Entry points in pv/entry.S that the stubs go on to. */
void syscall_entry(void);
void syscall32_entry(void);
void sysenter_entry(void);

#define STUB_SYSCALL   0
#define STUB_SYSCALL32 64
#define STUB_SYSENTER  128

struct tss {
	u32 reserved0;
	u64 rsp[3];
	u64 reserved1;
	u64 ist[7]; /* IST_* counts from 1 */
	u64 reserved2;
	u16 reserved3;
	u16 io_bitmap; /* past the limit: no port is allowed */
} __packed;

_Static_assert(sizeof(struct tss) == 104, "TSS size");

struct idt_gate {
	u16 offset_low;
	u16 selector;
	u8 ist;
	u8 type;
	u16 offset_middle;
	u32 offset_high;
	u32 reserved;
};

struct table_register {
	u16 limit;
	u64 base;
} __packed;

#define GATE_INTERRUPT 0x8e
#define GATE_USER      0x60 /* INT n from ring 3 allowed */

/* Our descriptors, in the order of the selectors in mm/layout.h. */
#define DESC_HV_CODE	0x00af9b000000ffff
#define DESC_HV_DATA	0x00cf93000000ffff
#define DESC_GUEST_CS32 0x00cffb000000ffff
#define DESC_GUEST_SS	0x00cff3000000ffff
#define DESC_GUEST_CS64 0x00affb000000ffff
#define DESC_TYPE_TSS	0x9
#define DESC_TYPE_LDT	0x2

static struct idt_gate idt[256] __aligned(PAGE_SIZE)
	__section(".ro_after_init");
/* Until a guest has loaded a GDT or LDT its window shows this. */
static const char zero_page[PAGE_SIZE] __aligned(PAGE_SIZE);

static pte_t *gdt_ptes[NR_CPUS], *ldt_ptes[NR_CPUS];
static u64 *gdt_own[NR_CPUS]; /* page 14 of each window, in the direct map */

pte_t *cpu_gdt_ptes(unsigned int cpu)
{
	return gdt_ptes[cpu];
}

pte_t *cpu_ldt_ptes(unsigned int cpu)
{
	return ldt_ptes[cpu];
}

mfn_t desc_zero_mfn(void)
{
	return hv_image_mfn(zero_page);
}

static u64 *own_descriptor(unsigned int cpu, unsigned int selector)
{
	return &gdt_own[cpu][(selector - HV_CS + 8) / 8];
}

/* Descriptors of TSS and LDT take two entries. */
static void set_system_descriptor(u64 *d, u64 base, u32 limit, u64 type)
{
	d[0] = (limit & 0xffff) | (base & 0xffffff) << 16 | type << 40 |
	       1UL << 47 | (u64)(limit >> 16 & 0xf) << 48 |
	       (base >> 24 & 0xff) << 56;
	d[1] = base >> 32;
}

void desc_load_ldt(unsigned int entries)
{
	unsigned int cpu = this_cpu_id();
	u16 selector = 0;

	if (entries) {
		set_system_descriptor(own_descriptor(cpu, HV_LDT_SEL),
				      cpu_ldt_va(cpu), entries * 8 - 1,
				      DESC_TYPE_LDT);
		selector = HV_LDT_SEL;
	}
	__asm__ volatile("lldt %0" ::"rm"(selector) : "memory");
}

/* ---- IDT ---- */

static void __init set_gate(unsigned int vector, u64 entry, u8 type)
{
	idt[vector] = (struct idt_gate){
		.offset_low = (u16)entry,
		.selector = HV_CS,
		.type = type,
		.offset_middle = (u16)(entry >> 16),
		.offset_high = (u32)(entry >> 32),
	};
}

static void load_idt(void)
{
	struct table_register r = { sizeof(idt) - 1, (u64)idt };

	__asm__ volatile("lidt %0" ::"m"(r));
}

void __init idt_init_early(void)
{
	for (unsigned int i = 0; i < 32; i++)
		set_gate(i, exception_entries[i], GATE_INTERRUPT);
	for (unsigned int i = 32; i < 256; i++)
		set_gate(i, irq_entry_table[i - 32], GATE_INTERRUPT);
	idt[TRAP_BP].type |= GATE_USER;
	idt[TRAP_OF].type |= GATE_USER;
	load_idt();
}

static void __init idt_use_interrupt_stacks(void)
{
	idt[TRAP_NMI].ist = IST_NMI;
	idt[TRAP_DF].ist = IST_DF;
	idt[TRAP_MC].ist = IST_MC;
	idt[TRAP_DB].ist = IST_DB;
}

/* ---- the area of a CPU ---- */

static const struct {
	u8 first, pages;
} stack_parts[] = { { 1, 1 }, { 3, 1 }, { 5, 1 }, { 7, 2 }, { 10, 6 } };

static int __init map_fresh(u64 va, u64 flags, void **direct)
{
	void *page = page_alloc_zeroed();

	if (!page)
		return -ENOMEM;
	if (direct)
		*direct = page;
	return hv_map(va, virt_to_mfn(page), 1, flags);
}

static int __init map_stacks(unsigned int cpu)
{
	int err = 0;

	for (unsigned int i = 0; i < ARRAY_SIZE(stack_parts); i++) {
		u64 va = cpu_area(cpu) + stack_parts[i].first * PAGE_SIZE;

		for (unsigned int n = 0; n < stack_parts[i].pages && !err; n++)
			err = map_fresh(va + n * PAGE_SIZE, HV_RW, NULL);
	}
	return err;
}

static int __init map_windows(unsigned int cpu)
{
	mfn_t zero = desc_zero_mfn();
	void *own;
	int err = 0;

	for (unsigned int i = 0; i < GDT_GUEST_PAGES && !err; i++)
		err = hv_map(cpu_gdt_va(cpu) + i * PAGE_SIZE, zero, 1, HV_RO);
	for (unsigned int i = 0; i < 16 && !err; i++)
		err = hv_map(cpu_ldt_va(cpu) + i * PAGE_SIZE, zero, 1, HV_RO);
	if (!err)
		err = map_fresh(cpu_gdt_va(cpu) + GDT_GUEST_PAGES * PAGE_SIZE,
				HV_RW, &own);
	if (err)
		return err;
	gdt_own[cpu] = own;
	gdt_ptes[cpu] = hv_pte(cpu_gdt_va(cpu));
	ldt_ptes[cpu] = hv_pte(cpu_ldt_va(cpu));
	for (unsigned int i = 0; i < 16; i++)
		ldt_ptes[cpu][i] = 0; /* mapped when the guest touches it */
	return 0;
}

static int __init fill_tss_and_gdt(unsigned int cpu)
{
	u64 area = cpu_area(cpu);
	struct tss *tss;
	int err = map_fresh(area + CPU_AREA_TSS, HV_RW, (void **)&tss);

	if (err)
		return err;
	tss->rsp[0] = (u64)&cpu_area_info(cpu)->guest.es;
	tss->ist[IST_DB - 1] = area + 2 * PAGE_SIZE;
	tss->ist[IST_MC - 1] = area + 4 * PAGE_SIZE;
	tss->ist[IST_NMI - 1] = area + 6 * PAGE_SIZE;
	tss->ist[IST_DF - 1] = area + 9 * PAGE_SIZE;
	tss->io_bitmap = sizeof(*tss);
	*own_descriptor(cpu, HV_CS) = DESC_HV_CODE;
	*own_descriptor(cpu, HV_DS) = DESC_HV_DATA;
	*own_descriptor(cpu, GUEST_CS32 & ~3) = DESC_GUEST_CS32;
	*own_descriptor(cpu, GUEST_SS & ~3) = DESC_GUEST_SS;
	*own_descriptor(cpu, GUEST_CS64 & ~3) = DESC_GUEST_CS64;
	set_system_descriptor(own_descriptor(cpu, HV_TSS_SEL),
			      area + CPU_AREA_TSS, sizeof(*tss) - 1,
			      DESC_TYPE_TSS);
	return 0;
}

/* ---- entry stubs ---- */

/* Writes code at @at (direct map) that will run at @va. */
struct emitter {
	u8 *at;
	u64 va;
};

static void __init emit(struct emitter *e, const void *code, unsigned int n)
{
	memcpy(e->at, code, n);
	e->at += n;
	e->va += n;
}

/* An instruction with a RIP-relative operand and @imm_bytes more after it. */
static void __init emit_relative(struct emitter *e, const char *opcode,
				 unsigned int opcode_bytes, u64 target,
				 const void *imm, unsigned int imm_bytes)
{
	s64 distance;
	s32 disp;

	emit(e, opcode, opcode_bytes);
	distance = (s64)(target - (e->va + 4 + imm_bytes));
	disp = (s32)distance;
	BUG_ON(disp != distance);
	emit(e, &disp, 4);
	if (imm_bytes)
		emit(e, imm, imm_bytes);
}

/*
 * Puts what SYSCALL did not save (SS, RSP) into the frame, points RSP at the
 * frame's RSP slot, goes on to the common entry.
 */
static void __init emit_stub(struct emitter e, u64 entry, bool keeps_rsp)
{
	unsigned int cpu = (unsigned int)((e.va - VMAP_VA) / CPU_AREA_SIZE);
	const struct cpu_info *info = cpu_area_info(cpu);
	const u32 ss = GUEST_SS, no_rsp = 0;

	if (keeps_rsp) /* mov %rsp, rsp(%rip) */
		emit_relative(&e, "\x48\x89\x25", 3, (u64)&info->guest.rsp,
			      NULL, 0);
	else /* movq $0, rsp(%rip) */
		emit_relative(&e, "\x48\xc7\x05", 3, (u64)&info->guest.rsp,
			      &no_rsp, 4);
	/* lea rsp(%rip), %rsp; movq $GUEST_SS, ss(%rip); jmp entry */
	emit_relative(&e, "\x48\x8d\x25", 3, (u64)&info->guest.rsp, NULL, 0);
	emit_relative(&e, "\x48\xc7\x05", 3, (u64)&info->guest.ss, &ss, 4);
	emit_relative(&e, "\xe9", 1, entry, NULL, 0);
}

static int __init fill_stubs(unsigned int cpu)
{
	u64 va = cpu_area(cpu) + CPU_AREA_STUBS;
	void *page;
	int err = map_fresh(va, HV_RX, &page);

	if (err)
		return err;
	memset(page, 0xcc, PAGE_SIZE);
	emit_stub((struct emitter){ (u8 *)page + STUB_SYSCALL,
				    va + STUB_SYSCALL },
		  (u64)syscall_entry, true);
	emit_stub((struct emitter){ (u8 *)page + STUB_SYSCALL32,
				    va + STUB_SYSCALL32 },
		  (u64)syscall32_entry, true);
	emit_stub((struct emitter){ (u8 *)page + STUB_SYSENTER,
				    va + STUB_SYSENTER },
		  (u64)sysenter_entry, false);
	/* No writable alias of code. */
	return hv_map((u64)page, virt_to_mfn(page), 1, HV_RO);
}

int __init cpu_area_init(unsigned int cpu)
{
	struct cpu_info *info = cpu_area_info(cpu);
	int err = map_stacks(cpu);

	if (!err)
		err = map_windows(cpu);
	if (!err)
		err = fill_tss_and_gdt(cpu);
	if (!err)
		err = fill_stubs(cpu);
	if (err)
		return err;
	info->cpu = cpu;
	info->percpu_offset = percpu_offset[cpu];
	return 0;
}

#undef current /* the macro, to name the field */

void __init cpu_area_set_current(unsigned int cpu, struct vcpu *v)
{
	cpu_area_info(cpu)->current = v;
}

/* ---- on the CPU ---- */

static void __init load_gdt(unsigned int cpu)
{
	struct table_register r = { GDT_BYTES - 1, cpu_gdt_va(cpu) };

	/* The selectors stay: they mean the same in the table used so far. */
	__asm__ volatile("lgdt %0" ::"m"(r));
	__asm__ volatile("ltr %0" ::"r"((u16)HV_TSS_SEL));
	desc_load_ldt(0);
}

void __init desc_init_cpu(void)
{
	unsigned int cpu = this_cpu_id();
	u64 stubs = cpu_area(cpu) + CPU_AREA_STUBS;

	load_gdt(cpu);
	if (cpu == 0)
		idt_use_interrupt_stacks();
	load_idt();
	wrmsr(MSR_STAR, (u64)GUEST_CS32 << 48 | (u64)HV_CS << 32);
	wrmsr(MSR_LSTAR, stubs + STUB_SYSCALL);
	wrmsr(MSR_CSTAR, stubs + STUB_SYSCALL32);
	wrmsr(MSR_SFMASK, RFLAGS_AC | RFLAGS_VM | RFLAGS_RF | RFLAGS_NT |
				  RFLAGS_DF | RFLAGS_IF | RFLAGS_TF);
	wrmsr(MSR_SYSENTER_CS, HV_CS);
	wrmsr(MSR_SYSENTER_ESP, (u64)&cpu_area_info(cpu)->guest.rsp);
	wrmsr(MSR_SYSENTER_EIP, stubs + STUB_SYSENTER);
}
