// SPDX-License-Identifier: GPL-2.0-only
/* More promised to the guests than the host has; see overcommit.h. */
#include "build/overcommit.h"
#include "build/guest.h"
#include "config/config.h"
#include "lib/hypercall.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGES_PER_MIB 256

void overcommit_add(struct overcommit *sum, const domain_info_t *infos,
		    unsigned int count)
{
	const uint64_t slack = GUEST_SLACK_KIB / 4;
	unsigned int i;

	for (i = 0; i < count; i++) {
		const domain_info_t *info = &infos[i];
		uint64_t pages = info->tot_pages;

		if (info->flags & XEN_DOMINF_dying)
			continue;
		if (info->domain) {
			sum->vcpus += info->nr_online_vcpus;
			if (info->max_pages > pages + slack)
				pages = info->max_pages - slack;
		}
		sum->mib += pages / PAGES_PER_MIB;
	}
}

bool overcommit_say(const struct overcommit *sum, const char *name, char *line,
		    size_t room)
{
	bool memory = sum->mib > sum->host_mib, cpus = sum->vcpus > sum->cpus;
	char first[96] = "", second[96] = "";

	if (memory)
		snprintf(first, sizeof(first),
			 "domains may use %" PRIu64 " MiB of %" PRIu64,
			 sum->mib, sum->host_mib);
	if (cpus)
		snprintf(second, sizeof(second),
			 "guests have %u vcpus on %u CPU%s", sum->vcpus,
			 sum->cpus, sum->cpus == 1 ? "" : "s");
	snprintf(line, room, "with %s %s%s%s", name, first,
		 memory && cpus ? " and " : "", second);
	return memory || cpus;
}

bool overcommit_ask(struct config *config, char *line, size_t room)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_physinfo };
	int64_t memory = config_int(config, "memory", 128, 1, 1 << 24);
	struct overcommit sum = {
		.mib = config_int(config, "maxmem", memory, memory, 1 << 24),
		.vcpus = config_int(config, "vcpus", 1, 1, 512),
	};
	domain_info_t *infos;
	int count;

	if (config_error(config) || hypercall_sysctl(&op))
		return false;
	sum.host_mib = op.u.physinfo.total_pages / PAGES_PER_MIB;
	sum.cpus = op.u.physinfo.nr_cpus;
	count = domain_infos(&infos);
	if (count < 0)
		return false;
	overcommit_add(&sum, infos, count);
	free(infos);
	return overcommit_say(&sum, config_string(config, "name", ""), line,
			      room);
}
