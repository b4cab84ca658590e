/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Named points between the steps of what must survive a kill -9. The tests set
 * HOSPES_KILL_AT to one of the names; then the process dies there.
 */
#ifndef LIB_STEP_H
#define LIB_STEP_H

void step_reached(const char *name);

#endif
