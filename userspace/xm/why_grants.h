/* SPDX-License-Identifier: GPL-2.0-only */
/* Who uses the grants of a domain, read from what key 'g' prints. */
#ifndef XM_WHY_GRANTS_H
#define XM_WHY_GRANTS_H

#include <stdbool.h>
#include <stdint.h>

#define GRANT_USERS_MOST 64

/* What a domain has mapped of the one that granted it. */
struct grant_user {
	unsigned int domid;
	unsigned int count;
	bool console, xenstore; /* the rings' entries are among them */
};

struct grants {
	struct grant_user users[GRANT_USERS_MOST];
	int nr;
	unsigned int total;
	bool known; /* the log has something of that domain */
};

/**
 * grants_parse() - what @log has last of the grants of domain @domid. Lines may
 * have anything before what matters: prefixes and time stamps.
 */
void grants_parse(struct grants *g, const char *log, uint32_t domid);

#endif
