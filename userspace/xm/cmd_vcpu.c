// SPDX-License-Identifier: GPL-2.0-only
/* vcpu-list, vcpu-pin, vcpu-set, sched-credit: who runs where, and how much. */
#include "xm/xm.h"
#include "build/tune.h"
#include "config/cpu_list.h"
#include "lib/domain.h"
#include "lib/hypercall.h"
#include "lib/log.h"
#include "lib/store.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WEIGHT_MAX 65535
#define CAP_MAX	   51200

static void print_cpus(const struct cpu_list *list, unsigned int nr_cpus,
		       const char *all)
{
	unsigned int first, i;
	const char *gap = "";

	if (list->all) {
		fputs(all, stdout);
		return;
	}
	for (i = 0; i < nr_cpus; i++) {
		if (!cpu_list_has(list, i))
			continue;
		first = i;
		while (i + 1 < nr_cpus && cpu_list_has(list, i + 1))
			i++;
		printf("%s%u", gap, first);
		if (i > first)
			printf("-%u", i);
		gap = ",";
	}
}

static int print_vcpu(const domain_info_t *info, unsigned int vcpu,
		      unsigned int nr_cpus)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getvcpuinfo,
				 .domain = info->domain };
	const struct xen_domctl_getvcpuinfo *v = &op.u.getvcpuinfo;
	struct cpu_list hard, soft;
	char name[DOMAIN_NAME_MAX], cpu[16] = "-";
	int err;

	op.u.getvcpuinfo.vcpu = vcpu;
	err = hypercall_domctl(&op);
	if (!err)
		err = tune_get_affinity(info->domain, vcpu, nr_cpus, &hard,
					&soft);
	if (err)
		return err;
	domain_name(info->domain, name);
	if (v->online)
		snprintf(cpu, sizeof(cpu), "%u", v->cpu);
	printf("%-32s %5u %5u %5s   %c%c%c %9.1f ", name, info->domain, vcpu,
	       cpu, v->online && v->running ? 'r' : '-',
	       v->online && v->blocked ? 'b' : '-', v->online ? '-' : 'p',
	       v->cpu_time / 1e9);
	print_cpus(&hard, nr_cpus, xm_is_xl() ? "all" : "any cpu");
	if (xm_is_xl()) {
		fputs(" / ", stdout);
		print_cpus(&soft, nr_cpus, "all");
	}
	putchar('\n');
	return 0;
}

static int print_vcpus(const domain_info_t *info, unsigned int nr_cpus)
{
	unsigned int i;
	int err = 0;

	if (info->max_vcpu_id == XEN_INVALID_MAX_VCPU_ID)
		return 0;
	for (i = 0; !err && i <= info->max_vcpu_id; i++)
		err = print_vcpu(info, i, nr_cpus);
	return err == -ESRCH ? 0 : err; /* gone meanwhile */
}

static void print_vcpu_header(void)
{
	printf("Name                                ID  VCPU   CPU State   "
	       "Time(s) %s\n",
	       xm_is_xl() ? "Affinity (Hard / Soft)" : "CPU Affinity");
}

static int list_all_vcpus(unsigned int nr_cpus)
{
	domain_info_t *infos;
	int i, err = 0, count = domain_infos(&infos);

	if (count < 0)
		return xm_failed("vcpu-list", count);
	print_vcpu_header();
	for (i = 0; !err && i < count; i++)
		err = print_vcpus(infos + i, nr_cpus);
	free(infos);
	return err ? xm_failed("vcpu-list", err) : XM_OK;
}

int cmd_vcpu_list(int argc, char **argv)
{
	unsigned int nr_cpus = tune_host_cpus();
	domain_info_t info;
	uint32_t domid;
	int i, err, status;

	if (store_open())
		return XM_FAILED;
	if (argc == 1)
		return list_all_vcpus(nr_cpus);
	for (i = 1; i < argc; i++) {
		status = xm_find_domain(argv[i], &domid);
		if (status)
			return status;
		if (i == 1)
			print_vcpu_header();
		err = domain_info(domid, &info);
		if (!err)
			err = print_vcpus(&info, nr_cpus);
		if (err)
			return xm_failed("vcpu-list", err);
	}
	return XM_OK;
}

/* A list of CPUs that this host has; complains. "-" leaves it as it is. */
static bool parse_cpus(const char *text, struct cpu_list *list,
		       unsigned int nr_cpus)
{
	const char *why;
	unsigned int i;
	size_t offset;

	why = cpu_list_parse_text(text, list, &offset);
	if (why) {
		log_error("vcpu-pin: '%s': %s", text, why);
		return false;
	}
	for (i = 0; i < nr_cpus; i++)
		if (list->all || cpu_list_has(list, i))
			return true;
	log_error("vcpu-pin: '%s': this host has the CPUs 0 to %u only", text,
		  nr_cpus - 1);
	return false;
}

static int pin(uint32_t domid, const char *which, const struct cpu_list *hard,
	       const struct cpu_list *soft)
{
	unsigned int first = 0, last, i;
	domain_info_t info;
	long vcpu;
	int err = domain_info(domid, &info);

	if (err)
		return xm_failed("vcpu-pin", err);
	last = info.max_vcpu_id;
	if (strcmp(which, "all")) {
		if (!xm_parse_number(which, 0, last, &vcpu)) {
			log_error("vcpu-pin: '%s' is no vcpu: the domain has "
				  "0 to %u, or say all",
				  which, last);
			return XM_FAILED;
		}
		first = last = vcpu;
	}
	for (i = first; !err && i <= last; i++)
		err = tune_set_affinity(domid, i, hard, soft);
	return err ? xm_failed("vcpu-pin", err) : XM_OK;
}

