// SPDX-License-Identifier: GPL-2.0-only
/* Rebuilding guests; see restart.h. */
#include "supervisor/restart.h"
#include "build/guest.h"
#include "config/config.h"
#include "lib/hypercall.h"
#include "lib/log.h"
#include "lib/step.h"
#include "lib/store.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define RESTART_PATH GUEST_TOOL_PATH "/restart"

/* Copy the pieces of the configuration; how many, or -errno. */
static int copy_config(uint32_t tx, uint32_t domid, const char *uuid)
{
	char path[STORE_PATH_MAX], *chunk;
	int i, err = 0;

	for (i = 0; !err; i++) {
		chunk = store_read(tx, GUEST_TOOL_PATH "/%u/config/%d", domid,
				   i);
		if (!chunk)
			return i;
		snprintf(path, sizeof(path), RESTART_PATH "/%s/config/%d", uuid,
			 i);
		err = store_write(tx, path, "%s", chunk);
		free(chunk);
	}
	return err;
}

/* Written down: the guest @uuid, now @domid, is to be made again. */
static int write_intent(uint32_t domid, const char *uuid)
{
	char path[STORE_PATH_MAX], name[DOMAIN_NAME_MAX];
	uint32_t tx;
	int err;

	domain_name(domid, name);
	do {
		tx = store_begin();
		if (tx == STORE_NO_TX)
			return -errno;
		snprintf(path, sizeof(path), RESTART_PATH "/%s/from", uuid);
		err = store_write(tx, path, "%u", domid);
		/* It may have been renamed since it was made. */
		snprintf(path, sizeof(path), RESTART_PATH "/%s/name", uuid);
		if (!err)
			err = store_write(tx, path, "name='%s'", name);
		if (!err)
			err = copy_config(tx, domid, uuid);
		if (err <= 0) {
			store_abort(tx);
			return err ? err : -ENOENT;
		}
		err = store_commit(tx);
	} while (err == -EAGAIN);
	return err;
}

static struct config *intent_config(const char *uuid)
{
	char *text = NULL, *chunk, *more;
	char *name = store_read(STORE_NOW, RESTART_PATH "/%s/name", uuid);
	const char *const overrides[] = { name };
	struct config_options options = { .overrides = overrides,
					  .nr_overrides = name ? 1 : 0 };
	struct config *config = NULL;
	size_t used = 0, part;
	int i;

	for (i = 0;; i++) {
		chunk = store_read(STORE_NOW, RESTART_PATH "/%s/config/%d",
				   uuid, i);
		if (!chunk)
			break;
		part = strlen(chunk);
		more = realloc(text, used + part + 1);
		if (more) {
			memcpy(more + used, chunk, part + 1);
			text = more;
			used += part;
		}
		free(chunk);
	}
	if (text)
		config = config_parse("config", text, used, &options);
	free(text);
	free(name);
	return config;
}

static bool uuid_of(uint32_t domid, char *uuid)
{
	domain_info_t info;

	if (domain_info(domid, &info))
		return false;
	domain_uuid_text(info.handle, uuid);
	return true;
}

static bool alive(const char *uuid)
{
	xen_domain_handle_t handle;
	domain_info_t *infos;
	bool found = false;
	int i, count;

	if (!domain_uuid_parse(uuid, handle))
		return false;
	count = domain_infos(&infos);
	for (i = 0; i < count; i++)
		if (!(infos[i].flags & XEN_DOMINF_dying) &&
		    !memcmp(infos[i].handle, handle, sizeof(handle)))
			found = true;
	if (count >= 0)
		free(infos);
	return found;
}

/* It is done; the folder goes with the last one. */
static void remove_intent(const char *uuid)
{
	unsigned int count = 1;

	store_remove(STORE_NOW, RESTART_PATH "/%s", uuid);
	free(store_list(STORE_NOW, &count, RESTART_PATH));
	if (!count)
		store_remove(STORE_NOW, RESTART_PATH);
}

/*
 * All steps after the intent was written, each of which may have been done
 * already: the old one goes, the new one comes, the intent goes.
 */
static void finish(const char *uuid)
{
	struct guest_options options = { .uuid = uuid };
	char now[DOMAIN_UUID_LEN];
	struct config *config;
	uint32_t domid;
	long from;

	if (!store_read_number(STORE_NOW, 1, DOMID_FIRST_RESERVED, &from,
			       RESTART_PATH "/%s/from", uuid) &&
	    uuid_of(from, now) && !strcmp(now, uuid))
		guest_destroy(from);
	step_reached("restart-destroyed");
	config = alive(uuid) ? NULL : intent_config(uuid);
	if (config && guest_create(config, &options, &domid))
		log_action("%s: cannot be restarted: %s", uuid,
			   config_error_line(config) ?
				   config_error_line(config) :
				   "see above");
	config_free(config);
	step_reached("restart-created");
	remove_intent(uuid);
}

void restart_guest(uint32_t domid)
{
	char uuid[DOMAIN_UUID_LEN];

	if (!uuid_of(domid, uuid))
		return;
	if (write_intent(domid, uuid)) {
		log_action("domain %u: its configuration cannot be kept, not "
			   "restarted",
			   domid);
		guest_destroy(domid);
		return;
	}
	step_reached("restart-intent");
	finish(uuid);
}

/* Give the old domain a UUID of its own; the guest keeps the one it had. */
static int new_handle(uint32_t domid, char *uuid)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_setdomainhandle,
				 .domain = domid };
	int fd = open("/proc/sys/kernel/random/uuid", O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = read(fd, uuid, DOMAIN_UUID_LEN - 1);
	close(fd);
	if (got != DOMAIN_UUID_LEN - 1)
		return -EIO;
	uuid[got] = 0;
	domain_uuid_parse(uuid, op.u.setdomainhandle.handle);
	return hypercall_domctl(&op);
}

static void write_number_path(const char *format, uint32_t domid,
			      const char *value)
{
	char path[STORE_PATH_MAX];

	snprintf(path, sizeof(path), "%s/%u/%s", GUEST_TOOL_PATH, domid,
		 format);
	store_write(STORE_NOW, path, "%s", value);
}

void restart_renamed(uint32_t domid)
{
	char uuid[DOMAIN_UUID_LEN], other[DOMAIN_UUID_LEN];
	char name[DOMAIN_NAME_MAX], path[STORE_PATH_MAX];
	char renamed[DOMAIN_NAME_MAX + 16];
	int i;

	if (!uuid_of(domid, uuid) || write_intent(domid, uuid))
		return;
	domain_name(domid, name);
	for (i = 1; i < 1000; i++) {
		snprintf(renamed, sizeof(renamed), "%s-%d", name, i);
		if (!guest_name_taken(renamed, domid))
			break;
	}
	write_number_path("preserved", domid, "1");
	write_number_path("name", domid, renamed);
	snprintf(path, sizeof(path), "/local/domain/%u/name", domid);
	store_write(STORE_NOW, path, "%s", renamed);
	if (new_handle(domid, other) == 0) {
		write_number_path("uuid", domid, other);
		finish(uuid);
	}
}

void restart_unfinished(void)
{
	unsigned int i, count;
	char **uuids;

	uuids = store_list(STORE_NOW, &count, RESTART_PATH);
	for (i = 0; uuids && i < count; i++) {
		log_action("%s: finishing its restart", uuids[i]);
		finish(uuids[i]);
	}
	free(uuids);
}
