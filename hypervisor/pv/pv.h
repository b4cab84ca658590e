/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * PV guests: their kernel and their user programs run in ring 3 on page tables
 * of their own, which we check entry by entry. in_kernel says which of the two
 * a vcpu is in; the code selector does not.
 */
#pragma once

#include "cpu/system.h"
#include "domain/domain.h"
#include "domain/guest_copy.h"
#include "pv/cpu_policy.h"

/* Bits of pv_vcpu.callback_mask */
#define CB_MASK_EVENT	  1
#define CB_MASK_FAILSAFE  2
#define CB_MASK_SYSCALL	  4
#define CB_MASK_SYSENTER  8
#define CB_MASK_SYSCALL32 16

struct pv_trap {
	u64 address; /* 0 = none */
	u8 dpl;
	bool mask_events;
};

struct pv_bounce { /* a fault or event to be delivered on the way out */
	bool pending;
	bool failsafe; /* next to pending: entry.S looks at both at once */
	u8 vector;
	bool has_error;
	u32 error_code;
};

struct pv_vcpu {
	struct vcpu v; /* first */
	bool in_kernel; /* current mode; the frame's selectors do not say */
	bool user_l4_ok; /* user_l4 is set */
	bool slow_iret; /* virtual IOPL in RFLAGS: not in assembly */
	u8 callback_mask;
	u8 iopl; /* virtual */
	u64 kernel_cr3; /* machine addresses of the L4s in use; each holds */
	u64 user_cr3; /* a PAGE_L4 type reference; 0 = none */
	u64 kernel_sp;
	u64 kernel_ss;
	u64 entry_sp; /* kernel_sp aligned, or 0 when it lies in our range */
	u64 event_callback;
	u64 failsafe_callback;
	u64 syscall_callback;
	u64 sysenter_callback;
	u64 syscall32_callback;
	u64 nmi_callback;

	struct cpu_user_regs regs; /* while not on a CPU */
	u16 ds, es, fs, gs; /* while not on a CPU */
	u64 fs_base;
	u64 gs_base; /* of the current mode */
	u64 gs_shadow; /* of the other mode */

	struct pv_trap traps[256];
	bool nmi_in_service;
	u64 virtual_cr0_ts; /* 0 or CR0_TS */
	u64 virtual_cr4;
	u64 cr2;
	u64 debugreg[8]; /* 0-3, 6, 7 */
	u64 xcr0;
	void *fpu; /* XSAVE area, 64-byte aligned */
	u64 io_bitmap_gva;
	u32 io_bitmap_ports;

	/* Descriptor tables: frames hold PAGE_SEGDESC references. */
	mfn_t gdt_frames[GDT_GUEST_PAGES];
	u32 gdt_entries;
	u64 ldt_base; /* guest virtual */
	u32 ldt_entries;
	mfn_t ldt_frames[16]; /* mapped so far; INVALID_MFN = not yet */

	struct pv_bounce bounce;
	struct page *unwinding; /* mmu: a dropped table, see pv_unwind() */
	u64 last_hypercalls[32]; /* ring for the crash dump: nr */
	u32 last_hypercall; /* counts on, modulo 32 the next place */
};

struct pv_domain {
	struct domain d; /* first */
	/* I/O ports as the domain sees them (io_port.c), for its own use. */
	u32 pci_cf8; /* latched config address of port 0xcf8 */
	u8 cmos_index; /* latched by port 0x70 */
	u8 port61; /* bits it has written */
	u64 port61_gate_ns; /* when it opened the gate of PIT channel 2 */
	struct cpu_policy policy; /* what CPUID keeps; set before it runs */
};

static inline struct pv_vcpu *to_pv(const struct vcpu *v)
{
	return container_of(v, struct pv_vcpu, v);
}

static inline struct pv_domain *to_pv_domain(const struct domain *d)
{
	return container_of(d, struct pv_domain, d);
}

#define current_pv() to_pv(current)

