// SPDX-License-Identifier: GPL-2.0-only
/* sched_op: yield, block, poll, shutdown, watchdog. */
#include "debug/log.h"
#include "domain/domain.h"
#include "domain/guest_copy.h"
#include "hypercall/hypercall.h"
#include "include/errno.h"

#define POLL_MAX_PORTS 128

static long poll(u64 arg)
{
	struct sched_poll op;
	u32 ports[POLL_MAX_PORTS];
	int err = guest_copy_in(&op, arg);

	if (err)
		return err;
	if (op.nr_ports > POLL_MAX_PORTS)
		return fail(-EINVAL);
	err = guest_copy_from(ports, (u64)op.ports.p,
			      op.nr_ports * sizeof(ports[0]));
	return err ? err : vcpu_poll(ports, op.nr_ports, op.timeout);
}

static long shutdown(u64 arg)
{
	struct sched_shutdown op;
	int err = guest_copy_in(&op, arg);

	if (err)
		return err;
	if (op.reason > SHUTDOWN_MAX)
		return fail(-EINVAL);
	domain_shutdown(current->domain, op.reason);
	return 0;
}

static long shutdown_code(u64 arg)
{
	struct sched_shutdown op;
	int err = guest_copy_in(&op, arg);

	if (err)
		return err;
	if (op.reason > SHUTDOWN_MAX)
		return fail(-EINVAL);
	domain_set_shutdown_code(current->domain, op.reason);
	return 0;
}

static long remote_shutdown(u64 arg)
{
	struct sched_remote_shutdown op;
	struct domain *d;
	int err = guest_copy_in(&op, arg);

	if (err)
		return err;
	if (op.reason > SHUTDOWN_MAX)
		return fail(-EINVAL);
	d = domain_get_by_id(op.domain_id);
	if (!d)
		return fail(-ESRCH);
	/* One's own is ended by SCHEDOP_shutdown. */
	if (d == current->domain || !domain_controls(current->domain, d))
		err = -EPERM;
	else
		domain_shutdown(d, op.reason);
	domain_put(d);
	return err;
}

static long watchdog(u64 arg)
{
	struct sched_watchdog op;
	int err = guest_copy_in(&op, arg);

	return err ? err : domain_watchdog(current->domain, op.id, op.timeout);
}

long hc_sched_op(HC_ARGS)
{
	switch ((u32)a1) {
	case SCHEDOP_yield:
		unit_yield(&current->sched);
		return 0;
	case SCHEDOP_block:
		vcpu_block();
		return 0;
	case SCHEDOP_poll:
		return poll(a2);
	case SCHEDOP_shutdown:
		return shutdown(a2);
	case SCHEDOP_shutdown_code:
		return shutdown_code(a2);
	case SCHEDOP_remote_shutdown:
		return remote_shutdown(a2);
	case SCHEDOP_watchdog:
		return watchdog(a2);
	default:
		return -ENOSYS;
	}
}
