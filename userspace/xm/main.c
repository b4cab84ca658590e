// SPDX-License-Identifier: GPL-2.0-only
/*
 * xm: finds the command that was meant and runs it. A unique prefix of two or
 * more letters will do, old names run with a notice, and options for all
 * commands may come first. Called as `xl` it answers as that.
 */
#include "xm/xm.h"
#include "lib/domain.h"
#include "lib/log.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *program = "xm";
static bool dry;

bool xm_is_xl(void)
{
	return !strcmp(program, "xl");
}

int xm_find_domain(const char *who, uint32_t *domid)
{
	int err = domain_find(who, domid);

	if (!err)
		return 0;
	if (err != -ESRCH)
		return xm_failed("asking for the domains", err);
	if (xm_is_xl())
		fprintf(stderr, "%s is an invalid domain identifier (rc=-6)\n",
			who);
	else
		log_error("Domain '%s' does not exist.", who);
	log_hint("%s list shows the domains that there are", program);
	return xm_is_xl() ? XM_FAILED : XM_UNKNOWN_DOMAIN;
}

bool xm_dry_run(uint32_t domid, const char *what)
{
	if (dry && what)
		log_say("domain %u would be %s", domid, what);
	return dry;
}

int xm_failed(const char *what, int err)
{
	if (err == -ENOTCONN)
		return XM_FAILED; /* who could not connect has said so */
	if (err == -EACCES || err == -EPERM)
		log_error("%s: %s: run as root in dom0", what, strerror(-err));
	else
		log_error("%s: %s", what, strerror(-err));
	return XM_FAILED;
}

bool xm_parse_number(const char *text, long min, long max, long *value)
{
	char *end;

	errno = 0;
	*value = strtol(text, &end, 10);
	return end != text && *end == 0 && errno == 0 && *value >= min &&
	       *value <= max;
}

static bool long_option(const char *word, const struct xm_long *longs,
			bool seen[128])
{
	for (; longs && longs->name; longs++)
		if (!strcmp(word, longs->name)) {
			seen[(int)longs->letter] = true;
			return true;
		}
	return false;
}

int xm_options(int argc, char **argv, const char *flags,
	       const struct xm_long *longs, bool seen[128])
{
	const char *c;
	int i;

	memset(seen, 0, 128 * sizeof(*seen));
	for (i = 1; i < argc; i++) {
		if (argv[i][0] != '-' || argv[i][1] == 0)
			return i;
		if (!strcmp(argv[i], "--"))
			return i + 1;
		if (argv[i][1] == '-') {
			if (long_option(argv[i] + 2, longs, seen))
				continue;
			log_error("%s: unknown option %s", argv[0], argv[i]);
			return -1;
		}
		for (c = argv[i] + 1; *c; c++) {
			if (*c <= 0 || !strchr(flags, *c)) {
				log_error("%s: unknown option -%c", argv[0],
					  *c);
				return -1;
			}
			seen[(int)*c] = true;
		}
	}
	return i;
}

static void print_usage(FILE *to, const struct command *command)
{
	fprintf(to, "Usage: %s %s %s\n\n%s.\n", program, command->name,
		command->usage, command->help);
	if (command->options || command->changes)
		fputc('\n', to);
	if (command->options)
		fputs(command->options, to);
	/* create has its own -n and -q */
	if (command->changes && command->run != cmd_create)
		fputs("  -n  only check it\n"
		      "  -q  say nothing but errors\n",
		      to);
	if (command->changes)
		fputs("  -v  say what is done\n", to);
}

static void print_commands(FILE *to, bool all)
{
	const struct command *c;

	fprintf(to, "Usage: %s COMMAND [ARGUMENT...]\n\n", program);
	for (c = commands; c->name; c++)
		if (all)
			fprintf(to, " %-18s %s\n   %s\n", c->name, c->usage,
				c->help);
		else
			fprintf(to, " %-18s %s\n", c->name, c->help);
	fprintf(to,
		"\nA unique beginning of a command is enough. "
		"'%s help COMMAND' tells more.\n",
		program);
}

static const struct command *exact(const char *name)
{
	const struct command *c;

	for (c = commands; c->name; c++)
		if (!strcmp(c->name, name))
			return c;
	return NULL;
}

static const struct command *old_name(const char *name)
{
	const struct command *found;
	const struct alias *a;

	for (a = aliases; a->name; a++) {
		if (strcmp(a->name, name))
			continue;
		found = exact(a->command);
		if (found)
			log_warn("%s is the old name of %s", name, a->command);
		return found;
	}
	return NULL;
}

