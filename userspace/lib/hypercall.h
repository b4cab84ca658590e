/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Hypercalls through libxencall. The handle is opened at the first call and
 * lives as long as the process: a command is one process.
 *
 * All functions return 0 (or a count) or a negative errno. Arguments are
 * ordinary memory: what the hypervisor reads or writes is bounced through
 * buffers that cannot fault.
 */
#ifndef LIB_HYPERCALL_H
#define LIB_HYPERCALL_H

#include "lib/xen.h"

/**
 * hypercall_open() - make sure that there is a hypervisor to talk to.
 * Return: 0, or -ENOTCONN after saying on stderr, once, what is missing.
 */
int hypercall_open(void);

/**
 * hypercall_buffer() - zeroed memory that a hypercall may name.
 * @bytes: size; the caller gives it back with hypercall_buffer_free().
 * Return: NULL when there is none.
 */
void *hypercall_buffer(size_t bytes);
void hypercall_buffer_free(void *buffer);

/** hypercall_domctl() - @op is filled but for the version; updated on return.
 */
int hypercall_domctl(struct xen_domctl *op);

/** hypercall_sysctl() - as hypercall_domctl(). */
int hypercall_sysctl(struct xen_sysctl *op);

/**
 * hypercall_memory() - XENMEM_*.
 * @arg: the operation's structure of @bytes; handles in it must come from
 *	hypercall_buffer(). Copied back when it returns.
 * Return: what the hypervisor returns, or -errno.
 */
long hypercall_memory(unsigned int cmd, void *arg, size_t bytes);

/** hypercall_version() - XENVER_*, as hypercall_memory(). */
long hypercall_version(unsigned int cmd, void *arg, size_t bytes);

/** hypercall_mmuext() - @count operations on domain @domid's tables. */
int hypercall_mmuext(const struct mmuext_op *ops, unsigned int count,
		     uint32_t domid);

/**
 * hypercall_evtchn_alloc() - a port of domain @domid for dom0 to bind to.
 * Return: the port, or -errno.
 */
int hypercall_evtchn_alloc(uint32_t domid);

#endif
