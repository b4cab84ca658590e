// SPDX-License-Identifier: GPL-2.0-only
/*
 * Network interfaces. The backend makes vifD.N when its node appears; we give
 * it its name and MTU, make it a port of the bridge and take it up, by netlink,
 * and write hotplug-status, for which the backend waits before it connects.
 * A configured script does all that in our place.
 */
#include "device/vif.h"

#include <errno.h>
#include <linux/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <xen/io/xenbus.h>

#include "config/config.h"
#include "config/vif_spec.h"
#include "device/diagnose.h"
#include "device/link.h"
#include "device/script.h"
#include "lib/log.h"
#include "lib/store.h"

#define MAX_VIFS 256
#define MIN_MTU	 68
#define MAX_MTU	 65517

/* What the host's settings say for entries that do not. */
static char default_bridge[IFNAMSIZ] = VIF_BRIDGE, default_script[128];

void vif_set_defaults(const char *bridge, const char *script)
{
	snprintf(default_bridge, sizeof(default_bridge), "%s", bridge);
	snprintf(default_script, sizeof(default_script), "%s", script);
}

static const char *bridge_of(const struct vif_spec *spec)
{
	return spec->bridge ? spec->bridge : default_bridge;
}

/* "" is none: the tools do it themselves. */
static const char *script_for(const struct vif_spec *spec)
{
	return spec->script ? spec->script : default_script;
}

static bool known_model(const char *model)
{
	static const char *const models[] = { "netfront", "e1000", "rtl8139",
					      "ne2k_pci", "pcnet", "virtio" };
	size_t i;

	for (i = 0; i < sizeof(models) / sizeof(models[0]); i++)
		if (!strcmp(model, models[i]))
			return true;
	return false;
}

/* Where a word stands in the entry's text, for the column of a complaint. */
static size_t offset_of(const struct vif_spec *spec, const char *key)
{
	const char *at = NULL;

	if (spec->value && spec->value->type == CONFIG_STRING)
		at = strstr(spec->value->string, key);
	return at ? (size_t)(at - spec->value->string) : 0;
}

static bool check_bridge(struct config *config, const struct vif_spec *spec)
{
	const char *bridge = bridge_of(spec);
	char hint[128];

	if (link_is_bridge(bridge))
		return true;
	if (link_exists(bridge)) {
		config_fail(config, spec->value, offset_of(spec, "bridge="),
			    "name a bridge; 'ip link show type bridge' lists "
			    "them",
			    "vif: '%.15s' is no bridge", bridge);
		return false;
	}
	snprintf(hint, sizeof(hint),
		 "make it: ip link add %.15s type bridge && "
		 "ip link set %.15s up",
		 bridge, bridge);
	config_fail(config, spec->value, offset_of(spec, "bridge="), hint,
		    "vif: there is no bridge '%.60s'", bridge);
	return false;
}

static bool check_script(struct config *config, const struct vif_spec *spec)
{
	char path[SCRIPT_PATH_MAX];
	int err = script_check(script_for(spec), path);

	if (err)
		config_fail(config, spec->value, offset_of(spec, "script="),
			    "scripts are looked for in " SCRIPT_DIR,
			    "vif: its script %s cannot be started: %s", path,
			    strerror(-err));
	return !err;
}

bool vif_spec_check(struct config *config, const struct vif_spec *spec)
{
	if (spec->backend && strcmp(spec->backend, "0") &&
	    strcmp(spec->backend, "Domain-0")) {
		config_fail(config, spec->value, offset_of(spec, "backend="),
			    "leave backend= out",
			    "vif: backend '%.40s': only domain 0 serves "
			    "interfaces",
			    spec->backend);
		return false;
	}
	if (spec->model && !known_model(spec->model)) {
		config_fail(config, spec->value, offset_of(spec, "model="),
			    "known are netfront, e1000, rtl8139, ne2k_pci, "
			    "pcnet, virtio",
			    "vif: unknown model '%.40s'", spec->model);
		return false;
	}
	if (spec->mtu && (spec->mtu < MIN_MTU || spec->mtu > MAX_MTU)) {
		config_fail(config, spec->value, offset_of(spec, "mtu="),
			    "68 to 65517 are possible",
			    "vif: an MTU of %u bytes", spec->mtu);
		return false;
	}
	if (spec->vifname && strlen(spec->vifname) >= IFNAMSIZ) {
		config_fail(config, spec->value, offset_of(spec, "vifname="),
			    "names have up to 15 characters",
			    "vif: the name '%.60s' is too long", spec->vifname);
		return false;
	}
	if (spec->vifname && link_exists(spec->vifname)) {
		config_fail(config, spec->value, offset_of(spec, "vifname="),
			    "choose another vifname=",
			    "vif: there is an interface '%.15s' already",
			    spec->vifname);
		return false;
	}
	if (!device_driver_comes("vif")) {
		config_fail(config, spec->value, 0,
			    "load one: modprobe hospes_netback, or xen-netback",
			    "vif: domain 0 has no network back-end: neither "
			    "hospes_netback nor xen-netback is loaded");
		return false;
	}
	return *script_for(spec) ? check_script(config, spec) :
				   check_bridge(config, spec);
}

