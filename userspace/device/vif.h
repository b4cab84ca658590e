/* SPDX-License-Identifier: GPL-2.0-only */
/* A guest's network interfaces: from a vif_spec to a port of a bridge. */
#ifndef DEVICE_VIF_H
#define DEVICE_VIF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device/device.h"

struct config;
struct vif_spec;

#define VIF_BRIDGE   "xenbr0" /* when an entry names none */
#define VIF_MAC_TEXT 18 /* with its NUL */

/* In the backend's node: what vif_ready() is to do has been done once. */
#define VIF_WIRED_NODE "hospes-wired"

/**
 * vif_set_defaults() - for entries without bridge= or script=.
 * @bridge: instead of VIF_BRIDGE; cut to the length of an interface's name.
 * @script: with its arguments; "" for none, which is how it begins.
 */
void vif_set_defaults(const char *bridge, const char *script);

/**
 * vif_spec_check() - could it be made on this host? Complains by config_fail().
 */
bool vif_spec_check(struct config *config, const struct vif_spec *spec);

/**
 * vif_mac() - the address of the interface @devid, as text: what @spec says,
 * else one of 00:16:3e that a guest (@uuid) keeps for that number.
 */
void vif_mac(const struct vif_spec *spec, const char *uuid, unsigned int devid,
	     char text[VIF_MAC_TEXT]);

/**
 * vif_attach() - write the nodes of one interface and do not wait.
 * @devid: its number; -1: the first that is free.
 * @id: the device, for vif_ready().
 * Return: 0 or -errno after a complaint by log_error().
 */
int vif_attach(uint32_t domid, const struct vif_spec *spec, int devid,
	       struct device_id *id);

/**
 * vif_ready() - wait for its backend, then plug it in: by netlink, or by the
 * script that was configured. Return: as vif_attach().
 */
int vif_ready(const struct device_id *id, int64_t deadline_ms);

/**
 * vif_rewire() - as vif_ready(), when its interface is new: its driver came
 * back. One that is up, or a port of a bridge, stays as it is.
 */
int vif_rewire(const struct device_id *id, int64_t deadline_ms);

extern const struct device_class vif_class;

#endif
