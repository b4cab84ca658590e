// SPDX-License-Identifier: GPL-2.0-only
/* vcpu-list, vcpu-pin, vcpu-set, sched-credit: who runs where, and how much. */
#include "xm/json.h"
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

/* "0-1,3", or @all when they are all. */
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

struct vcpu {
	char name[DOMAIN_NAME_MAX], state[4];
	unsigned int domid, number;
	struct xen_domctl_getvcpuinfo info;
	struct cpu_list hard, soft;
};

static void print_vcpu(const struct vcpu *v, unsigned int nr_cpus)
{
	char cpu[16] = "-";

	if (v->info.online)
		snprintf(cpu, sizeof(cpu), "%u", v->info.cpu);
	printf("%-32s %5u %5u %5s   %s %9.1f ", v->name, v->domid, v->number,
	       cpu, v->state, v->info.cpu_time / 1e9);
	print_cpus(&v->hard, nr_cpus, xm_is_xl() ? "all" : "any cpu");
	if (xm_is_xl()) {
		fputs(" / ", stdout);
		print_cpus(&v->soft, nr_cpus, "all");
	}
	putchar('\n');
}

static void print_vcpu_json(const struct vcpu *v, unsigned int nr_cpus,
			    bool first)
{
	json_row(first);
	json_put_text(true, "name", v->name);
	json_put_number(false, "domid", v->domid);
	json_put_number(false, "vcpu", v->number);
	if (v->info.online)
		json_put_number(false, "cpu", v->info.cpu);
	else
		fputs(", \"cpu\": null", stdout);
	json_put_text(false, "state", v->state);
	json_put_number(false, "cpu_time_ns", v->info.cpu_time);
	fputs(", \"hard_affinity\": \"", stdout);
	print_cpus(&v->hard, nr_cpus, "all");
	fputs("\", \"soft_affinity\": \"", stdout);
	print_cpus(&v->soft, nr_cpus, "all");
	putchar('"');
	json_row_end();
}

static int ask_vcpu(const domain_info_t *info, unsigned int number,
		    unsigned int nr_cpus, struct vcpu *v)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getvcpuinfo,
				 .domain = info->domain };
	int err;

	op.u.getvcpuinfo.vcpu = number;
	err = hypercall_domctl(&op);
	if (!err)
		err = tune_get_affinity(info->domain, number, nr_cpus, &v->hard,
					&v->soft);
	if (err)
		return err;
	domain_name(info->domain, v->name);
	v->domid = info->domain;
	v->number = number;
	v->info = op.u.getvcpuinfo;
	v->state[0] = v->info.online && v->info.running ? 'r' : '-';
	v->state[1] = v->info.online && v->info.blocked ? 'b' : '-';
	v->state[2] = v->info.online ? '-' : 'p';
	v->state[3] = 0;
	return 0;
}

/* What `vcpu-list` has printed so far. */
struct vcpu_rows {
	bool json, any;
	unsigned int nr_cpus;
};

static int print_vcpus(const domain_info_t *info, struct vcpu_rows *rows)
{
	unsigned int i;
	struct vcpu v;
	int err = 0;

	if (info->max_vcpu_id == XEN_INVALID_MAX_VCPU_ID)
		return 0;
	for (i = 0; i <= info->max_vcpu_id; i++) {
		err = ask_vcpu(info, i, rows->nr_cpus, &v);
		if (err)
			break;
		if (rows->json)
			print_vcpu_json(&v, rows->nr_cpus, !rows->any);
		else
			print_vcpu(&v, rows->nr_cpus);
		rows->any = true;
	}
	return err == -ESRCH ? 0 : err; /* gone meanwhile */
}

static void print_vcpu_header(const struct vcpu_rows *rows)
{
	if (!rows->json)
		printf("Name                                ID  VCPU   CPU "
		       "State   Time(s) %s\n",
		       xm_is_xl() ? "Affinity (Hard / Soft)" : "CPU Affinity");
}

static int list_all_vcpus(struct vcpu_rows *rows)
{
	domain_info_t *infos;
	int i, err = 0, count = domain_infos(&infos);

	if (count < 0)
		return xm_failed("vcpu-list", count);
	print_vcpu_header(rows);
	for (i = 0; !err && i < count; i++)
		err = print_vcpus(infos + i, rows);
	free(infos);
	return err ? xm_failed("vcpu-list", err) : XM_OK;
}

