/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * xen_version: who we are. XENVER_version is also how a guest asks for its
 * pending events: it comes often, and does nothing here.
 */
#include "hypercall/hypercall.h"
#include "hypercall/version.h"
#include "lib/string.h"

/* The build says what it knows; `unknown` is a build that was not told. */
#ifndef HOSPES_VERSION
#define HOSPES_VERSION "unknown"
#endif
#ifndef HOSPES_CHANGESET
#define HOSPES_CHANGESET "unknown"
#endif
#ifndef HOSPES_DATE
#define HOSPES_DATE "unknown"
#endif

#define EXTRAVERSION ".0-hospes"
#define CAPABILITIES "xen-3.0-x86_64 "

static const char *cmdline = "";

void version_set_cmdline(const char *s)
{
	cmdline = s;
}

/* Text in a field of @size bytes, the rest zero; always terminated. */
static long put_text(u64 gva, const char *text, size_t size)
{
	char buf[1024] = "";

	ASSERT(size <= sizeof(buf));
	strlcpy(buf, text, size);
	return guest_copy_to(gva, buf, size);
}

static long put_compile_info(u64 gva)
{
	struct xen_compile_info info = { .compiler = "" };

	strlcpy(info.compiler, "gcc " __VERSION__, sizeof(info.compiler));
	strlcpy(info.compile_by, "hospes", sizeof(info.compile_by));
	strlcpy(info.compile_domain, HOSPES_VERSION,
		sizeof(info.compile_domain));
	strlcpy(info.compile_date, HOSPES_DATE, sizeof(info.compile_date));
	return guest_copy_out(gva, &info);
}

static u32 features_of(const struct domain *d)
{
	u32 map = BIT(XENFEAT_mmu_pt_update_preserve_ad) |
		  BIT(XENFEAT_gnttab_map_avail_bits) |
		  BIT(XENFEAT_highmem_assist) | BIT(XENFEAT_direct_mapped);

	if (d->vm_assist & BIT(VMASST_TYPE_pae_extended_cr3))
		map |= BIT(XENFEAT_pae_pgdir_above_4gb);
	if (d->is_privileged)
		map |= BIT(XENFEAT_dom0);
	return map;
}

static long put_features(u64 gva)
{
	struct xen_feature_info info;

	if (guest_copy_in(&info, gva))
		return -EFAULT;
	if (info.submap_idx >= XENFEAT_NR_SUBMAPS)
		return -EINVAL;
	info.submap = features_of(current->domain);
	return guest_copy_field_out(gva, &info, submap);
}

static long put_platform_parameters(u64 gva)
{
	struct xen_platform_parameters params = { .virt_start = HV_VA_START };

	return guest_copy_out(gva, &params);
}

/* A command line may hold secrets of the machine's owner: dom0 only. */
static long put_cmdline(u64 gva)
{
	return put_text(gva, current->domain->is_privileged ? cmdline : "",
			sizeof(xen_commandline_t));
}

long hc_xen_version(HC_ARGS)
{
	switch ((u32)a1) {
	case XENVER_version:
		return VERSION_MAJOR << 16 | VERSION_MINOR;
	case XENVER_extraversion:
		return put_text(a2, EXTRAVERSION, sizeof(xen_extraversion_t));
	case XENVER_compile_info:
		return put_compile_info(a2);
	case XENVER_capabilities:
		return put_text(a2, CAPABILITIES,
				sizeof(xen_capabilities_info_t));
	case XENVER_changeset:
		return put_text(a2, HOSPES_CHANGESET,
				sizeof(xen_changeset_info_t));
	case XENVER_platform_parameters:
		return put_platform_parameters(a2);
	case XENVER_get_features:
		return put_features(a2);
	case XENVER_pagesize:
		return a2 ? -EINVAL : (long)PAGE_SIZE;
	case XENVER_guest_handle:
		return guest_copy_out(a2, &current->domain->handle);
	case XENVER_commandline:
		return put_cmdline(a2);
	case XENVER_build_id:
		return -ENODATA;
	default:
		return -ENOSYS;
	}
}
