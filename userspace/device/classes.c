// SPDX-License-Identifier: GPL-2.0-only
/* The kinds of devices that a configuration can ask for. */
#include "device/device.h"
#include "device/vbd.h"
#include "device/vif.h"

const struct device_class *const device_classes[] = {
	&vbd_class,
	&vif_class,
	NULL,
};
