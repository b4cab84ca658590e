/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Split devices in xenstore: a frontend node in the guest's part and a backend
 * node in the backend's, which find each other by path and go through the
 * states of io/xenbus.h. What vbd and vif have in common is here; each of them
 * is a struct device_class that registers in device_classes[].
 *
 *	/local/domain/F/device/CLASS/ID		the frontend's, the guest writes
 *	/local/domain/B/backend/CLASS/F/ID	the backend's, the guest reads
 *	/libxl/F/device/CLASS/ID		the tools' own copy, for stock
 *xl
 */
#ifndef DEVICE_DEVICE_H
#define DEVICE_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct config;

/* XenbusState of io/xenbus.h, as bits for device_wait(). */
#define DEVICE_STATE_BIT(state) (1u << (state))

/* A backend that has been probed; one that serves its frontend. */
#define DEVICE_INIT_WAIT 2
#define DEVICE_CONNECTED 4

/* How long a backend or a script may take before a command gives up, ms. */
#define DEVICE_DEADLINE_MS 5000
/* A frontend that has not connected, and so uses nothing, may take, ms. */
#define DEVICE_UNUSED_MS 2000
/* And to get ready for a new device: on a busy host that took more than 5 s. */
#define DEVICE_READY_MS 20000

/* One key of a device's node. Values are copied into xenstore as they are. */
struct device_node {
	const char *key;
	const char *value;
};

/* Which device; all that a path needs. */
struct device_id {
	const char *class; /* "vbd", "vif", "console" */
	uint32_t domid; /* the frontend's */
	uint32_t backend_domid;
	unsigned int devid;
};

/* A device to be made: nodes besides those that every device has. */
struct device_request {
	struct device_id id;
	const struct device_node *front; /* ends with a NULL key */
	const struct device_node *back; /* ends with a NULL key */
};

struct device_class {
	const char *name;
	/*
	 * Could all devices that @config names be made (files, bridges,
	 * addresses in use)? Called before the domain exists. What is wrong
	 * goes to config_fail(). Return: 0 or -errno.
	 */
	int (*check)(struct config *config);
	/*
	 * Make all devices that @config names for @domid, and do not wait.
	 * Complains by log_error(). Return: 0 or -errno; what was made before
	 * a failure is removed by device_remove_all().
	 */
	int (*add)(struct config *config, uint32_t domid);
	/*
	 * After add: until the backends are ready for the guest, or say which
	 * is not and why. Return: 0 or -errno.
	 */
	int (*wait)(uint32_t domid, int64_t deadline_ms);
	/*
	 * The device's nodes are about to go: undo what is outside of
	 * xenstore. May be NULL.
	 */
	void (*release)(const struct device_id *id);
};

/* All classes, NULL at the end; in the order in which a guest needs them. */
extern const struct device_class *const device_classes[];

/** device_front_path(), device_back_path() - into @path of STORE_PATH_MAX. */
void device_front_path(const struct device_id *id, char *path);
void device_back_path(const struct device_id *id, char *path);

/**
 * device_add() - write both nodes of a device, state 1 each, in one
 * transaction. Return: 0; -EEXIST when the guest has that device; -errno. Says
 * nothing.
 */
int device_add(const struct device_request *request);

/**
 * device_ids() - the devices of @class that @domid has.
 * @ids: set to a block that the caller frees.
 * Return: how many, or -errno.
 */
int device_ids(const char *class, uint32_t domid, struct device_id **ids);

/** device_state() - state of the backend (or frontend); 0 when it is gone. */
unsigned int device_state(const struct device_id *id);
unsigned int device_front_state(const struct device_id *id);

/**
 * device_wait() - until the backend's state is one of @states.
 * @states: DEVICE_STATE_BIT()s; bit 0 also means that the node is gone.
 * Return: 0, -ETIMEDOUT at the deadline (log_now_ms()), or -errno.
 */
int device_wait(const struct device_id *id, unsigned int states,
		int64_t deadline_ms);

/**
 * device_wait_node() - until the backend's node @key has a value.
 * Return: the value for the caller to free, or NULL with errno set.
 */
char *device_wait_node(const struct device_id *id, const char *key,
		       int64_t deadline_ms);

enum device_how {
	DEVICE_ASK, /* both ends close by themselves; refused when in use */
	DEVICE_FORCE, /* the guest is not asked */
	DEVICE_STOPPED, /* nor does it run any more */
};

/**
 * device_remove() - take a device away and remove its nodes.
 * Return: 0; -EBUSY when the frontend did not close by the deadline, or says
 * that it will not (ASK: the device stays as it was); -EAGAIN for one that has
 * never connected and does not answer (ASK, too); -ENOENT; -errno.
 */
int device_remove(const struct device_id *id, enum device_how how,
		  int64_t deadline_ms);

/**
 * device_remove_all() - force away every device of @domid. Never fails: what
 * the backends do not let go of by @deadline_ms loses its nodes.
 */
void device_remove_all(uint32_t domid, int64_t deadline_ms);

#endif