static int list_vcpus_of(int argc, char **argv, struct vcpu_rows *rows)
{
	domain_info_t info;
	uint32_t domid;
	int i, err, status;

	for (i = 0; i < argc; i++) {
		status = xm_find_domain(argv[i], &domid);
		if (status)
			return status;
		if (i == 0)
			print_vcpu_header(rows);
		err = domain_info(domid, &info);
		if (!err)
			err = print_vcpus(&info, rows);
		if (err)
			return xm_failed("vcpu-list", err);
	}
	return XM_OK;
}

int cmd_vcpu_list(int argc, char **argv)
{
	static const struct xm_long longs[] = { { "json", 'j' }, { NULL, 0 } };
	struct vcpu_rows rows = { .nr_cpus = tune_host_cpus() };
	bool seen[128];
	int status, at = xm_options(argc, argv, "", longs, seen);

	if (at < 0)
		return XM_USAGE;
	if (store_open())
		return XM_FAILED;
	rows.json = seen['j'];
	status = at == argc ? list_all_vcpus(&rows) :
			      list_vcpus_of(argc - at, argv + at, &rows);
	if (rows.json)
		json_rows_end(!rows.any);
	return status;
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
	if (xm_dry_run(domid, "pinned"))
		return XM_OK;
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

struct availability {
	uint32_t domid;
	unsigned int max;
	long online;
};

/* dom0's kernel watches its nodes too, once they are there. */
static int write_availability(uint32_t tx, void *arg)
{
	const struct availability *a = arg;
	char path[64];
	unsigned int i;
	int err = 0;

	for (i = 0; !err && i < a->max; i++) {
		snprintf(path, sizeof(path),
			 "/local/domain/%u/cpu/%u/availability", a->domid, i);
		err = store_write(tx, path, "%s",
				  i < a->online ? "online" : "offline");
	}
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
	if (xm_dry_run(domid, "told its number of vcpus"))
		return XM_OK;
	err = store_transaction(
		write_availability,
		&(struct availability){ domid, info.max_vcpu_id + 1, online });
	return err ? xm_failed("vcpu-set", err) : XM_OK;
}

static int print_share(uint32_t domid, bool json, bool first)
{
	char name[DOMAIN_NAME_MAX];
	unsigned int weight, cap;
	int err = tune_share(domid, &weight, &cap);

	if (err)
		return err;
	domain_name(domid, name);
	if (!json) {
		printf("%-33s %4u %6u %4u\n", name, domid, weight, cap);
		return 0;
	}
	json_row(first);
	json_put_text(true, "name", name);
	json_put_number(false, "domid", domid);
	json_put_number(false, "weight", weight);
	json_put_number(false, "cap", cap);
	json_row_end();
	return 0;
}

static int print_all_shares(bool json)
{
	domain_info_t *infos;
	int i, err = 0, count = domain_infos(&infos);

	if (count < 0)
		return count;
	for (i = 0; !err && i < count; i++)
		if (!(infos[i].flags & XEN_DOMINF_dying))
			err = print_share(infos[i].domain, json, i == 0);
	free(infos);
	return err;
}

static int print_shares(const char *who, bool json)
{
	uint32_t domid;
	int err, status;

	if (who) {
		status = xm_find_domain(who, &domid);
		if (status)
			return status;
	}
	if (!json)
		printf("%-33s %4s %6s %4s\n", "Name", "ID", "Weight", "Cap");
	err = who ? print_share(domid, json, true) : print_all_shares(json);
	if (json)
		json_rows_end(err);
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
	bool json = false;
	uint32_t domid;
	int i, err, status;

	if (argc > 1 && !strcmp(argv[1], "--json")) {
		json = true;
		argc--;
		argv++;
	}
	for (i = 1; i < argc; i += 2)
		if (!take_value(argv[i], argv[i + 1], &s))
			return XM_USAGE;
	if (!s.who && (s.weight >= 0 || s.cap >= 0)) {
		log_error("sched-credit: -w and -c need -d DOMAIN");
		return XM_USAGE;
	}
	if (store_open())
		return XM_FAILED;
	if (s.weight < 0 && s.cap < 0)
		return print_shares(s.who, json);
	status = xm_find_domain(s.who, &domid);
	if (status)
		return status;
	if (xm_dry_run(domid, "given its share"))
		return XM_OK;
	err = tune_set_share(domid, s.weight, s.cap);
	return err ? xm_failed("sched-credit", err) : XM_OK;
}
