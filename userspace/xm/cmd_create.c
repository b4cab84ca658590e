// SPDX-License-Identifier: GPL-2.0-only
/* create: from a configuration file to a running guest. */
#include "xm/xm.h"
#include "xm/console.h"
#include "xm/sxp.h"
#include "xm/why.h"
#include "build/guest.h"
#include "build/overcommit.h"
#include "config/config.h"
#include "lib/log.h"
#include "supervisor/supervisor.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define OVERRIDES_MAX 64
#define CONFIG_DIR    "/etc/xen"

struct request {
	bool console, paused, quiet, dry_run, no_overcommit;
	const char *file;
	char path[4096]; /* of the file, where it was found */
	const char *overrides[OVERRIDES_MAX];
	size_t nr_overrides;
};

static bool take_flags(struct request *r, const char *word)
{
	static const char *const longs[] = { "--console", "--paused", "--quiet",
					     "--dryrun" };
	static const char letters[] = "cpqn";
	bool *const flags[] = { &r->console, &r->paused, &r->quiet,
				&r->dry_run };
	const char *at;
	size_t i;

	for (i = 0; i < 4; i++)
		if (!strcmp(word, longs[i])) {
			*flags[i] = true;
			return true;
		}
	if (!strcmp(word, "--no-overcommit")) {
		r->no_overcommit = true;
		return true;
	}
	if (word[1] == '-')
		return false;
	for (word++; *word; word++) {
		at = strchr(letters, *word);
		if (!at)
			return false;
		*flags[at - letters] = true;
	}
	return true;
}

static bool take_file(struct request *r, const char *file)
{
	if (r->file || !file) {
		log_error("create: give one configuration file");
		return false;
	}
	r->file = file;
	return true;
}

/* One word of the command line; *@i moves past its value. */
static bool take_word(struct request *r, int argc, char **argv, int *i)
{
	const char *word = argv[*i];

	if (!strcmp(word, "-f") || !strcmp(word, "-F") ||
	    !strcmp(word, "--defconfig")) {
		++*i;
		return take_file(r, *i < argc ? argv[*i] : NULL);
	}
	if (word[0] == '-' && word[1]) {
		if (take_flags(r, word))
			return true;
		log_error("create: unknown option %s", word);
		return false;
	}
	if (!strchr(word, '='))
		return take_file(r, word);
	if (r->nr_overrides == OVERRIDES_MAX) {
		log_error("create: more than %d key=value words",
			  OVERRIDES_MAX);
		return false;
	}
	r->overrides[r->nr_overrides++] = word;
	return true;
}

/* As xm did: here, then in the folder of configurations. */
static int find_file(struct request *r)
{
	const char *file = r->file;

	if (access(file, F_OK) != 0 && *file != '/') {
		snprintf(r->path, sizeof(r->path), CONFIG_DIR "/%s", file);
		if (access(r->path, F_OK) == 0)
			return 0;
	}
	if (snprintf(r->path, sizeof(r->path), "%s%s",
		     strchr(file, '/') ? "" : "./",
		     file) >= (int)sizeof(r->path))
		return -ENAMETOOLONG;
	if (access(r->path, R_OK) == 0)
		return 0;
	log_error("cannot read the config file %s: %s", file, strerror(errno));
	if (errno == ENOENT && *file != '/')
		log_hint("it is neither here nor in " CONFIG_DIR);
	return -ENOENT;
}

static struct config *load(struct request *r)
{
	struct config_options options = { .overrides = r->overrides,
					  .nr_overrides = r->nr_overrides };
	struct config *config;
	const char *const *notes;
	size_t i, count;

	if (!r->file)
		config = config_parse("command line", "", 0, &options);
	else if (find_file(r))
		return NULL;
	else
		config = config_load(r->path, &options);
	if (!config) {
		log_error("out of memory");
		return NULL;
	}
	if (config_error(config)) {
		fprintf(stderr, "%s\n", config_error(config));
		config_free(config);
		return NULL;
	}
	count = r->quiet ? 0 : config_notes(config, &notes);
	for (i = 0; i < count; i++)
		fprintf(stderr, "%s\n", notes[i]);
	return config;
}

static int dry_run(struct config *config)
{
	if (guest_check(config))
		return XM_FAILED;
	sxp_print_config(stdout, config);
	return XM_OK;
}

/* Who watched it crash is told once more, by the exit code too. */
static int join(struct console *console, struct config *config, uint32_t domid)
{
	const char *name = config_string(config, "name", "");
	int status = console_run(console);

	if (status || !console->ended || !why_crashed(domid))
		return status;
	log_error("domain %u (%s) has crashed", domid, name);
	why_gone(name);
	return XM_FAILED;
}

static int run(struct request *r, struct config *config)
{
	struct console console = { .fd = -1 };
	struct guest_options options = { .paused = r->paused };
	char overcommit[256];
	uint32_t domid;
	bool over;

	if (r->console) {
		options.ready = console_ready;
		options.ready_arg = &console;
	}
	over = overcommit_ask(config, overcommit, sizeof(overcommit));
	if (over && r->no_overcommit) {
		log_error("%s", overcommit);
		log_hint("without --no-overcommit it would be started");
		return XM_FAILED;
	}
	if (r->console && !console_is_served())
		return XM_FAILED;
	/* Before there is anything that it would have to undo. */
	supervisor_ensure();
	guest_sweep();
	if (guest_create(config, &options, &domid))
		return XM_FAILED;
	if (over)
		log_warn("%s", overcommit);
	if (!r->quiet) {
		printf("Started domain %s (id=%u)\n",
		       config_string(config, "name", ""), domid);
		fflush(stdout);
	}
	return r->console ? join(&console, config, domid) : XM_OK;
}

int cmd_create(int argc, char **argv)
{
	struct request r = { .console = false };
	struct config *config;
	int i, status;

	for (i = 1; i < argc; i++)
		if (!take_word(&r, argc, argv, &i))
			return XM_USAGE;
	if (!r.file && !r.nr_overrides)
		return XM_USAGE;
	if (r.quiet)
		log_set_quiet();
	config = load(&r);
	if (!config)
		return XM_FAILED;
	if (!r.quiet && !r.dry_run && r.file) {
		printf("Using config file \"%s\".\n", r.path);
		fflush(stdout);
	}
	status = r.dry_run ? dry_run(config) : run(&r, config);
	config_free(config);
	return status;
}
