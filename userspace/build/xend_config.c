// SPDX-License-Identifier: GPL-2.0-only
/*
 * xend's settings: a list of (key value). What is not asked for here is not
 * looked at, since such files come from many tools and times.
 */
#include "build/xend_config.h"
#include "config/config.h"
#include "device/vif.h"
#include "lib/hypercall.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX      65536
#define CMDLINE_BYTES 1024
/* xend's own default. */
#define DOM0_MIN_MIB 196
#define MIB_MAX	     (1 << 24)

/* The value of @key: the last one that is given, or NULL. */
static const struct config_value *find(const struct config_value *all,
				       const char *key)
{
	const struct config_value *found = NULL, *pair;

	for (size_t i = 0; i < all->count; i++) {
		pair = all->items[i];
		if (pair->type == CONFIG_LIST && pair->count == 2 &&
		    pair->items[0]->type == CONFIG_STRING &&
		    !strcmp(pair->items[0]->string, key))
			found = pair->items[1];
	}
	return found;
}

/*
 * (vif-script 'NAME [KEY=VALUE...]'): what vif-bridge would do the tools do
 * themselves, on its bridge.
 */
static void fill_vif_script(struct xend_config *xend, struct config *config,
			    const struct config_value *value)
{
	const char *text, *word;
	char path[256];
	size_t length;

	text = config_value_string(config, value, "vif-script", "");
	length = strcspn(text, " ");
	if (length == strlen("vif-bridge") &&
	    !strncmp(text, "vif-bridge", length)) {
		word = strstr(text, " bridge=");
		if (word && sscanf(word, " bridge=%15s", xend->vif_bridge) != 1)
			config_fail(config, value, word - text,
				    "write bridge=NAME",
				    "vif-script: the bridge has no name");
		return;
	}
	snprintf(path, sizeof(path), "%s%.*s",
		 *text == '/' ? "" : XEND_SCRIPT_DIR "/", (int)length, text);
	if (length && access(path, X_OK))
		config_fail(config, value, 0,
			    "known are vif-bridge, vif-nat, "
			    "vif-route, and files of " XEND_SCRIPT_DIR,
			    "vif-script: cannot run %s: %s", path,
			    strerror(errno));
	snprintf(xend->vif_script, sizeof(xend->vif_script), "%s", text);
}

static void fill(struct xend_config *xend, struct config *config)
{
	static const char *const words[] = { "no",   "0",   "false",
					     "off",  "yes", "1",
					     "true", "on",  NULL };
	const struct config_value *all = config_sxp(config), *value;
	const char *word;
	int i;

	if (!all)
		return;
	value = find(all, "dom0-min-mem");
	if (value)
		xend->dom0_min_mib = config_value_int(config, value,
						      "dom0-min-mem",
						      DOM0_MIN_MIB, 0, MIB_MAX);
	value = find(all, "vif-script");
	if (value)
		fill_vif_script(xend, config, value);
	value = find(all, "enable-dom0-ballooning");
	if (!value)
		return;
	word = config_value_string(config, value, "enable-dom0-ballooning", "");
	for (i = 0; words[i] && strcmp(words[i], word); i++)
		;
	if (words[i])
		xend->dom0_balloons = i >= 4;
	else
		config_fail(config, value, 0, "yes or no",
			    "enable-dom0-ballooning: '%s' is neither", word);
}

/* dom0_mem= on the hypervisor's command line: somebody chose dom0's size. */
static bool dom0_size_was_chosen(void)
{
	char line[CMDLINE_BYTES], *at;

	if (hypercall_version(XENVER_commandline, line, sizeof(line)) < 0)
		return false;
	line[sizeof(line) - 1] = 0;
	at = strstr(line, "dom0_mem=");
	return at && (at == line || at[-1] == ' ');
}

int xend_config_read(struct xend_config *xend)
{
	static char text[FILE_MAX];
	struct config *config;
	const char *error;
	FILE *file;
	size_t size;
	int err;

	xend->dom0_balloons = !dom0_size_was_chosen();
	xend->dom0_min_mib = DOM0_MIN_MIB;
	strcpy(xend->vif_bridge, VIF_BRIDGE);
	xend->vif_script[0] = 0;
	file = fopen(XEND_CONFIG_FILE, "re");
	if (!file)
		return 0;
	size = fread(text, 1, sizeof(text), file);
	fclose(file);
	config = config_parse_sxp(XEND_CONFIG_FILE, text, size);
	if (!config)
		return -ENOMEM;
	if (!config_error(config))
		fill(xend, config);
	error = config_error(config);
	if (error)
		fprintf(stderr, "%s\n", error);
	err = error ? -EINVAL : 0;
	config_free(config);
	return err;
}

int xend_config_vif(void)
{
	struct xend_config xend;
	int err = xend_config_read(&xend);

	if (!err)
		vif_set_defaults(xend.vif_bridge, xend.vif_script);
	return err;
}
