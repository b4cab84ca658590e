// SPDX-License-Identifier: GPL-2.0-only
/* event_channel_op: decoding; what the operations do is in domain/evtchn.c. */
#include "domain/evtchn_fifo.h"
#include "hypercall/subcall.h"

static long alloc_unbound(struct domain *d, void *arg)
{
	struct evtchn_alloc_unbound *op = arg;

	if (op->remote_dom == DOMID_SELF)
		op->remote_dom = current->domain->id;
	return evtchn_alloc_unbound(d, op->remote_dom, &op->port);
}

static void undo_alloc_unbound(struct domain *d, void *arg)
{
	struct evtchn_alloc_unbound *op = arg;

	(void)!evtchn_close(d, op->port);
}

static long bind_interdomain(struct domain *d, void *arg)
{
	struct evtchn_bind_interdomain *op = arg;
	struct domain *remote = domain_get_self_or(op->remote_dom);
	int err;

	if (!remote)
		return fail(-ESRCH);
	err = evtchn_bind_interdomain(d, remote, op->remote_port,
				      &op->local_port);
	domain_put(remote);
	return err;
}

static long bind_virq(struct domain *d, void *arg)
{
	struct evtchn_bind_virq *op = arg;

	return evtchn_bind_virq(d, op->virq, op->vcpu, &op->port);
}

static long bind_ipi(struct domain *d, void *arg)
{
	struct evtchn_bind_ipi *op = arg;

	return evtchn_bind_ipi(d, op->vcpu, &op->port);
}

static long bind_pirq(struct domain *d, void *arg)
{
	struct evtchn_bind_pirq *op = arg;

	return evtchn_bind_pirq(d, op->pirq, op->flags, &op->port);
}

static long status(struct domain *d, void *arg)
{
	return evtchn_status(d, arg);
}

static long bind_vcpu(struct domain *d, void *arg)
{
	struct evtchn_bind_vcpu *op = arg;

	return evtchn_bind_vcpu(d, op->port, op->vcpu);
}

static long reset(struct domain *d, void *arg)
{
	int err;

	do
		err = evtchn_reset(d);
	while (err == -ERESTART && !hypercall_preempt_check());
	return err;
}

static long init_control(struct domain *d, void *arg)
{
	struct evtchn_init_control *op = arg;

	op->link_bits = EVTCHN_FIFO_LINK_BITS;
	return evtchn_fifo_init_control(d, op->vcpu, _mfn(op->control_gfn),
					op->offset);
}

static long expand_array(struct domain *d, void *arg)
{
	struct evtchn_expand_array *op = arg;

	return evtchn_fifo_expand(d, _mfn(op->array_gfn));
}

static long set_priority(struct domain *d, void *arg)
{
	struct evtchn_set_priority *op = arg;

	return evtchn_fifo_set_priority(d, op->port, op->priority);
}

static long send(struct domain *d, void *arg)
{
	return evtchn_send(d, *(evtchn_port_t *)arg);
}

static long unmask(struct domain *d, void *arg)
{
	return evtchn_unmask(d, *(evtchn_port_t *)arg);
}

static long close(struct domain *d, void *arg)
{
	return evtchn_close(d, *(evtchn_port_t *)arg);
}

static const struct subcall event_channel_subs[] = {
	[EVTCHNOP_send] = { send, 0, SUB_IN(evtchn_send) },
	[EVTCHNOP_unmask] = { unmask, 0, SUB_IN(evtchn_unmask) },
	[EVTCHNOP_close] = { close, 0, SUB_IN(evtchn_close) },
	[EVTCHNOP_alloc_unbound] = { alloc_unbound, SUB_DOM,
				     SUB_OUT(evtchn_alloc_unbound, port),
				     undo_alloc_unbound },
	[EVTCHNOP_bind_interdomain] = { bind_interdomain, 0,
					SUB_OUT(evtchn_bind_interdomain,
						local_port) },
	[EVTCHNOP_bind_virq] = { bind_virq, 0,
				 SUB_OUT(evtchn_bind_virq, port) },
	[EVTCHNOP_bind_ipi] = { bind_ipi, 0, SUB_OUT(evtchn_bind_ipi, port) },
	[EVTCHNOP_bind_pirq] = { bind_pirq, 0,
				 SUB_OUT(evtchn_bind_pirq, port) },
	[EVTCHNOP_status] = { status, SUB_DOM, SUB_ALL_OUT(evtchn_status) },
	[EVTCHNOP_bind_vcpu] = { bind_vcpu, 0, SUB_IN(evtchn_bind_vcpu) },
	[EVTCHNOP_reset] = { reset, SUB_DOM, SUB_IN(evtchn_reset) },
	[EVTCHNOP_init_control] = { init_control, 0,
				    SUB_OUT(evtchn_init_control, link_bits) },
	[EVTCHNOP_expand_array] = { expand_array, 0,
				    SUB_IN(evtchn_expand_array) },
	[EVTCHNOP_set_priority] = { set_priority, 0,
				    SUB_IN(evtchn_set_priority) },
};

long hc_event_channel_op(HC_ARGS)
{
	long ret = subcall(event_channel_subs, ARRAY_SIZE(event_channel_subs),
			   a1, a2);

	if (ret == -ERESTART)
		return hypercall_restart(__HYPERVISOR_event_channel_op, a1, a2,
					 0, 0, 0);
	return ret;
}
