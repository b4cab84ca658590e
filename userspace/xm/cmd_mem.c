// SPDX-License-Identifier: GPL-2.0-only
/*
 * mem-set, mem-max: how much memory a domain has, and may have.
 *
 * A domain whose balloon knows memory/b2 (docs/balloon.md) answers how far it
 * got, and why it stopped; we watch its answers. One that does not gets
 * memory/target, and what it does is seen in the hypervisor's count of its
 * pages, which nobody announces.
 *
 * The target is written at once and stays when we are interrupted: the domain
 * goes on towards it.
 */
#include "xm/xm.h"
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
#include <time.h>
#include <unistd.h>

#define MIB_MAX	     (1L << 30)
#define KIB_PER_MIB  1024L
#define KIB_PER_PAGE 4L
#define KIB_MAX	     (MIB_MAX * KIB_PER_MIB)

#define OFFER_WAIT_MS 1000 /* for a balloon to take the offer */
#define STILL_MS      10000 /* without progress it is stuck */
#define LOOK_MS	      100 /* between looks at the count of pages */
/* Of so much a domain's own books and the hypervisor's may differ. */
#define NEAR_KIB 512L

#define B2 "/local/domain/%u/memory/b2/"

static long pages_kib(uint32_t domid)
{
	domain_info_t info;

	if (domain_info(domid, &info))
		return -1;
	return (long)info.tot_pages * KIB_PER_PAGE;
}

static bool knows_b2(uint32_t domid)
{
	return store_exists(STORE_NOW, B2 "status/version", domid);
}

/* memory/b2 as the domain may see it: it writes below status only. */
static int make_offer(uint32_t domid)
{
	char path[STORE_PATH_MAX], status[STORE_PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "/local/domain/%u/memory/b2", domid);
	snprintf(status, sizeof(status), "/local/domain/%u/memory/b2/status",
		 domid);
	err = store_make(STORE_NOW, path, 0, domid, STORE_READ);
	if (!err)
		err = store_make(STORE_NOW, status, 0, domid, STORE_WRITE);
	if (err)
		return err;
	snprintf(path, sizeof(path), B2 "offer", domid);
	return store_write(STORE_NOW, path, "1");
}

/* Whether the domain takes part; the first time it is asked and waited for. */
static bool take_part(uint32_t domid)
{
	int64_t deadline = log_now_ms() + OFFER_WAIT_MS;
	char path[STORE_PATH_MAX];

	if (knows_b2(domid) || store_exists(STORE_NOW, B2 "offer", domid))
		return knows_b2(domid);
	snprintf(path, sizeof(path), "/local/domain/%u/memory/b2/status",
		 domid);
	if (make_offer(domid) || store_watch(path, "offer"))
		return false;
	while (!knows_b2(domid)) {
		char *event = store_wait(deadline, NULL);

		if (!event)
			break;
		free(event);
	}
	store_unwatch(path, "offer");
	return knows_b2(domid);
}

static void progress(long kib, long target)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r%ld of %ld MiB ", kib / KIB_PER_MIB,
			target / KIB_PER_MIB);
}

static void progress_ends(void)
{
	if (isatty(STDERR_FILENO))
		fputc('\n', stderr);
}

static int stuck(const char *who, long kib, long target)
{
	long missing = kib > target ? kib - target : target - kib;

	progress_ends();
	log_error("Domain '%s' is stuck at %ld MiB, %ld KiB from its target",
		  who, kib / KIB_PER_MIB, missing);
	log_hint("%s", kib > target ?
			       "it needs what it has left; ask for less" :
			       "see 'xm info' for free memory");
	return XM_FAILED;
}

