// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who has pages of a domain that is dead. The hypervisor's key 'g' prints which
 * grants are in use and by whom, on Xen and on ours in the same columns. A page
 * that nobody was granted is one that tools of dom0 have mapped; which, and for
 * whom in dom0 a grant is mapped, the processes' maps tell, and the devices
 * that the kernel's back-ends still have.
 */
#include "xm/why.h"
#include "xm/why_grants.h"
#include "device/diagnose.h"
#include "lib/hvlog.h"
#include "lib/process.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ANSWER_TRIES  50
#define ANSWER_MS     10
#define ANSWER_SURELY 10 /* tries: then an old answer is over */

/* The key is answered a moment after it was pressed. */
static void ask(struct grants *g, uint32_t domid)
{
	const struct timespec pause = { .tv_nsec = ANSWER_MS * 1000 * 1000 };
	size_t before = 0, now = 0, last = 0;
	char *log;
	int i;

	if (hvlog_read(false, &log, &before))
		return;
	free(log);
	if (hvlog_keys("g"))
		return;
	for (i = 0; i < ANSWER_TRIES; i++) {
		last = now;
		if (hvlog_read(false, &log, &now))
			return;
		grants_parse(g, log, domid);
		free(log);
		/* A ring that is full does not grow. */
		if (g->known && now == last &&
		    (now != before || i >= ANSWER_SURELY))
			return;
		nanosleep(&pause, NULL);
	}
}

static const char *plural(unsigned long count)
{
	return count == 1 ? "" : "s";
}

static void add_user(struct why *w, const struct grant_user *user)
{
	char name[DOMAIN_NAME_MAX];
	struct why_found *f;

	domain_name(user->domid, name);
	f = why_add(w, "pages", true,
		    "%u granted page%s of it %s mapped by domain %u (%s)%s%s",
		    user->count, plural(user->count),
		    user->count == 1 ? "is" : "are", user->domid, name,
		    user->console ? ", the ring of its console" : "",
		    user->xenstore ? ", the ring to xenstored" : "");
	if (user->domid)
		why_set(f->hint,
			"xm why %u; or xm destroy %u, if it is not needed",
			user->domid, user->domid);
}

static bool is_daemon(const char *name)
{
	return !strcmp(name, "xenstored") || !strcmp(name, "xenconsoled") ||
	       !strcmp(name, "oxenstored");
}

static void add_process(struct why *w, const struct process_maps *m)
{
	struct why_found *f;

	f = why_add(w, "holder", true,
		    "In domain 0 process %d (%s) has pages of other domains "
		    "mapped: %lu granted, %lu not%s",
		    m->pid, m->name, m->granted, m->foreign,
		    process_stopped(m->pid) ? "; it is stopped" : "");
	if (process_stopped(m->pid))
		why_set(f->hint, "kill -CONT %d lets it go on", m->pid);
	else if (is_daemon(m->name))
		why_set(f->hint, "it lets go when it notices the death");
	else
		why_set(f->hint, "it lets go when it ends: kill %d", m->pid);
}

/* Which of dom0's processes may be it. */
struct suspects {
	bool granted, foreign; /* by what they have mapped */
	bool daemons;
};

static int add_processes(struct why *w, const struct suspects *s)
{
	struct process_maps *maps;
	int i, nr = process_mappers(&maps), added = 0;

	for (i = 0; i < nr; i++) {
		if (is_daemon(maps[i].name) != s->daemons)
			continue;
		if (!(s->granted && maps[i].granted) &&
		    !(s->foreign && maps[i].foreign))
			continue;
		add_process(w, maps + i);
		added++;
	}
	if (nr >= 0)
		free(maps);
	return added;
}

/* Devices whose back-ends in this kernel have not let go. */
static int add_backends(struct why *w)
{
	struct device_id *ids;
	int i, nr = device_all_ids(w->info.domain, &ids), added = 0;
	char module[64];

	for (i = 0; i < nr; i++) {
		if (!device_kernel_has(ids + i))
			continue;
		device_driver_module(ids[i].class, module, sizeof(module));
		why_add(w, "holder", true,
			"In domain 0 the back-end of %s %u (%s) has not let "
			"go of it",
			ids[i].class, ids[i].devid,
			*module ? module : "no driver");
		added++;
	}
	if (nr >= 0)
		free(ids);
	return added;
}

/* Name somebody of dom0; its daemons, which map all guests' rings, last. */
static void add_holders(struct why *w, struct suspects *s)
{
	int added = add_backends(w);

	added += add_processes(w, s);
	s->daemons = true;
	if (!added && !add_processes(w, s))
		why_add(w, "holder", true,
			"No process of domain 0 has a page of another domain "
			"mapped, and no back-end has a device of it");
}

void why_pages(struct why *w)
{
	struct suspects suspects = { .granted = false };
	struct grants g = { .nr = 0 };
	uint64_t rest;
	int i;

	ask(&g, w->info.domain);
	rest = w->info.tot_pages > g.total ? w->info.tot_pages - g.total : 0;
	if (!g.known)
		why_add(w, "pages", true,
			"The hypervisor does not say who has them mapped");
	for (i = 0; i < g.nr; i++) {
		add_user(w, g.users + i);
		suspects.granted |= !g.users[i].domid;
	}
	if (g.known && rest)
		why_add(w, "pages", true,
			"%" PRIu64 " page%s of it %s mapped without a grant, "
			"by tools of domain 0",
			rest, plural(rest), rest == 1 ? "is" : "are");
	suspects.foreign = rest;
	if (!g.known)
		suspects.granted = true;
	if (suspects.granted || suspects.foreign)
		add_holders(w, &suspects);
}
