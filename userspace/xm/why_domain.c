// SPDX-License-Identifier: GPL-2.0-only
/* What a domain's state is, and who is to act on it; see why.h. */
#include "xm/list.h"
#include "xm/why.h"
#include "build/guest.h"
#include "lib/log.h"
#include "lib/process.h"
#include "lib/store.h"
#include "supervisor/policy.h"
#include "supervisor/supervisor.h"
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONSOLE_LOG "/var/log/xen/console/guest-%s.log"
#define TAIL_BYTES  16384
/* What a guest may lag behind its target, before it is said. */
#define LAG_KIB 4096

/* The end of a file, for the caller to free, or NULL. */
static char *tail_of(const char *path)
{
	FILE *file = fopen(path, "re");
	char *text = calloc(1, TAIL_BYTES + 1);
	long size;

	if (!file || !text || fseek(file, 0, SEEK_END))
		goto err;
	size = ftell(file);
	if (size > TAIL_BYTES)
		fseek(file, -TAIL_BYTES, SEEK_END);
	else
		rewind(file);
	text[fread(text, 1, TAIL_BYTES, file)] = 0;
	fclose(file);
	return text;
err:
	if (file)
		fclose(file);
	free(text);
	return NULL;
}

/* How much a line of a console tells: a panic more than what is said after it.
 */
static int weight_of(const char *line)
{
	if (strstr(line, "Kernel panic") && !strstr(line, "end Kernel panic"))
		return 3;
	if (strstr(line, "BUG:") || strstr(line, "Oops"))
		return 2;
	return *line != 0;
}

bool why_last_words(const char *name, char text[WHY_TEXT])
{
	char path[sizeof(CONSOLE_LOG) + DOMAIN_NAME_MAX], *log, *line, *save;
	int now, most = 0;

	text[0] = 0;
	if (strchr(name, '/'))
		return false;
	snprintf(path, sizeof(path), CONSOLE_LOG, name);
	log = tail_of(path);
	if (!log)
		return false;
	for (line = strtok_r(log, "\r\n", &save); line;
	     line = strtok_r(NULL, "\r\n", &save)) {
		now = weight_of(line);
		if (now < most || !now || (now == most && now > 1))
			continue;
		most = now;
		snprintf(text, WHY_TEXT, "%.300s", line);
	}
	free(log);
	log_tame(text);
	return *text;
}

static const char *reason_word(int code)
{
	static const char *const words[] = {
		[SHUTDOWN_poweroff] = "it powered off",
		[SHUTDOWN_reboot] = "it asked for a reboot",
		[SHUTDOWN_suspend] = "it was suspended",
		[SHUTDOWN_crash] = "it crashed",
		[SHUTDOWN_watchdog] = "its watchdog fired",
	};

	return code >= 0 && code <= SHUTDOWN_watchdog ? words[code] :
							"reason unknown";
}

static void add_last_words(struct why *w)
{
	char words[WHY_TEXT];

	if (why_last_words(w->name, words))
		why_add(w, "domain", true,
			"The last words on its console: %.300s", words);
}

static void has_shut_down(struct why *w)
{
	uint32_t domid = w->info.domain;
	int code = domain_shutdown_code(&w->info);
	struct why_found *f;

	f = why_add(w, "domain", true, "Domain %u (%s) has shut down: %s",
		    domid, w->name, reason_word(code));
	if (code == SHUTDOWN_crash)
		add_last_words(w);
	if (!w->has_store)
		return;
	if (store_exists(STORE_NOW, GUEST_TOOL_PATH "/%u/preserved", domid)) {
		why_add(w, "domain", true,
			"It is kept: its configuration says preserve");
		why_set(f->hint, "xm destroy %u ends it", domid);
	} else if (!store_exists(STORE_NOW, GUEST_TOOL_PATH "/%u/uuid",
				 domid)) {
		why_set(f->hint,
			"another tool made it: that one, or xm destroy %u, "
			"ends it",
			domid);
	} else {
		why_set(f->from, "the supervisor");
	}
}

/* Half made: by somebody who is at it, or was. */
static bool is_being_made(struct why *w)
{
	char path[128], uuid[DOMAIN_UUID_LEN], name[PROCESS_NAME_MAX];
	struct why_found *f;
	int pid;

	domain_uuid_text(w->info.handle, uuid);
	snprintf(path, sizeof(path), GUEST_RUN_DIR "/building/%s", uuid);
	if (!guest_is_building(uuid))
		return false;
	pid = process_holds(path);
	if (pid < 0) {
		f = why_add(w, "domain", true,
			    "Domain %u (%s) is half made: its creator died",
			    w->info.domain, w->name);
		why_set(f->hint, "the supervisor undoes it, as does the next "
				 "xm create or xm destroy");
		return true;
	}
	process_name(pid, name);
	f = why_add(w, "domain", true,
		    "Domain %u (%s) is being made, by process %d (%s)%s",
		    w->info.domain, w->name, pid, name,
		    process_stopped(pid) ? ", which is stopped" : "");
	if (process_stopped(pid))
		why_set(f->hint, "kill -CONT %d", pid);
	return true;
}

static void is_asked(struct why *w)
{
	uint32_t domid = w->info.domain;
	char *asked = store_read(STORE_NOW, "/local/domain/%u/control/shutdown",
				 domid);
	struct why_found *f;

	if (asked && *asked) {
		log_tame(asked);
		f = why_add(w, "domain", true,
			    "It has been asked to %.40s and has not taken "
			    "notice: a kernel that has does away with the "
			    "word",
			    asked);
		why_set(f->node, "/local/domain/%u/control/shutdown", domid);
		why_set(f->from, "domain %u (%s)", domid, w->name);
		why_set(f->hint, "xm destroy %u does not ask", domid);
	}
	free(asked);
}

