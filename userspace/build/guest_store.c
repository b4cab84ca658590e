// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's part of xenstore. The layout is that of libxl and of
 * docs/misc/xenstore-paths in Xen's tree, so that stock tools, kernels and
 * daemons find what they look for.
 */
#include "build/guest.h"
#include "config/config.h"
#include "lib/store.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* xenstored takes 4096 bytes with the path: longer texts are cut. */
#define CHUNK	     3072
#define CHUNKS_MAX   64
#define CONSOLE_RING "1048576" /* bytes of output that xenconsoled keeps */

struct writer {
	uint32_t tx;
	int err; /* the first one sticks */
	char dir[STORE_PATH_MAX];
};

static void put(struct writer *w, const char *key, const char *value)
{
	char path[STORE_PATH_MAX];

	if (w->err)
		return;
	snprintf(path, sizeof(path), "%.400s/%.100s", w->dir, key);
	w->err = store_write(w->tx, path, "%s", value);
}

static void put_number(struct writer *w, const char *key, unsigned long value)
{
	char text[24];

	snprintf(text, sizeof(text), "%lu", value);
	put(w, key, text);
}

static void make(struct writer *w, const char *key, uint32_t owner,
		 uint32_t other, enum store_access access)
{
	char path[STORE_PATH_MAX];

	if (w->err)
		return;
	snprintf(path, sizeof(path), "%.400s%s%.100s", w->dir, *key ? "/" : "",
		 key);
	w->err = store_make(w->tx, path, owner, other, access);
}

static void put_vcpus(struct writer *w, const struct guest_nodes *nodes)
{
	bool online;
	char key[40];
	unsigned int i;

	for (i = 0; i < nodes->max_vcpus; i++) {
		online = i >= 64 || nodes->online_vcpus >> i & 1;
		snprintf(key, sizeof(key), "cpu/%u/availability", i);
		put(w, key, online ? "online" : "offline");
	}
}

/* Nodes that the guest itself writes. */
static void make_guests_own(struct writer *w, uint32_t domid)
{
	static const char *const keys[] = {
		"device/suspend/event-channel",
		"control/shutdown",
		"control/feature-poweroff",
		"control/feature-reboot",
		"control/feature-suspend",
		"control/sysrq",
		"data",
		"drivers",
		"feature",
		"attr",
		"error",
	};
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		make(w, keys[i], domid, domid, STORE_PRIVATE);
}

static void put_domain(struct writer *w, const struct guest_nodes *nodes)
{
	char vm[64];

	snprintf(vm, sizeof(vm), "/vm/%s", nodes->uuid);
	make(w, "", 0, nodes->domid, STORE_READ);
	put(w, "vm", vm);
	put(w, "name", nodes->name);
	put_number(w, "domid", nodes->domid);
	put_vcpus(w, nodes);
	put_number(w, "memory/static-max", nodes->max_kib);
	put_number(w, "memory/target", nodes->target_kib);
	put_number(w, "memory/videoram", 0);
	make_guests_own(w, nodes->domid);
	put(w, "control/platform-feature-multiprocessor-suspend", "1");
	put(w, "control/platform-feature-xs_reset_watches", "1");
}

static void put_vm(struct writer *w, const struct guest_nodes *nodes)
{
	char now[32];

	make(w, "", 0, nodes->domid, STORE_READ);
	put(w, "name", nodes->name);
	put(w, "uuid", nodes->uuid);
	put(w, "image/ostype", "linux");
	put(w, "image/kernel", nodes->kernel);
	put(w, "image/ramdisk", nodes->ramdisk);
	put(w, "image/cmdline", nodes->cmdline);
	snprintf(now, sizeof(now), "%lld.00", (long long)time(NULL));
	put(w, "start_time", now);
	put_number(w, "start_seconds", time(NULL));
}

static void put_config(struct writer *w, const char *text)
{
	size_t left = strlen(text), part;
	char key[32], chunk[CHUNK + 1];
	unsigned int i;

	for (i = 0; left && i < CHUNKS_MAX; i++) {
		part = left < CHUNK ? left : CHUNK;
		memcpy(chunk, text, part);
		chunk[part] = 0;
		snprintf(key, sizeof(key), "config/%u", i);
		put(w, key, chunk);
		text += part;
		left -= part;
	}
	if (left && !w->err)
		w->err = -E2BIG;
}

