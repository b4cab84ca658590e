/* SPDX-License-Identifier: GPL-2.0-only */
/* A terminal joined to a guest's console, which xenconsoled serves as a pty. */
#ifndef XM_CONSOLE_H
#define XM_CONSOLE_H

#include <stdbool.h>
#include <stdint.h>

#define CONSOLE_ESCAPE 0x1d /* Ctrl-] */

struct console {
	int fd; /* the pty; -1: none */
	bool ended; /* the guest did, not who sat at the terminal */
};

/** console_is_served() - does xenconsoled run? Says so if it does not. */
bool console_is_served(void);

/**
 * console_ready() - wait until @domid has a console and open it.
 * @arg: struct console.
 * Return: 0, or -errno after saying why.
 */
int console_ready(uint32_t domid, void *arg);

/**
 * console_run() - join stdin and stdout to it, until Ctrl-], end of input, or
 * the guest's end. Puts the terminal back as it was. Return: exit code.
 */
int console_run(struct console *console);

#endif
