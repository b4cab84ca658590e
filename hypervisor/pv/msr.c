// SPDX-License-Identifier: GPL-2.0-only
/*
 * MSRs as a PV guest sees them: the bases of FS and GS, a handful of constants,
 * and silence for those that Linux writes without looking. All others do not
 * exist (#GP).
 */
#include "cpu/features.h"
#include "cpu/traps.h"
#include "pv/pv.h"

#define MSR_TSC		    0x10
#define MSR_UCODE_REV	    0x8b
#define MSR_MCG_CAP	    0x179
#define MSR_MCG_STATUS	    0x17a
#define MSR_MISC_ENABLE	    0x1a0
#define MSR_AMD_SYSCFG	    0xc0010010
#define MSR_AMD_HWCR	    0xc0010015
#define MSR_AMD_TOP_MEM	    0xc001001a
#define MSR_AMD_TOP_MEM2    0xc001001d
#define MSR_AMD_NB_CFG	    0xc001001f
#define MSR_AMD_MMIO_CFG    0xc0010058
#define MSR_AMD_PSTATE	    0xc0010061
#define MSR_AMD_PSTATE_LAST 0xc001006b
#define MSR_AMD_OSVW	    0xc0010140
#define MSR_AMD_OSVW_STATUS 0xc0010141
#define MSR_AMD_LS_CFG	    0xc0011020
#define MSR_AMD_DE_CFG	    0xc0011029

#define PAT_VALUE	      0x0000050100070406UL
#define APICBASE_VALUE	      0xfee00800UL
#define APICBASE_BSP	      0x100UL
#define EFER_SCE	      0x1UL
#define EFER_SVME	      0x1000UL
#define MISC_ENABLE_BTS_NONE  0x800UL
#define MISC_ENABLE_PEBS_NONE 0x1000UL
#define MISC_ENABLE_MONITOR   0x40000UL
#define DE_CFG_LFENCE_SERIAL  0x2UL

static u64 guest_efer(void)
{
	return (rdmsr(MSR_EFER) & ~EFER_SVME) | EFER_SCE;
}

/* Reads that give 0 and writes that are dropped, on AMD. */
static bool is_ignored_amd(u32 msr)
{
	if (!cpu_features.amd)
		return false;
	return (msr >= MSR_AMD_PSTATE && msr <= MSR_AMD_PSTATE_LAST) ||
	       msr == MSR_AMD_HWCR || msr == MSR_AMD_LS_CFG ||
	       msr == MSR_AMD_OSVW || msr == MSR_AMD_OSVW_STATUS;
}

/* Those of the northbridge: real for the domain that owns the hardware. */
static bool is_platform_amd(u32 msr)
{
	return cpu_features.amd &&
	       (msr == MSR_AMD_SYSCFG || msr == MSR_AMD_TOP_MEM ||
		msr == MSR_AMD_TOP_MEM2 || msr == MSR_AMD_NB_CFG ||
		msr == MSR_AMD_MMIO_CFG);
}

/*
 * Before the guest has a handler for #GP an unknown MSR reads as 0: a fault
 * would be its end.
 */
static int read_unknown(struct vcpu *v, u32 msr, u64 *val)
{
	*val = 0;
	if (!to_pv(v)->traps[TRAP_GP].address)
		return 0;
	pr_guest("pv: d%uv%u: read of MSR %x refused", v->domain->id, v->id,
		 msr);
	return -EPERM;
}

static int read_platform(struct vcpu *v, u32 msr, u64 *val)
{
	*val = 0;
	if (!v->domain->is_hardware)
		return 0;
	return rdmsr_safe(msr, val);
}

int pv_rdmsr(struct vcpu *v, u32 msr, u64 *val)
{
	*val = 0;
	switch (msr) {
	case MSR_FS_BASE:
	case MSR_GS_BASE:
	case MSR_KERNEL_GS_BASE:
		*val = rdmsr(msr);
		return 0;
	case MSR_EFER:
		*val = guest_efer();
		return 0;
	case MSR_APICBASE:
		*val = APICBASE_VALUE | (v->id == 0 ? APICBASE_BSP : 0);
		return 0;
	case MSR_PAT:
		*val = PAT_VALUE;
		return 0;
	case MSR_TSC:
		*val = rdtsc();
		return 0;
	case MSR_UCODE_REV:
		return rdmsr_safe(msr, val);
	case MSR_MCG_CAP: /* no banks */
	case MSR_MCG_STATUS:
		return 0;
	case MSR_MISC_ENABLE:
		if (cpu_features.amd)
			return read_unknown(v, msr, val);
		if (rdmsr_safe(msr, val))
			*val = 0;
		*val |= MISC_ENABLE_BTS_NONE | MISC_ENABLE_PEBS_NONE;
		*val &= ~MISC_ENABLE_MONITOR;
		return 0;
	case MSR_AMD_DE_CFG:
		if (!cpu_features.amd)
			return read_unknown(v, msr, val);
		*val = DE_CFG_LFENCE_SERIAL;
		return 0;
	default:
		if (is_ignored_amd(msr))
			return 0;
		if (is_platform_amd(msr))
			return read_platform(v, msr, val);
		return read_unknown(v, msr, val);
	}
}

int pv_wrmsr(struct vcpu *v, u32 msr, u64 val)
{
	switch (msr) {
	case MSR_FS_BASE:
	case MSR_GS_BASE:
	case MSR_KERNEL_GS_BASE:
		if (!is_canonical(val))
			return -EINVAL;
		wrmsr(msr, val);
		return 0;
	case MSR_EFER:
		return val == guest_efer() ? 0 : -EPERM;
	case MSR_TSC:
	case MSR_MCG_STATUS:
	case MSR_MISC_ENABLE:
		return 0;
	case MSR_AMD_DE_CFG:
		return cpu_features.amd ? 0 : -EPERM;
	default:
		if (is_ignored_amd(msr) || is_platform_amd(msr))
			return 0;
		pr_guest("pv: d%uv%u: write of %lx to MSR %x refused",
			 v->domain->id, v->id, val, msr);
		return -EPERM;
	}
}
