// SPDX-License-Identifier: GPL-2.0-only
/* Domains by name, number or UUID; see domain.h. */
#include "lib/domain.h"
#include "lib/hypercall.h"
#include "lib/store.h"
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INFOS_AT_ONCE 256

int domain_info(uint32_t domid, domain_info_t *info)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getdomaininfo,
				 .domain = domid };
	int err = hypercall_domctl(&op);

	if (err)
		return err;
	/* The hypervisor answers with the next domain when there is none. */
	if (op.u.getdomaininfo.domain != domid)
		return -ESRCH;
	*info = op.u.getdomaininfo;
	return 0;
}

/* One batch from @first on; the number of domains or -errno. */
static int infos_batch(uint32_t first, domain_info_t *buffer)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_getdomaininfolist };
	int err;

	op.u.getdomaininfolist.first_domain = first;
	op.u.getdomaininfolist.max_domains = INFOS_AT_ONCE;
	set_xen_guest_handle(op.u.getdomaininfolist.buffer, buffer);
	err = hypercall_sysctl(&op);
	return err ? err : (int)op.u.getdomaininfolist.num_domains;
}

int domain_infos(domain_info_t **infos)
{
	domain_info_t *buffer, *all = NULL, *more;
	uint32_t first = 0;
	int count = 0, got;

	if (hypercall_open())
		return -ENOTCONN;
	buffer = hypercall_buffer(INFOS_AT_ONCE * sizeof(*buffer));
	if (!buffer)
		return -ENOMEM;
	do {
		got = infos_batch(first, buffer);
		if (got < 0)
			goto err_free;
		more = realloc(all, (count + got + 1) * sizeof(*all));
		if (!more) {
			got = -ENOMEM;
			goto err_free;
		}
		all = more;
		memcpy(all + count, buffer, got * sizeof(*all));
		count += got;
		if (got)
			first = all[count - 1].domain + 1;
	} while (got == INFOS_AT_ONCE);
	hypercall_buffer_free(buffer);
	*infos = all;
	return count;

err_free:
	free(all);
	hypercall_buffer_free(buffer);
	return got;
}

/* A guest cannot write its name, but another tool can write anything. */
static void copy_name(char *name, const char *text)
{
	char *c;

	snprintf(name, DOMAIN_NAME_MAX, "%s", text && *text ? text : "(null)");
	for (c = name; *c; c++)
		if (isspace((unsigned char)*c) || iscntrl((unsigned char)*c))
			*c = '?';
}

/*
 * The tools' copy outlives the domain's own part of xenstore, so that a domain
 * whose last pages are held by somebody still has a name.
 */
void domain_name(uint32_t domid, char *name)
{
	char *text;

	text = store_read(STORE_NOW, "/local/domain/%u/name", domid);
	if (!text)
		text = store_read(STORE_NOW, "/tool/hospes/%u/name", domid);
	copy_name(name, text);
	free(text);
}

void domain_names(const domain_info_t *infos, unsigned int count,
		  char (*names)[DOMAIN_NAME_MAX])
{
	char **paths = calloc(count, sizeof(*paths));
	char **values = calloc(count, sizeof(*values));
	unsigned int i, made = 0;

	while (paths && values && made < count &&
	       asprintf(paths + made, "/local/domain/%u/name",
			infos[made].domain) > 0)
		made++;
	if (made)
		store_read_many(paths, values, made);
	for (i = 0; i < count; i++) {
		if (i < made && values[i] && *values[i])
			copy_name(names[i], values[i]);
		else
			domain_name(infos[i].domain, names[i]);
	}
	for (i = 0; i < made; i++) {
		free(paths[i]);
		free(values[i]);
	}
	free(paths);
	free(values);
}

void domain_uuid_text(const xen_domain_handle_t handle, char *text)
{
	int i, used = 0;

	for (i = 0; i < 16; i++)
		used += sprintf(text + used, "%s%02x",
				i == 4 || i == 6 || i == 8 || i == 10 ? "-" :
									"",
				handle[i]);
}

bool domain_uuid_parse(const char *text, xen_domain_handle_t handle)
{
	unsigned int byte;
	int i, used;

	for (i = 0; i < 16; i++) {
		if (*text == '-')
			text++;
		if (!isxdigit((unsigned char)text[0]) ||
		    !isxdigit((unsigned char)text[1]) ||
		    sscanf(text, "%2x%n", &byte, &used) != 1)
			return false;
		handle[i] = byte;
		text += used;
	}
	return *text == 0;
}

/*
 * Names win over numbers, as a guest may be called "7"; and one that lives over
 * one that has died under that name and whose pages are held.
 */
static bool find_name(const domain_info_t *infos, int count, const char *who,
		      uint32_t *domid)
{
	char name[DOMAIN_NAME_MAX];
	bool found = false;
	int i;

	for (i = 0; i < count; i++) {
		domain_name(infos[i].domain, name);
		if (strcmp(name, who))
			continue;
		*domid = infos[i].domain;
		found = true;
		if (!(infos[i].flags & XEN_DOMINF_dying))
			break;
	}
	return found;
}

static bool find_uuid(const domain_info_t *infos, int count, const char *who,
		      uint32_t *domid)
{
	xen_domain_handle_t handle;
	int i;

	if (strlen(who) < 32 || !domain_uuid_parse(who, handle))
		return false;
	for (i = 0; i < count; i++) {
		if (memcmp(infos[i].handle, handle, sizeof(handle)))
			continue;
		*domid = infos[i].domain;
		return true;
	}
	return false;
}

static bool find_number(const domain_info_t *infos, int count, const char *who,
			uint32_t *domid)
{
	unsigned long number;
	char *end;
	int i;

	if (!isdigit((unsigned char)*who))
		return false;
	number = strtoul(who, &end, 10);
	for (i = 0; *end == 0 && i < count; i++) {
		if (infos[i].domain != number)
			continue;
		*domid = number;
		return true;
	}
	return false;
}

int domain_find(const char *who, uint32_t *domid)
{
	domain_info_t *infos;
	bool found;
	int count;

	count = domain_infos(&infos);
	if (count < 0)
		return count;
	found = find_name(infos, count, who, domid) ||
		find_uuid(infos, count, who, domid) ||
		find_number(infos, count, who, domid);
	free(infos);
	return found ? 0 : -ESRCH;
}

static int domain_op(uint32_t cmd, uint32_t domid)
{
	struct xen_domctl op = { .cmd = cmd, .domain = domid };

	return hypercall_domctl(&op);
}

int domain_pause(uint32_t domid)
{
	return domain_op(XEN_DOMCTL_pausedomain, domid);
}

int domain_unpause(uint32_t domid)
{
	return domain_op(XEN_DOMCTL_unpausedomain, domid);
}

int domain_kill(uint32_t domid)
{
	int err;

	do
		err = domain_op(XEN_DOMCTL_destroydomain, domid);
	while (err == -EAGAIN || err == -EBUSY || err == -EINTR);
	return err;
}
