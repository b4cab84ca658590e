/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What `why` finds out of a domain: sentences, each of one thing, with the node
 * of xenstore that is waited for, if one is.
 */
#ifndef XM_WHY_H
#define XM_WHY_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/domain.h"

#define WHY_TEXT 768
#define WHY_MOST 256

struct why_found {
	const char *about; /* domain, pages, holder, device, daemon */
	bool wrong; /* it holds the domain up */
	char text[WHY_TEXT];
	char node[WHY_TEXT]; /* that is waited for, or "" */
	char from[WHY_TEXT]; /* who is to write it, or "" */
	char hint[WHY_TEXT]; /* or "" */
};

struct why {
	domain_info_t info;
	char name[DOMAIN_NAME_MAX];
	struct why_found *found;
	int count;
	bool has_store; /* xenstored answers */
};

/** why_add() - one more; never NULL (past WHY_MOST the last is written over).
 */
struct why_found *why_add(struct why *w, const char *about, bool wrong,
			  const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/** why_set() - fill node, from or hint. */
void why_set(char field[WHY_TEXT], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* The parts: each adds what it finds. */
void why_domain(struct why *w); /* state; who is to act on it */
void why_daemons(struct why *w); /* xenstored, xenconsoled, the supervisor */
void why_pages(struct why *w); /* of one that dies: who has its pages */
void why_devices(struct why *w);

/** why_gone() - on stderr, what the logs say of a guest that is no more. */
void why_gone(const char *name);

/** why_crashed() - does the supervisor's log have @domid crash? */
bool why_crashed(uint32_t domid);

/** why_last_words() - how the console of @name ended; false: nothing known. */
bool why_last_words(const char *name, char text[WHY_TEXT]);

#endif
