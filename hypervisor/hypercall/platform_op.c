/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * platform_op: what only dom0 may do to the machine: set the clock, turn it
 * off, look at its CPUs and its firmware. <xen/platform.h>
 */
#include "boot/boot.h"
#include "cpu/apic.h"
#include "cpu/features.h"
#include "cpu/system.h"
#include "cpu/time.h"
#include "drivers/power.h"
#include "hypercall/hypercall.h"
#include "hypercall/platform.h"
#include "lib/string.h"

#define NS_PER_S      1000000000UL
#define MAX_UTC_S     (UINT64_MAX / NS_PER_S / 2)
#define ACPI_STATE_S5 5

static long set_time(u64 secs, u32 nsecs, u64 system_time)
{
	struct domain *d;

	if (secs > MAX_UTC_S || nsecs >= NS_PER_S ||
	    system_time > secs * NS_PER_S + nsecs)
		return -EINVAL;
	wallclock_set(secs * NS_PER_S + nsecs, system_time);
	for_each_domain(d)
		vtime_update_wallclock(d);
	return 0;
}

static long platform_settime32(struct xen_platform_op *op)
{
	return set_time(op->u.settime32.secs, op->u.settime32.nsecs,
			op->u.settime32.system_time);
}

static long platform_settime64(struct xen_platform_op *op)
{
	if (op->u.settime64.mbz)
		return -EINVAL;
	return set_time(op->u.settime64.secs, op->u.settime64.nsecs,
			op->u.settime64.system_time);
}

/* Soft off is the one state we have: it does not come back. */
static long platform_enter_acpi_sleep(struct xen_platform_op *op)
{
	const struct xenpf_enter_acpi_sleep *sleep = &op->u.enter_acpi_sleep;

	if (sleep->flags)
		return -EOPNOTSUPP;
	if (sleep->sleep_state != ACPI_STATE_S5)
		return -EINVAL;
	power_set_s5(sleep->val_a, sleep->val_b);
	machine_shutdown(SHUTDOWN_poweroff);
}

static long platform_firmware_info(struct xen_platform_op *op)
{
	if (op->u.firmware_info.type != XEN_FW_EFI_INFO || !boot_info.efi)
		return -ENOSYS;
	return efi_firmware_info(&op->u.firmware_info);
}

static long platform_efi_runtime_call(struct xen_platform_op *op)
{
	return boot_info.efi ? efi_runtime_call(&op->u.efi_runtime_call) :
			       -ENOSYS;
}

static bool cpu_is_online(u32 cpu)
{
	return cpu < nr_cpu_ids && cpumask_test(&cpu_online_mask, cpu);
}

static long platform_get_cpuinfo(struct xen_platform_op *op)
{
	struct xenpf_pcpuinfo *info = &op->u.pcpu_info;

	info->max_present = nr_cpu_ids - 1;
	info->apic_id = 0;
	info->acpi_id = 0;
	info->flags = XEN_PCPU_FLAGS_INVALID;
	if (cpu_is_online(info->xen_cpuid)) {
		info->flags = XEN_PCPU_FLAGS_ONLINE;
		info->apic_id = cpu_apic_id(info->xen_cpuid);
		info->acpi_id = cpu_acpi_id(info->xen_cpuid);
	}
	return 0;
}

/* All CPUs of a machine we run on are of one kind. */
static long platform_get_cpu_version(struct xen_platform_op *op)
{
	struct xenpf_pcpu_version *ver = &op->u.pcpu_version;
	u32 cpu = ver->xen_cpuid;
	u32 sig = cpuid(1, 0).a;

	if (!cpu_is_online(cpu))
		return -EINVAL;
	ver->max_present = nr_cpu_ids - 1;
	memcpy(ver->vendor_id, cpu_features.vendor, sizeof(ver->vendor_id));
	ver->family = sig >> 8 & 0xf;
	ver->model = sig >> 4 & 0xf;
	ver->stepping = sig & 0xf;
	if (ver->family == 6 || ver->family == 15)
		ver->model |= sig >> 12 & 0xf0;
	if (ver->family == 15)
		ver->family += sig >> 20 & 0xff;
	return 0;
}

static long platform_getidletime(struct xen_platform_op *op)
{
	struct xenpf_getidletime *idle = &op->u.getidletime;
	u64 map = (u64)idle->cpumap_bitmap.p, times = (u64)idle->idletime.p;
	u8 byte = 0, seen = 0;
	u64 ns;

	for (u32 cpu = 0; cpu < MIN(idle->cpumap_nr_cpus, 8U * NR_CPUS);
	     cpu++) {
		if (cpu % 8 == 0 && guest_copy_in(&byte, map + cpu / 8))
			return -EFAULT;
		if (cpu % 8 == 0)
			seen = byte;
		if (!cpu_is_online(cpu))
			seen &= ~(1U << cpu % 8);
		ns = cpu_is_online(cpu) ? sched_cpu_idle_ns(cpu) : 0;
		if ((byte >> cpu % 8 & 1) &&
		    guest_copy_out(times + 8UL * cpu, &ns))
			return -EFAULT;
		if ((cpu % 8 == 7 || cpu + 1 == idle->cpumap_nr_cpus) &&
		    guest_copy_out(map + cpu / 8, &seen))
			return -EFAULT;
	}
	idle->now = now_ns();
	return 0;
}

static long (*const platform_subs[])(struct xen_platform_op *op) = {
	[XENPF_settime32] = platform_settime32,
	[XENPF_settime64] = platform_settime64,
	[XENPF_enter_acpi_sleep] = platform_enter_acpi_sleep,
	[XENPF_firmware_info] = platform_firmware_info,
	[XENPF_efi_runtime_call] = platform_efi_runtime_call,
	[XENPF_get_cpuinfo] = platform_get_cpuinfo,
	[XENPF_get_cpu_version] = platform_get_cpu_version,
	[XENPF_getidletime] = platform_getidletime,
};

long hc_platform_op(HC_ARGS)
{
	struct xen_platform_op op;
	long err;

	if (!current->domain->is_privileged)
		return -EPERM;
	if (guest_copy_in(&op, a1))
		return -EFAULT;
	if (op.interface_version != XENPF_INTERFACE_VERSION)
		return -EACCES;
	if (op.cmd >= ARRAY_SIZE(platform_subs) || !platform_subs[op.cmd])
		return -ENOSYS;
	err = platform_subs[op.cmd](&op);
	if (err == 0 && guest_copy_out(a1, &op))
		return -EFAULT;
	return err;
}
