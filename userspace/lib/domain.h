/* SPDX-License-Identifier: GPL-2.0-only */
/* Domains by name, number or UUID, and what the hypervisor knows of them. */
#ifndef LIB_DOMAIN_H
#define LIB_DOMAIN_H

#include "lib/xen.h"

#define DOMAIN_NAME_MAX 128
#define DOMAIN_UUID_LEN 37 /* with the NUL */

typedef struct xen_domctl_getdomaininfo domain_info_t;

/**
 * domain_info() - what the hypervisor says of @domid.
 * Return: 0, -ESRCH when there is no such domain, -errno.
 */
int domain_info(uint32_t domid, domain_info_t *info);

/**
 * domain_infos() - all domains, by number.
 * @infos: set to a block that the caller frees.
 * Return: how many, or -errno.
 */
int domain_infos(domain_info_t **infos);

/**
 * domain_name() - the name of @domid, also of one that is about to vanish.
 * @name: DOMAIN_NAME_MAX bytes; "(null)" when nobody knows.
 */
void domain_name(uint32_t domid, char *name);

/** domain_names() - those of many, in one exchange with xenstored. */
void domain_names(const domain_info_t *infos, unsigned int count,
		  char (*names)[DOMAIN_NAME_MAX]);

/**
 * domain_find() - the domain that @who names: a name, a number or a UUID.
 * Return: 0, -ESRCH when there is none, -errno. Says nothing.
 */
int domain_find(const char *who, uint32_t *domid);

/** domain_uuid_text() - @handle as 36 characters. */
void domain_uuid_text(const xen_domain_handle_t handle, char *text);

/** domain_uuid_parse() - the reverse; false when @text is none. */
bool domain_uuid_parse(const char *text, xen_domain_handle_t handle);

/* XEN_DOMCTL_* that need only a domain's number: 0 or -errno. */
int domain_pause(uint32_t domid);
int domain_unpause(uint32_t domid);
/** domain_kill() - destroydomain, until it is dying and has nothing to free. */
int domain_kill(uint32_t domid);

/** domain_shutdown_code() - SHUTDOWN_*, or -1 when it has not shut down. */
static inline int domain_shutdown_code(const domain_info_t *info)
{
	if (!(info->flags & XEN_DOMINF_shutdown))
		return -1;
	return info->flags >> XEN_DOMINF_shutdownshift &
	       XEN_DOMINF_shutdownmask;
}

#endif
