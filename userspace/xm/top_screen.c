// SPDX-License-Identifier: GPL-2.0-only
/* `top` on a terminal: one screen, drawn anew after each delay or key. */
#include "xm/top.h"
#include "xm/xm.h"
#include "lib/log.h"
#include <ctype.h>
#include <inttypes.h>
#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DELAY_MAX_S 86400
#define KEYS	    "Delay  Networks  vBds  VCPUs  Repeat header  Sort order  Quit"

struct screen {
	struct top_form *form;
	long delay_s;
	int first; /* line of the domains that is shown first */
	int row, line; /* where the next one is put, and which it is */
	int last_row;
};

static void put_line(const char *line, void *arg)
{
	struct screen *s = arg;

	if (s->line++ < s->first || s->row > s->last_row)
		return;
	mvaddnstr(s->row++, 0, line, COLS);
}

static void draw_head(const struct top_sample *sample)
{
	int states[6] = { 0 }, i, j;
	time_t now = time(NULL);
	char clock[16];
	struct tm tm;

	localtime_r(&now, &tm);
	strftime(clock, sizeof(clock), "%H:%M:%S", &tm);
	for (i = 0; i < sample->count; i++)
		for (j = 0; j < 6; j++)
			states[j] += sample->domains[i].state[j] != '-';
	mvprintw(0, 0, "xm top - %s", clock);
	mvprintw(1, 0,
		 "%d domains: %d running, %d blocked, %d paused, %d crashed, "
		 "%d dying, %d shutdown",
		 sample->count, states[5], states[2], states[4], states[3],
		 states[0], states[1]);
	mvprintw(2, 0,
		 "Mem: %" PRIu64 "k total, %" PRIu64 "k used, %" PRIu64
		 "k free    CPUs: %u @ %uMHz",
		 sample->total_kib, sample->total_kib - sample->free_kib,
		 sample->free_kib, sample->nr_cpus, sample->cpu_mhz);
}

static void draw(struct screen *s, struct top_sample *sample)
{
	char line[TOP_LINE_MAX];

	erase();
	draw_head(sample);
	top_header(s->form, line);
	attron(A_REVERSE);
	mvaddnstr(3, 0, line, COLS);
	attroff(A_REVERSE);
	s->row = 4;
	s->line = 0;
	s->last_row = LINES - 2;
	top_sort(sample, s->form->order);
	top_lines(sample, s->form, put_line, s);
	if (s->first >= s->line)
		s->first = s->line ? s->line - 1 : 0;
	mvaddnstr(LINES - 1, 0, KEYS, COLS);
	refresh();
}

static void ask_delay(struct screen *s)
{
	char text[16] = "";
	long value;

	mvprintw(LINES - 1, 0, "Seconds between updates [%ld]: ", s->delay_s);
	clrtoeol();
	echo();
	timeout(-1);
	getnstr(text, sizeof(text) - 1);
	noecho();
	if (xm_parse_number(text, 1, DELAY_MAX_S, &value))
		s->delay_s = value;
}

/* False: the user leaves. */
static bool take_key(struct screen *s, int key)
{
	struct top_form *form = s->form;

	switch (key < 128 ? tolower(key) : key) {
	case 'q':
	case 27: /* Esc */
		return false;
	case 'd':
		ask_delay(s);
		break;
	case 'n':
		form->networks = !form->networks;
		break;
	case 'b':
		form->vbds = !form->vbds;
		break;
	case 'v':
		form->vcpus = !form->vcpus;
		break;
	case 'r':
		form->repeat_header = !form->repeat_header;
		break;
	case 's':
		form->order = (form->order + 1) % TOP_ORDERS;
		break;
	case KEY_DOWN:
		s->first++;
		break;
	case KEY_UP:
		s->first -= s->first > 0;
		break;
	}
	return true;
}

int top_screen(struct top_form *form, long delay_s)
{
	struct screen s = { .form = form, .delay_s = delay_s };
	struct top_sample *now = top_take(NULL), *before = NULL;
	SCREEN *terminal;
	int key = ERR;

	if (!now)
		return XM_FAILED;
	terminal = newterm(NULL, stdout, stdin);
	if (!terminal) {
		log_error("top: the terminal '%s' is not known",
			  getenv("TERM") ? getenv("TERM") : "");
		log_hint("TERM=vt100 xm top, or xm top -b");
		top_free(now);
		return XM_FAILED;
	}
	cbreak();
	noecho();
	keypad(stdscr, TRUE);
	curs_set(0);
	while (now) {
		draw(&s, now);
		timeout((int)(s.delay_s * 1000));
		key = getch();
		if (key != ERR && !take_key(&s, key))
			break;
		if (key != ERR)
			continue; /* the same figures, in another form */
		top_free(before);
		before = now;
		now = top_take(before);
	}
	endwin();
	delscreen(terminal);
	top_free(before);
	if (!now)
		return XM_FAILED;
	top_free(now);
	return XM_OK;
}
