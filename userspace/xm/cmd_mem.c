// SPDX-License-Identifier: GPL-2.0-only
/*
 * mem-set, mem-max: how much memory a domain has, and may have.
 */
#include "xm/xm.h"
#include "build/balloon.h"
#include "build/guest.h"
#include "lib/domain.h"
#include "lib/hypercall.h"
#include "lib/log.h"
#include "lib/store.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MIB_MAX	     BALLOON_MIB_MAX
#define KIB_PER_MIB  1024L
#define KIB_MAX	     (MIB_MAX * KIB_PER_MIB)
#define KIB_PER_PAGE (1 << (XEN_PAGE_SHIFT - 10))

#define B2 "/local/domain/%u/memory/b2/"

/*
 * What the domain may have at most, in KiB; 0 when nobody said. Of dom0 only
 * the hypervisor knows.
 */
static long max_kib(uint32_t domid)
{
	domain_info_t info;
	long kib = 0;

	(void)store_read_number(STORE_NOW, 0, KIB_MAX, &kib,
				"/local/domain/%u/memory/static-max", domid);
	if (!kib && !domid && !domain_info(0, &info) &&
	    info.max_pages < KIB_MAX / KIB_PER_PAGE)
		kib = (long)info.max_pages * KIB_PER_PAGE;
	return kib;
}

static int parse(int argc, char **argv, uint32_t *domid, long *kib)
{
	long mib;
	int status;

	if (argc != 3)
		return XM_USAGE;
	if (!xm_parse_number(argv[2], 1, MIB_MAX, &mib)) {
		log_error("'%s' is no size: give a whole number of MiB",
			  argv[2]);
		return XM_FAILED;
	}
	status = xm_find_domain(argv[1], domid);
	*kib = mib * KIB_PER_MIB;
	return status;
}

int cmd_mem_set(int argc, char **argv)
{
	long target, max;
	uint32_t domid;
	int status = parse(argc, argv, &domid, &target);

	if (status)
		return status;
	max = max_kib(domid);
	if (max && target > max) {
		log_error("Domain '%s' may have %ld MiB at most", argv[1],
			  max / KIB_PER_MIB);
		if (domid)
			log_hint("xm mem-max %s %s raises that", argv[1],
				 argv[2]);
		else
			log_hint("dom0_mem=SIZE,max:SIZE of the hypervisor's "
				 "command line raises that");
		return XM_FAILED;
	}
	if (xm_dry_run(domid, "given its memory"))
		return XM_OK;
	status = balloon_set(argv[1], domid, target);
	if (status && status != -EBUSY)
		return xm_failed("mem-set", status);
	return status ? XM_FAILED : XM_OK;
}

int cmd_mem_max(int argc, char **argv)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_max_mem };
	char path[STORE_PATH_MAX];
	uint32_t domid;
	long max, has;
	int err, status = parse(argc, argv, &domid, &max);

	if (status)
		return status;
	has = balloon_pages_kib(domid);
	if (max < has) {
		log_error("Domain '%s' has %ld MiB: no less can be its maximum",
			  argv[1], has / KIB_PER_MIB);
		log_hint("xm mem-set %s %s first", argv[1], argv[2]);
		return XM_FAILED;
	}
	if (xm_dry_run(domid, "given its maximum"))
		return XM_OK;
	op.domain = domid;
	op.u.max_mem.max_memkb = max + GUEST_SLACK_KIB;
	err = hypercall_domctl(&op);
	if (err)
		return xm_failed("mem-max", err);
	snprintf(path, sizeof(path), "/local/domain/%u/memory/static-max",
		 domid);
	err = store_write(STORE_NOW, path, "%ld", max);
	if (!err && store_exists(STORE_NOW, B2 "offer", domid)) {
		snprintf(path, sizeof(path), B2 "max-kb", domid);
		err = store_write(STORE_NOW, path, "%ld", max);
	}
	return err ? xm_failed("mem-max", err) : XM_OK;
}