void vif_mac(const struct vif_spec *spec, const char *uuid, unsigned int devid,
	     char text[VIF_MAC_TEXT])
{
	uint8_t mac[6] = { 0x00, 0x16, 0x3e };
	uint64_t hash = 0xcbf29ce484222325;
	const char *p;

	if (spec->has_mac) {
		memcpy(mac, spec->mac, sizeof(mac));
	} else {
		/* FNV-1a; the number last, so that neighbours differ */
		for (p = uuid; *p; p++)
			hash = (hash ^ (uint8_t)*p) * 0x100000001b3;
		hash = (hash ^ (devid & 0xff)) * 0x100000001b3;
		hash = (hash ^ devid >> 8) * 0x100000001b3;
		hash ^= hash >> 32;
		mac[3] = hash >> 16 & 0x7f;
		mac[4] = hash >> 8 & 0xff;
		mac[5] = hash & 0xff;
	}
	snprintf(text, VIF_MAC_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0],
		 mac[1], mac[2], mac[3], mac[4], mac[5]);
}

static int free_devid(uint32_t domid)
{
	struct device_id *ids;
	int count = device_ids("vif", domid, &ids), i, n;

	if (count < 0)
		return count == -ENOENT ? 0 : count;
	for (n = 0; n < MAX_VIFS; n++) {
		for (i = 0; i < count && ids[i].devid != (unsigned int)n;)
			i++;
		if (i == count)
			break;
	}
	free(ids);
	return n < MAX_VIFS ? n : -ENOSPC;
}

/* The nodes of both ends; @list ends with a NULL key. */
static void put(struct device_node *list, const char *key, const char *value)
{
	if (!value)
		return;
	while (list->key)
		list++;
	list[0] = (struct device_node){ key, value };
	list[1] = (struct device_node){ NULL, NULL };
}

int vif_attach(uint32_t domid, const struct vif_spec *spec, int devid,
	       struct device_id *id)
{
	struct device_node front[8] = { { NULL, NULL } };
	struct device_node back[20] = { { NULL, NULL } };
	char handle[16], mac[VIF_MAC_TEXT], rate[48], mtu[16], *vm;
	int err;

	if (devid < 0)
		devid = free_devid(domid);
	if (devid < 0) {
		log_error("vif: no number is free for another interface: %s",
			  strerror(-devid));
		return devid;
	}
	*id = (struct device_id){ "vif", domid, 0, (unsigned int)devid };
	vm = store_read(STORE_NOW, "/local/domain/%u/vm", domid);
	vif_mac(spec, vm ? vm : "", id->devid, mac);
	snprintf(handle, sizeof(handle), "%d", devid);
	snprintf(mtu, sizeof(mtu), "%u", spec->mtu);
	snprintf(rate, sizeof(rate), "%llu,%u",
		 (unsigned long long)spec->rate_bytes, spec->rate_interval_us);
	put(front, "handle", handle);
	put(front, "mac", mac);
	put(front, "mtu", spec->mtu ? mtu : NULL);
	put(front, "trusted", spec->untrusted ? "0" : "1");
	put(back, "handle", handle);
	put(back, "mac", mac);
	put(back, "bridge", bridge_of(spec));
	/* xen-netback closes a vif that has no such node */
	put(back, "script", script_for(spec));
	put(back, "ip", spec->ip);
	put(back, "vifname", spec->vifname);
	put(back, "gatewaydev", spec->gateway);
	put(back, "vlan", spec->vlan);
	put(back, "rate", spec->rate_bytes ? rate : NULL);
	put(back, "mtu", spec->mtu ? mtu : NULL);
	put(back, "trusted", spec->untrusted ? "0" : "1");
	put(back, "type", "vif");
	put(back, "hotplug-status", "");
	err = device_add(&(struct device_request){ *id, front, back });
	free(vm);
	if (err)
		log_error("vif %d of domain %u: %s", devid, domid,
			  err == -EEXIST ? "it has one of that number" :
					   strerror(-err));
	return err;
}

static void kernel_name(const struct device_id *id, char name[IFNAMSIZ])
{
	snprintf(name, IFNAMSIZ, "vif%u.%u", id->domid, id->devid);
}

static int plug(const char *name, const struct link_change *change)
{
	int err = link_change(name, change);

	if (err)
		log_error("%s: cannot be made a port of %s: %s", name,
			  change->master, strerror(-err));
	return err;
}

/* By netlink, what vif-bridge does. */
static int plug_native(const struct device_id *id, const char *back,
		       const char *name)
{
	char *bridge = store_read(STORE_NOW, "%s/bridge", back);
	struct link_change change = { .master = bridge, .up = true };
	char path[STORE_PATH_MAX + 24];
	long mtu = 0;
	int err;

	if (!bridge) {
		log_error("vif %u of domain %u has no bridge in xenstore",
			  id->devid, id->domid);
		return -ENOENT;
	}
	store_read_number(STORE_NOW, MIN_MTU, MAX_MTU, &mtu, "%s/mtu", back);
	change.mtu = (unsigned int)mtu;
	err = plug(name, &change);
	free(bridge);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/hotplug-status", back);
	return store_write(STORE_NOW, path, "connected");
}

