// SPDX-License-Identifier: GPL-2.0-only
/* network-attach, network-detach, network-list. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "build/xend_config.h"
#include "config/config.h"
#include "config/vif_spec.h"
#include "device/device.h"
#include "device/vif.h"
#include "lib/log.h"
#include "lib/store.h"
#include "xm/json.h"
#include "xm/xm.h"

/* The words of a command line are one entry of a configuration. */
static char *join(char **words, int count)
{
	size_t size = 1;
	char *text;
	int i;

	for (i = 0; i < count; i++)
		size += strlen(words[i]) + 1;
	text = calloc(1, size);
	for (i = 0; text && i < count; i++) {
		if (i)
			strcat(text, ",");
		strcat(text, words[i]);
	}
	return text;
}

static int attach(uint32_t domid, struct config *config, const char *text)
{
	int64_t deadline = log_now_ms() + DEVICE_READY_MS;
	struct vif_spec spec;
	struct device_id id;
	int err;

	if (xend_config_vif())
		return XM_FAILED;
	if (!vif_spec_parse_text(config, text, &spec) ||
	    !vif_spec_check(config, &spec)) {
		log_error("%s", config_error(config));
		return XM_FAILED;
	}
	if (xm_dry_run(domid, "given the interface"))
		return XM_OK;
	if (vif_attach(domid, &spec, spec.devid, &id))
		return XM_FAILED;
	err = vif_ready(&id, deadline);
	if (err) {
		device_remove(&id, DEVICE_FORCE,
			      log_now_ms() + DEVICE_DEADLINE_MS);
		return XM_FAILED;
	}
	log_action("network-attach domain %u vif %u", domid, id.devid);
	return XM_OK;
}

int cmd_network_attach(int argc, char **argv)
{
	struct config *config;
	uint32_t domid;
	char *text;
	int status;

	if (argc < 2)
		return XM_USAGE;
	status = xm_find_domain(argv[1], &domid);
	if (status)
		return status;
	text = join(argv + 2, argc - 2);
	config = config_parse("network-attach", "", 0, NULL);
	if (!text || !config)
		status = xm_failed("network-attach", -ENOMEM);
	else
		status = attach(domid, config, text);
	config_free(config);
	free(text);
	return status;
}

/* An interface of @domid by its number or its address. */
static int find(uint32_t domid, const char *which, struct device_id *found)
{
	char path[STORE_PATH_MAX], *mac;
	struct device_id *ids;
	int count = device_ids("vif", domid, &ids), i;
	long number;
	bool same;

	for (i = 0; i < count; i++) {
		if (xm_parse_number(which, 0, 65535, &number)) {
			same = ids[i].devid == (unsigned int)number;
		} else {
			device_back_path(&ids[i], path);
			mac = store_read(STORE_NOW, "%s/mac", path);
			same = mac && !strcasecmp(mac, which);
			free(mac);
		}
		if (same)
			break;
	}
	if (i < count)
		*found = ids[i];
	if (count >= 0)
		free(ids);
	return i < count ? 0 : -ENOENT;
}

int cmd_network_detach(int argc, char **argv)
{
	int64_t deadline = log_now_ms() + DEVICE_DEADLINE_MS;
	bool seen[128] = { false };
	struct device_id id;
	uint32_t domid;
	int at, status, err;

	at = xm_options(argc, argv, "f", NULL, seen);
	if (at < 0 || argc - at < 2 || argc - at > 3)
		return XM_USAGE;
	/* old habits put the option last */
	if (argc - at == 3 && strcmp(argv[at + 2], "-f"))
		return XM_USAGE;
	seen['f'] |= argc - at == 3;
	status = xm_find_domain(argv[at], &domid);
	if (status)
		return status;
	if (find(domid, argv[at + 1], &id)) {
		log_error("network-detach: domain '%s' has no interface '%s'",
			  argv[at], argv[at + 1]);
		log_hint("'network-list %s' lists them", argv[at]);
		return XM_FAILED;
	}
	if (xm_dry_run(domid, "without the interface"))
		return XM_OK;
	err = device_remove(&id, seen['f'] ? DEVICE_FORCE : DEVICE_ASK,
			    deadline);
	if (err == -EBUSY) {
		log_error("network-detach: the guest does not let go of "
			  "interface %u",
			  id.devid);
		log_hint("-f takes it away all the same");
		return XM_FAILED;
	}
	if (err == -EAGAIN) {
		log_error("network-detach: the guest has never taken interface "
			  "%u up, and does not answer",
			  id.devid);
		log_hint("-f takes it away all the same; xm why %u says more",
			 domid);
		return XM_FAILED;
	}
	return err ? xm_failed("network-detach", err) : XM_OK;
}

