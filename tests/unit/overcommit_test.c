// SPDX-License-Identifier: GPL-2.0-only
/*
 * Could be wrong: a guest that overcommits the host is created without a word,
 * or one that does not is complained of: dom0's own vcpus, its limit, which may
 * be the whole host, and domains that are on their way out do not count.
 */
/* links: ../../userspace/build/overcommit.c */
#include "build/overcommit.h"
#include "config/config.h"
#include "lib/hypercall.h"
#include "test.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MIB 256 /* in pages */

static domain_info_t domains[3];
static int asked; /* what the hypervisor answers */

int hypercall_sysctl(struct xen_sysctl *op)
{
	op->u.physinfo.total_pages = 2048 * MIB;
	op->u.physinfo.nr_cpus = 2;
	return asked;
}

int domain_infos(domain_info_t **infos)
{
	*infos = malloc(sizeof(domains));
	memcpy(*infos, domains, sizeof(domains));
	return 3;
}

/* A configuration: what is asked of it is here. */
struct config {
	int64_t memory, maxmem, vcpus;
};

int64_t config_int(struct config *config, const char *name, int64_t fallback,
		   int64_t min, int64_t max)
{
	int64_t value = !strcmp(name, "memory") ? config->memory :
			!strcmp(name, "maxmem") ? config->maxmem :
						  config->vcpus;

	return value ? value : fallback;
}

const char *config_string(struct config *config, const char *name,
			  const char *fallback)
{
	return "web";
}

const char *config_error(const struct config *config)
{
	return NULL;
}

static void expect(struct config config, const char *wanted)
{
	char line[256];
	bool some = overcommit_ask(&config, line, sizeof(line));

	EXPECT_STR(some ? line : "", wanted);
}

static void one_guest_runs(void)
{
	asked = 0;
	memset(domains, 0, sizeof(domains));
	domains[0] = (domain_info_t){ .domain = 0,
				      .tot_pages = 768 * MIB,
				      .max_pages = 2048 * MIB,
				      .nr_online_vcpus = 2 };
	domains[1] = (domain_info_t){ .domain = 5,
				      .tot_pages = 128 * MIB,
				      .max_pages = 257 * MIB, /* and 1 MiB */
				      .nr_online_vcpus = 1 };
	domains[2] = (domain_info_t){ .domain = 6,
				      .flags = XEN_DOMINF_dying,
				      .tot_pages = 512 * MIB,
				      .max_pages = 512 * MIB,
				      .nr_online_vcpus = 8 };
}

TEST(what_fits_is_not_complained_of)
{
	one_guest_runs();
	expect((struct config){ .memory = 128 }, "");
	expect((struct config){ .memory = 1024, .vcpus = 1 }, "");
	expect((struct config){ .memory = 128, .maxmem = 1024 }, "");
}

TEST(more_memory_than_there_is)
{
	one_guest_runs();
	expect((struct config){ .memory = 1025 },
	       "with web domains may use 2049 MiB of 2048");
	expect((struct config){ .memory = 128, .maxmem = 2048 },
	       "with web domains may use 3072 MiB of 2048");
}

TEST(more_vcpus_than_cpus)
{
	one_guest_runs();
	expect((struct config){ .memory = 128, .vcpus = 2 },
	       "with web guests have 3 vcpus on 2 CPUs");
	expect((struct config){ .memory = 2000, .vcpus = 4 },
	       "with web domains may use 3024 MiB of 2048 and guests have 5 "
	       "vcpus on 2 CPUs");
}

TEST(nothing_is_said_that_is_not_known)
{
	one_guest_runs();
	asked = -EPERM;
	expect((struct config){ .memory = 9000, .vcpus = 9 }, "");
	asked = 0;
}