/* The answer that carries our number is about our target. */
static int wait_b2(const char *who, uint32_t domid, long target, long seq)
{
	char path[STORE_PATH_MAX], *event, *state;
	long seen, actual = 0;
	bool is_stuck;

	snprintf(path, sizeof(path), "/local/domain/%u/memory/b2/status",
		 domid);
	if (store_watch(path, "seq"))
		return XM_FAILED;
	for (;;) {
		(void)store_read_number(STORE_NOW, 0, KIB_MAX, &actual,
					B2 "status/actual-kb", domid);
		if (!store_read_number(STORE_NOW, 0, INT32_MAX, &seen,
				       B2 "status/seq", domid) &&
		    seen == seq)
			break;
		progress(actual, target);
		event = store_wait(log_now_ms() + STILL_MS, NULL);
		if (!event)
			return stuck(who, actual, target);
		free(event);
	}
	state = store_read(STORE_NOW, B2 "status/state", domid);
	is_stuck = state && !strcmp(state, "stuck");
	free(state);
	if (is_stuck)
		return stuck(who, actual, target);
	progress_ends();
	return XM_OK;
}

static int set_b2(const char *who, uint32_t domid, long target)
{
	char path[STORE_PATH_MAX];
	uint32_t tx;
	long seq = 0;
	int err;

	do {
		tx = store_begin();
		if (tx == STORE_NO_TX)
			return xm_failed("mem-set", -errno);
		(void)store_read_number(tx, 0, INT32_MAX - 1, &seq, B2 "seq",
					domid);
		seq++;
		snprintf(path, sizeof(path), B2 "target-kb", domid);
		err = store_write(tx, path, "%ld", target);
		snprintf(path, sizeof(path), B2 "seq", domid);
		if (!err)
			err = store_write(tx, path, "%ld", seq);
		if (err) {
			store_abort(tx);
			return xm_failed("mem-set", err);
		}
		err = store_commit(tx);
	} while (err == -EAGAIN);
	return err ? xm_failed("mem-set", err) :
		     wait_b2(who, domid, target, seq);
}

static bool is_near(long a, long b)
{
	return a > b ? a - b <= NEAR_KIB : b - a <= NEAR_KIB;
}

/* No event tells of a domain's pages: look, as long as they change. */
static int wait_legacy(const char *who, uint32_t domid, long target)
{
	const struct timespec nap = { .tv_nsec = LOOK_MS * 1000000L };
	long kib = pages_kib(domid), last = kib;
	int64_t deadline = log_now_ms() + STILL_MS;

	while (kib >= 0 && !is_near(kib, target)) {
		progress(kib, target);
		if (log_now_ms() > deadline)
			return stuck(who, kib, target);
		nanosleep(&nap, NULL);
		kib = pages_kib(domid);
		if (kib != last)
			deadline = log_now_ms() + STILL_MS;
		last = kib;
	}
	progress_ends();
	return kib < 0 ? xm_failed("mem-set", -ESRCH) : XM_OK;
}

static int set_legacy(const char *who, uint32_t domid, long target)
{
	char path[STORE_PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "/local/domain/%u/memory/target", domid);
	err = store_write(STORE_NOW, path, "%ld", target);
	return err ? xm_failed("mem-set", err) :
		     wait_legacy(who, domid, target);
}

/* What the domain may have at most, in KiB; 0 when nobody said. */
static long max_kib(uint32_t domid)
{
	long kib = 0;

	(void)store_read_number(STORE_NOW, 0, KIB_MAX, &kib,
				"/local/domain/%u/memory/static-max", domid);
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
		log_hint("xm mem-max %s %s raises that", argv[1], argv[2]);
		return XM_FAILED;
	}
	log_action("domain %u: memory %ld KiB", domid, target);
	return take_part(domid) ? set_b2(argv[1], domid, target) :
				  set_legacy(argv[1], domid, target);
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
	has = pages_kib(domid);
	if (max < has) {
		log_error("Domain '%s' has %ld MiB: no less can be its maximum",
			  argv[1], has / KIB_PER_MIB);
		log_hint("xm mem-set %s %s first", argv[1], argv[2]);
		return XM_FAILED;
	}
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
