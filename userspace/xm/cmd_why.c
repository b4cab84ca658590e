// SPDX-License-Identifier: GPL-2.0-only
/*
 * why: what a domain, or one of its devices, does not get on with. It only
 * looks: at the hypervisor, at xenstore, at the kernel's devices and at the
 * processes of dom0. It exits with 1 when something holds the domain up.
 */
#include "xm/json.h"
#include "xm/list.h"
#include "xm/why.h"
#include "xm/xm.h"
#include "lib/hypercall.h"
#include "lib/log.h"
#include "lib/store.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct why_found *why_add(struct why *w, const char *about, bool wrong,
			  const char *format, ...)
{
	struct why_found *found;
	va_list args;

	if (w->count < WHY_MOST)
		w->count++;
	found = w->found + w->count - 1;
	*found = (struct why_found){ .about = about, .wrong = wrong };
	va_start(args, format);
	vsnprintf(found->text, WHY_TEXT, format, args);
	va_end(args);
	return found;
}

void why_set(char field[WHY_TEXT], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(field, WHY_TEXT, format, args);
	va_end(args);
}

static bool is_held_up(const struct why *w)
{
	int i;

	for (i = 0; i < w->count; i++)
		if (w->found[i].wrong)
			return true;
	return false;
}

static void print_text(const struct why *w)
{
	const struct why_found *f;

	for (f = w->found; f < w->found + w->count; f++) {
		printf("%s.\n", f->text);
		if (*f->node)
			printf("    waits for %s%s%s\n", f->node,
			       *f->from ? ", from " : "", f->from);
		if (*f->hint)
			printf("    hint: %s\n", f->hint);
	}
	if (!is_held_up(w))
		puts("Nothing holds it up.");
}

static void print_found(const struct why_found *f, bool first)
{
	fputs(first ? "{" : ", {", stdout);
	json_put_text(true, "about", f->about);
	printf(", \"wrong\": %s", f->wrong ? "true" : "false");
	json_put_text(false, "text", f->text);
	if (*f->node)
		json_put_text(false, "waits_for", f->node);
	if (*f->from)
		json_put_text(false, "from", f->from);
	if (*f->hint)
		json_put_text(false, "hint", f->hint);
	putchar('}');
}

static void print_json(const struct why *w, bool first)
{
	int i;

	json_row(first);
	json_put_number(true, "domid", w->info.domain);
	json_put_text(false, "name", w->name);
	json_put_text(false, "state", list_state_word(&w->info));
	json_put_number(false, "pages", w->info.tot_pages);
	printf(", \"held_up\": %s, \"found\": [",
	       is_held_up(w) ? "true" : "false");
	for (i = 0; i < w->count; i++)
		print_found(w->found + i, i == 0);
	putchar(']');
	json_row_end();
}

/* All of one domain; whether it is held up, or -errno. */
static int look_at(const domain_info_t *info, bool json, bool first)
{
	struct why w = { .info = *info };
	int held;

	w.found = calloc(WHY_MOST, sizeof(*w.found));
	if (!w.found)
		return -ENOMEM;
	w.has_store = store_open() == 0;
	if (w.has_store)
		domain_name(info->domain, w.name);
	else
		strcpy(w.name, "(null)");
	why_domain(&w);
	why_daemons(&w);
	if (info->flags & XEN_DOMINF_dying)
		why_pages(&w);
	if (w.has_store)
		why_devices(&w);
	if (json)
		print_json(&w, first);
	else
		print_text(&w);
	held = is_held_up(&w);
	free(w.found);
	return held;
}

/* Who has died under the name of @domid, and is still there. */
static int look_at_namesakes(uint32_t domid, bool json)
{
	char name[DOMAIN_NAME_MAX], other[DOMAIN_NAME_MAX];
	domain_info_t *infos;
	int i, count, held = 0;

	domain_name(domid, name);
	count = domain_infos(&infos);
	for (i = 0; i < count && held >= 0; i++) {
		if (infos[i].domain == domid ||
		    !(infos[i].flags & XEN_DOMINF_dying))
			continue;
		domain_name(infos[i].domain, other);
		if (!strcmp(name, other))
			held |= look_at(infos + i, json, false);
	}
	if (count >= 0)
		free(infos);
	return held;
}

int cmd_why(int argc, char **argv)
{
	static const struct xm_long longs[] = { { "json", 'j' }, { NULL, 0 } };
	int at, err, held, status;
	domain_info_t info;
	uint32_t domid;
	bool seen[128];

	at = xm_options(argc, argv, "", longs, seen);
	if (at < 0 || argc - at != 1)
		return XM_USAGE;
	status = xm_find_domain(argv[at], &domid);
	if (status == XM_UNKNOWN_DOMAIN || (status && xm_is_xl()))
		why_gone(argv[at]);
	if (status)
		return status;
	err = domain_info(domid, &info);
	if (err)
		return xm_failed("why", err);
	held = look_at(&info, seen['j'], true);
	if (held >= 0 && store_open() == 0)
		held |= look_at_namesakes(domid, seen['j']);
	if (seen['j'])
		json_rows_end(false);
	if (held < 0)
		return xm_failed("why", -ENOMEM);
	return held ? XM_FAILED : XM_OK;
}
