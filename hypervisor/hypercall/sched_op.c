// SPDX-License-Identifier: GPL-2.0-only
/* sched_op: yield, block, poll, shutdown, watchdog. */
#include "hypercall/subcall.h"

#define POLL_MAX_PORTS 128

static long poll(struct domain *d, void *arg)
{
	struct sched_poll *op = arg;
	u32 ports[POLL_MAX_PORTS];

	if (op->nr_ports > POLL_MAX_PORTS)
		return fail(-EINVAL);
	if (guest_copy_from(ports, (u64)op->ports.p,
			    op->nr_ports * sizeof(ports[0])))
		return -EFAULT;
	return vcpu_poll(ports, op->nr_ports, op->timeout);
}

static long shutdown(struct domain *d, void *arg)
{
	struct sched_shutdown *op = arg;

	if (op->reason > SHUTDOWN_MAX)
		return fail(-EINVAL);
	domain_shutdown(d, op->reason);
	return 0;
}

static long shutdown_code(struct domain *d, void *arg)
{
	struct sched_shutdown *op = arg;

	if (op->reason > SHUTDOWN_MAX)
		return fail(-EINVAL);
	domain_set_shutdown_code(d, op->reason);
	return 0;
}

static long remote_shutdown(struct domain *self, void *arg)
{
	struct sched_remote_shutdown *op = arg;
	struct domain *d;
	int err = 0;

	if (op->reason > SHUTDOWN_MAX)
		return fail(-EINVAL);
	d = domain_get_by_id(op->domain_id);
	if (!d)
		return fail(-ESRCH);
	/* One's own is ended by SCHEDOP_shutdown. */
	if (d == self || !domain_controls(self, d))
		err = -EPERM;
	else
		domain_shutdown(d, op->reason);
	domain_put(d);
	return err;
}

static long watchdog(struct domain *d, void *arg)
{
	struct sched_watchdog *op = arg;

	return domain_watchdog(d, op->id, op->timeout);
}

static const struct subcall sched_subs[] = {
	[SCHEDOP_poll] = { poll, 0, SUB_IN(sched_poll) },
	[SCHEDOP_shutdown] = { shutdown, 0, SUB_IN(sched_shutdown) },
	[SCHEDOP_shutdown_code] = { shutdown_code, 0, SUB_IN(sched_shutdown) },
	[SCHEDOP_remote_shutdown] = { remote_shutdown, 0,
				      SUB_IN(sched_remote_shutdown) },
	[SCHEDOP_watchdog] = { watchdog, 0, SUB_IN(sched_watchdog) },
};

long hc_sched_op(HC_ARGS)
{
	switch ((u32)a1) {
	case SCHEDOP_yield:
		unit_yield(&current->sched);
		return 0;
	case SCHEDOP_block:
		vcpu_block();
		return 0;
	default:
		return subcall(sched_subs, ARRAY_SIZE(sched_subs), a1, a2);
	}
}
