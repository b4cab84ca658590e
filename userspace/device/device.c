// SPDX-License-Identifier: GPL-2.0-only
/*
 * Frontend and backend nodes of any device; see device.h.
 *
 * Whoever removes a device first writes the backend's `online` 0 and state 5:
 * the backend lets go of the ring and goes to 6, and then the nodes go. All
 * waiting is for a watch, with a deadline.
 */
#include "device/device.h"
#include "lib/log.h"
#include "lib/store.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/io/xenbus.h>

#define WATCH_TOKEN "device"
#define GONE_OR_CLOSED \
	(DEVICE_STATE_BIT(0) | DEVICE_STATE_BIT(XenbusStateClosed))

void device_front_path(const struct device_id *id, char *path)
{
	snprintf(path, STORE_PATH_MAX, "/local/domain/%u/device/%s/%u",
		 id->domid, id->class, id->devid);
}

void device_back_path(const struct device_id *id, char *path)
{
	snprintf(path, STORE_PATH_MAX, "/local/domain/%u/backend/%s/%u/%u",
		 id->backend_domid, id->class, id->domid, id->devid);
}

static void tool_path(const struct device_id *id, char *path)
{
	snprintf(path, STORE_PATH_MAX, "/libxl/%u/device/%s/%u", id->domid,
		 id->class, id->devid);
}

static int write_below(uint32_t tx, const char *dir, const char *key,
		       const char *value)
{
	char path[STORE_PATH_MAX * 2];

	snprintf(path, sizeof(path), "%s/%s", dir, key);
	return store_write(tx, path, "%s", value);
}

static int write_nodes(uint32_t tx, const char *dir,
		       const struct device_node *nodes)
{
	int err;

	for (; nodes && nodes->key; nodes++) {
		err = write_below(tx, dir, nodes->key, nodes->value);
		if (err)
			return err;
	}
	return 0;
}

static int add_in(uint32_t tx, void *arg)
{
	const struct device_request *request = arg;
	const struct device_id *id = &request->id;
	char front[STORE_PATH_MAX], back[STORE_PATH_MAX], tool[STORE_PATH_MAX];
	char domid[16], backend_domid[16];
	int err;

	device_front_path(id, front);
	device_back_path(id, back);
	tool_path(id, tool);
	snprintf(domid, sizeof(domid), "%u", id->domid);
	snprintf(backend_domid, sizeof(backend_domid), "%u", id->backend_domid);
	const struct device_node front_common[] = {
		{ "backend", back },
		{ "backend-id", backend_domid },
		{ "state", "1" },
		{ NULL, NULL },
	};
	const struct device_node back_common[] = {
		{ "frontend", front }, { "frontend-id", domid },
		{ "online", "1" },     { "state", "1" },
		{ NULL, NULL },
	};
	const struct device_node tool_nodes[] = {
		{ "frontend", front },
		{ "backend", back },
		{ NULL, NULL },
	};

	if (store_exists(tx, "%s", tool) || store_exists(tx, "%s", front))
		return -EEXIST;
	err = store_make(tx, tool, 0, 0, STORE_PRIVATE);
	if (!err)
		err = write_nodes(tx, tool, tool_nodes);
	if (!err)
		err = store_make(tx, front, id->domid, id->backend_domid,
				 STORE_READ);
	if (!err)
		err = store_make(tx, back, id->backend_domid, id->domid,
				 STORE_READ);
	if (!err)
		err = write_nodes(tx, back, request->back);
	if (!err)
		err = write_nodes(tx, back, back_common);
	if (!err)
		err = write_nodes(tx, front, request->front);
	if (!err)
		err = write_nodes(tx, front, front_common);
	return err;
}

int device_add(const struct device_request *request)
{
	return store_transaction(add_in, (void *)request);
}

/* The backend's domain as the tools wrote it: a guest cannot change that. */
static bool read_id(const char *class, uint32_t domid, const char *name,
		    struct device_id *id)
{
	unsigned int back_domid, devid;
	char *end, *back;
	bool good;

	devid = strtoul(name, &end, 10);
	if (end == name || *end)
		return false;
	back = store_read(STORE_NOW, "/libxl/%u/device/%s/%s/backend", domid,
			  class, name);
	good = back && sscanf(back, "/local/domain/%u/", &back_domid) == 1;
	free(back);
	if (!good)
		return false;
	*id = (struct device_id){ .class = class,
				  .domid = domid,
				  .backend_domid = back_domid,
				  .devid = devid };
	return true;
}

