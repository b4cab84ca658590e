// SPDX-License-Identifier: GPL-2.0-only
/*
 * Takes the place of export.c for a kernel whose xenfs.ko does not fit what we
 * would export: the module then refuses to load, and the stock xen-privcmd
 * serves in its stead, with xenfs on top of it.
 */
#include <linux/fs.h>
#include <linux/module.h>

#include "privcmd.h"

const bool privcmd_fits_xenfs = false;

const struct file_operations xen_privcmd_fops = {
	.owner = THIS_MODULE,
};
