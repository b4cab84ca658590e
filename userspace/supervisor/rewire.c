// SPDX-License-Identifier: GPL-2.0-only
/* Devices whose driver came back; see rewire.h. */
#include "supervisor/rewire.h"
#include "build/guest.h"
#include "device/device.h"
#include "device/vbd.h"
#include "device/vif.h"
#include "lib/log.h"
#include "lib/store.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BACKENDS "/local/domain/0/backend/"

static const struct rewired {
	const char *class;
	int (*rewire)(const struct device_id *id, int64_t deadline_ms);
} rewired[] = {
	{ "vif", vif_rewire },
	{ "vbd", vbd_rewire },
};

#define NR_REWIRED (sizeof(rewired) / sizeof(rewired[0]))

/* One of ours: not xl's, and not that of another domain. */
static bool is_ours(uint32_t domid)
{
	return store_exists(STORE_NOW, GUEST_TOOL_PATH "/%u/uuid", domid);
}

static void look_at(const struct rewired *what, uint32_t domid,
		    unsigned int devid)
{
	struct device_id id = { what->class, domid, 0, devid };
	unsigned int state = device_state(&id);

	if (state >= DEVICE_INIT_WAIT && state <= DEVICE_CONNECTED &&
	    is_ours(domid))
		what->rewire(&id, log_now_ms() + DEVICE_DEADLINE_MS);
}

static void look_at_all(const struct rewired *what)
{
	unsigned int nr_doms = 0, nr_devs, i, j;
	char **doms, **devs;

	doms = store_list(STORE_NOW, &nr_doms, BACKENDS "%s", what->class);
	for (i = 0; doms && i < nr_doms; i++) {
		nr_devs = 0;
		devs = store_list(STORE_NOW, &nr_devs, BACKENDS "%s/%s",
				  what->class, doms[i]);
		for (j = 0; devs && j < nr_devs; j++)
			look_at(what, strtoul(doms[i], NULL, 10),
				strtoul(devs[j], NULL, 10));
		free(devs);
	}
	free(doms);
}

int rewire_watch(void)
{
	char path[64];
	size_t i;
	int err;

	for (i = 0; i < NR_REWIRED; i++) {
		snprintf(path, sizeof(path), BACKENDS "%s", rewired[i].class);
		err = store_watch(path, REWIRE_TOKEN);
		if (err)
			return err;
	}
	return 0;
}

void rewire_event(const char *path)
{
	unsigned int domid, devid;
	const char *rest;
	size_t i, length;
	int end;

	if (strncmp(path, BACKENDS, strlen(BACKENDS)))
		return;
	path += strlen(BACKENDS);
	for (i = 0; i < NR_REWIRED; i++) {
		length = strlen(rewired[i].class);
		if (strncmp(path, rewired[i].class, length))
			continue;
		rest = path + length;
		end = 0;
		if (!*rest)
			look_at_all(&rewired[i]);
		else if (sscanf(rest, "/%u/%u/state%n", &domid, &devid, &end) ==
				 2 &&
			 end && !rest[end])
			look_at(&rewired[i], domid, devid);
	}
}