int device_ids(const char *class, uint32_t domid, struct device_id **ids)
{
	unsigned int count = 0, i;
	char **names;
	int found = 0;

	*ids = NULL;
	names = store_list(STORE_NOW, &count, "/libxl/%u/device/%s", domid,
			   class);
	if (!names)
		return errno == ENOENT ? 0 : -errno;
	*ids = calloc(count + 1, sizeof(**ids));
	if (!*ids) {
		free(names);
		return -ENOMEM;
	}
	for (i = 0; i < count; i++)
		if (read_id(class, domid, names[i], *ids + found))
			found++;
	free(names);
	return found;
}

static unsigned int state_at(const char *dir)
{
	long state;

	if (store_read_number(STORE_NOW, 0, XenbusStateReconfigured, &state,
			      "%s/state", dir))
		return 0;
	return state;
}

unsigned int device_state(const struct device_id *id)
{
	char path[STORE_PATH_MAX];

	device_back_path(id, path);
	return state_at(path);
}

unsigned int device_front_state(const struct device_id *id)
{
	char path[STORE_PATH_MAX];

	device_front_path(id, path);
	return state_at(path);
}

/* Until something happens where this file's watches are; 0 or -errno. */
static int wait_event(int64_t deadline_ms)
{
	return store_wait_for(WATCH_TOKEN, deadline_ms);
}

int device_wait(const struct device_id *id, unsigned int states,
		int64_t deadline_ms)
{
	char path[STORE_PATH_MAX + 8];
	int err;

	if (DEVICE_STATE_BIT(device_state(id)) & states)
		return 0;
	device_back_path(id, path);
	strcat(path, "/state");
	err = store_watch(path, WATCH_TOKEN);
	if (err)
		return err;
	while (!err && !(DEVICE_STATE_BIT(device_state(id)) & states))
		err = wait_event(deadline_ms);
	store_unwatch(path, WATCH_TOKEN);
	return err;
}

char *device_wait_node(const struct device_id *id, const char *key,
		       int64_t deadline_ms)
{
	char dir[STORE_PATH_MAX], path[STORE_PATH_MAX * 2];
	char *value;
	int err;

	device_back_path(id, dir);
	snprintf(path, sizeof(path), "%s/%s", dir, key);
	value = store_read(STORE_NOW, "%s", path);
	if (value)
		return value;
	err = store_watch(path, WATCH_TOKEN);
	while (!err && !value) {
		value = store_read(STORE_NOW, "%s", path);
		if (!value)
			err = wait_event(deadline_ms);
	}
	store_unwatch(path, WATCH_TOKEN);
	if (!value)
		errno = -err;
	return value;
}

/*
 * Tell the backend to let go; 0, or -ENOENT when nobody is there to do so: it
 * is gone already, or no driver has taken the device up. A guest that is gone
 * cannot close its end; that its node vanishes tells the backend the same, and
 * hospes-stopped that nobody will look at what it still answers.
 */
static int start_closing(const struct device_id *id, enum device_how how)
{
	char path[STORE_PATH_MAX];
	unsigned int state = device_state(id);
	int err;

	if (state == 0)
		return -ENOENT;
	device_back_path(id, path);
	err = write_below(STORE_NOW, path, "online", "0");
	if (!err && state != XenbusStateClosed)
		err = write_below(STORE_NOW, path, "state", "5");
	if (how == DEVICE_STOPPED)
		write_below(STORE_NOW, path, "hospes-stopped", "1");
	if (how != DEVICE_ASK) {
		device_front_path(id, path);
		store_remove(STORE_NOW, "%s", path);
		if (state == XenbusStateInitialising)
			err = -ENOENT;
	}
	return err;
}

/*
 * The guest did not let go, and has not begun to: as it was before we asked.
 * Nobody who changes the state meanwhile is overwritten.
 */
static void stop_closing(const struct device_id *id, unsigned int state)
{
	unsigned int front = device_front_state(id);
	char path[STORE_PATH_MAX], before[16];
	uint32_t tx;
	long now;

	if (front == XenbusStateConnected)
		state = front; /* the backend is so too, whatever we saw */
	device_back_path(id, path);
	snprintf(before, sizeof(before), "%u", state);
	do {
		tx = store_begin();
		if (tx == STORE_NO_TX)
			return;
		write_below(tx, path, "online", "1");
		if (!store_read_number(tx, 0, XenbusStateReconfigured, &now,
				       "%s/state", path) &&
		    now == XenbusStateClosing && front != 0 &&
		    front < XenbusStateClosing)
			write_below(tx, path, "state", before);
	} while (store_commit(tx) == -EAGAIN);
}

static const struct device_class *class_of(const char *name)
{
	int i;

	for (i = 0; device_classes[i]; i++)
		if (!strcmp(device_classes[i]->name, name))
			return device_classes[i];
	return NULL;
}

