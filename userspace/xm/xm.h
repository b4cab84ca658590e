/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands of `xm` (and `xl`) and what they share. */
#ifndef XM_XM_H
#define XM_XM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Exit codes of xm; the other name, xl, knows only 0 and 1. */
enum xm_exit {
	XM_OK = 0,
	XM_FAILED = 1,
	XM_UNKNOWN_DOMAIN = 3
};

/* What main() returns for a wrong use, after it printed the usage: 1. */
#define XM_USAGE (-1)

struct command {
	const char *name;
	/*
	 * @argv[0] is the command's name, @argv[@argc] NULL. Results go to
	 * stdout, all else to stderr. Return: enum xm_exit or XM_USAGE.
	 */
	int (*run)(int argc, char **argv);
	const char *usage; /* what comes after the name */
	const char *help; /* one line */
	const char *options; /* lines of "  -x  what", or NULL */
	bool changes; /* something: takes -n, -q and -v (see xm_dry_run()) */
};

/* An old name that still runs, with a notice on stderr. */
struct alias {
	const char *name;
	const char *command;
};

extern const struct command commands[]; /* a NULL name ends it */
extern const struct alias aliases[];
/* Commands of the real xm and xl that are not here; NULL ends it. */
extern const char *const absent[];

/** xm_is_xl() - called as `xl`: its texts and exit codes. */
bool xm_is_xl(void);

/**
 * xm_find_domain() - the domain that a person names, or the complaint.
 * Return: 0, or the exit code after saying that there is no such domain.
 */
int xm_find_domain(const char *who, uint32_t *domid);

/** xm_failed() - say that @what failed with -errno @err; the exit code. */
int xm_failed(const char *what, int err);

/**
 * xm_dry_run() - with -n, say "domain 3 would be <what>" and be true: all has
 * been checked, and nothing is to be done. A @what of NULL only asks.
 */
bool xm_dry_run(uint32_t domid, const char *what);

/** xm_parse_number() - all of @text as a number from @min to @max. */
bool xm_parse_number(const char *text, long min, long max, long *value);

/**
 * xm_options() - take "-x" and "--long" flags from the front of @argv.
 * @flags: letters that are known; "-" ends options. Every letter seen is set
 *	in @seen (a string of 0 and 1 by letter: seen['l']).
 * @longs: pairs of long name and letter, NULL at the end; or NULL.
 * Return: index of the first word that is no option, or -1 after a complaint.
 */
struct xm_long {
	const char *name;
	char letter;
};
int xm_options(int argc, char **argv, const char *flags,
	       const struct xm_long *longs, bool seen[128]);

int cmd_list(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_info(int argc, char **argv);
int cmd_domid(int argc, char **argv);
int cmd_domname(int argc, char **argv);
int cmd_dmesg(int argc, char **argv);
int cmd_debug_keys(int argc, char **argv);
int cmd_block_attach(int argc, char **argv);
int cmd_block_detach(int argc, char **argv);
int cmd_block_list(int argc, char **argv);
int cmd_network_attach(int argc, char **argv);
int cmd_network_detach(int argc, char **argv);
int cmd_network_list(int argc, char **argv);
int cmd_help(int argc, char **argv);
int cmd_create(int argc, char **argv);
int cmd_console(int argc, char **argv);
int cmd_destroy(int argc, char **argv);
int cmd_shutdown(int argc, char **argv);
int cmd_reboot(int argc, char **argv);
int cmd_pause(int argc, char **argv);
int cmd_unpause(int argc, char **argv);
int cmd_mem_set(int argc, char **argv);
int cmd_mem_max(int argc, char **argv);
int cmd_mem_balance(int argc, char **argv);
int cmd_xend(int argc, char **argv);
int cmd_vcpu_list(int argc, char **argv);
int cmd_vcpu_pin(int argc, char **argv);
int cmd_vcpu_set(int argc, char **argv);
int cmd_sched_credit(int argc, char **argv);
int cmd_rename(int argc, char **argv);
int cmd_domstate(int argc, char **argv);
int cmd_uptime(int argc, char **argv);
int cmd_sysrq(int argc, char **argv);
int cmd_why(int argc, char **argv);

#endif
