// SPDX-License-Identifier: GPL-2.0-only
/*
 * What this folder reads, for tests, scripts and documents.
 *
 *	config-tool json FILE [KEY=VALUE...]	the keys, as JSON
 *	config-tool text FILE [KEY=VALUE...]	the keys, as a configuration
 *	config-tool devices FILE [KEY=VALUE...]	each disk and interface
 *	config-tool keys			docs/config-keys.md
 *
 * Exit: 0, or 1 with the error on stderr.
 */
#include <stdio.h>
#include <string.h>

#include "config/cpu_list.h"
#include "config/disk_spec.h"
#include "config/keys.h"
#include "config/vif_spec.h"

static void print_keys_of(enum key_status status)
{
	static const char *const kinds[] = {
		[KEY_STRING] = "text",	     [KEY_INT] = "number",
		[KEY_FLOAT] = "number",	     [KEY_BOOL] = "0 or 1",
		[KEY_CHOICE] = "word",	     [KEY_LIST] = "list of texts",
		[KEY_CPUS] = "text or list", [KEY_ANY] = "any",
	};
	const struct key *key;
	size_t i;

	for (i = 0; (key = key_at(i)); i++) {
		if (key->status != status)
			continue;
		if (key->alias_of) {
			printf("| `%s` | | means `%s` |\n", key->name,
			       key->alias_of);
			continue;
		}
		printf("| `%s` | %s", key->name, kinds[key->kind]);
		if (key->kind == KEY_INT && (key->min || key->max))
			printf(", %lld to %lld", (long long)key->min,
			       (long long)key->max);
		printf(" | %s", key->text);
		if (key->choices)
			printf(": %s", key->choices);
		printf(" |\n");
	}
}

static int print_keys(void)
{
	const struct key *key;
	unsigned int count[3] = { 0, 0, 0 };
	size_t i;

	for (i = 0; (key = key_at(i)); i++)
		count[key->status]++;
	printf("# Keys of a guest's configuration\n\n"
	       "Written from `userspace/config/keys.c` by `make config-keys`; "
	       "lint compares them.\n\n"
	       "%u keys are implemented, %u accepted with a note, %u refused "
	       "with a reason.\n"
	       "Any other name is refused with the nearest key, unless the "
	       "file reads it: then it is a helper variable.\n",
	       count[KEY_DONE], count[KEY_NOTED], count[KEY_REFUSED]);
	printf("\n## Implemented\n\n| key | value | what |\n|---|---|---|\n");
	print_keys_of(KEY_DONE);
	printf("\n## Accepted, without effect\n\n"
	       "| key | value | why |\n|---|---|---|\n");
	print_keys_of(KEY_NOTED);
	printf("\n## Refused, unless empty or 0\n\n"
	       "| key | value | why |\n|---|---|---|\n");
	print_keys_of(KEY_REFUSED);
	return 0;
}

static void print_disks(struct config *config)
{
	static const char *const backings[] = { "phy", "file", "script" };
	static const char *const modes[] = { "r", "w", "w!" };
	struct disk_spec *disks;
	size_t count = disk_specs(config, &disks);
	size_t i;

	for (i = 0; i < count; i++)
		printf("disk %s %s %s %u %s %s %s%s\n",
		       backings[disks[i].backing], disks[i].target,
		       disks[i].vdev, disks[i].devid, disks[i].xvdev,
		       modes[disks[i].mode], disks[i].backend,
		       disks[i].cdrom ? " cdrom" : "");
}

static const char *or_dash(const char *text)
{
	return text ? text : "-";
}

static void print_vifs(struct config *config)
{
	struct vif_spec *vifs;
	size_t count = vif_specs(config, &vifs);
	size_t i;

	for (i = 0; i < count; i++) {
		const uint8_t *mac = vifs[i].mac;

		if (vifs[i].has_mac)
			printf("vif %02x:%02x:%02x:%02x:%02x:%02x", mac[0],
			       mac[1], mac[2], mac[3], mac[4], mac[5]);
		else
			printf("vif -");
		printf(" %s %s %s %s %llu/%u\n", or_dash(vifs[i].bridge),
		       or_dash(vifs[i].vifname), or_dash(vifs[i].script),
		       or_dash(vifs[i].ip),
		       (unsigned long long)vifs[i].rate_bytes,
		       vifs[i].rate_interval_us);
	}
}

static void print_cpus(struct config *config)
{
	unsigned int nr = (unsigned int)config_int(config, "vcpus", 1, 1, 8);
	struct cpu_list lists[8];
	unsigned int i;

	if (!cpu_lists(config, "cpus", nr, lists))
		return;
	for (i = 0; i < nr; i++)
		printf("vcpu %u %s %llx\n", i, lists[i].all ? "all" : "some",
		       (unsigned long long)lists[i].bits[0]);
}

static int usage(void)
{
	fprintf(stderr,
		"usage: config-tool json|text|devices FILE [KEY=VALUE...] | "
		"config-tool keys\n");
	return 1;
}

int main(int argc, char **argv)
{
	struct config_options options = { NULL, 0, NULL, 0 };
	const char *const *notes;
	struct config *config;
	size_t i, count;
	int status = 0;

	if (argc == 2 && !strcmp(argv[1], "keys"))
		return print_keys();
	if (argc < 3)
		return usage();
	options.overrides = (const char *const *)argv + 3;
	options.nr_overrides = (size_t)argc - 3;
	config = config_load(argv[2], &options);
	if (!config)
		return 1;
	if (!config_error(config) && !strcmp(argv[1], "devices")) {
		print_disks(config);
		print_vifs(config);
		print_cpus(config);
	} else if (!config_error(config)) {
		printf("%s\n", !strcmp(argv[1], "text") ?
				       config_to_text(config) :
				       config_to_json(config));
	}
	count = config_notes(config, &notes);
	for (i = 0; i < count; i++)
		fprintf(stderr, "%s\n", notes[i]);
	if (config_error(config)) {
		fprintf(stderr, "%s\n", config_error(config));
		status = 1;
	}
	config_free(config);
	return status;
}