/* Remove @path and the directories above that are empty then, but @keep. */
static void remove_upwards(const char *path, int keep)
{
	char dir[STORE_PATH_MAX];
	unsigned int count;
	char **names, *slash, *c;
	int depth = 0;

	store_remove(STORE_NOW, "%s", path);
	snprintf(dir, sizeof(dir), "%s", path);
	for (c = dir; *c; c++)
		depth += *c == '/';
	while (--depth > keep && (slash = strrchr(dir, '/'))) {
		*slash = 0;
		names = store_list(STORE_NOW, &count, "%s", dir);
		free(names);
		if (!names || count)
			return;
		store_remove(STORE_NOW, "%s", dir);
	}
}

/* All of it goes, with the class's things outside of xenstore. */
static void drop_nodes(const struct device_id *id)
{
	const struct device_class *class = class_of(id->class);
	char path[STORE_PATH_MAX];

	if (class && class->release)
		class->release(id);
	device_front_path(id, path);
	store_remove(STORE_NOW, "%s", path);
	device_back_path(id, path);
	remove_upwards(path, 5); /* /local/domain/B/backend/CLASS stays */
	/* what the backend's driver had to say of it */
	snprintf(path, sizeof(path), "/local/domain/%u/error/backend/%s/%u/%u",
		 id->backend_domid, id->class, id->domid, id->devid);
	if (store_exists(STORE_NOW, "%s", path))
		remove_upwards(path, 3);
	tool_path(id, path);
	store_remove(STORE_NOW, "%s", path);
}

static void error_path(const struct device_id *id, char *path)
{
	snprintf(path, STORE_PATH_MAX, "/local/domain/%u/error/device/%s/%u",
		 id->domid, id->class, id->devid);
}

/*
 * Until the frontend has closed, or says that it does not: Linux does when
 * somebody has the disk open, and closes it with the last user. -EBUSY then.
 */
static int wait_asked(const struct device_id *id, int64_t deadline_ms)
{
	char error[STORE_PATH_MAX], state[STORE_PATH_MAX + 8];
	int err;

	error_path(id, error);
	device_back_path(id, state);
	strcat(state, "/state");
	err = store_watch(error, WATCH_TOKEN);
	if (!err)
		err = store_watch(state, WATCH_TOKEN);
	while (!err && !(DEVICE_STATE_BIT(device_state(id)) & GONE_OR_CLOSED)) {
		if (store_exists(STORE_NOW, "%s/error", error))
			err = -EBUSY;
		else
			err = wait_event(deadline_ms);
	}
	store_unwatch(error, WATCH_TOKEN);
	store_unwatch(state, WATCH_TOKEN);
	return err;
}

/* Both ends are to close it; if they do not, it is as it was. */
static int ask_away(const struct device_id *id, int64_t deadline_ms)
{
	unsigned int state = device_state(id);
	unsigned int front = device_front_state(id);
	bool unused = front > 0 && front < XenbusStateInitialised;
	int64_t soon = log_now_ms() + DEVICE_UNUSED_MS;
	char error[STORE_PATH_MAX];
	int err;

	/* What it said before is about something else. */
	error_path(id, error);
	store_remove(STORE_NOW, "%s", error);
	err = start_closing(id, DEVICE_ASK);
	if (err == -ENOENT)
		return err;
	if (!err)
		err = wait_asked(
			id, unused && soon < deadline_ms ? soon : deadline_ms);
	if (err)
		stop_closing(id, state);
	if (err == -ETIMEDOUT)
		err = unused ? -EAGAIN : -EBUSY;
	return err;
}

int device_remove(const struct device_id *id, enum device_how how,
		  int64_t deadline_ms)
{
	int err;

	if (how == DEVICE_ASK) {
		err = ask_away(id, deadline_ms);
		if (err)
			return err;
	} else if (!start_closing(id, how)) {
		device_wait(id, GONE_OR_CLOSED, deadline_ms);
	}
	drop_nodes(id);
	return 0;
}

void device_remove_all(uint32_t domid, int64_t deadline_ms)
{
	struct device_id *ids;
	int c, i, count;

	/* All at once first, so that they close side by side. */
	for (c = 0; device_classes[c]; c++) {
		count = device_ids(device_classes[c]->name, domid, &ids);
		for (i = 0; i < count; i++)
			start_closing(ids + i, DEVICE_STOPPED);
		free(ids);
	}
	for (c = 0; device_classes[c]; c++) {
		count = device_ids(device_classes[c]->name, domid, &ids);
		for (i = 0; i < count; i++)
			device_remove(ids + i, DEVICE_STOPPED, deadline_ms);
		free(ids);
	}
}
