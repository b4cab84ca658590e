// SPDX-License-Identifier: GPL-2.0-only
/*
 * What key 'g' prints, on Xen and on ours:
 *
 *	grant-table for remote d5 (v1)
 *	[0x008]      0 0x012345 0x00000001 ...
 *
 * a heading for each domain and a line for each entry in use: its number, who
 * uses it, the frame, and how often.
 */
#include "xm/why_grants.h"
#include <stdio.h>
#include <string.h>

#define REF_CONSOLE  0 /* GNTTAB_RESERVED_CONSOLE and _XENSTORE */
#define REF_XENSTORE 1

static struct grant_user *user_of(struct grants *g, unsigned int domid)
{
	int i;

	for (i = 0; i < g->nr; i++)
		if (g->users[i].domid == domid)
			return g->users + i;
	if (g->nr == GRANT_USERS_MOST)
		return NULL;
	g->users[g->nr] = (struct grant_user){ .domid = domid };
	return g->users + g->nr++;
}

static void take_entry(struct grants *g, const char *line)
{
	unsigned int ref, domid;
	struct grant_user *user;

	line = strchr(line, '[');
	/* Xen's own time stamps come in brackets as well. */
	while (line && sscanf(line, "[0x%x] %u 0x", &ref, &domid) != 2)
		line = strchr(line + 1, '[');
	if (!line)
		return;
	g->total++;
	user = user_of(g, domid);
	if (!user)
		return;
	user->count++;
	user->console |= ref == REF_CONSOLE;
	user->xenstore |= ref == REF_XENSTORE;
}

/* From the last heading of that domain to the next one. */
void grants_parse(struct grants *g, const char *log, uint32_t domid)
{
	char heading[64], line[256];
	const char *at = NULL, *next = log, *end;
	size_t length;

	memset(g, 0, sizeof(*g));
	snprintf(heading, sizeof(heading), "grant-table for remote d%u (",
		 domid);
	while ((next = strstr(next, heading)))
		at = next++;
	g->known = at;
	while (at && (end = strchr(at, '\n'))) {
		at = end + 1;
		length = strcspn(at, "\n");
		if (length >= sizeof(line))
			continue;
		memcpy(line, at, length);
		line[length] = 0;
		if (strstr(line, "grant-table for remote"))
			return;
		take_entry(g, line);
	}
}
