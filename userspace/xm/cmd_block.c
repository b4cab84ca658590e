// SPDX-License-Identifier: GPL-2.0-only
/* xm block-attach, block-detach, block-list: the disks of a running domain. */
#include "xm/json.h"
#include "xm/xm.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/config.h"
#include "device/vbd.h"
#include "lib/log.h"
#include "lib/store.h"

enum {
	TEXT = 4096
};

/* "BACKDEV FRONTDEV MODE" and xl's words alike are one entry of `disk`. */
static bool join(int argc, char **argv, char *text)
{
	size_t length = 0;
	int i;

	text[0] = 0;
	for (i = 0; i < argc; i++) {
		if (length + strlen(argv[i]) + 2 > TEXT)
			return false;
		length += (size_t)sprintf(text + length, "%s%s", i ? "," : "",
					  argv[i]);
	}
	return true;
}

static int attach(struct config *config, const char *text, uint32_t domid)
{
	struct disk_spec spec;
	struct device_id id = { "vbd", domid, 0, 0 };
	int err;

	if (!disk_spec_parse_text(config, text, &spec) ||
	    vbd_check_one(config, &spec)) {
		log_error("%s", config_error_line(config));
		return XM_FAILED;
	}
	if (xm_dry_run(domid, "given the disk"))
		return XM_OK;
	id.devid = spec.devid;
	if (vbd_add_one(&spec, domid))
		return XM_FAILED;
	err = vbd_wait_one(&id, log_now_ms() + DEVICE_READY_MS);
	if (!err)
		return XM_OK;
	device_remove(&id, DEVICE_FORCE, log_now_ms() + DEVICE_DEADLINE_MS);
	return XM_FAILED;
}

int cmd_block_attach(int argc, char **argv)
{
	struct config *config;
	char text[TEXT];
	uint32_t domid;
	int err;

	if (argc < 3)
		return XM_USAGE;
	err = xm_find_domain(argv[1], &domid);
	if (err)
		return err;
	if (!join(argc - 2, argv + 2, text))
		return XM_USAGE;
	config = config_parse("block-attach", "", 0, NULL);
	if (!config)
		return xm_failed("block-attach", -ENOMEM);
	err = attach(config, text, domid);
	config_free(config);
	return err;
}

static char *back_node(const struct device_id *id, const char *key)
{
	char path[STORE_PATH_MAX];

	device_back_path(id, path);
	return store_read(STORE_NOW, "%s/%s", path, key);
}

/* What a guest wrote goes to a terminal, and between quotes. */
static void tame(char *value)
{
	for (; value && *value; value++)
		if (*value < ' ' || *value > '~' || *value == '\'')
			*value = '?';
}

static char *front_node(const struct device_id *id, const char *key)
{
	char path[STORE_PATH_MAX], *value;

	device_front_path(id, path);
	value = store_read(STORE_NOW, "%s/%s", path, key);
	tame(value);
	return value;
}

/* By its number, or by the name it has in the guest. */
static bool is_named(const struct device_id *id, const char *name)
{
	unsigned int devid;
	char *dev;
	bool same;

	if (!strncmp(name, "/dev/", 5))
		name += 5;
	if (disk_vdev_number(name, &devid) && devid == id->devid)
		return true;
	dev = back_node(id, "dev");
	same = dev && !strcmp(dev, name);
	free(dev);
	return same;
}

static int detach(const struct device_id *id, const char *who, const char *name,
		  bool force)
{
	int err;

	if (xm_dry_run(id->domid, "without the disk"))
		return XM_OK;
	err = device_remove(id, force ? DEVICE_FORCE : DEVICE_ASK,
			    log_now_ms() + 2 * DEVICE_DEADLINE_MS);
	if (!err)
		return XM_OK;
	if (err == -EAGAIN) {
		log_error(
			"disk %s: domain '%s' has never taken it up, and does "
			"not answer",
			name, who);
		log_hint("-f takes it away all the same; xm why %u says more",
			 id->domid);
		return XM_FAILED;
	}
	if (err != -EBUSY)
		return xm_failed("taking the disk away", err);
	log_error("disk %s of domain '%s' is in use by the guest", name, who);
	log_hint("unmount it there first; -f takes it away all the same");
	return XM_FAILED;
}

