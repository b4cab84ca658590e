/* SPDX-License-Identifier: GPL-2.0-only */
/* The hypervisor's messages, and the keys that make it print its state. */
#ifndef LIB_HVLOG_H
#define LIB_HVLOG_H

#include <stdbool.h>
#include <stddef.h>

#define HVLOG_KEYS_MAX 64

/**
 * hvlog_read() - all messages that the hypervisor still has.
 * @clear: and has it forget them.
 * @text: set to a block that the caller frees; ends with NUL.
 * @bytes: its length, or NULL.
 * Return: 0 or -errno.
 */
int hvlog_read(bool clear, char **text, size_t *bytes);

/** hvlog_keys() - press @keys, 1 to HVLOG_KEYS_MAX. Return: 0 or -errno. */
int hvlog_keys(const char *keys);

#endif
