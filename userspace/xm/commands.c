// SPDX-License-Identifier: GPL-2.0-only
/*
 * The table of commands: a row is all that is needed to add one. Help, usage,
 * prefixes and completion are made from it.
 */
#include "xm/xm.h"

const struct command commands[] = {
	{ "create", cmd_create,
	  "[-c] [-p] [-q] [-n] [-f] CONFIG [KEY=VALUE...]",
	  "start a guest from its configuration",
	  "  -c  join its console\n"
	  "  -p  leave it paused\n"
	  "  -q  say nothing but errors\n"
	  "  -n  only check it, and print it as SXP\n" },
	{ "console", cmd_console, "DOMAIN",
	  "join a guest's console; Ctrl-] leaves", NULL },
	{ "shutdown", cmd_shutdown, "[-w] [-t SECONDS] [-R|-H] -a|DOMAIN",
	  "ask a guest to shut down",
	  "  -a  all guests\n"
	  "  -w  wait until it is down\n"
	  "  -t  but not longer than that\n"
	  "  -R  reboot instead\n"
	  "  -H  halt instead\n" },
	{ "reboot", cmd_reboot, "[-w] -a|DOMAIN", "ask a guest to reboot",
	  "  -a  all guests\n"
	  "  -w  wait until the old one is gone\n" },
	{ "destroy", cmd_destroy, "DOMAIN", "end a guest at once", NULL },
	{ "pause", cmd_pause, "DOMAIN", "stop a guest's vcpus", NULL },
	{ "unpause", cmd_unpause, "DOMAIN", "let them go on", NULL },
	{ "list", cmd_list, "[-l|--long] [--json] [DOMAIN...]",
	  "list domains, or the ones named",
	  "  -l, --long  all that is known, as SXP\n"
	  "  --json      the same as JSON\n" },
	{ "domid", cmd_domid, "NAME", "print the number of a domain", NULL },
	{ "domname", cmd_domname, "DOMID", "print the name of a domain", NULL },
	{ "domstate", cmd_domstate, "DOMAIN",
	  "running, idle, paused, shutdown, crashed or dying", NULL },
	{ "rename", cmd_rename, "DOMAIN NAME", "give a guest another name",
	  NULL },
	{ "uptime", cmd_uptime, "[-s] [DOMAIN...]",
	  "how long domains have been running",
	  "  -s  in short lines with the time of day\n" },
	{ "sysrq", cmd_sysrq, "DOMAIN LETTER",
	  "send a magic system request to a guest", NULL },
	{ "vcpu-list", cmd_vcpu_list, "[DOMAIN...]",
	  "vcpus, where they run and where they may", NULL },
	{ "vcpu-pin", cmd_vcpu_pin, "DOMAIN VCPU|all CPUS|all [SOFT|all]",
	  "say where vcpus may run: 1-3,^2", NULL },
	{ "vcpu-set", cmd_vcpu_set, "DOMAIN COUNT",
	  "set the number of vcpus that are online", NULL },
	{ "sched-credit", cmd_sched_credit, "[-d DOMAIN [-w WEIGHT] [-c CAP]]",
	  "shares of the CPUs: list them, or set one",
	  "  -d  the domain\n"
	  "  -w  weight, 256 is usual\n"
	  "  -c  cap in percent of one CPU, 0 is none\n" },
	{ "info", cmd_info, "[-n]", "facts about this host",
	  "  -n  with its NUMA nodes\n" },
	{ "dmesg", cmd_dmesg, "[-c]", "the hypervisor's messages",
	  "  -c  and clear them\n" },
	{ "debug-keys", cmd_debug_keys, "KEYS",
	  "send keys to the hypervisor; h lists them", NULL },
	{ "mem-set", cmd_mem_set, "DOMAIN MIB",
	  "give a domain so much memory, and wait for it", NULL },
	{ "mem-max", cmd_mem_max, "DOMAIN MIB",
	  "the most memory a domain may have", NULL },
	{ "mem-balance", cmd_mem_balance, "[-k MIB]",
	  "move memory from idle guests to pressed ones, until Ctrl-C",
	  "  -k  so much stays free in the hypervisor, 16 unless given\n" },
	{ "xend", cmd_xend, "",
	  "be the supervisor of guests (done by systemctl start xend)", NULL },
	{ "block-attach", cmd_block_attach,
	  "DOMAIN BACKDEV FRONTDEV MODE [BACKDOMAIN]",
	  "give a disk to a running domain; xl's disk words do as well", NULL },
	{ "block-detach", cmd_block_detach, "[-f] DOMAIN DISK",
	  "take a disk away, if the guest does not use it",
	  "  -f, --force  even if it does\n" },
	{ "block-list", cmd_block_list, "[--long] DOMAIN...",
	  "the disks of a domain",
	  "  -l, --long  all that is known, as SXP\n" },
	{ "network-attach", cmd_network_attach, "DOMAIN [KEY=VALUE...]",
	  "give a running domain a network interface",
	  "  keys as in vif: mac bridge script vifname ip rate mtu model ...\n" },
	{ "network-detach", cmd_network_detach, "[-f] DOMAIN NUMBER|MAC",
	  "take an interface away from a domain",
	  "  -f  also when the guest does not let go of it\n" },
	{ "network-list", cmd_network_list, "DOMAIN...",
	  "list the interfaces of domains", NULL },
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
