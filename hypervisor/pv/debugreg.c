// SPDX-License-Identifier: GPL-2.0-only
/*
 * Debug registers. A vcpu without an enabled breakpoint costs nothing at a
 * switch; one with them has all its registers loaded.
 */
#include "pv/debugreg.h"

#define DR_STATUS  6
#define DR_CONTROL 7

#define DR6_FIXED_ONE  0xffff0ff0UL
#define DR6_FIXED_ZERO 0x1000UL
#define DR7_FIXED_ONE  0x400UL
#define DR7_FIXED_ZERO 0xd800UL
#define DR7_ENABLES    0xffUL
#define DR7_GD	       0x2000UL
#define DR_UPPER       0xffffffff00000000UL

/* Breakpoint @n in DR7: its two type bits, and whether it is enabled. */
#define DR7_TYPE(dr7, n)    ((dr7) >> (16 + 4 * (n)) & 3)
#define DR7_ENABLED(dr7, n) ((dr7) >> (2 * (n)) & 3)
#define DR7_TYPE_IO	    2

static void write_dr(unsigned int reg, u64 val)
{
	switch (reg) {
	case 0:
		__asm__ volatile("mov %0, %%dr0" ::"r"(val));
		break;
	case 1:
		__asm__ volatile("mov %0, %%dr1" ::"r"(val));
		break;
	case 2:
		__asm__ volatile("mov %0, %%dr2" ::"r"(val));
		break;
	case 3:
		__asm__ volatile("mov %0, %%dr3" ::"r"(val));
		break;
	case DR_STATUS:
		__asm__ volatile("mov %0, %%dr6" ::"r"(val));
		break;
	default:
		__asm__ volatile("mov %0, %%dr7" ::"r"(val));
		break;
	}
}

static bool breakpoints_on(const struct pv_vcpu *pv)
{
	return pv->debugreg[DR_CONTROL] & DR7_ENABLES;
}

void pv_debug_load(const struct vcpu *v)
{
	const struct pv_vcpu *pv = to_pv(v);

	if (!breakpoints_on(pv))
		return;
	for (unsigned int i = 0; i < 4; i++)
		write_dr(i, pv->debugreg[i]);
	write_dr(DR_STATUS, DR6_DEFAULT);
	write_dr(DR_CONTROL, pv->debugreg[DR_CONTROL]);
}

void pv_debug_unload(const struct vcpu *v)
{
	if (breakpoints_on(to_pv(v)))
		write_dr(DR_CONTROL, DR7_DEFAULT);
}

void pv_debug_status_collect(struct vcpu *v)
{
	struct pv_vcpu *pv = to_pv(v);
	u64 dr6;

	__asm__ volatile("mov %%dr6, %0" : "=r"(dr6));
	write_dr(DR_STATUS, DR6_DEFAULT);
	pv->debugreg[DR_STATUS] |= dr6 & ~DR6_DEFAULT;
}

/* Breakpoints on I/O ports exist only with CR4.DE; else they have no meaning.
 */
static int check_control(const struct pv_vcpu *pv, u64 val)
{
	if (val & DR7_GD)
		return -EPERM;
	if (pv->virtual_cr4 & CR4_DE)
		return 0;
	for (unsigned int i = 0; i < 4; i++)
		if (DR7_ENABLED(val, i) && DR7_TYPE(val, i) == DR7_TYPE_IO)
			return -EPERM;
	return 0;
}

static int set_address(struct vcpu *v, unsigned int reg, u64 val)
{
	struct pv_vcpu *pv = to_pv(v);

	if (!is_canonical(val) || (val >= HV_VA_START && val < HV_VA_END))
		return -EPERM;
	pv->debugreg[reg] = val;
	if (v == current && breakpoints_on(pv))
		write_dr(reg, val);
	return 0;
}

static int set_control(struct vcpu *v, u64 val)
{
	struct pv_vcpu *pv = to_pv(v);
	int err;

	if (val & DR_UPPER)
		return -EINVAL;
	val = (val & ~DR7_FIXED_ZERO) | DR7_FIXED_ONE;
	err = check_control(pv, val);
	if (err)
		return err;
	if (v == current)
		pv_debug_unload(v);
	pv->debugreg[DR_CONTROL] = val;
	if (v == current)
		pv_debug_load(v);
	return 0;
}

/* 4 and 5 are other names of 6 and 7, unless CR4.DE is set: then of none. */
static unsigned int real_number(const struct pv_vcpu *pv, unsigned int reg)
{
	if (reg != 4 && reg != 5)
		return reg;
	return pv->virtual_cr4 & CR4_DE ? ~0U : reg + 2;
}

int pv_set_debugreg(struct vcpu *v, unsigned int reg, u64 val)
{
	struct pv_vcpu *pv = to_pv(v);

	reg = real_number(pv, reg);
	switch (reg) {
	case 0 ... 3:
		return set_address(v, reg, val);
	case DR_STATUS:
		if (val & DR_UPPER)
			return -EINVAL;
		pv->debugreg[DR_STATUS] = (val & ~DR6_FIXED_ZERO) |
					  DR6_FIXED_ONE;
		return 0;
	case DR_CONTROL:
		return set_control(v, val);
	default:
		return -ENODEV;
	}
}

int pv_get_debugreg(const struct vcpu *v, unsigned int reg, u64 *val)
{
	const struct pv_vcpu *pv = to_pv(v);

	reg = real_number(pv, reg);
	if (reg > DR_CONTROL)
		return -ENODEV;
	*val = pv->debugreg[reg];
	return 0;
}
