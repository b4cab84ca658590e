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

struct intent {
	uint32_t domid;
	const char *uuid, *name;
	bool keep;
};

static int put_intent(uint32_t tx, void *arg)
{
	const struct intent *intent = arg;
	char path[STORE_PATH_MAX];
	int err;

	snprintf(path, sizeof(path), RESTART_PATH "/%s/from", intent->uuid);
	err = store_write(tx, path, "%u", intent->domid);
	/* It may have been renamed since it was made. */
	snprintf(path, sizeof(path), RESTART_PATH "/%s/name", intent->uuid);
	if (!err)
		err = store_write(tx, path, "name='%s'", intent->name);
	snprintf(path, sizeof(path), RESTART_PATH "/%s/keep", intent->uuid);
	if (!err && intent->keep)
		err = store_write(tx, path, "1");
	if (!err)
		err = copy_config(tx, intent->domid, intent->uuid);
	if (!err)
		return -ENOENT; /* it has no configuration */
	return err < 0 ? err : 0;
}

/*
 * Written down: the guest @uuid, now @domid, is to be made again; @keep: and
 * the domain stays, under another name.
 */
static int write_intent(uint32_t domid, const char *uuid, bool keep)
{
	char name[DOMAIN_NAME_MAX];
	struct intent intent = { domid, uuid, name, keep };

	domain_name(domid, name);
	return store_transaction(put_intent, &intent);
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

static int random_uuid(char *uuid)
{
	int fd = open("/proc/sys/kernel/random/uuid", O_RDONLY | O_CLOEXEC);
	ssize_t got;

	if (fd < 0)
		return -errno;
	got = read(fd, uuid, DOMAIN_UUID_LEN - 1);
	close(fd);
	if (got != DOMAIN_UUID_LEN - 1)
		return -EIO;
	uuid[got] = 0;
	return 0;
}

static int write_of(uint32_t tx, uint32_t domid, const char *key,
		    const char *value)
{
	char path[STORE_PATH_MAX];

	snprintf(path, sizeof(path), GUEST_TOOL_PATH "/%u/%s", domid, key);
	return store_write(tx, path, "%s", value);
}

/* All of it or nothing: once it is preserved it has its new name. */
static int put_aside(uint32_t tx, void *arg)
{
	const struct intent *aside = arg; /* @name is the new one */
	char path[STORE_PATH_MAX];
	int err = write_of(tx, aside->domid, "name", aside->name);

	snprintf(path, sizeof(path), "/local/domain/%u/name", aside->domid);
	if (!err)
		err = store_write(tx, path, "%s", aside->name);
	return err ? err : write_of(tx, aside->domid, "preserved", "1");
}

static int rename_aside(uint32_t domid)
{
	char name[DOMAIN_NAME_MAX], renamed[DOMAIN_NAME_MAX + 16];
	int i;

	domain_name(domid, name);
	for (i = 1; i < 1000; i++) {
		snprintf(renamed, sizeof(renamed), "%s-%d", name, i);
		if (!guest_name_taken(renamed, domid))
			break;
	}
	return store_transaction(put_aside, &(struct intent){ domid, NULL,
							      renamed, true });
}

/*
 * The domain stays, with a name and a UUID of its own; the guest keeps those
 * it had. The hypervisor's UUID is changed last: it tells that this is done.
 */
static int set_aside(uint32_t domid)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_setdomainhandle,
				 .domain = domid };
	char uuid[DOMAIN_UUID_LEN];
	int err = random_uuid(uuid);

	if (!err &&
	    !store_exists(STORE_NOW, GUEST_TOOL_PATH "/%u/preserved", domid))
		err = rename_aside(domid);
	step_reached("restart-renamed");
	if (!err)
		err = write_of(STORE_NOW, domid, "uuid", uuid);
	if (err)
		return err;
	domain_uuid_parse(uuid, op.u.setdomainhandle.handle);
	return hypercall_domctl(&op);
}

/* The former domain of guest @uuid, if it is there still. */
static int make_room(const char *uuid)
{
	char now[DOMAIN_UUID_LEN];
	long from;

	if (store_read_number(STORE_NOW, 1, DOMID_FIRST_RESERVED, &from,
			      RESTART_PATH "/%s/from", uuid) ||
	    !uuid_of(from, now) || strcmp(now, uuid))
		return 0;
	if (store_exists(STORE_NOW, RESTART_PATH "/%s/keep", uuid))
		return set_aside(from);
	guest_destroy(from);
	return 0;
}

/*
 * All steps after the intent was written, each of which may have been done
 * already: the old one goes, or is set aside, the new one comes, the intent
 * goes.
 */
static void finish(const char *uuid)
{
	struct guest_options options = { .uuid = uuid };
	struct config *config;
	uint32_t domid;

	if (make_room(uuid)) {
		log_action("%s: cannot be set aside, not restarted", uuid);
		remove_intent(uuid);
		return;
	}
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
	if (write_intent(domid, uuid, false)) {
		log_action("domain %u: its configuration cannot be kept, not "
			   "restarted",
			   domid);
		guest_destroy(domid);
		return;
	}
	step_reached("restart-intent");
	finish(uuid);
}

void restart_renamed(uint32_t domid)
{
	char uuid[DOMAIN_UUID_LEN];

	if (!uuid_of(domid, uuid) || write_intent(domid, uuid, true))
		return;
	step_reached("restart-intent");
	finish(uuid);
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
