/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One entry of `vif`: `mac=00:16:3e:51:89:6a, bridge=xenbr0, rate=10Mb/s`.
 * An empty entry is an interface with all defaults.
 */
#ifndef CONFIG_VIF_SPEC_H
#define CONFIG_VIF_SPEC_H

#include <stdbool.h>
#include "config/config.h"

struct vif_spec {
	const struct config_value *value; /* where it came from; may be NULL */
	bool has_mac;
	uint8_t mac[6];
	const char *bridge; /* NULL: the default of the host */
	const char *ip; /* blank separated, as hotplug scripts take; or NULL */
	const char *script; /* or NULL */
	const char *vifname; /* or NULL */
	const char *backend; /* domain that serves it; "0" if not said */
	const char *model; /* of an emulated card; or NULL */
	const char *gateway; /* gatewaydev; or NULL */
	const char *vlan; /* or NULL */
	uint64_t rate_bytes; /* per interval; 0: no limit */
	uint32_t rate_interval_us; /* 50 ms if not said */
	unsigned int mtu; /* 0: not said */
	int devid; /* -1: not said */
	bool emulated; /* type=ioemu was asked for */
	bool untrusted; /* trusted=0 */
};

/* As for disks: see disk_spec.h. */
bool vif_spec_parse(struct config *config, const struct config_value *value,
		    struct vif_spec *spec);
bool vif_spec_parse_text(struct config *config, const char *text,
			 struct vif_spec *spec);

/*
 * All entries of `vif`; refuses an address or name used twice. An entry
 * without an address keeps has_mac false: whoever creates the interface makes
 * one, so that it stays the same over a reboot.
 */
size_t vif_specs(struct config *config, struct vif_spec **specs);

#endif
