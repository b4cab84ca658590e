// SPDX-License-Identifier: GPL-2.0-only
/* event_channel_op: decoding; what the operations do is in domain/evtchn.c. */
#include "domain/evtchn_fifo.h"
#include "hypercall/subcall.h"

static long alloc_unbound(void *arg)
{
	struct evtchn_alloc_unbound *op = arg;
	struct domain *d;
	int err = domain_get_controlled(op->dom, &d);

	if (err)
		return err;
	if (op->remote_dom == DOMID_SELF)
		op->remote_dom = current->domain->id;
	err = evtchn_alloc_unbound(d, op->remote_dom, &op->port);
	domain_put(d);
	return err;
}

static void undo_alloc_unbound(void *arg)
{
	struct evtchn_alloc_unbound *op = arg;
	struct domain *d;

	if (domain_get_controlled(op->dom, &d))
		return;
	(void)!evtchn_close(d, op->port);
	domain_put(d);
}

static long bind_interdomain(void *arg)
{
	struct evtchn_bind_interdomain *op = arg;
	struct domain *remote = domain_get_self_or(op->remote_dom);
	int err;

	if (!remote)
		return fail(-ESRCH);
	err = evtchn_bind_interdomain(current->domain, remote, op->remote_port,
				      &op->local_port);
	domain_put(remote);
	return err;
}

static long bind_virq(void *arg)
{
	struct evtchn_bind_virq *op = arg;

	return evtchn_bind_virq(current->domain, op->virq, op->vcpu, &op->port);
}

static long bind_ipi(void *arg)
{
	struct evtchn_bind_ipi *op = arg;

	return evtchn_bind_ipi(current->domain, op->vcpu, &op->port);
}

static long bind_pirq(void *arg)
{
	struct evtchn_bind_pirq *op = arg;

	return evtchn_bind_pirq(current->domain, op->pirq, op->flags,
				&op->port);
}

static long status(void *arg)
{
	struct evtchn_status *op = arg;
	struct domain *d;
	int err = domain_get_controlled(op->dom, &d);

	if (err)
		return err;
	err = evtchn_status(d, op);
	domain_put(d);
	return err;
}

static long bind_vcpu(void *arg)
{
	struct evtchn_bind_vcpu *op = arg;

	return evtchn_bind_vcpu(current->domain, op->port, op->vcpu);
}

static long reset(void *arg)
{
	struct evtchn_reset *op = arg;
	struct domain *d;
	int err = domain_get_controlled(op->dom, &d);

	if (err)
		return err;
	do
		err = evtchn_reset(d);
	while (err == -ERESTART && !hypercall_preempt_check());
	domain_put(d);
	return err;
}

static long init_control(void *arg)
{
	struct evtchn_init_control *op = arg;

	op->link_bits = EVTCHN_FIFO_LINK_BITS;
	return evtchn_fifo_init_control(current->domain, op->vcpu,
					_mfn(op->control_gfn), op->offset);
}

static long expand_array(void *arg)
{
	struct evtchn_expand_array *op = arg;

	return evtchn_fifo_expand(current->domain, _mfn(op->array_gfn));
}

static long set_priority(void *arg)
{
	struct evtchn_set_priority *op = arg;

	return evtchn_fifo_set_priority(current->domain, op->port,
					op->priority);
}

static long send(void *arg)
{
	return evtchn_send(current->domain, *(evtchn_port_t *)arg);
}

static long unmask(void *arg)
{
	return evtchn_unmask(current->domain, *(evtchn_port_t *)arg);
}

static long close(void *arg)
{
	return evtchn_close(current->domain, *(evtchn_port_t *)arg);
}

static const struct subcall event_channel_subs[] = {
	[EVTCHNOP_send] = { send, NULL, SUB_IN(evtchn_send) },
	[EVTCHNOP_unmask] = { unmask, NULL, SUB_IN(evtchn_unmask) },
	[EVTCHNOP_close] = { close, NULL, SUB_IN(evtchn_close) },
	[EVTCHNOP_alloc_unbound] = { alloc_unbound, undo_alloc_unbound,
				     SUB_OUT(evtchn_alloc_unbound, port) },
	[EVTCHNOP_bind_interdomain] = { bind_interdomain, NULL,
					SUB_OUT(evtchn_bind_interdomain,
						local_port) },
	[EVTCHNOP_bind_virq] = { bind_virq, NULL,
				 SUB_OUT(evtchn_bind_virq, port) },
	[EVTCHNOP_bind_ipi] = { bind_ipi, NULL,
				SUB_OUT(evtchn_bind_ipi, port) },
	[EVTCHNOP_bind_pirq] = { bind_pirq, NULL,
				 SUB_OUT(evtchn_bind_pirq, port) },
	[EVTCHNOP_status] = { status, NULL, SUB_ALL_OUT(evtchn_status) },
	[EVTCHNOP_bind_vcpu] = { bind_vcpu, NULL, SUB_IN(evtchn_bind_vcpu) },
	[EVTCHNOP_reset] = { reset, NULL, SUB_IN(evtchn_reset) },
	[EVTCHNOP_init_control] = { init_control, NULL,
				    SUB_OUT(evtchn_init_control, link_bits) },
	[EVTCHNOP_expand_array] = { expand_array, NULL,
				    SUB_IN(evtchn_expand_array) },
	[EVTCHNOP_set_priority] = { set_priority, NULL,
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
