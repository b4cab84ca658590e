// SPDX-License-Identifier: GPL-2.0-only
/* info, dmesg, debug-keys: the host and its hypervisor. */
#include "xm/json.h"
#include "xm/xm.h"
#include "lib/hvlog.h"
#include "lib/hypercall.h"
#include "lib/log.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

static bool json, begun; /* the form of `info`, and whether it has a line */

/* Keys and their order are those of xl info; programs split at the colon. */
static void put(const char *key, const char *value)
{
	if (json)
		json_put_text(!begun, key, value);
	else
		printf("%-23s: %s\n", key, value);
	begun = true;
}

static void put_number(const char *key, unsigned long value)
{
	if (json)
		json_put_number(!begun, key, value);
	else
		printf("%-23s: %lu\n", key, value);
	begun = true;
}

static void putf(const char *key, const char *format, ...) LOG_PRINTF(2, 3);

static void putf(const char *key, const char *format, ...)
{
	char value[256];
	va_list args;

	va_start(args, format);
	vsnprintf(value, sizeof(value), format, args);
	va_end(args);
	put(key, value);
}

static void put_uname(void)
{
	struct utsname name;

	if (uname(&name))
		return;
	put("host", name.nodename);
	put("release", name.release);
	put("version", name.version);
	put("machine", name.machine);
}

static void put_virt_caps(uint32_t capabilities)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} names[] = {
		{ XEN_SYSCTL_PHYSCAP_pv, "pv" },
		{ XEN_SYSCTL_PHYSCAP_hvm, "hvm" },
		{ XEN_SYSCTL_PHYSCAP_directio, "directio" },
		{ XEN_SYSCTL_PHYSCAP_hap, "hap" },
		{ XEN_SYSCTL_PHYSCAP_shadow, "shadow" },
		{ XEN_SYSCTL_PHYSCAP_iommu_hap_pt_share, "iommu_hap_pt_share" },
		{ XEN_SYSCTL_PHYSCAP_vmtrace, "vmtrace" },
		{ XEN_SYSCTL_PHYSCAP_vpmu, "vpmu" },
		{ XEN_SYSCTL_PHYSCAP_gnttab_v1, "gnttab-v1" },
		{ XEN_SYSCTL_PHYSCAP_gnttab_v2, "gnttab-v2" },
	};
	char text[256] = "";
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (!(capabilities & names[i].bit))
			continue;
		if (*text)
			strcat(text, " ");
		strcat(text, names[i].name);
	}
	put("virt_caps", text);
}

static int put_physinfo(void)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_physinfo };
	const struct xen_sysctl_physinfo *info = &op.u.physinfo;
	int i, err = hypercall_sysctl(&op);
	char caps[9 * 8 + 1];

	if (err)
		return err;
	put_number("nr_cpus", info->nr_cpus);
	put_number("max_cpu_id", info->max_cpu_id);
	put_number("nr_nodes", info->nr_nodes);
	put_number("cores_per_socket", info->cores_per_socket);
	put_number("threads_per_core", info->threads_per_core);
	putf("cpu_mhz", "%u.%03u", info->cpu_khz / 1000, info->cpu_khz % 1000);
	for (i = 0; i < 8; i++)
		sprintf(caps + 9 * i, "%08x:", info->hw_cap[i]);
	caps[9 * 8 - 1] = 0;
	put("hw_caps", caps);
	put_virt_caps(info->capabilities);
	put_number("total_memory", info->total_pages >> (20 - XEN_PAGE_SHIFT));
	put_number("free_memory",
		   (info->free_pages - info->outstanding_pages) >>
			   (20 - XEN_PAGE_SHIFT));
	put_number("sharing_freed_memory", 0);
	put_number("sharing_used_memory", 0);
	put_number("outstanding_claims",
		   info->outstanding_pages >> (20 - XEN_PAGE_SHIFT));
	put_number("free_cpus", 0);
	return 0;
}

static void put_numa(void)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_availheap };

	op.u.availheap.node = -1;
	if (hypercall_sysctl(&op))
		return;
	puts("numa_info              :");
	puts("node:    memsize    memfree    distances");
	op.cmd = XEN_SYSCTL_physinfo;
	if (!hypercall_sysctl(&op))
		printf("%4d:    %6lu     %6lu      10\n", 0,
		       (unsigned long)op.u.physinfo.total_pages >> 8,
		       (unsigned long)op.u.physinfo.free_pages >> 8);
}

static const char *scheduler_name(void)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_sched_id };

	if (hypercall_sysctl(&op))
		return "unknown";
	switch (op.u.sched_id.sched_id) {
	case XEN_SCHEDULER_CREDIT:
		return "credit";
	case XEN_SCHEDULER_CREDIT2:
		return "credit2";
	case XEN_SCHEDULER_RTDS:
		return "rtds";
	case XEN_SCHEDULER_ARINC653:
		return "arinc653";
	case XEN_SCHEDULER_NULL:
		return "null";
	}
	return "unknown";
}

