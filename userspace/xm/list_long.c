// SPDX-License-Identifier: GPL-2.0-only
/*
 * list --long and --json: what the hypervisor says, then the configuration.
 * The SXP is what xend's readers take and what `create` reads back.
 */
#include "xm/json.h"
#include "xm/list.h"
#include "xm/sxp.h"
#include "build/guest.h"
#include "config/config.h"
#include "lib/store.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What Pacemaker's agent looks at: 2 running, 1 paused, 0 down. */
static int status_of(const domain_info_t *info)
{
	if (info->flags & (XEN_DOMINF_dying | XEN_DOMINF_shutdown))
		return 0;
	return info->flags & XEN_DOMINF_paused ? 1 : 2;
}

static uint64_t mib_of(uint64_t pages)
{
	return pages >> (20 - XEN_PAGE_SHIFT);
}

/* Keys that the hypervisor's answer gives already. */
static bool is_known(const char *key)
{
	static const char *const known[] = { "name", "uuid", "memory", "vcpus",
					     NULL };
	int i;

	for (i = 0; known[i]; i++)
		if (!strcmp(key, known[i]))
			return true;
	return false;
}

static void print_config(uint32_t domid)
{
	struct config *config = guest_config(domid);
	const char *key;
	size_t i;

	for (i = 0; config && (key = config_key(config, i)); i++) {
		if (is_known(key))
			continue;
		printf("    (%s ", key);
		sxp_print_value(stdout, config_get(config, key));
		fputs(")\n", stdout);
	}
	config_free(config);
}

static char *start_time(const char *uuid)
{
	return store_read(STORE_NOW, "/vm/%s/start_time", uuid);
}

void list_print_long(const domain_info_t *info)
{
	char name[DOMAIN_NAME_MAX], uuid[DOMAIN_UUID_LEN];
	char state[LIST_STATE_LEN + 1], *start;

	domain_name(info->domain, name);
	domain_uuid_text(info->handle, uuid);
	list_state(info, state);
	printf("(domain\n    (domid %u)\n    (name ", info->domain);
	sxp_print_atom(stdout, name);
	printf(")\n    (uuid %s)\n    (memory %" PRIu64 ")\n", uuid,
	       mib_of(info->tot_pages));
	printf("    (vcpus %u)\n    (online_vcpus %u)\n", info->max_vcpu_id + 1,
	       info->nr_online_vcpus);
	printf("    (cpu_time %" PRIu64 ".%09" PRIu64 ")\n",
	       info->cpu_time / 1000000000, info->cpu_time % 1000000000);
	printf("    (state %s)\n    (status %d)\n", state, status_of(info));
	start = start_time(uuid);
	if (start)
		printf("    (start_time %s)\n", start);
	free(start);
	print_config(info->domain);
	printf(")\n");
}

void list_print_json(const domain_info_t *info)
{
	char name[DOMAIN_NAME_MAX], uuid[DOMAIN_UUID_LEN];
	char state[LIST_STATE_LEN + 1];
	struct config *config = guest_config(info->domain);
	const char *json = config ? config_to_json(config) : NULL;

	domain_name(info->domain, name);
	domain_uuid_text(info->handle, uuid);
	list_state(info, state);
	putchar('{');
	json_put_number(true, "domid", info->domain);
	json_put_text(false, "name", name);
	json_put_text(false, "uuid", uuid);
	json_put_number(false, "memory_mib", mib_of(info->tot_pages));
	json_put_number(false, "maxmem_kib", info->max_pages * 4);
	json_put_number(false, "vcpus", info->max_vcpu_id + 1);
	json_put_number(false, "online_vcpus", info->nr_online_vcpus);
	json_put_number(false, "cpu_time_ns", info->cpu_time);
	json_put_text(false, "state", state);
	printf(", \"config\": %s}", json ? json : "{}");
	config_free(config);
}
