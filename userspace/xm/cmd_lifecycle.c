// SPDX-License-Identifier: GPL-2.0-only
/* destroy, shutdown, reboot, pause, unpause: what is done to a guest. */
#include "xm/xm.h"
#include "build/guest.h"
#include "config/config.h"
#include "lib/log.h"
#include "lib/store.h"
#include "supervisor/policy.h"
#include "supervisor/supervisor.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A domain that may be done something to: not the one we run in. */
static int find_guest(const char *who, uint32_t *domid, const char *verb)
{
	int status = xm_find_domain(who, domid);

	if (status)
		return status;
	if (*domid)
		return XM_OK;
	log_error("Domain-0 cannot be %s: this command runs in it", verb);
	return XM_FAILED;
}

int cmd_destroy(int argc, char **argv)
{
	uint32_t domid;
	int err, status;

	if (argc != 2)
		return XM_USAGE;
	guest_sweep();
	status = find_guest(argv[1], &domid, "destroyed");
	if (status)
		return status;
	if (xm_dry_run(domid, "destroyed"))
		return XM_OK;
	err = guest_destroy(domid);
	return err && err != -ESRCH ? XM_FAILED : XM_OK;
}

static int simple(int argc, char **argv, const char *verb,
		  int (*op)(uint32_t domid))
{
	uint32_t domid;
	int err, status;

	if (argc != 2)
		return XM_USAGE;
	status = find_guest(argv[1], &domid, verb);
	if (status)
		return status;
	if (xm_dry_run(domid, verb))
		return XM_OK;
	err = op(domid);
	if (err)
		return xm_failed(argv[0], err);
	log_action("domain %u: %s", domid, verb);
	return XM_OK;
}

int cmd_pause(int argc, char **argv)
{
	return simple(argc, argv, "paused", domain_pause);
}

/* The hypervisor counts pauses of tools; for people there are two states. */
static int unpause_fully(uint32_t domid)
{
	domain_info_t info;
	int err = domain_info(domid, &info);

	while (!err && info.flags & XEN_DOMINF_paused) {
		err = domain_unpause(domid);
		if (!err)
			err = domain_info(domid, &info);
	}
	return err;
}

int cmd_unpause(int argc, char **argv)
{
	return simple(argc, argv, "unpaused", unpause_fully);
}

/*
 * Whether it can be asked at all. One that has shut down and is kept cannot
 * reboot; for the rest it has done what it would be asked.
 */
static bool can_ask(uint32_t domid, const char *what, int *status)
{
	domain_info_t info;
	int err = domain_info(domid, &info);

	*status = XM_OK;
	if (err) {
		*status = xm_failed("asking the guest", err);
		return false;
	}
	if (info.flags & XEN_DOMINF_paused)
		log_warn("domain %u is paused: it can answer when it is "
			 "unpaused",
			 domid);
	if (!(info.flags & (XEN_DOMINF_dying | XEN_DOMINF_shutdown)))
		return true;
	if (!strcmp(what, "reboot")) {
		log_error("domain %u has shut down: it cannot reboot", domid);
		log_hint("destroy it and create it again");
		*status = XM_FAILED;
	}
	return false;
}

/* Ask the guest; its kernel watches this node. */
static int ask(uint32_t domid, const char *what)
{
	char path[64];
	int err, status;

	if (!can_ask(domid, what, &status))
		return status;

	snprintf(path, sizeof(path), "asked to %s", what);
	if (xm_dry_run(domid, path))
		return XM_OK;
	snprintf(path, sizeof(path), "/local/domain/%u/control/shutdown",
		 domid);
	err = store_write(STORE_NOW, path, "%s", what);
	if (err)
		return xm_failed("asking the guest", err);
	log_action("domain %u: asked to %s", domid, what);
	return XM_OK;
}

