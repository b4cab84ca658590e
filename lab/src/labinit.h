/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * dom0's first process: the parts shared between its two files.
 */
#ifndef LAB_INIT_H
#define LAB_INIT_H

#include <stdbool.h>

/* A line on the console, prefixed, with errno's text when err is not 0. */
void say(int err, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Answer the host for ever.  not_up: what the boot could not bring up. */
void serve(int port, const char *not_up);

#endif /* LAB_INIT_H */
