// SPDX-License-Identifier: GPL-2.0-only
/*
 * Room for a new guest's memory: what is free, less what others have claimed,
 * and what dom0 can do without. One creator at a time looks and takes; its
 * domain's claim stands for the memory until the domain is filled.
 */
#include "build/room.h"
#include "build/balloon.h"
#include "build/guest.h"
#include "build/xend_config.h"
#include "lib/hypercall.h"
#include "lib/log.h"
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#define PAGES_PER_MIB 256
#define KIB_PER_MIB   1024L

int room_free_mib(uint64_t *mib)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_physinfo };
	int err = hypercall_sysctl(&op);

	if (err) {
		log_error("asking the hypervisor for the host: %s",
			  strerror(-err));
		return err;
	}
	*mib = op.u.physinfo.free_pages > op.u.physinfo.outstanding_pages ?
		       (op.u.physinfo.free_pages -
			op.u.physinfo.outstanding_pages) /
			       PAGES_PER_MIB :
		       0;
	return 0;
}

static void say_short(const char *name, uint64_t need, uint64_t have)
{
	log_error("not enough memory for %s: it needs %" PRIu64 " MiB, %" PRIu64
		  " MiB are free, %" PRIu64 " MiB are missing",
		  name, need, have, need > have ? need - have : 1);
}

int room_short(const char *name, uint64_t mib)
{
	uint64_t have;

	if (room_free_mib(&have))
		return -ENOMEM;
	say_short(name, mib, have);
	log_hint("destroy a guest, or lower dom0's memory: xm mem-set 0 MIB");
	return -ENOMEM;
}

/* dom0 gives @missing MiB, if it may and can. */
static int take_from_dom0(const char *name, uint64_t need, uint64_t have)
{
	long before = balloon_pages_kib(0), target;
	struct xend_config xend;
	int err = xend_config_read(&xend);

	if (err)
		return err;
	if (!xend.dom0_balloons || before < 0)
		return room_short(name, need);
	target = before - (long)(need - have) * KIB_PER_MIB;
	if (target < xend.dom0_min_mib * KIB_PER_MIB) {
		say_short(name, need, have);
		log_hint("dom0 has %ld MiB and keeps %ld (dom0-min-mem); "
			 "destroy a guest",
			 before / KIB_PER_MIB, xend.dom0_min_mib);
		return -ENOMEM;
	}
	log_say("Taking %" PRIu64 " MiB from dom0 for %s", need - have, name);
	err = balloon_set("Domain-0", 0, target);
	if (err) {
		say_short(name, need, have);
		balloon_set("Domain-0", 0, before);
	}
	return err;
}

int room_make(const char *name, uint64_t mib)
{
	int lock = guest_lock_memory(), err;
	uint64_t have;

	if (lock == -ETIMEDOUT)
		return lock;
	if (lock < 0) {
		log_error("cannot claim memory for %s: " GUEST_RUN_DIR ": %s%s",
			  name, strerror(-lock),
			  lock == -EACCES || lock == -EPERM ? ": run as root" :
							      "");
		return lock;
	}
	err = room_free_mib(&have);
	if (!err && have < mib)
		err = take_from_dom0(name, mib, have);
	if (!err)
		err = room_free_mib(&have);
	if (!err && have < mib)
		err = room_short(name, mib);
	if (!err)
		return lock;
	close(lock);
	return err;
}

int room_claim(uint32_t domid, uint64_t pages)
{
	struct xen_memory_reservation claim = {
		.nr_extents = pages,
		.domid = domid,
	};
	long err = hypercall_memory(XENMEM_claim_pages, &claim, sizeof(claim));

	return err < 0 ? err : 0;
}