/* Gone, or down and to stay so. */
static bool is_down(uint32_t domid)
{
	domain_info_t info;

	if (domain_info(domid, &info) || info.flags & XEN_DOMINF_dying)
		return true;
	return domain_shutdown_code(&info) >= 0 &&
	       policy_of(domid, domain_shutdown_code(&info)) == POLICY_PRESERVE;
}

static int wait_down(const uint32_t *domids, int count, int64_t deadline)
{
	char *event;
	int i = 0;

	while (i < count) {
		if (is_down(domids[i])) {
			i++;
			continue;
		}
		event = store_wait(deadline, NULL);
		if (!event && errno == ETIMEDOUT) {
			log_error("domain %u did not shut down in time",
				  domids[i]);
			return XM_FAILED;
		}
		if (!event)
			return xm_failed("waiting for the guest", -errno);
		free(event);
	}
	return XM_OK;
}

static int all_guests(uint32_t **domids)
{
	domain_info_t *infos;
	int i, found = 0, count = domain_infos(&infos);

	if (count < 0)
		return count;
	*domids = calloc(count + 1, sizeof(**domids));
	for (i = 0; *domids && i < count; i++)
		if (infos[i].domain &&
		    !(infos[i].flags &
		      (XEN_DOMINF_dying | XEN_DOMINF_shutdown)))
			(*domids)[found++] = infos[i].domain;
	free(infos);
	return *domids ? found : -ENOMEM;
}

struct asking {
	bool all, wait;
	const char *what;
	long seconds; /* 0: as long as it takes */
	const char *who;
};

static bool take_asking(struct asking *a, int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++) {
		const char *word = argv[i];

		if (!strcmp(word, "-a") || !strcmp(word, "--all"))
			a->all = true;
		else if (!strcmp(word, "-w") || !strcmp(word, "--wait"))
			a->wait = true;
		else if (!strcmp(word, "-H") || !strcmp(word, "--halt"))
			a->what = "halt";
		else if (!strcmp(word, "-R") || !strcmp(word, "--reboot"))
			a->what = "reboot";
		else if (!strcmp(word, "-F"))
			continue; /* xl: fall back to ACPI, which PV has not */
		else if (!strcmp(word, "-t") && i + 1 < argc &&
			 xm_parse_number(argv[i + 1], 1, 86400, &a->seconds))
			i++;
		else if (*word == '-' || a->who)
			return false;
		else
			a->who = word;
	}
	return a->all ? !a->who : !!a->who;
}

static int ask_them(const struct asking *a)
{
	int64_t deadline = a->seconds ? log_now_ms() + a->seconds * 1000 : -1;
	int i, count = 1, status = XM_OK;
	uint32_t *domids = NULL, one;

	if (a->all) {
		count = all_guests(&domids);
		if (count < 0)
			return xm_failed("asking for the domains", count);
	} else {
		status = find_guest(a->who, &one, "shut down");
		if (status)
			return status;
	}
	if (!xm_dry_run(0, NULL))
		supervisor_ensure();
	if (a->wait)
		store_watch("@releaseDomain", "down");
	for (i = 0; !status && i < count; i++)
		status = ask(domids ? domids[i] : one, a->what);
	if (!status && a->wait && !xm_dry_run(0, NULL))
		status = wait_down(domids ? domids : &one, count, deadline);
	free(domids);
	return status;
}

int cmd_shutdown(int argc, char **argv)
{
	struct asking a = { .what = "poweroff" };

	if (!take_asking(&a, argc, argv))
		return XM_USAGE;
	if (store_open())
		return XM_FAILED;
	return ask_them(&a);
}

int cmd_reboot(int argc, char **argv)
{
	struct asking a = { .what = "reboot" };

	if (!take_asking(&a, argc, argv))
		return XM_USAGE;
	if (store_open())
		return XM_FAILED;
	return ask_them(&a);
}

int cmd_xend(int argc, char **argv)
{
	(void)argv;
	return argc == 1 ? supervisor_run() : XM_USAGE;
}
