/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a device does not get on with: the states of its two ends, and from them
 * which node of xenstore is waited for, and who is to write it.
 */
#ifndef DEVICE_DIAGNOSE_H
#define DEVICE_DIAGNOSE_H

#include <stdbool.h>
#include <stddef.h>

#include "device/device.h"
#include "lib/store.h"

#define DIAGNOSE_TEXT 512

struct diagnosis {
	unsigned int back, front; /* states, 0: no such node */
	bool hangs; /* something is waited for */
	char what[DIAGNOSE_TEXT]; /* the device: "vbd 51712 (xvda)" */
	char text[DIAGNOSE_TEXT]; /* a sentence, or several */
	char hint[DIAGNOSE_TEXT]; /* what to do, or "" */
	char node[STORE_PATH_MAX * 2]; /* that is waited for, or "" */
	char from[DIAGNOSE_TEXT]; /* who is to write it, or "" */
};

/** device_state_name() - of XenbusState. */
const char *device_state_name(unsigned int state);

/** device_driver_loaded() - does a backend of this kernel serve @class? */
bool device_driver_loaded(const char *class);

/**
 * device_driver_module() - the module that serves @class; "" when there is
 * none, or it is a part of the kernel.
 */
void device_driver_module(const char *class, char *name, size_t size);

/** device_kernel_has() - is @id a device of this kernel's backends? */
bool device_kernel_has(const struct device_id *id);

/**
 * device_driver_comes() - is there a back-end for @class, or may the kernel's
 * word to udev bring one?
 */
bool device_driver_comes(const char *class);

/** device_missing_driver() - the modules that would serve @class. */
const char *device_missing_driver(const char *class);

/** device_diagnose() - where @id stands. Says nothing itself. */
void device_diagnose(const struct device_id *id, struct diagnosis *d);

/**
 * device_all_ids() - every device of @domid, of any class: the tools' list,
 * what the guest's part of xenstore has, and what the kernel still holds.
 * @ids: set to a block that the caller frees; the classes in it stay.
 * Return: how many, or -errno.
 */
int device_all_ids(uint32_t domid, struct device_id **ids);

#endif
