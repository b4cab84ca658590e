/* SPDX-License-Identifier: GPL-2.0-only */
/* Comma separated fields of a disk or an interface, with their places. */
#ifndef CONFIG_FIELDS_H
#define CONFIG_FIELDS_H

#include "config/config.h"

struct field {
	const char *text; /* copied, NUL terminated, without blanks around */
	size_t offset; /* of text in the entry */
	const char *key; /* before a `=`, without blanks; or NULL */
	size_t key_offset;
};

#define FIELDS_MAX 24

/*
 * fields_split - the fields of @value, a string
 *
 * Quotes around a value are removed; one that is not closed is an error. A
 * field whose key is @last takes the rest of the entry as it stands. Return:
 * their number, -1 with the config's error set.
 */
int fields_split(struct config *config, const struct config_value *value,
		 const char *last, struct field fields[FIELDS_MAX]);

#endif