static void is_to_shrink(struct why *w)
{
	uint32_t domid = w->info.domain;
	uint64_t now = w->info.tot_pages << (XEN_PAGE_SHIFT - 10);
	struct why_found *f;
	long target;

	if (!domid ||
	    store_read_number(STORE_NOW, 0, INT64_MAX, &target,
			      "/local/domain/%u/memory/target", domid))
		return;
	if (now <= (uint64_t)target + LAG_KIB)
		return;
	f = why_add(w, "domain", true,
		    "It has %" PRIu64 " MiB and is to have %ld: its balloon "
		    "driver has not given the rest",
		    now >> 10, target >> 10);
	why_set(f->node, "its memory, as xm list shows it");
	why_set(f->from, "domain %u (%s)", domid, w->name);
}

static void is_alive(struct why *w)
{
	uint32_t domid = w->info.domain;
	struct why_found *f;

	if (w->info.flags & XEN_DOMINF_paused && is_being_made(w))
		return;
	if (w->info.flags & XEN_DOMINF_paused) {
		f = why_add(w, "domain", true,
			    "Domain %u (%s) is paused, by a tool", domid,
			    w->name);
		why_set(f->hint, "xm unpause %u", domid);
	} else {
		why_add(w, "domain", false, "Domain %u (%s) is %s", domid,
			w->name, list_state_word(&w->info));
	}
	if (!w->has_store)
		return;
	is_asked(w);
	is_to_shrink(w);
}

void why_domain(struct why *w)
{
	if (w->info.flags & XEN_DOMINF_dying)
		why_add(w, "domain", true,
			"Domain %u (%s) is dying: %" PRIu64 " page%s of it %s "
			"left",
			w->info.domain, w->name, (uint64_t)w->info.tot_pages,
			w->info.tot_pages == 1 ? "" : "s",
			w->info.tot_pages == 1 ? "is" : "are");
	else if (w->info.flags & XEN_DOMINF_shutdown)
		has_shut_down(w);
	else
		is_alive(w);
}

/* ---- those who are to serve it ---- */

static void needs_supervisor(struct why *w)
{
	struct why_found *f;
	int pid = supervisor_pid();

	if (pid > 0 && !process_stopped(pid))
		return;
	if (pid > 0) {
		f = why_add(w, "daemon", true,
			    "The supervisor (process %d) is stopped", pid);
		why_set(f->hint, "kill -CONT %d", pid);
		return;
	}
	f = why_add(w, "daemon", true,
		    "The supervisor does not run: nobody acts on what guests "
		    "do");
	why_set(f->hint, "systemctl start xend");
}

static void needs_console(struct why *w)
{
	uint32_t domid = w->info.domain;
	struct why_found *f;
	int pid = process_find("xenconsoled");

	if (pid >= 0 &&
	    store_exists(STORE_NOW, "/local/domain/%u/console/tty", domid))
		return;
	if (pid >= 0 && !process_stopped(pid))
		f = why_add(w, "daemon", true,
			    "xenconsoled has not taken up its console");
	else if (pid >= 0)
		f = why_add(w, "daemon", true,
			    "xenconsoled (process %d) is stopped", pid);
	else
		f = why_add(w, "daemon", true,
			    "xenconsoled does not run: its console is mute");
	why_set(f->node, "/local/domain/%u/console/tty", domid);
	why_set(f->from, "xenconsoled");
	if (pid < 0)
		why_set(f->hint, "systemctl start xenconsoled, or "
				 "/etc/init.d/xen start");
}

void why_daemons(struct why *w)
{
	struct why_found *f;

	if (!w->has_store) {
		f = why_add(w, "daemon", true,
			    "xenstored does not answer: names, devices and "
			    "consoles cannot be asked for");
		why_set(f->hint, "restart this host: guests cannot find "
				 "another xenstored");
		return;
	}
	if (!w->info.domain || w->info.flags & XEN_DOMINF_dying)
		return;
	if (w->info.flags & XEN_DOMINF_shutdown)
		needs_supervisor(w);
	else
		needs_console(w);
}

/* ---- one that is no more ---- */

#define LINES_MOST 3

bool why_crashed(uint32_t domid)
{
	char *log = tail_of(LOG_FILE), line[64];
	bool crashed;

	snprintf(line, sizeof(line), "] domain %u: has shut down, reason %d\n",
		 domid, SHUTDOWN_crash);
	crashed = log && strstr(log, line);
	free(log);
	return crashed;
}

/* The last lines of xend.log about the domain that was called @name last. */
static void print_log_of(char *log, const char *name)
{
	char made[DOMAIN_NAME_MAX + 16], *line, *save, *at;
	char *last[LINES_MOST] = { NULL };
	unsigned int domid = 0, n = 0, i, now;
	bool known = false;

	snprintf(made, sizeof(made), ": %s ", name);
	for (line = strtok_r(log, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		at = strstr(line, "] domain ");
		if (!at || sscanf(at, "] domain %u:", &now) != 1)
			continue;
		if (strstr(at, made) && (!known || now != domid)) {
			domid = now;
			n = 0;
			known = true;
		}
		if (known && now == domid)
			last[n++ % LINES_MOST] = line;
	}
	for (i = n > LINES_MOST ? n - LINES_MOST : 0; i < n; i++) {
		log_tame(last[i % LINES_MOST]);
		log_hint("%s", last[i % LINES_MOST]);
	}
}

void why_gone(const char *name)
{
	char *log = tail_of(LOG_FILE), words[WHY_TEXT];

	if (log)
		print_log_of(log, name);
	free(log);
	if (why_last_words(name, words))
		log_hint("the last words on its console: %.300s", words);
}
