/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rebuilding a guest that has shut down. What is to be done is written to
 * /tool/hospes/restart/UUID first, in one transaction, and removed last.
 */
#ifndef SUPERVISOR_RESTART_H
#define SUPERVISOR_RESTART_H

#include <stdint.h>

/** restart_guest() - the same guest again, with a new number. */
void restart_guest(uint32_t domid);

/** restart_renamed() - the old one stays, under another name; a new one. */
void restart_renamed(uint32_t domid);

/** restart_unfinished() - finish what a supervisor that died had begun. */
void restart_unfinished(void);

#endif
