// SPDX-License-Identifier: GPL-2.0-only
/*
 * Setting how much memory a domain has, and waiting for it.
 *
 * A domain whose balloon knows memory/b2 (docs/balloon.md) answers how far it
 * got, and why it stopped; we watch its answers. One that does not gets
 * memory/target, and what it does is seen in the hypervisor's count of its
 * pages, which nobody announces.
 *
 * The target is written at once and stays when we are interrupted: the domain
 * goes on towards it.
 */
#include "build/balloon.h"
#include "lib/domain.h"
#include "lib/log.h"
#include "lib/store.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define KIB_PER_MIB  1024L
#define KIB_PER_PAGE 4L
#define KIB_MAX	     (BALLOON_MIB_MAX * KIB_PER_MIB)

#define OFFER_WAIT_MS 1000 /* for a balloon to take the offer */
#define STILL_MS      10000 /* without progress it is stuck */
#define LOOK_MS	      100 /* between looks at the count of pages */
/* Of so much a domain's own books and the hypervisor's may differ. */
#define NEAR_KIB 512L

#define B2 "/local/domain/%u/memory/b2/"

long balloon_pages_kib(uint32_t domid)
{
	domain_info_t info;

	if (domain_info(domid, &info))
		return -1;
	return (long)info.tot_pages * KIB_PER_PAGE;
}

bool balloon_takes_part(uint32_t domid)
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

int balloon_offer(uint32_t domid)
{
	return store_exists(STORE_NOW, B2 "offer", domid) ? 0 :
							    make_offer(domid);
}

/* Whether the domain takes part; the first time it is asked and waited for. */
static bool take_part(uint32_t domid)
{
	int64_t deadline = log_now_ms() + OFFER_WAIT_MS;
	char path[STORE_PATH_MAX];

	if (balloon_takes_part(domid))
		return true;
	if (store_exists(STORE_NOW, B2 "offer", domid))
		return false;
	snprintf(path, sizeof(path), "/local/domain/%u/memory/b2/status",
		 domid);
	if (make_offer(domid) || store_watch(path, "offer"))
		return false;
	while (!balloon_takes_part(domid) && !store_wait_for("offer", deadline))
		;
	store_unwatch(path, "offer");
	return balloon_takes_part(domid);
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
	return -EBUSY;
}

static int gone_in_between(const char *who)
{
	progress_ends();
	log_error("the balloon driver of domain '%s' was unloaded", who);
	log_hint("ask again: the domain's built-in driver will do it");
	return -EBUSY;
}

/*
 * The answer that carries our number is about our target. What counts as
 * progress is the hypervisor's count, not what the domain says.
 */
static int wait_b2(const char *who, uint32_t domid, long target, long seq)
{
	int64_t deadline = log_now_ms() + STILL_MS;
	long seen, actual = 0, pages, last = -1;
	char *state;
	bool is_stuck;

	for (;;) {
		(void)store_read_number(STORE_NOW, 0, KIB_MAX, &actual,
					B2 "status/actual-kb", domid);
		if (!store_read_number(STORE_NOW, 0, INT32_MAX, &seen,
				       B2 "status/seq", domid) &&
		    seen == seq)
			break;
		if (!balloon_takes_part(domid))
			return gone_in_between(who);
		progress(actual, target);
		pages = balloon_pages_kib(domid);
		if (pages < 0)
			return -ESRCH;
		if (pages != last)
			deadline = log_now_ms() + STILL_MS;
		last = pages;
		if (store_wait_for("seq", deadline))
			return stuck(who, actual, target);
	}
	state = store_read(STORE_NOW, B2 "status/state", domid);
	is_stuck = state && !strcmp(state, "stuck");
	free(state);
	if (is_stuck)
		return stuck(who, actual, target);
	progress_ends();
	return 0;
}

struct aim {
	uint32_t domid;
	long kib, seq;
};

static int put_aim(uint32_t tx, void *arg)
{
	struct aim *aim = arg;
	char path[STORE_PATH_MAX];
	int err;

	aim->seq = 0;
	(void)store_read_number(tx, 0, INT32_MAX - 1, &aim->seq, B2 "seq",
				aim->domid);
	aim->seq++;
	snprintf(path, sizeof(path), B2 "target-kb", aim->domid);
	err = store_write(tx, path, "%ld", aim->kib);
	snprintf(path, sizeof(path), B2 "seq", aim->domid);
	return err ? err : store_write(tx, path, "%ld", aim->seq);
}

long balloon_aim(uint32_t domid, long kib)
{
	struct aim aim = { .domid = domid, .kib = kib };
	int err = store_transaction(put_aim, &aim);

	return err ? err : aim.seq;
}

static int set_b2(const char *who, uint32_t domid, long target)
{
	long seq = balloon_aim(domid, target);
	char path[STORE_PATH_MAX];
	int err;

	if (seq < 0)
		return seq;
	snprintf(path, sizeof(path), "/local/domain/%u/memory/b2/status",
		 domid);
	if (store_watch(path, "seq"))
		return -EIO;
	err = wait_b2(who, domid, target, seq);
	store_unwatch(path, "seq");
	return err;
}

static bool is_near(long a, long b)
{
	return a > b ? a - b <= NEAR_KIB : b - a <= NEAR_KIB;
}

/* No event tells of a domain's pages: look, as long as they change. */
static int wait_legacy(const char *who, uint32_t domid, long target)
{
	const struct timespec nap = { .tv_nsec = LOOK_MS * 1000000L };
	long kib = balloon_pages_kib(domid), last = kib;
	int64_t deadline = log_now_ms() + STILL_MS;

	while (kib >= 0 && !is_near(kib, target)) {
		progress(kib, target);
		if (log_now_ms() > deadline)
			return stuck(who, kib, target);
		nanosleep(&nap, NULL);
		kib = balloon_pages_kib(domid);
		if (kib != last)
			deadline = log_now_ms() + STILL_MS;
		last = kib;
	}
	progress_ends();
	return kib < 0 ? -ESRCH : 0;
}

static int set_legacy(const char *who, uint32_t domid, long target)
{
	char path[STORE_PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "/local/domain/%u/memory/target", domid);
	err = store_write(STORE_NOW, path, "%ld", target);
	return err ? err : wait_legacy(who, domid, target);
}

int balloon_set(const char *who, uint32_t domid, long kib)
{
	log_action("domain %u: memory %ld KiB", domid, kib);
	return take_part(domid) ? set_b2(who, domid, kib) :
				  set_legacy(who, domid, kib);
}
