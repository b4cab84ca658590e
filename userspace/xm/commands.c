// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of commands: a row is all that is needed to add one. Help, usage,
 * prefixes and completion are made from it.
 */
#include "xm/xm.h"

const struct command commands[] = {
	{ "list", cmd_list, "[-l|--long] [--json] [DOMAIN...]",
	  "list domains, or the ones named",
	  "  -l, --long  all that is known, as SXP\n"
	  "  --json      the same as JSON\n" },
	{ "domid", cmd_domid, "NAME", "print the number of a domain", NULL },
	{ "domname", cmd_domname, "DOMID", "print the name of a domain", NULL },
	{ "info", cmd_info, "[-n]", "facts about this host",
	  "  -n  with its NUMA nodes\n" },
	{ "dmesg", cmd_dmesg, "[-c]", "the hypervisor's messages",
	  "  -c  and clear them\n" },
	{ "debug-keys", cmd_debug_keys, "KEYS",
	  "send keys to the hypervisor; h lists them", NULL },
	{ "help", cmd_help, "[--long] [COMMAND]",
	  "this list, or the usage of one command", NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};

const struct alias aliases[] = {
	{ "balloon", "mem-set" },
	{ "set-vcpus", "vcpu-set" },
	{ "vif-list", "network-list" },
	{ "vbd-create", "block-attach" },
	{ "vbd-destroy", "block-detach" },
	{ "vbd-list", "block-list" },
	{ NULL, NULL },
};
