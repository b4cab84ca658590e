/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Crash output. Everything is read with care: the stack only inside this CPU's
 * stack area, code only inside the image, tables through the direct map.
 */
#include "debug/dump.h"

#include "cpu/percpu.h"
#include "cpu/system.h"
#include "debug/log.h"
#include "debug/symbols.h"
#include "lib/printf.h"
#include "mm/pagetable.h"

extern const char _text_start[], _text_end[];

static bool is_text(u64 va)
{
	return va >= (u64)_text_start && va < (u64)_text_end;
}

void debug_show_registers(const struct cpu_user_regs *r)
{
	pr_err("rip %04x:%016lx rflags %016lx vector %u error %#x", r->cs,
	       r->rip, r->rflags, r->entry_vector, r->error_code);
	pr_err("rax %016lx rbx %016lx rcx %016lx", r->rax, r->rbx, r->rcx);
	pr_err("rdx %016lx rsi %016lx rdi %016lx", r->rdx, r->rsi, r->rdi);
	pr_err("rbp %016lx rsp %016lx r8  %016lx", r->rbp, r->rsp, r->r8);
	pr_err("r9  %016lx r10 %016lx r11 %016lx", r->r9, r->r10, r->r11);
	pr_err("r12 %016lx r13 %016lx r14 %016lx", r->r12, r->r13, r->r14);
	pr_err("r15 %016lx ss %04x", r->r15, r->ss);
}

static void show_code(u64 rip)
{
	char line[100];
	int n = 0;

	if (!is_text(rip))
		return;
	for (u64 at = rip - 16; at < rip + 16 && n < 96; at++)
		if (is_text(at))
			n += snprintf(line + n, sizeof(line) - n,
				      at == rip ? "<%02x>" : "%02x",
				      *(const u8 *)at);
	pr_err("code: %s", line);
}

static void show_text_address(u64 va)
{
	u64 offset = 0;
	const char *name = symbol_lookup(va, &offset);

	pr_err("  [%016lx] %s+%#lx", va, name ? name : "?", offset);
}

void debug_show_trace(u64 sp)
{
	u64 top = (sp | (STACK_AREA_SIZE - 1)) + 1 - sizeof(struct cpu_info);
	unsigned int shown = 0;

	pr_err("call trace:");
	for (sp &= ~7UL; sp < top && shown < 32; sp += 8) {
		u64 word = *(const u64 *)sp;

		if (sp % PAGE_SIZE == 0 && !hv_pte(sp))
			break;
		if (is_text(word)) {
			show_text_address(word);
			shown++;
		}
	}
}

void debug_dump_hypervisor(const struct cpu_user_regs *r)
{
	pr_err("cpu %u: exception in the hypervisor", this_cpu_id());
	debug_show_registers(r);
	pr_err("cr0 %016lx cr2 %016lx cr3 %016lx cr4 %016lx", read_cr0(),
	       read_cr2(), read_cr3(), read_cr4());
	show_code(r->rip);
	pr_err("at:");
	show_text_address(r->rip);
	if ((r->rsp ^ (u64)cpu_info()) < STACK_AREA_SIZE)
		debug_show_trace(r->rsp);
	if (r->entry_vector == 14)
		debug_show_walk(read_cr2());
}

void debug_show_walk(u64 va)
{
	pte_t *table = (pte_t *)(DIRECT_MAP_VA + (read_cr3() & PTE_ADDR));

	for (unsigned int level = 4; level > 0; level--) {
		pte_t e = table[pt_index(va, level)];

		pr_err("  L%u[%03x] = %016lx", level, pt_index(va, level), e);
		if (!(e & PTE_P) || (level > 1 && (e & PTE_PSE)))
			return;
		table = (pte_t *)(DIRECT_MAP_VA + (e & PTE_ADDR));
	}
}
