/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The supervisor owns guests after `xm create` has exited: it sees them shut
 * down, does what their configuration says, and cleans up after the dead. One
 * process for all guests, asleep in poll() between events of xenstore. Only
 * while a dead domain is still listed does it look again by itself.
 *
 * It holds no state of its own: all is in xenstore (/tool/hospes), so it can
 * be killed and started at any time. A restart is written down before its
 * first step, and the next supervisor finishes it.
 */
#ifndef SUPERVISOR_SUPERVISOR_H
#define SUPERVISOR_SUPERVISOR_H

/**
 * supervisor_ensure() - start it when none runs. Does not wait for it; never
 * fails the command: guests run without it, they only are not restarted.
 */
void supervisor_ensure(void);

/** supervisor_pid() - of the one that runs; 0 when none does. */
int supervisor_pid(void);

/** supervisor_run() - be it, until SIGTERM. Return: exit code. */
int supervisor_run(void);

#endif