static int take_name(const char *back, char name[IFNAMSIZ])
{
	char *wanted = store_read(STORE_NOW, "%s/vifname", back);
	int err;

	if (!wanted)
		return 0;
	err = link_change(name, &(struct link_change){ .rename = wanted });
	if (err)
		log_error("%s cannot be called %s: %s", name, wanted,
			  strerror(-err));
	else
		snprintf(name, IFNAMSIZ, "%s", wanted);
	free(wanted);
	return err;
}

/* What the interface's configuration runs, for the caller to free, or NULL. */
static char *script_of(const char *back)
{
	char *script = store_read(STORE_NOW, "%s/script", back);

	if (script && !script[0]) {
		free(script);
		script = NULL;
	}
	return script;
}

/* By its script, or by netlink. */
static int wire(const struct device_id *id, const char *back,
		int64_t deadline_ms)
{
	char name[IFNAMSIZ], *script = script_of(back);
	int err;

	kernel_name(id, name);
	if (script) {
		/* renaming is the script's duty as well */
		err = script_run(id, script, "online", "type_if=vif", name,
				 deadline_ms);
		free(script);
		return err;
	}
	err = take_name(back, name);
	return err ? err : plug_native(id, back, name);
}

int vif_ready(const struct device_id *id, int64_t deadline_ms)
{
	char back[STORE_PATH_MAX], path[STORE_PATH_MAX + 24];
	int err;

	err = device_wait(id, ~0u << XenbusStateInitWait, deadline_ms);
	if (err) {
		log_error("vif %u of domain %u: the network backend does not "
			  "answer: %s",
			  id->devid, id->domid, strerror(-err));
		log_hint("is hospes_netback or xen-netback loaded in dom0?");
		return err;
	}
	if (device_state(id) > XenbusStateConnected) {
		log_error("vif %u of domain %u: the network backend refuses it",
			  id->devid, id->domid);
		log_hint("the kernel's log (dmesg) says why");
		return -EIO;
	}
	device_back_path(id, back);
	err = wire(id, back, deadline_ms);
	if (err)
		return err;
	snprintf(path, sizeof(path), "%s/" VIF_WIRED_NODE, back);
	return store_write(STORE_NOW, path, "1");
}

/* Somebody has set it up. */
static bool is_set_up(const char *name)
{
	return link_is_up(name) || link_is_port(name);
}

int vif_rewire(const struct device_id *id, int64_t deadline_ms)
{
	char back[STORE_PATH_MAX], name[IFNAMSIZ], *wanted;
	bool done;

	device_back_path(id, back);
	/* Before that it is the concern of who makes it. */
	if (!store_exists(STORE_NOW, "%s/" VIF_WIRED_NODE, back))
		return 0;
	kernel_name(id, name);
	wanted = store_read(STORE_NOW, "%s/vifname", back);
	done = is_set_up(name) || (wanted && is_set_up(wanted));
	free(wanted);
	if (done)
		return 0;
	log_action("vif %u of domain %u: its driver is back", id->devid,
		   id->domid);
	return vif_ready(id, deadline_ms);
}

static int class_check(struct config *config)
{
	struct vif_spec *specs;
	size_t count = vif_specs(config, &specs), i;

	for (i = 0; i < count && !config_error(config); i++)
		vif_spec_check(config, &specs[i]);
	return config_error(config) ? -EINVAL : 0;
}

static int class_add(struct config *config, uint32_t domid)
{
	struct vif_spec *specs;
	size_t count = vif_specs(config, &specs), i;
	struct device_id id;
	int err = 0;

	for (i = 0; i < count && !err; i++)
		err = vif_attach(domid, &specs[i],
				 specs[i].devid < 0 ? (int)i : specs[i].devid,
				 &id);
	return err;
}

static int class_wait(uint32_t domid, int64_t deadline_ms)
{
	struct device_id *ids;
	int count = device_ids("vif", domid, &ids), i, err = 0;

	if (count < 0)
		return count == -ENOENT ? 0 : count;
	for (i = 0; i < count && !err; i++)
		err = vif_ready(&ids[i], deadline_ms);
	free(ids);
	return err;
}

/* The kernel's device goes with its node; only a script has to be told. */
static void class_release(const struct device_id *id)
{
	char back[STORE_PATH_MAX], name[IFNAMSIZ], *script;

	device_back_path(id, back);
	script = script_of(back);
	if (!script)
		return;
	kernel_name(id, name);
	script_run(id, script, "offline", "type_if=vif", name,
		   log_now_ms() + DEVICE_DEADLINE_MS);
	free(script);
}

const struct device_class vif_class = {
	.name = "vif",
	.check = class_check,
	.add = class_add,
	.wait = class_wait,
	.release = class_release,
};