/* ---- traps to the guest (callback.c) ---- */
/* Queues an exception for current: delivered by the exit path. */
void pv_inject(struct vcpu *v, u8 vector, bool has_error, u32 error_code);
void pv_inject_gp(struct vcpu *v, u32 error_code);
void pv_inject_pf(struct vcpu *v, u64 cr2, u32 error_code);

/* ---- emulation of privileged instructions (emul_priv.c) ---- */
/* #GP with error code 0 in @regs: true when done, false: bounce it. */
bool pv_emulate_privileged(struct cpu_user_regs *regs);
/* #UD: the forced-emulation CPUID prefix. */
bool pv_emulate_invalid_op(struct cpu_user_regs *regs);
/* CPUID and MSRs as the guest sees them (cpuid.c, msr.c). */
struct cpuid_leaf;
/* As above for @d, NULL: any domain that nothing was taken from. */
void pv_cpuid(const struct domain *d, u32 leaf, u32 sub,
	      struct cpuid_leaf *out);
int __must_check pv_rdmsr(struct vcpu *v, u32 msr, u64 *val);
int __must_check pv_wrmsr(struct vcpu *v, u32 msr, u64 val);

/* ---- memory of guests (mmu*.c) ---- */
/* A write fault on a page of type L1: true when emulated (abi 3.6). */
bool pv_emulate_pt_write(struct vcpu *v, u64 va, u32 error_code,
			 struct cpu_user_regs *regs);
/* Loads the CR3 of the mode the vcpu is in; notes the TLB flush. */
void pv_load_cr3(struct vcpu *v);
int __must_check pv_set_kernel_l4(struct vcpu *v, mfn_t m); /* NEW_BASEPTR */
int __must_check pv_set_user_l4(struct vcpu *v, mfn_t m); /* INVALID: none */
/* Drops both L4 references; -ERESTART: more to do. */
int pv_drop_l4s(struct vcpu *v);
/*
 * Drops all pins and then all pages of a dying domain; -ERESTART: more to do.
 */
int pv_relinquish_memory(struct domain *d);
/*
 * Entry of level 1 that maps @va in current's kernel tables, and its frame with
 * a reference; NULL when none. page_put the frame after use.
 */
u64 *pv_guest_l1e(struct vcpu *v, u64 va, struct page **l1_page);
/*
 * Creates (or clears, pte 0) a mapping for a grant: by VA, or by the machine
 * address of an entry. The references of the new mapping are the caller's and
 * are taken over by the entry; those of the old entry are dropped.
 */
int __must_check pv_grant_map_va(struct vcpu *v, u64 va, u64 pte, u64 *old);
int __must_check pv_grant_map_pte(struct vcpu *v, u64 pte_maddr, u64 pte,
				  u64 *old);

/* ---- descriptor tables (descriptors.c) ---- */
int __must_check pv_set_gdt(struct vcpu *v, const u64 *frames, u32 entries);
void pv_drop_gdt(struct vcpu *v);
int __must_check pv_set_ldt(struct vcpu *v, u64 base, u32 entries);
void pv_drop_ldt(struct vcpu *v); /* mappings; base and size stay */
/* Fault in the LDT window at @offset bytes: true when mapped now. */
bool pv_map_ldt_page(struct vcpu *v, u64 offset);
/*
 * One descriptor of a page of type PAGE_SEGDESC. Code and data segments get
 * privilege level 3 (Linux fills its table with the levels of bare hardware).
 * False: a gate or system segment, not for guests.
 */
bool pv_descriptor_fix(u64 *desc);
void pv_load_descriptor_tables(struct vcpu *v); /* at switch_to */

/* ---- the page of hypercall stubs (hypercall_page.c) ---- */
void pv_fill_hypercall_page(void *page);

/* ---- I/O ports (io_port.c) ---- */
u32 pv_port_in(struct vcpu *v, u16 port, unsigned int bytes);
void pv_port_out(struct vcpu *v, u16 port, unsigned int bytes, u32 val);