int cmd_vcpu_pin(int argc, char **argv)
{
	unsigned int nr_cpus = tune_host_cpus();
	struct cpu_list hard, soft;
	bool has_hard, has_soft;
	uint32_t domid;
	int status;

	if (argc != 4 && argc != 5)
		return XM_USAGE;
	status = xm_find_domain(argv[1], &domid);
	if (status)
		return status;
	has_hard = strcmp(argv[3], "-") != 0;
	has_soft = argc == 5 && strcmp(argv[4], "-") != 0;
	if ((has_hard && !parse_cpus(argv[3], &hard, nr_cpus)) ||
	    (has_soft && !parse_cpus(argv[4], &soft, nr_cpus)))
		return XM_FAILED;
	if (!has_hard && !has_soft)
		return XM_USAGE;
	return pin(domid, argv[2], has_hard ? &hard : NULL,
		   has_soft ? &soft : NULL);
}

/* dom0's kernel watches its nodes too, once they are there. */
static int write_availability(uint32_t domid, unsigned int max, long online)
{
	char path[64];
	unsigned int i;
	uint32_t tx;
	int err;

	do {
		tx = store_begin();
		if (tx == STORE_NO_TX)
			return -errno;
		for (i = 0, err = 0; !err && i < max; i++) {
			snprintf(path, sizeof(path),
				 "/local/domain/%u/cpu/%u/availability", domid,
				 i);
			err = store_write(tx, path, "%s",
					  i < online ? "online" : "offline");
		}
		if (err) {
			store_abort(tx);
			return err;
		}
		err = store_commit(tx);
	} while (err == -EAGAIN);
	return err;
}

int cmd_vcpu_set(int argc, char **argv)
{
	domain_info_t info;
	uint32_t domid;
	long online;
	int err, status;

	if (argc != 3)
		return XM_USAGE;
	status = xm_find_domain(argv[1], &domid);
	if (status)
		return status;
	err = domain_info(domid, &info);
	if (err)
		return xm_failed("vcpu-set", err);
	if (!xm_parse_number(argv[2], 1, 1 << 16, &online)) {
		log_error("vcpu-set: '%s' is not a number of vcpus", argv[2]);
		return XM_FAILED;
	}
	if (online > (long)info.max_vcpu_id + 1) {
		log_error("vcpu-set: %s has at most %u vcpus", argv[1],
			  info.max_vcpu_id + 1);
		log_hint("maxvcpus in its configuration says how many");
		return XM_FAILED;
	}
	err = write_availability(domid, info.max_vcpu_id + 1, online);
	return err ? xm_failed("vcpu-set", err) : XM_OK;
}

static int print_share(uint32_t domid)
{
	char name[DOMAIN_NAME_MAX];
	unsigned int weight, cap;
	int err = tune_share(domid, &weight, &cap);

	if (err)
		return err;
	domain_name(domid, name);
	printf("%-33s %4u %6u %4u\n", name, domid, weight, cap);
	return 0;
}

static int print_shares(const char *who)
{
	domain_info_t *infos;
	uint32_t domid;
	int i, err = 0, count, status;

	if (who) {
		status = xm_find_domain(who, &domid);
		if (status)
			return status;
	}
	printf("%-33s %4s %6s %4s\n", "Name", "ID", "Weight", "Cap");
	if (who) {
		err = print_share(domid);
		return err ? xm_failed("sched-credit", err) : XM_OK;
	}
	count = domain_infos(&infos);
	if (count < 0)
		return xm_failed("sched-credit", count);
	for (i = 0; !err && i < count; i++)
		if (!(infos[i].flags & XEN_DOMINF_dying))
			err = print_share(infos[i].domain);
	free(infos);
	return err ? xm_failed("sched-credit", err) : XM_OK;
}

struct share {
	const char *who;
	long weight, cap; /* -1: not said */
};

static bool take_value(const char *word, const char *value, struct share *s)
{
	if (!value)
		return false;
	if (!strcmp(word, "-d") || !strcmp(word, "--domain")) {
		s->who = value;
		return true;
	}
	if (!strcmp(word, "-w") || !strcmp(word, "--weight")) {
		if (xm_parse_number(value, 1, WEIGHT_MAX, &s->weight))
			return true;
		log_error("sched-credit: weight '%s': from 1 to %d", value,
			  WEIGHT_MAX);
	} else if (!strcmp(word, "-c") || !strcmp(word, "--cap")) {
		if (xm_parse_number(value, 0, CAP_MAX, &s->cap))
			return true;
		log_error("sched-credit: cap '%s': percent of one CPU, from 0 "
			  "(no limit) to %d",
			  value, CAP_MAX);
	}
	return false;
}

int cmd_sched_credit(int argc, char **argv)
{
	struct share s = { .weight = -1, .cap = -1 };
	uint32_t domid;
	int i, err, status;

	for (i = 1; i < argc; i += 2)
		if (!take_value(argv[i], argv[i + 1], &s))
			return XM_USAGE;
	if (store_open())
		return XM_FAILED;
	if (s.weight < 0 && s.cap < 0)
		return print_shares(s.who);
	if (!s.who) {
		log_error("sched-credit: -w and -c need -d DOMAIN");
		return XM_USAGE;
	}
	status = xm_find_domain(s.who, &domid);
	if (status)
		return status;
	err = tune_set_share(domid, s.weight, s.cap);
	return err ? xm_failed("sched-credit", err) : XM_OK;
}
