/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A whole guest: from a configuration to a domain with its part of xenstore and
 * its devices, and back to nothing.
 *
 * Whatever happens to the process that creates or destroys one, nothing stays
 * behind: while a guest is built a file named by its UUID is locked. When the
 * lock is free but the file is there, its owner died, and guest_sweep() undoes
 * what it left.
 *
 *	/local/domain/N		what guests and stock tools expect
 *	/vm/UUID, /libxl/N	what stock xl and older programs look at
 *	/tool/hospes/N		name, uuid and config: the supervisor's state
 */
#ifndef BUILD_GUEST_H
#define BUILD_GUEST_H

#include <stdbool.h>
#include <stdint.h>
#include "lib/domain.h"

struct config;

#define GUEST_TOOL_PATH "/tool/hospes"
#define GUEST_RUN_DIR	"/run/xen/hospes"
/* What a domain may have above maxmem, as libxl gives it. */
#define GUEST_SLACK_KIB 1024

struct guest_options {
	const char *uuid; /* keep this identity (a reboot); NULL: as configured
			   */
	bool paused; /* leave it paused */
	/*
	 * Called when the domain has its console, before it runs; for those
	 * who want every byte of it. May be NULL. Non-zero ends the creation.
	 */
	int (*ready)(uint32_t domid, void *arg);
	void *ready_arg;
};

/**
 * guest_create() - make the guest that @config describes.
 * Says what is wrong on stderr; then there is no trace of it.
 * Return: 0 with @domid, or -errno.
 */
int guest_create(struct config *config, const struct guest_options *options,
		 uint32_t *domid);

/**
 * guest_check() - all that can be judged without making the domain.
 * Return: 0, or -errno after saying why.
 */
int guest_check(struct config *config);

/**
 * guest_destroy() - end @domid now: devices, domain, xenstore.
 * Return: 0; the domain may stay listed as dying while others hold its pages.
 */
int guest_destroy(uint32_t domid);

/** guest_forget() - remove what xenstore holds of @domid, whose UUID is @uuid.
 */
void guest_forget(uint32_t domid, const char *uuid);

/** guest_is_building() - a creator is at it, or has died over it. */
bool guest_is_building(const char *uuid);

/** guest_sweep() - undo what creators that died have left. */
void guest_sweep(void);

/**
 * guest_watch_creators() - a descriptor that is readable when a creator has
 * ended, whole or not: time for guest_sweep(). The caller reads it empty and
 * closes it. Return: it, or -errno.
 */
int guest_watch_creators(void);

/** guest_config() - the configuration that @domid was made with, or NULL. */
struct config *guest_config(uint32_t domid);

/** guest_name_good() - letters, digits and -_.+:@, not too long, not empty. */
bool guest_name_good(const char *name);

/** guest_name_taken() - whether another domain than @except has that name. */
bool guest_name_taken(const char *name, uint32_t except);

/* Parts of it, for each other. */

/* Lock of one guest's creation; lives as long as the process at most. */
struct guest_lock {
	int fd;
	char path[128];
};

/**
 * guest_lock_all() - the tools' own lock, for a few moments; fd or -errno.
 * -ETIMEDOUT: somebody keeps it, and that has been said.
 */
int guest_lock_all(void);
void guest_unlock_all(int fd);
/**
 * guest_lock_memory() - only one creator looks for free memory and claims it;
 * may take as long as dom0 takes to give some. A descriptor to close, or
 * -errno; -ETIMEDOUT: who holds it is stopped, and that has been said.
 */
int guest_lock_memory(void);

/** guest_lock_new() - before the domain exists. Return: 0 or -errno. */
int guest_lock_new(struct guest_lock *lock, const char *uuid);
/** guest_lock_done() - the guest is whole, or gone. */
void guest_lock_done(struct guest_lock *lock);

struct guest_nodes {
	uint32_t domid;
	const char *name;
	const char *uuid;
	const char *kernel, *ramdisk, *cmdline;
	unsigned long target_kib, max_kib;
	unsigned int max_vcpus;
	uint64_t online_vcpus; /* bit by vcpu, the first 64; others are on */
	unsigned int store_port, console_port;
	unsigned long store_mfn, console_mfn;
	const char *config; /* text that config_parse() reads back */
};

/** guest_store_create() - all nodes but the rings', in one transaction. */
int guest_store_create(const struct guest_nodes *nodes);
/** guest_store_rings() - store and console, then the introduction. */
int guest_store_rings(const struct guest_nodes *nodes);

#endif
