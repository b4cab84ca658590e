// SPDX-License-Identifier: GPL-2.0-only
/* top: what domains use, on a screen or line by line, as xentop has it. */
#include "xm/xm.h"
#include "xm/top.h"
#include "lib/log.h"
#include "lib/store.h"
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define DELAY_S	    3
#define SECONDS_MAX 86400
#define TIMES_MAX   1000000000

struct asked {
	struct top_form form;
	bool batch, json;
	long delay_s, times; /* 0: until it is ended */
};

static bool take_flag(struct asked *a, char letter)
{
	switch (letter) {
	case 'b':
		a->batch = true;
		break;
	case 'f':
		a->form.full_name = true;
		break;
	case 'n':
		a->form.networks = true;
		break;
	case 'x':
		a->form.vbds = true;
		break;
	case 'v':
		a->form.vcpus = true;
		break;
	case 'r':
		a->form.repeat_header = true;
		break;
	case 'z': /* Domain-0 is first in any case */
		break;
	default:
		return false;
	}
	return true;
}

static bool take_number(const char *word, const char *value, long max,
			long *number)
{
	if (value && xm_parse_number(value, 1, max, number))
		return true;
	log_error("top: %s: '%s' is no number from 1 to %ld", word,
		  value ? value : "", max);
	return false;
}

/* A long name's letter, or 0. */
static char long_letter(const char *word)
{
	static const struct xm_long longs[] = {
		{ "batch", 'b' },      { "full-name", 'f' },
		{ "networks", 'n' },   { "vbds", 'x' },
		{ "vcpus", 'v' },      { "repeat-header", 'r' },
		{ "dom0-first", 'z' }, { "delay", 'd' },
		{ "iterations", 'i' }, { "json", 'j' },
		{ NULL, 0 },
	};
	const struct xm_long *l;

	for (l = longs; l->name; l++)
		if (!strcmp(word, l->name))
			return l->letter;
	return 0;
}

static bool take_options(struct asked *a, int argc, char **argv)
{
	const char *letters;
	char one[2] = "";
	int i;

	for (i = 1; i < argc; i++) {
		letters = argv[i] + 1;
		if (argv[i][0] != '-' || !*letters)
			return false;
		if (*letters == '-') {
			one[0] = long_letter(letters + 1);
			letters = one;
		}
		if (*letters == 'j') {
			a->json = true;
			continue;
		}
		if (*letters == 'd' || *letters == 'i') {
			bool delay = *letters == 'd';

			/* "-i1" and "-i 1" */
			letters = letters[1]   ? letters + 1 :
				  i + 1 < argc ? argv[++i] :
						 NULL;
			if (!take_number(delay ? "-d" : "-i", letters,
					 delay ? SECONDS_MAX : TIMES_MAX,
					 delay ? &a->delay_s : &a->times))
				return false;
			continue;
		}
		for (; *letters; letters++)
			if (!take_flag(a, *letters))
				break;
		if (*letters || letters == one) {
			log_error("top: unknown option %s", argv[i]);
			return false;
		}
	}
	return true;
}

static void put_line(const char *line, void *arg)
{
	(void)arg;
	puts(line);
}

static void print_sample(struct top_sample *sample, const struct asked *a)
{
	char header[TOP_LINE_MAX];

	top_sort(sample, a->form.order);
	if (a->json) {
		top_json(sample);
		return;
	}
	top_header(&a->form, header);
	puts(header);
	top_lines(sample, &a->form, put_line, NULL);
}

static int print_samples(const struct asked *a)
{
	struct top_sample *before = NULL, *now;
	long i;

	for (i = 0; !a->times || i < a->times; i++) {
		if (i)
			poll(NULL, 0, (int)(a->delay_s * 1000));
		now = top_take(before);
		top_free(before);
		before = now;
		if (!now)
			return XM_FAILED;
		print_sample(now, a);
		/* Nobody reads any more: as head does. */
		if (fflush(stdout))
			break;
	}
	top_free(before);
	return XM_OK;
}

int cmd_top(int argc, char **argv)
{
	struct asked a = { .delay_s = DELAY_S };

	if (!take_options(&a, argc, argv))
		return XM_USAGE;
	if (a.json && !a.times)
		a.times = 1;
	if (store_open())
		return XM_FAILED;
	if (a.batch || a.json)
		return print_samples(&a);
	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO)) {
		log_error("top: this is no terminal");
		log_hint("xm top -b prints lines, -i 1 once");
		return XM_FAILED;
	}
	return top_screen(&a.form, a.delay_s);
}
