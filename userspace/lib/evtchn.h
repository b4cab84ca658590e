/* SPDX-License-Identifier: GPL-2.0-only */
/* dom0's event channels through libxenevtchn: for waiting, never in a loop. */
#ifndef LIB_EVTCHN_H
#define LIB_EVTCHN_H

#include <stdint.h>

/**
 * evtchn_bind_virq() - be told of virtual interrupt @virq.
 * Return: the local port, or -errno. Opens the device at the first use.
 */
int evtchn_bind_virq(unsigned int virq);

/** evtchn_bind_interdomain() - join port @port of @domid; as above. */
int evtchn_bind_interdomain(uint32_t domid, unsigned int port);

/** evtchn_notify() - send an event through local @port; 0 or -errno. */
int evtchn_notify(unsigned int port);

/** evtchn_unbind() - give local @port back. */
void evtchn_unbind(unsigned int port);

/** evtchn_fd() - readable when a port has fired; -1 before any bind. */
int evtchn_fd(void);

/**
 * evtchn_take() - the port that fired, unmasked again.
 * Return: the port, or -errno. Blocks when none has.
 */
int evtchn_take(void);

#endif
