/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of all keys that a guest's configuration may have. */
#ifndef CONFIG_KEYS_H
#define CONFIG_KEYS_H

#include <stddef.h>
#include <stdint.h>

enum key_kind {
	KEY_STRING,
	KEY_INT,
	KEY_FLOAT,
	KEY_BOOL,
	KEY_CHOICE, /* one of `choices` */
	KEY_LIST, /* of strings; a lone string is a list of one */
	KEY_CPUS, /* a string, a number or a list of them */
	KEY_ANY,
};

enum key_status {
	KEY_DONE, /* does what it says */
	KEY_NOTED, /* accepted; a note says why it has no effect */
	KEY_REFUSED, /* an error, unless its value is empty or false */
};

struct key {
	const char *name;
	enum key_kind kind;
	enum key_status status;
	/* Done: what it is. Noted: why without effect. Refused: why. */
	const char *text;
	int64_t min; /* KEY_INT, inclusive; both 0: any */
	int64_t max;
	const char *choices; /* KEY_CHOICE: words parted by blanks */
	const char *alias_of; /* the canonical name, for another spelling */
};

/* By name, aliases not resolved; NULL if there is none. */
const struct key *key_find(const char *name);
/* The i-th row, NULL past the end; and only its name. */
const struct key *key_at(size_t i);
const char *key_name(size_t i);

#endif
