/* SPDX-License-Identifier: GPL-2.0-only */
/* What /etc/xen/xend-config.sxp says, as far as it is asked. */
#ifndef BUILD_XEND_CONFIG_H
#define BUILD_XEND_CONFIG_H

#include <stdbool.h>

#define XEND_CONFIG_FILE "/etc/xen/xend-config.sxp"
#define XEND_SCRIPT_DIR	 "/etc/xen/scripts"

struct xend_config {
	/*
	 * enable-dom0-ballooning: may a new guest's memory be taken from dom0?
	 * Unless it is said, yes where dom0 began with all memory, no where
	 * dom0_mem= on the hypervisor's command line gave it a part.
	 */
	bool dom0_balloons;
	/* dom0-min-mem: MiB that dom0 keeps, whoever needs them. */
	long dom0_min_mib;
	/* vif-script: the bridge of vif-bridge; or another script, else "". */
	char vif_bridge[16], vif_script[128];
};

/**
 * xend_config_read() - a file that is not there says nothing.
 * Return: 0, or -EINVAL after saying what is wrong with the file, and where.
 */
int xend_config_read(struct xend_config *xend);

/** xend_config_vif() - vif_set_defaults() by that file. Return: the same. */
int xend_config_vif(void);

#endif