static int put_all(uint32_t tx, void *arg)
{
	const struct guest_nodes *nodes = arg;
	struct writer w = { .tx = tx };

	snprintf(w.dir, sizeof(w.dir), "/local/domain/%u", nodes->domid);
	put_domain(&w, nodes);
	snprintf(w.dir, sizeof(w.dir), "/vm/%s", nodes->uuid);
	put_vm(&w, nodes);
	snprintf(w.dir, sizeof(w.dir), "/libxl/%u", nodes->domid);
	make(&w, "", 0, 0, STORE_PRIVATE);
	put(&w, "type", "pv");
	put(&w, "dm-version", "qemu_xen");
	snprintf(w.dir, sizeof(w.dir), GUEST_TOOL_PATH "/%u", nodes->domid);
	make(&w, "", 0, 0, STORE_PRIVATE);
	put(&w, "name", nodes->name);
	put(&w, "uuid", nodes->uuid);
	put_config(&w, nodes->config);
	return w.err;
}

static void put_console(struct writer *w, const struct guest_nodes *nodes)
{
	char front[STORE_PATH_MAX], back[STORE_PATH_MAX];

	snprintf(front, sizeof(front), "/local/domain/%u/console",
		 nodes->domid);
	snprintf(back, sizeof(back), "/local/domain/0/backend/console/%u/0",
		 nodes->domid);
	snprintf(w->dir, sizeof(w->dir), "%s", back);
	make(w, "", 0, nodes->domid, STORE_READ);
	put(w, "frontend", front);
	put_number(w, "frontend-id", nodes->domid);
	put(w, "online", "1");
	put(w, "state", "1");
	put(w, "protocol", "vt100");
	snprintf(w->dir, sizeof(w->dir), "/libxl/%u/device/console/0",
		 nodes->domid);
	put(w, "frontend", front);
	put(w, "backend", back);
	snprintf(w->dir, sizeof(w->dir), "%s", front);
	put(w, "backend", back);
	put(w, "backend-id", "0");
	put(w, "limit", CONSOLE_RING);
	put(w, "type", "xenconsoled");
	put(w, "output", "pty");
	make(w, "tty", 0, nodes->domid, STORE_READ);
	put_number(w, "port", nodes->console_port);
	put_number(w, "ring-ref", nodes->console_mfn);
}

static int put_rings(uint32_t tx, void *arg)
{
	const struct guest_nodes *nodes = arg;
	struct writer w = { .tx = tx };

	snprintf(w.dir, sizeof(w.dir), "/local/domain/%u/store", nodes->domid);
	put_number(&w, "port", nodes->store_port);
	put_number(&w, "ring-ref", nodes->store_mfn);
	put_console(&w, nodes);
	return w.err;
}

int guest_store_create(const struct guest_nodes *nodes)
{
	return store_transaction(put_all, (void *)nodes);
}

int guest_store_rings(const struct guest_nodes *nodes)
{
	int err = store_transaction(put_rings, (void *)nodes);

	if (err)
		return err;
	return store_introduce(nodes->domid, nodes->store_mfn,
			       nodes->store_port);
}

void guest_forget(uint32_t domid, const char *uuid)
{
	store_remove(STORE_NOW, "/local/domain/0/backend/console/%u", domid);
	store_remove(STORE_NOW, "/local/domain/%u", domid);
	store_remove(STORE_NOW, "/libxl/%u", domid);
	/* A guest that was rebuilt has the same one again. */
	if (uuid)
		store_remove(STORE_NOW, "/vm/%s", uuid);
	store_remove(STORE_NOW, GUEST_TOOL_PATH "/%u", domid);
}

struct config *guest_config(uint32_t domid)
{
	char *text = NULL, *more, *chunk;
	size_t used = 0, part;
	struct config *config = NULL;
	unsigned int i;

	for (i = 0; i < CHUNKS_MAX; i++) {
		chunk = store_read(STORE_NOW, GUEST_TOOL_PATH "/%u/config/%u",
				   domid, i);
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
		config = config_parse("config", text, used, NULL);
	free(text);
	return config;
}

bool guest_name_good(const char *name)
{
	const char *c;

	for (c = name;
	     isalnum((unsigned char)*c) || (*c && strchr("-_.+:@", *c));)
		c++;
	return !*c && c != name && c - name < DOMAIN_NAME_MAX;
}

bool guest_name_taken(const char *name, uint32_t except)
{
	char other[DOMAIN_NAME_MAX];
	domain_info_t *infos;
	bool taken = false;
	int i, count = domain_infos(&infos);

	for (i = 0; i < count && !taken; i++) {
		if (infos[i].domain == except ||
		    infos[i].flags & XEN_DOMINF_dying)
			continue;
		domain_name(infos[i].domain, other);
		taken = !strcmp(name, other);
	}
	if (count >= 0)
		free(infos);
	return taken;
}
