/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Devices whose driver in dom0 was taken off and put back, or loaded anew. An
 * interface is new then, down and no port of its bridge; a disk on a file has
 * lost the file. Both are given back what they had when they were made.
 *
 * A driver that takes a device sets the backend's state, so a watch tells of
 * it. What happened while no supervisor ran is found when one starts.
 */
#ifndef SUPERVISOR_REWIRE_H
#define SUPERVISOR_REWIRE_H

#define REWIRE_TOKEN "backend"

/** rewire_watch() - from now on events come with REWIRE_TOKEN. 0 or -errno. */
int rewire_watch(void);

/**
 * rewire_event() - act on the event of @path. The first of a watch, of its own
 * path, has all devices looked at. Complains by log_error().
 */
void rewire_event(const char *path);

#endif