static char *read_node(const char *dir, const char *key)
{
	char *value = store_read(STORE_NOW, "%s/%s", dir, key);
	size_t i;

	/* the guest wrote it */
	for (i = 0; value && value[i]; i++)
		if (value[i] < ' ' || value[i] > '~')
			value[i] = '?';
	return value;
}

static void print_node(const char *dir, const char *key, const char *format)
{
	char *value = read_node(dir, key);

	printf(format, value && *value ? value : "-1");
	free(value);
}

static void put_node(const char *dir, const char *key, const char *as)
{
	char *value = read_node(dir, key);

	json_put_text(false, as, value && *value ? value : "-1");
	free(value);
}

static void print_vif(const struct device_id *id, bool json, bool first)
{
	char front[STORE_PATH_MAX], back[STORE_PATH_MAX];
	char queue[STORE_PATH_MAX + 16];
	const char *port;

	device_front_path(id, front);
	device_back_path(id, back);
	snprintf(queue, sizeof(queue), "%s%s", front,
		 store_exists(STORE_NOW, "%s/queue-0", front) ? "/queue-0" :
								"");
	port = store_exists(STORE_NOW, "%s/event-channel-tx", queue) ?
		       "event-channel-tx" :
		       "event-channel";
	if (json) {
		json_row(first);
		json_put_number(true, "index", id->devid);
		json_put_number(false, "backend", id->backend_domid);
		json_put_number(false, "domid", id->domid);
		put_node(back, "mac", "mac");
		json_put_number(false, "state", device_state(id));
		put_node(queue, port, "event_channel");
		put_node(queue, "tx-ring-ref", "tx_ring_ref");
		put_node(queue, "rx-ring-ref", "rx_ring_ref");
		json_put_text(false, "backend_path", back);
		json_row_end();
		return;
	}
	printf("%-3u %-2u ", id->devid, id->backend_domid);
	print_node(back, "mac", "%-17.17s ");
	print_node(back, "handle", "%6.6s ");
	printf("%5u ", device_state(id));
	print_node(queue, port, "%6.6s ");
	print_node(queue, "tx-ring-ref", "%5.8s/");
	print_node(queue, "rx-ring-ref", "%-11.8s ");
	printf("%s\n", back);
}

int cmd_network_list(int argc, char **argv)
{
	static const struct xm_long longs[] = { { "json", 'j' }, { NULL, 0 } };
	struct device_id *ids;
	bool seen[128], first = true;
	int at = xm_options(argc, argv, "", longs, seen);
	int n, status, count, result = XM_OK;
	uint32_t domid;

	if (at < 0 || at == argc)
		return XM_USAGE;
	if (!seen['j'])
		printf("Idx BE     MAC Addr.     handle state evt-ch "
		       "tx-/rx-ring-ref BE-path\n");
	for (; at < argc; at++) {
		status = xm_find_domain(argv[at], &domid);
		if (status) {
			result = status;
			continue;
		}
		count = device_ids("vif", domid, &ids);
		if (count < 0)
			continue;
		for (n = 0; n < count; n++) {
			print_vif(&ids[n], seen['j'], first);
			first = false;
		}
		free(ids);
	}
	if (seen['j'])
		json_rows_end(first);
	return result;
}
