// SPDX-License-Identifier: GPL-2.0-only
/*
 * A guest's configuration, with a line of overrides after a NUL. It must end
 * in values or in an error, and what is written out must read back the same.
 */
/* links: ../userspace/config/?*.c */
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "config/cpu_list.h"
#include "config/disk_spec.h"
#include "config/vif_spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_all(struct config *config)
{
	struct cpu_list lists[4];
	struct disk_spec *disks;
	struct vif_spec *vifs;

	config_int(config, "memory", 128, 1, 1024);
	config_bool(config, "localtime", false);
	config_string(config, "name", "");
	disk_specs(config, &disks);
	vif_specs(config, &vifs);
	cpu_lists(config, "cpus", 4, lists);
}

static void read_back(struct config *config)
{
	const char *text = config_to_text(config);
	struct config *again = config_parse("again", text, strlen(text), NULL);

	if (!again || (config_error(again) && strlen(text) < 100000 &&
		       !strstr(config_error(again), "more than")))
		abort();
	if (!config_error(again) &&
	    strcmp(config_to_json(again), config_to_json(config)))
		abort();
	config_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *nul = memchr(data, '\0', size);
	size_t length = nul ? (size_t)(nul - data) : size;
	char *override = strndup((const char *)data + length + (nul != NULL),
				 size - length - (nul != NULL));
	const char *overrides[] = { override };
	struct config_options options = { overrides, nul != NULL, NULL, 0 };
	struct config *config =
		config_parse("fuzz", (const char *)data, length, &options);

	if (!config)
		abort();
	if (!config_error(config))
		read_back(config);
	read_all(config);
	config_free(config);
	config_free(config_parse_sxp("fuzz", (const char *)data, length));
	free(override);
	return 0;
}
