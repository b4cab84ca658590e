// SPDX-License-Identifier: GPL-2.0-only
/*
 * The two ends of a device go through the states of io/xenbus.h side by side;
 * where one has stopped, the state of the other says who is to move:
 *
 *	back	front
 *	1	any	a driver of dom0 is to take the device up
 *	2	1	the guest is to take its end up
 *	2	3, 4	the back-end lacks what it serves: a disk, a bridge
 *	4	3	the guest is to use it
 *	5	1 to 5	the guest is to let go
 *	5	6, 0	the back-end is to let go
 */
#include "device/diagnose.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xen/io/xenbus.h>

#include "lib/domain.h"
#include "lib/log.h"
#include "lib/store.h"

#define BUS  "/sys/bus/xen-backend"
#define UDEV "/run/udev/control"

const char *device_state_name(unsigned int state)
{
	static const char *const names[] = {
		"absent",      "initialising",	"waiting",
		"initialised", "connected",	"closing",
		"closed",      "reconfiguring", "reconfigured",
	};

	return state < sizeof(names) / sizeof(*names) ? names[state] :
							"unknown";
}

bool device_driver_loaded(const char *class)
{
	char path[128];

	/* Where there is no such bus, nothing is known. */
	if (access(BUS "/drivers", F_OK))
		return true;
	snprintf(path, sizeof(path), BUS "/drivers/%.60s", class);
	return access(path, F_OK) == 0;
}

void device_driver_module(const char *class, char *name, size_t size)
{
	char path[128], target[256];
	const char *slash;
	ssize_t length;

	snprintf(path, sizeof(path), BUS "/drivers/%.60s/module", class);
	length = readlink(path, target, sizeof(target) - 1);
	target[length > 0 ? length : 0] = 0;
	slash = strrchr(target, '/');
	snprintf(name, size, "%s", slash ? slash + 1 : "");
}

static void kernel_path(const struct device_id *id, char path[160])
{
	snprintf(path, 160, BUS "/devices/%.60s-%u-%u", id->class, id->domid,
		 id->devid);
}

bool device_kernel_has(const struct device_id *id)
{
	char path[160];

	kernel_path(id, path);
	return access(path, F_OK) == 0;
}

static bool kernel_bound(const struct device_id *id)
{
	char path[160 + 8];

	kernel_path(id, path);
	strcat(path, "/driver");
	return access(path, F_OK) == 0;
}

bool device_driver_comes(const char *class)
{
	return device_driver_loaded(class) || access(UDEV, F_OK) == 0;
}

const char *device_missing_driver(const char *class)
{
	if (!strcmp(class, "vbd"))
		return "hospes_blkback or xen-blkback";
	if (!strcmp(class, "vif"))
		return "hospes_netback or xen-netback";
	return "its back-end";
}

/* ---- sentences ---- */