/* A text that the hypervisor fills in; ends with NUL whatever it did. */
static void put_text(const char *key, unsigned int cmd, size_t bytes)
{
	char text[1025] = "";

	if (hypercall_version(cmd, text, bytes) < 0)
		return;
	text[bytes] = 0;
	put(key, text);
}

static void put_compile_info(void)
{
	struct xen_compile_info info = { .compiler = "" };

	if (hypercall_version(XENVER_compile_info, &info, sizeof(info)) < 0)
		return;
	info.compiler[sizeof(info.compiler) - 1] = 0;
	info.compile_by[sizeof(info.compile_by) - 1] = 0;
	info.compile_domain[sizeof(info.compile_domain) - 1] = 0;
	info.compile_date[sizeof(info.compile_date) - 1] = 0;
	put("cc_compiler", info.compiler);
	put("cc_compile_by", info.compile_by);
	put("cc_compile_domain", info.compile_domain);
	put("cc_compile_date", info.compile_date);
}

static void put_build_id(void)
{
	union {
		xen_build_id_t id;
		char room[4 + 64];
	} build = { .id = { .len = 64 } };
	char text[2 * 64 + 1] = "";
	long i, length;

	length = hypercall_version(XENVER_build_id, &build, sizeof(build));
	if (length > 64)
		length = 0;
	for (i = 0; i < length; i++)
		sprintf(text + 2 * i, "%02x", build.id.buf[i]);
	put("build_id", text); /* the line is there without one */
}

static void put_version(void)
{
	struct xen_platform_parameters params = { 0 };
	xen_extraversion_t extra = "";
	long version = hypercall_version(XENVER_version, NULL, 0);

	hypercall_version(XENVER_extraversion, extra, sizeof(extra));
	extra[sizeof(extra) - 1] = 0;
	put_number("xen_major", version >> 16);
	put_number("xen_minor", version & 0xffff);
	put("xen_extra", extra);
	putf("xen_version", "%ld.%ld%s", version >> 16, version & 0xffff,
	     extra);
	put_text("xen_caps", XENVER_capabilities, XEN_CAPABILITIES_INFO_LEN);
	put("xen_scheduler", scheduler_name());
	put_number("xen_pagesize", hypercall_version(XENVER_pagesize, NULL, 0));
	hypercall_version(XENVER_platform_parameters, &params, sizeof(params));
	putf("platform_params", "virt_start=0x%lx",
	     (unsigned long)params.virt_start);
	put_text("xen_changeset", XENVER_changeset, XEN_CHANGESET_INFO_LEN);
	put_text("xen_commandline", XENVER_commandline, 1024);
	put_compile_info();
	put_build_id();
}

int cmd_info(int argc, char **argv)
{
	static const struct xm_long longs[] = { { "numa", 'n' },
						{ "json", 'j' },
						{ NULL, 0 } };
	bool seen[128];
	int err, at = xm_options(argc, argv, "n", longs, seen);

	if (at != argc)
		return XM_USAGE;
	if (hypercall_open())
		return XM_FAILED;
	json = seen['j'];
	if (json)
		putchar('{');
	put_uname();
	err = put_physinfo();
	if (err)
		return xm_failed("asking the hypervisor for the host", err);
	if (seen['n'] && !json)
		put_numa();
	put_version();
	put_number("xend_config_format", 4);
	if (json)
		puts("}");
	return XM_OK;
}

int cmd_dmesg(int argc, char **argv)
{
	static const struct xm_long longs[] = { { "clear", 'c' }, { NULL, 0 } };
	bool seen[128];
	int err, at = xm_options(argc, argv, "c", longs, seen);
	size_t bytes;
	char *text;

	if (at != argc)
		return XM_USAGE;
	err = hvlog_read(seen['c'], &text, &bytes);
	if (err)
		return xm_failed("reading the hypervisor's messages", err);
	fwrite(text, 1, bytes, stdout);
	free(text);
	return XM_OK;
}

int cmd_debug_keys(int argc, char **argv)
{
	size_t length;
	int err;

	if (argc != 2)
		return XM_USAGE;
	length = strlen(argv[1]);
	if (length == 0 || length > HVLOG_KEYS_MAX) {
		log_error("debug-keys: give 1 to %d keys", HVLOG_KEYS_MAX);
		return XM_FAILED;
	}
	if (xm_dry_run(0, "sent the keys"))
		return XM_OK;
	err = hvlog_keys(argv[1]);
	return err ? xm_failed("sending the keys", err) : XM_OK;
}