int cmd_block_detach(int argc, char **argv)
{
	static const struct xm_long longs[] = { { "force", 'f' }, { NULL, 0 } };
	struct device_id *ids;
	uint32_t domid;
	bool seen[128];
	int at, i, nr, err = XM_FAILED;

	at = xm_options(argc, argv, "f", longs, seen);
	if (at < 0 || argc - at < 2)
		return XM_USAGE;
	/* xm took -f also in the end */
	if (argc - at == 3 && !strcmp(argv[argc - 1], "-f"))
		seen['f'] = true;
	else if (argc - at != 2)
		return XM_USAGE;
	err = xm_find_domain(argv[at], &domid);
	if (err)
		return err;
	nr = device_ids("vbd", domid, &ids);
	if (nr < 0)
		return xm_failed("asking for the disks", nr);
	for (i = 0; i < nr && !is_named(&ids[i], argv[at + 1]); i++)
		;
	if (i < nr) {
		err = detach(&ids[i], argv[at], argv[at + 1], seen['f']);
	} else {
		log_error("domain '%s' has no disk %s", argv[at], argv[at + 1]);
		log_hint("block-list shows the disks it has");
		err = XM_FAILED;
	}
	free(ids);
	return err;
}

static void print_row(const struct device_id *id, bool json, bool first)
{
	char *port = front_node(id, "event-channel");
	char *ring = front_node(id, "ring-ref");
	char path[STORE_PATH_MAX];

	if (!port)
		port = front_node(id, "queue-0/event-channel");
	if (!ring)
		ring = front_node(id, "ring-ref0");
	if (!ring)
		ring = front_node(id, "queue-0/ring-ref");
	device_back_path(id, path);
	if (!json) {
		printf("%-5u %-3u %-6u %-5u %-6s %-8s %-30s\n", id->devid,
		       id->backend_domid, id->domid, device_state(id),
		       port ? port : "-1", ring ? ring : "-1", path);
	} else {
		json_row(first);
		json_put_number(true, "vdev", id->devid);
		json_put_number(false, "backend", id->backend_domid);
		json_put_number(false, "domid", id->domid);
		json_put_number(false, "state", device_state(id));
		json_put_text(false, "event_channel", port ? port : "-1");
		json_put_text(false, "ring_ref", ring ? ring : "-1");
		json_put_text(false, "backend_path", path);
		json_row_end();
	}
	free(port);
	free(ring);
}

static void print_sxp_nodes(const char *path)
{
	unsigned int i, nr = 0;
	char **keys = store_list(STORE_NOW, &nr, "%s", path);

	for (i = 0; keys && i < nr; i++) {
		char *value = store_read(STORE_NOW, "%s/%s", path, keys[i]);

		tame(value);
		if (value && *value)
			printf("\n    (%s '%s')", keys[i], value);
		free(value);
	}
	free(keys);
}

static void print_long(const struct device_id *id)
{
	char path[STORE_PATH_MAX];

	printf("(%u", id->devid);
	device_front_path(id, path);
	print_sxp_nodes(path);
	device_back_path(id, path);
	print_sxp_nodes(path);
	printf(")\n");
}

int cmd_block_list(int argc, char **argv)
{
	static const struct xm_long longs[] = { { "long", 'l' },
						{ "json", 'j' },
						{ NULL, 0 } };
	int at, i, nr, err, result = XM_OK;
	struct device_id *ids;
	bool seen[128], first = true;
	uint32_t domid;

	at = xm_options(argc, argv, "l", longs, seen);
	if (at < 0 || at == argc)
		return XM_USAGE;
	if (!seen['l'] && !seen['j'])
		printf("%-5s %-3s %-6s %-5s %-6s %-8s %-30s\n", "Vdev", "BE",
		       "handle", "state", "evt-ch", "ring-ref", "BE-path");
	for (; at < argc; at++) {
		err = xm_find_domain(argv[at], &domid);
		if (err) {
			result = err;
			continue;
		}
		nr = device_ids("vbd", domid, &ids);
		for (i = 0; i < nr; i++) {
			if (seen['l'] && !seen['j'])
				print_long(&ids[i]);
			else
				print_row(&ids[i], seen['j'], first);
			first = false;
		}
		if (nr >= 0)
			free(ids);
	}
	if (seen['j'])
		json_rows_end(first);
	return result;
}