static void put(char *to, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void put(char *to, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(to, DIAGNOSE_TEXT, format, args);
	va_end(args);
}

/* @key of the backend's node into @value, "" when there is none. */
static void back_value(const struct device_id *id, const char *key,
		       char value[DIAGNOSE_TEXT / 2])
{
	char path[STORE_PATH_MAX], *text;

	device_back_path(id, path);
	text = store_read(STORE_NOW, "%s/%s", path, key);
	snprintf(value, DIAGNOSE_TEXT / 2, "%s", text ? text : "");
	log_tame(value);
	free(text);
}

static void waits(const struct device_id *id, struct diagnosis *d, bool front,
		  const char *key)
{
	char path[STORE_PATH_MAX];

	if (front)
		device_front_path(id, path);
	else
		device_back_path(id, path);
	snprintf(d->node, sizeof(d->node), "%s/%s", path, key);
	d->hangs = true;
}

static void from_guest(const struct device_id *id, struct diagnosis *d)
{
	char name[DOMAIN_NAME_MAX];

	waits(id, d, true, "state");
	domain_name(id->domid, name);
	put(d->from, "domain %u (%s)", id->domid, name);
}

static void from_driver(const struct device_id *id, struct diagnosis *d)
{
	char module[64];

	waits(id, d, false, "state");
	device_driver_module(id->class, module, sizeof(module));
	put(d->from, "%s in domain %u", *module ? module : "the back-end",
	    id->backend_domid);
}

/* Why a guest does not move, as far as the hypervisor knows. */
static const char *guest_why(uint32_t domid)
{
	domain_info_t info;

	if (domain_info(domid, &info))
		return "the guest is gone";
	if (info.flags & XEN_DOMINF_dying)
		return "the guest is dying";
	if (info.flags & XEN_DOMINF_shutdown)
		return "the guest has shut down";
	if (info.flags & XEN_DOMINF_paused)
		return "the guest is paused";
	if (!info.cpu_time)
		return "the guest has not run yet";
	return "its kernel is still starting, or has no driver for it";
}

static void not_taken(const struct device_id *id, struct diagnosis *d)
{
	from_driver(id, d);
	if (device_driver_loaded(id->class)) {
		put(d->text, "the back-end has not taken it up");
		put(d->hint, "the kernel's log (dmesg) says why");
		return;
	}
	put(d->text, "no back-end for it is loaded in domain %u",
	    id->backend_domid);
	put(d->from, "%s", device_missing_driver(id->class));
	put(d->hint, "load %s", device_missing_driver(id->class));
}

static void not_started(const struct device_id *id, struct diagnosis *d)
{
	from_guest(id, d);
	put(d->text, "the guest has not taken it up: %s", guest_why(id->domid));
}

/* The guest has come, and the backend does not meet it. */
static void not_met(const struct device_id *id, struct diagnosis *d)
{
	char value[DIAGNOSE_TEXT / 2], script[DIAGNOSE_TEXT / 2];

	from_driver(id, d);
	back_value(id, "script", script);
	back_value(id, "hotplug-status", value);
	if (strcmp(value, "connected")) {
		waits(id, d, false, "hotplug-status");
		put(d->text, "it has not been plugged in");
		put(d->from, "%s", *script ? script : "xm");
		return;
	}
	back_value(id, "physical-device", value);
	if (!strcmp(id->class, "vbd") && !*value && *script) {
		waits(id, d, false, "physical-device");
		put(d->text, "its script has not said what it lies on");
		put(d->from, "%s", script);
		return;
	}
	put(d->text, "the back-end does not connect to the guest");
	put(d->hint, "the kernel's log (dmesg) says why");
}

static void while_connected(const struct device_id *id, struct diagnosis *d)
{
	switch (d->front) {
	case XenbusStateConnected:
		put(d->text, "works");
		break;
	case XenbusStateClosing:
	case XenbusStateClosed:
		from_driver(id, d);
		put(d->text, "the guest closes it, the back-end has not yet");
		break;
	default:
		from_guest(id, d);
		put(d->text, "the guest does not use it yet");
	}
}

static void while_closing(const struct device_id *id, struct diagnosis *d)
{
	if (d->front == 0 || d->front == XenbusStateClosed) {
		from_driver(id, d);
		put(d->text, "it is being taken away, and the back-end has "
			     "not let go of what the guest granted");
		return;
	}
	from_guest(id, d);
	if (d->front < XenbusStateInitialised)
		put(d->text,
		    "it is being taken away, and the guest, which has "
		    "never connected, does not answer: %s",
		    guest_why(id->domid));
	else
		put(d->text, "it is being taken away, and the guest has not "
			     "let go: it uses it");
	put(d->hint, "the command's -f takes it away all the same");
}

static void while_closed(const struct device_id *id, struct diagnosis *d)
{
	char online[DIAGNOSE_TEXT / 2];

	back_value(id, "online", online);
	if (strcmp(online, "1")) {
		waits(id, d, false, "");
		put(d->text, "closed; its nodes have not been removed");
		put(d->from, "xm");
		return;
	}
	from_guest(id, d);
	put(d->text, "the guest has closed it, and may connect again");
}

static void judge(const struct device_id *id, struct diagnosis *d)
{
	bool guest_waits = d->front >= XenbusStateInitialised &&
			   d->front <= XenbusStateConnected;

	switch (d->back) {
	case 0:
		d->hangs = true;
		put(d->text, "%s",
		    device_kernel_has(id) ?
			    "its nodes are gone, and the kernel's back-end "
			    "has not let go of it" :
			    "its back-end's nodes are gone");
		break;
	case XenbusStateInitialising:
		not_taken(id, d);
		break;
	case XenbusStateInitWait:
	case XenbusStateInitialised:
		if (guest_waits)
			not_met(id, d);
		else
			not_started(id, d);
		break;
	case XenbusStateClosing:
		while_closing(id, d);
		break;
	case XenbusStateClosed:
		while_closed(id, d);
		break;
	default:
		while_connected(id, d);
	}
}

/* What either end, or a script, has written of what went wrong. */
static void add_error(struct diagnosis *d, const char *who, char *text)
{
	size_t used = strlen(d->text);

	if (!text || !*text) {
		free(text);
		return;
	}
	log_tame(text);
	d->hangs = true;
	snprintf(d->text + used, sizeof(d->text) - used, "; %s says: %s", who,
		 text);
	free(text);
}

static void add_errors(const struct device_id *id, struct diagnosis *d)
{
	char path[STORE_PATH_MAX];

	device_back_path(id, path);
	add_error(d, "its script",
		  store_read(STORE_NOW, "%s/hotplug-error", path));
	add_error(d, "the back-end",
		  store_read(STORE_NOW,
			     "/local/domain/%u/error/backend/%s/%u/%u/error",
			     id->backend_domid, id->class, id->domid,
			     id->devid));
	add_error(d, "the guest",
		  store_read(STORE_NOW,
			     "/local/domain/%u/error/device/%s/%u/error",
			     id->domid, id->class, id->devid));
}

/* Requests that the disk itself refused. */
static void add_failures(const struct device_id *id, struct diagnosis *d)
{
	unsigned long count = 0;
	size_t used = strlen(d->text);
	char path[160 + 32];
	FILE *file;

	if (strcmp(id->class, "vbd"))
		return;
	kernel_path(id, path);
	strcat(path, "/statistics/errors");
	file = fopen(path, "re");
	if (!file)
		return;
	if (fscanf(file, "%lu", &count) != 1)
		count = 0;
	fclose(file);
	if (!count)
		return;
	d->hangs = true;
	snprintf(d->text + used, sizeof(d->text) - used,
		 "; %lu requests of the guest have failed: the disk or the "
		 "file system under its image is full or broken",
		 count);
	put(d->hint, "the kernel's log (dmesg) and df say which");
}

static void name_it(const struct device_id *id, struct diagnosis *d)
{
	char name[DIAGNOSE_TEXT / 2];

	if (!strcmp(id->class, "vif"))
		snprintf(name, sizeof(name), "vif%u.%u", id->domid, id->devid);
	else
		back_value(id, "dev", name);
	if (*name)
		put(d->what, "%s %u (%s)", id->class, id->devid, name);
	else
		put(d->what, "%s %u", id->class, id->devid);
}

void device_diagnose(const struct device_id *id, struct diagnosis *d)
{
	memset(d, 0, sizeof(*d));
	d->back = device_state(id);
	d->front = device_front_state(id);
	name_it(id, d);
	judge(id, d);
	if (!kernel_bound(id) && device_kernel_has(id) && d->back > 1 &&
	    device_driver_loaded(id->class))
		put(d->hint, "no driver is bound to it: "
			     "see " BUS "/drivers");
	add_errors(id, d);
	add_failures(id, d);
}
