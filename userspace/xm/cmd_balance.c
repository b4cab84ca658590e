// SPDX-License-Identifier: GPL-2.0-only
/*
 * mem-balance: as long as it runs, idle guests' memory goes to pressed ones.
 *
 * The guests' balloons publish figures when they change (memory/b2/status); a
 * change is what wakes us, at most twice a second however much a guest writes.
 * What they say is only used within the limits of each, and for what they have
 * the hypervisor is asked. Nothing is kept but which targets were set when, so
 * ending it at any time leaves guests that are on their way to a target.
 */
#include "xm/xm.h"
#include "build/balance.h"
#include "build/balloon.h"
#include "build/guest.h"
#include "build/room.h"
#include "lib/domain.h"
#include "lib/log.h"
#include "lib/store.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define KIB_PER_MIB 1024L
#define KIB_MAX	    (BALLOON_MIB_MAX * KIB_PER_MIB)
#define KEEP_MIB    16
#define MIN_KIB	    65536L /* the balloon's own floor */
#define QUIET_MS    500 /* between looks */
#define PATIENCE_MS 10000 /* for a guest to reach its target */

#define B2     "/local/domain/%u/memory/b2/"
#define STATUS B2 "status/"

/* What was asked of a domain. */
struct asked {
	uint32_t domid;
	long seq;
	long target; /* KiB */
	int64_t at;
	bool hungry; /* as in struct balance_guest */
};

struct balancer {
	struct asked *asked; /* one for each domain that is watched */
	unsigned int count;
	long keep_kib;
	bool waiting; /* for one that is on its way, but not for ever */
};

static struct asked *asked_of(struct balancer *b, uint32_t domid)
{
	for (unsigned int i = 0; i < b->count; i++)
		if (b->asked[i].domid == domid)
			return &b->asked[i];
	return NULL;
}

static void status_path(uint32_t domid, char *path)
{
	snprintf(path, STORE_PATH_MAX, "/local/domain/%u/memory/b2/status",
		 domid);
}

/* A domain that was not there the last time. */
static void meet(struct balancer *b, uint32_t domid)
{
	char path[STORE_PATH_MAX];
	struct asked *more;

	if (asked_of(b, domid) || balloon_offer(domid))
		return;
	more = realloc(b->asked, (b->count + 1) * sizeof(*more));
	if (!more)
		return;
	b->asked = more;
	more[b->count++] = (struct asked){ .domid = domid };
	status_path(domid, path);
	(void)store_watch(path, "balance");
}

static void part(struct balancer *b, unsigned int i)
{
	char path[STORE_PATH_MAX];

	status_path(b->asked[i].domid, path);
	store_unwatch(path, "balance");
	b->asked[i] = b->asked[--b->count];
}

static long figure(uint32_t domid, const char *node, long fallback)
{
	long value = fallback;

	(void)store_read_number(STORE_NOW, 0, KIB_MAX, &value,
				"/local/domain/%u/memory/%s", domid, node);
	return value;
}

/* False: it does not take part. */
static bool look(struct asked *asked, const domain_info_t *info,
		 struct balance_guest *g)
{
	uint32_t domid = info->domain;
	long seen = figure(domid, "b2/status/seq", 0);
	bool late = log_now_ms() - asked->at > PATIENCE_MS;

	memset(g, 0, sizeof(*g));
	if (!balloon_takes_part(domid))
		return false;
	g->actual = (long)info->tot_pages * 4;
	g->hungry = asked->hungry;
	g->available = figure(domid, "b2/status/stats/available", -1);
	g->max = figure(domid, "static-max", 0);
	g->min = figure(domid, "b2/min-kb", MIN_KIB);
	if (g->available < 0 || !g->max)
		return false;
	if (g->available > g->actual)
		g->available = g->actual;
	/* a higher number: somebody else has set it anew since */
	if (asked->target && seen < asked->seq) {
		g->moving = !late;
		g->stubborn = late;
		if (g->moving && asked->target < g->actual)
			g->coming = g->actual - asked->target;
	} else if (asked->target) {
		/* done: but did it get there? 2 MiB are near enough */
		g->stubborn = g->actual > asked->target + 2048;
	}
	return true;
}

static void move(struct asked *asked, const struct balance_guest *g)
{
	long seq;

	asked->hungry = g->hungry;
	if (!g->target)
		return;
	log_say("domain %u: %ld MiB, %ld available: to %ld MiB", asked->domid,
		g->actual / KIB_PER_MIB, g->available / KIB_PER_MIB,
		g->target / KIB_PER_MIB);
	seq = balloon_aim(asked->domid, g->target);
	if (seq < 0)
		return;
	asked->seq = seq;
	asked->target = g->target;
	asked->at = log_now_ms();
}

/* Everybody who is there and takes part; a creator's room is not touched. */
static int balance(struct balancer *b)
{
	struct balance_guest *guests;
	struct asked **who;
	unsigned int n = 0;
	domain_info_t *infos;
	uint64_t free_mib;
	int lock, count = domain_infos(&infos);

	if (count < 0)
		return count;
	for (int i = 0; i < count; i++)
		if (infos[i].domain && !(infos[i].flags & XEN_DOMINF_dying))
			meet(b, infos[i].domain);
	guests = calloc(count + 1, sizeof(*guests));
	who = calloc(count + 1, sizeof(*who));
	lock = guest_lock_memory();
	if (!guests || !who || lock < 0 || room_free_mib(&free_mib))
		goto out;
	for (int i = 0; i < count; i++) {
		struct asked *asked = asked_of(b, infos[i].domain);

		if (asked && look(asked, &infos[i], &guests[n]))
			who[n++] = asked;
	}
	b->waiting = false;
	balance_plan(guests, n, (long)free_mib * KIB_PER_MIB - b->keep_kib);
	for (unsigned int i = 0; i < n; i++) {
		move(who[i], &guests[i]);
		b->waiting |= guests[i].moving || guests[i].target;
	}
out:
	if (lock >= 0)
		close(lock);
	free(who);
	free(guests);
	free(infos);
	return lock < 0 ? lock : 0;
}

/* Those that went away: their numbers do not come again soon. */
static void forget(struct balancer *b)
{
	domain_info_t info;

	for (unsigned int i = b->count; i-- > 0;)
		if (domain_info(b->asked[i].domid, &info))
			part(b, i);
}

int cmd_mem_balance(int argc, char **argv)
{
	struct balancer b = { .keep_kib = KEEP_MIB * KIB_PER_MIB };
	int64_t until;
	char *event;
	long mib;
	int err;

	if (argc != 1 && (argc != 3 || strcmp(argv[1], "-k")))
		return XM_USAGE;
	if (argc == 3) {
		if (!xm_parse_number(argv[2], 0, BALLOON_MIB_MAX, &mib)) {
			log_error("'%s' is no size: give a whole number of MiB",
				  argv[2]);
			return XM_FAILED;
		}
		b.keep_kib = mib * KIB_PER_MIB;
	}
	err = store_open();
	if (!err)
		err = store_watch("@introduceDomain", "balance");
	if (!err)
		err = store_watch("@releaseDomain", "balance");
	while (!err) {
		event = store_wait(b.waiting ? log_now_ms() + PATIENCE_MS : -1,
				   NULL);
		if (!event && errno != ETIMEDOUT)
			return xm_failed("mem-balance", -errno);
		until = log_now_ms() + QUIET_MS;
		do
			free(event);
		while ((event = store_wait(until, NULL)));
		forget(&b);
		err = balance(&b);
	}
	return xm_failed("mem-balance", err);
}