/* @several: it fits more than one, which has been said. */
static const struct command *by_prefix(const char *name, bool *several)
{
	const struct command *c, *found = NULL;
	size_t length = strlen(name);
	int count = 0;

	if (length < 2)
		return NULL;
	for (c = commands; c->name; c++)
		if (!strncmp(c->name, name, length)) {
			found = c;
			count++;
		}
	*several = count > 1;
	if (!*several)
		return found;
	fprintf(stderr, "Error: '%s' could be", name);
	for (c = commands; c->name; c++)
		if (!strncmp(c->name, name, length))
			fprintf(stderr, " %s", c->name);
	fputc('\n', stderr);
	return NULL;
}

static bool is_absent(const char *name)
{
	int i;

	for (i = 0; absent[i]; i++)
		if (!strcmp(name, absent[i]))
			return true;
	return false;
}

static const struct command *find_command(const char *name)
{
	const struct command *found = exact(name);
	bool several = false;

	if (!found)
		found = old_name(name);
	if (!found && !is_absent(name))
		found = by_prefix(name, &several);
	if (found || several)
		return found;
	if (is_absent(name)) {
		log_error("%s is not available in this build", name);
		if (!strncmp(name, "sched-", 6))
			log_hint("the scheduler is credit: %s sched-credit -d "
				 "DOMAIN -w WEIGHT -c CAP",
				 program);
		return NULL;
	}
	log_error("unknown command '%s'", name);
	log_hint("%s help lists the commands", program);
	return NULL;
}

int cmd_help(int argc, char **argv)
{
	static const struct xm_long longs[] = { { "long", 'l' }, { NULL, 0 } };
	const struct command *command;
	bool seen[128];
	int at = xm_options(argc, argv, "l", longs, seen);

	if (at < 0 || argc - at > 1)
		return XM_USAGE;
	if (at == argc) {
		print_commands(stdout, seen['l']);
		return XM_OK;
	}
	command = find_command(argv[at]);
	if (!command)
		return XM_FAILED;
	print_usage(stdout, command);
	return XM_OK;
}

/*
 * The tutorials write "xm --long list": an option before the command goes
 * behind it.
 */
static void move_long(int argc, char **argv)
{
	char *option = argv[1];

	if (argc < 3 || (strcmp(option, "--long") && strcmp(option, "-l")))
		return;
	argv[1] = argv[2];
	argv[2] = option;
}

/* What all that change something understand; it is taken out of @argv. */
static int take_common(const struct command *command, int argc, char **argv)
{
	static const char *const words[] = {
		"-n", "--dryrun", "-q", "--quiet", "-v", "--verbose"
	};
	bool own = command->run == cmd_create; /* its own -n and -q */
	int from, to = 1, i;

	for (from = 1; from < argc; from++) {
		for (i = own ? 4 : 0; i < 6; i++)
			if (!strcmp(argv[from], words[i]))
				break;
		if (i / 2 == 0)
			dry = true;
		else if (i / 2 == 1)
			log_set_quiet();
		else if (i / 2 == 2)
			log_set_verbose();
		else
			argv[to++] = argv[from];
	}
	argv[to] = NULL;
	return to;
}

static int run(const struct command *command, int argc, char **argv)
{
	int status;

	argv[0] = (char *)command->name;
	if (command->changes) {
		argc = take_common(command, argc, argv);
		log_patience(command->name);
	}
	if (argc == 2 &&
	    (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h"))) {
		print_usage(stdout, command);
		return XM_OK;
	}
	status = command->run(argc, argv);
	if (fflush(stdout)) {
		log_error("cannot write the result: %s", strerror(errno));
		status = XM_FAILED;
	}
	if (status != XM_USAGE)
		return status;
	print_usage(stderr, command);
	return XM_FAILED;
}

int main(int argc, char **argv)
{
	const struct command *command;
	const char *slash = strrchr(argv[0], '/');

	if (!strcmp(slash ? slash + 1 : argv[0], "xl"))
		program = "xl";
	signal(SIGPIPE, SIG_IGN);
	if (!strcmp(slash ? slash + 1 : argv[0], "xentop"))
		return run(exact("top"), argc, argv);
	if (argc < 2) {
		print_commands(stderr, false);
		return XM_FAILED;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_commands(stdout, false);
		return XM_OK;
	}
	move_long(argc, argv);
	command = find_command(argv[1]);
	if (!command)
		return XM_FAILED;
	return run(command, argc - 1, argv + 1);
}
