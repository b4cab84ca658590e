// SPDX-License-Identifier: GPL-2.0-only
/*
 * list, domid, domname: who is there. The table is what programs have parsed
 * for twenty years: six words on each line, one header line, nothing else.
 */
#include "xm/xm.h"
#include "xm/json.h"
#include "xm/list.h"
#include "lib/domain.h"
#include "lib/log.h"
#include "lib/store.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void print_header(void)
{
	printf("Name                                        ID   Mem VCPUs"
	       "\tState\tTime(s)\n");
}

static void print_row(const domain_info_t *info, const char *name)
{
	char state[LIST_STATE_LEN + 1];
	uint64_t pages = info->tot_pages + info->outstanding_pages;

	list_state(info, state);
	printf("%-40s %5d %5" PRIu64 " %5u     %s  %8.1f\n", name, info->domain,
	       pages >> (20 - XEN_PAGE_SHIFT), info->nr_online_vcpus, state,
	       info->cpu_time / 1e9);
}

enum form {
	FORM_TABLE,
	FORM_LONG,
	FORM_JSON
};

static void print_one(const domain_info_t *info, enum form form, bool first)
{
	char name[DOMAIN_NAME_MAX];

	switch (form) {
	case FORM_TABLE:
		if (first)
			print_header();
		domain_name(info->domain, name);
		print_row(info, name);
		break;
	case FORM_LONG:
		list_print_long(info);
		break;
	case FORM_JSON:
		fputs(first ? "[\n" : ",\n", stdout);
		list_print_json(info);
		break;
	}
}

/* Asked for all the time, where there are many. */
static int print_table(const domain_info_t *infos, int count)
{
	char(*names)[DOMAIN_NAME_MAX] = calloc(count, sizeof(*names));
	int i;

	if (!names)
		return xm_failed("list", -ENOMEM);
	domain_names(infos, count, names);
	print_header();
	for (i = 0; i < count; i++)
		print_row(infos + i, names[i]);
	free(names);
	return XM_OK;
}

static int list_all(enum form form)
{
	int status = XM_OK;
	domain_info_t *infos;
	int i, count = domain_infos(&infos);

	if (count < 0)
		return xm_failed("list", count);
	if (form == FORM_TABLE)
		status = print_table(infos, count);
	for (i = 0; form != FORM_TABLE && i < count; i++)
		print_one(infos + i, form, i == 0);
	if (form == FORM_JSON)
		fputs("\n]\n", stdout);
	free(infos);
	/* Then the names are wrong, which programs must not take for them. */
	return store_open() ? XM_FAILED : status;
}

static int list_named(int argc, char **argv, enum form form)
{
	int i, status, worst = XM_OK;
	bool first = true;
	domain_info_t info;
	uint32_t domid;

	for (i = 0; i < argc; i++) {
		status = xm_find_domain(argv[i], &domid);
		if (!status && domain_info(domid, &info))
			status = xm_find_domain(argv[i], &domid);
		if (status) {
			worst = status;
			continue;
		}
		print_one(&info, form, first);
		first = false;
	}
	if (form == FORM_JSON)
		fputs(first ? "[]\n" : "\n]\n", stdout);
	return worst;
}

int cmd_list(int argc, char **argv)
{
	static const struct xm_long longs[] = { { "long", 'l' },
						{ "json", 'j' },
						{ NULL, 0 } };
	enum form form = FORM_TABLE;
	bool seen[128], unnamed;
	int at = xm_options(argc, argv, "l", longs, seen);

	/* Scripts also write the option behind the names. */
	if (at >= 0 && argc > 1 &&
	    (!strcmp(argv[argc - 1], "-l") ||
	     !strcmp(argv[argc - 1], "--long"))) {
		seen['l'] = true;
		if (at < argc)
			argc--;
	}
	if (at < 0)
		return XM_USAGE;
	if (seen['l'])
		form = xm_is_xl() ? FORM_JSON : FORM_LONG;
	if (seen['j'])
		form = FORM_JSON;
	unnamed = store_open();
	if (at == argc)
		return list_all(form); /* which fails then, behind the list */
	return unnamed ? XM_FAILED : list_named(argc - at, argv + at, form);
}

/* domid and domname: the domain of the one word that is no --json. */
static int one_domain(int argc, char **argv, bool *json, uint32_t *domid)
{
	static const struct xm_long longs[] = { { "json", 'j' }, { NULL, 0 } };
	bool seen[128];
	int at = xm_options(argc, argv, "", longs, seen);

	if (at < 0 || argc - at != 1)
		return XM_USAGE;
	*json = seen['j'];
	return xm_find_domain(argv[at], domid);
}

int cmd_domid(int argc, char **argv)
{
	uint32_t domid;
	bool json;
	int status = one_domain(argc, argv, &json, &domid);

	if (status)
		return status;
	printf(json ? "{\"domid\": %u}\n" : "%u\n", domid);
	return XM_OK;
}

int cmd_domname(int argc, char **argv)
{
	char name[DOMAIN_NAME_MAX];
	uint32_t domid;
	bool json;
	int status = one_domain(argc, argv, &json, &domid);

	if (status)
		return status;
	domain_name(domid, name);
	if (!json) {
		puts(name);
		return XM_OK;
	}
	putchar('{');
	json_put_text(true, "name", name);
	puts("}");
	return XM_OK;
}
