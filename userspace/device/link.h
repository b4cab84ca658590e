/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Network devices of this host, by rtnetlink: no program is started. All names
 * are below IFNAMSIZ; functions return 0 or a negative errno and say nothing.
 */
#ifndef DEVICE_LINK_H
#define DEVICE_LINK_H

#include <stdbool.h>

/* What link_change() does; a NULL or 0 leaves that as it is. */
struct link_change {
	const char *rename; /* the device must be down */
	const char *master; /* a bridge's name */
	unsigned int mtu; /* bytes */
	bool up;
};

/** link_exists() - is there a device of that name? */
bool link_exists(const char *name);

/** link_is_bridge() - is it a bridge of the kernel? */
bool link_is_bridge(const char *name);

/** link_is_port() - does it belong to a bridge? */
bool link_is_port(const char *name);

/** link_is_up() - has somebody brought it up? */
bool link_is_up(const char *name);

/** link_change() - all of it in one request; -ENODEV: no such device. */
int link_change(const char *name, const struct link_change *change);

#endif
