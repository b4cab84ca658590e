// SPDX-License-Identifier: GPL-2.0-only
/* rename, domstate, uptime, sysrq: small questions and requests. */
#include "xm/json.h"
#include "xm/list.h"
#include "xm/xm.h"
#include "build/guest.h"
#include "lib/domain.h"
#include "lib/log.h"
#include "lib/store.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int write_name(uint32_t domid, const char *uuid, const char *name)
{
	char path[STORE_PATH_MAX];
	int err;

	snprintf(path, sizeof(path), "/local/domain/%u/name", domid);
	err = store_write(STORE_NOW, path, "%s", name);
	if (err)
		return err;
	snprintf(path, sizeof(path), "/vm/%s/name", uuid);
	err = store_write(STORE_NOW, path, "%s", name);
	if (err)
		return err;
	snprintf(path, sizeof(path), GUEST_TOOL_PATH "/%u/name", domid);
	return store_write(STORE_NOW, path, "%s", name);
}

static bool good_name(const char *name)
{
	if (guest_name_good(name))
		return true;
	log_error("rename: '%s' cannot be a guest's name", name);
	log_hint("use letters, digits, - _ .");
	return false;
}

int cmd_rename(int argc, char **argv)
{
	char uuid[DOMAIN_UUID_LEN];
	domain_info_t info;
	uint32_t domid;
	int err, lock, status;

	if (argc != 3)
		return XM_USAGE;
	status = xm_find_domain(argv[1], &domid);
	if (status)
		return status;
	if (!good_name(argv[2]))
		return XM_FAILED;
	if (domid == 0) {
		log_error("rename: Domain-0 keeps its name: programs look for "
			  "it");
		return XM_FAILED;
	}
	lock = guest_lock_all();
	if (lock == -ETIMEDOUT)
		return XM_FAILED;
	if (lock < 0)
		return xm_failed("rename", lock);
	err = domain_info(domid, &info);
	if (!err && guest_name_taken(argv[2], domid)) {
		log_error("Domain '%s' already exists.", argv[2]);
		status = XM_FAILED;
	} else if (!err && !xm_dry_run(domid, "renamed")) {
		domain_uuid_text(info.handle, uuid);
		err = write_name(domid, uuid, argv[2]);
	}
	guest_unlock_all(lock);
	return err ? xm_failed("rename", err) : status;
}

int cmd_domstate(int argc, char **argv)
{
	static const struct xm_long longs[] = { { "json", 'j' }, { NULL, 0 } };
	domain_info_t info;
	uint32_t domid;
	bool seen[128];
	int err, status, at = xm_options(argc, argv, "", longs, seen);

	if (at < 0 || argc - at != 1)
		return XM_USAGE;
	status = xm_find_domain(argv[at], &domid);
	if (status)
		return status;
	err = domain_info(domid, &info);
	if (err)
		return xm_failed("domstate", err);
	printf(seen['j'] ? "{\"state\": \"%s\"}\n" : "%s\n",
	       list_state_word(&info));
	return XM_OK;
}

/* Seconds since @info's domain was started; dom0 started with the host. */
static long uptime_of(const domain_info_t *info)
{
	char uuid[DOMAIN_UUID_LEN], *text;
	double start = 0;
	FILE *file;

	if (info->domain == 0) {
		file = fopen("/proc/uptime", "re");
		if (!file || fscanf(file, "%lf", &start) != 1)
			start = 0;
		if (file)
			fclose(file);
		return start;
	}
	domain_uuid_text(info->handle, uuid);
	text = store_read(STORE_NOW, "/vm/%s/start_time", uuid);
	if (text)
		start = atof(text);
	free(text);
	return start > 0 ? (long)(time(NULL) - start) : 0;
}

enum form {
	FORM_TABLE,
	FORM_SHORT,
	FORM_JSON
};

static void print_uptime(const domain_info_t *info, enum form form, bool first)
{
	long seconds = uptime_of(info), days = seconds / 86400;
	char name[DOMAIN_NAME_MAX], text[64], now[16] = "";
	time_t clock = time(NULL);
	struct tm tm;
	int used = 0;

	domain_name(info->domain, name);
	if (form == FORM_JSON) {
		json_row(first);
		json_put_text(true, "name", name);
		json_put_number(false, "domid", info->domain);
		json_put_number(false, "uptime_s", seconds);
		json_row_end();
		return;
	}
	if (days)
		used = snprintf(text, sizeof(text), "%ld day%s, ", days,
				days > 1 ? "s" : "");
	snprintf(text + used, sizeof(text) - used, "%2ld:%02ld:%02ld",
		 seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
	if (form == FORM_TABLE) {
		printf("%-33s %4u %s\n", name, info->domain, text);
		return;
	}
	localtime_r(&clock, &tm);
	strftime(now, sizeof(now), "%H:%M:%S", &tm);
	printf(" %s up %s, %s (%u)\n", now, text, name, info->domain);
}

static int uptime_all(enum form form)
{
	domain_info_t *infos;
	int i, count = domain_infos(&infos);

	if (count < 0)
		return xm_failed("uptime", count);
	for (i = 0; i < count; i++)
		print_uptime(infos + i, form, i == 0);
	if (form == FORM_JSON)
		json_rows_end(count == 0);
	free(infos);
	return XM_OK;
}

int cmd_uptime(int argc, char **argv)
{
	static const struct xm_long longs[] = { { "short", 's' },
						{ "json", 'j' },
						{ NULL, 0 } };
	bool seen[128], first = true;
	int at = xm_options(argc, argv, "s", longs, seen), status = XM_OK;
	enum form form;
	domain_info_t info;
	uint32_t domid;

	if (at < 0)
		return XM_USAGE;
	if (store_open())
		return XM_FAILED;
	form = seen['j'] ? FORM_JSON : seen['s'] ? FORM_SHORT : FORM_TABLE;
	if (form == FORM_TABLE)
		printf("%-33s %4s %s\n", "Name", "ID", "Uptime");
	if (at == argc)
		return uptime_all(form);
	for (; !status && at < argc; at++) {
		status = xm_find_domain(argv[at], &domid);
		if (status || domain_info(domid, &info))
			continue;
		print_uptime(&info, form, first);
		first = false;
	}
	if (form == FORM_JSON)
		json_rows_end(first);
	return status;
}

int cmd_sysrq(int argc, char **argv)
{
	domain_info_t info;
	char path[64];
	uint32_t domid;
	int err, status;

	if (argc != 3)
		return XM_USAGE;
	status = xm_find_domain(argv[1], &domid);
	if (status)
		return status;
	if (strlen(argv[2]) != 1 || !isalnum((unsigned char)argv[2][0])) {
		log_error("sysrq: '%s': give one letter or digit; h lists them",
			  argv[2]);
		return XM_FAILED;
	}
	err = domain_info(domid, &info);
	if (err)
		return xm_failed("sysrq", err);
	if (info.flags & (XEN_DOMINF_dying | XEN_DOMINF_shutdown)) {
		log_error("sysrq: %s has shut down", argv[1]);
		return XM_FAILED;
	}
	if (xm_dry_run(domid, "sent a system request"))
		return XM_OK;
	snprintf(path, sizeof(path), "/local/domain/%u/control/sysrq", domid);
	err = store_write(STORE_NOW, path, "%s", argv[2]);
	return err ? xm_failed("sysrq", err) : XM_OK;
}
