// SPDX-License-Identifier: GPL-2.0-only
/* event_channel_op: decoding; what the operations do is in domain/evtchn.c. */
#include "debug/log.h"
#include "domain/evtchn.h"
#include "domain/evtchn_fifo.h"
#include "domain/guest_copy.h"
#include "hypercall/hypercall.h"
#include "include/errno.h"

/* The domain an operation is about, referenced. -ESRCH, -EPERM. */
static int get_target(domid_t id, struct domain **d)
{
	*d = domain_get_self_or(id);
	if (!*d)
		return fail(-ESRCH);
	if (domain_controls(current->domain, *d))
		return 0;
	domain_put(*d);
	return fail(-EPERM);
}

static long alloc_unbound(u64 arg)
{
	struct evtchn_alloc_unbound op;
	struct domain *d;
	int err = guest_copy_in(&op, arg);

	if (!err)
		err = get_target(op.dom, &d);
	if (err)
		return err;
	if (op.remote_dom == DOMID_SELF)
		op.remote_dom = current->domain->id;
	err = evtchn_alloc_unbound(d, op.remote_dom, &op.port);
	if (!err) {
		err = guest_copy_field_out(arg, &op, port);
		if (err && evtchn_close(d, op.port))
			err = -EFAULT;
	}
	domain_put(d);
	return err;
}

static long bind_interdomain(u64 arg)
{
	struct evtchn_bind_interdomain op;
	struct domain *remote;
	int err = guest_copy_in(&op, arg);

	if (err)
		return err;
	remote = domain_get_self_or(op.remote_dom);
	if (!remote)
		return fail(-ESRCH);
	err = evtchn_bind_interdomain(current->domain, remote, op.remote_port,
				      &op.local_port);
	domain_put(remote);
	return err ? err : guest_copy_field_out(arg, &op, local_port);
}

static long bind_virq(u64 arg)
{
	struct evtchn_bind_virq op;
	int err = guest_copy_in(&op, arg);

	if (!err)
		err = evtchn_bind_virq(current->domain, op.virq, op.vcpu,
				       &op.port);
	return err ? err : guest_copy_field_out(arg, &op, port);
}

static long bind_ipi(u64 arg)
{
	struct evtchn_bind_ipi op;
	int err = guest_copy_in(&op, arg);

	if (!err)
		err = evtchn_bind_ipi(current->domain, op.vcpu, &op.port);
	return err ? err : guest_copy_field_out(arg, &op, port);
}

static long bind_pirq(u64 arg)
{
	struct evtchn_bind_pirq op;
	int err = guest_copy_in(&op, arg);

	if (!err)
		err = evtchn_bind_pirq(current->domain, op.pirq, op.flags,
				       &op.port);
	return err ? err : guest_copy_field_out(arg, &op, port);
}

static long status(u64 arg)
{
	struct evtchn_status op;
	struct domain *d;
	int err = guest_copy_in(&op, arg);

	if (!err)
		err = get_target(op.dom, &d);
	if (err)
		return err;
	err = evtchn_status(d, &op);
	domain_put(d);
	return err ? err : guest_copy_out(arg, &op);
}

static long bind_vcpu(u64 arg)
{
	struct evtchn_bind_vcpu op;
	int err = guest_copy_in(&op, arg);

	return err ? err : evtchn_bind_vcpu(current->domain, op.port, op.vcpu);
}

static long reset(u64 arg)
{
	struct evtchn_reset op;
	struct domain *d;
	int err = guest_copy_in(&op, arg);

	if (!err)
		err = get_target(op.dom, &d);
	if (err)
		return err;
	do
		err = evtchn_reset(d);
	while (err == -ERESTART && !hypercall_preempt_check());
	domain_put(d);
	if (err == -ERESTART)
		return hypercall_restart(__HYPERVISOR_event_channel_op,
					 EVTCHNOP_reset, arg, 0, 0, 0);
	return err;
}

static long init_control(u64 arg)
{
	struct evtchn_init_control op;
	int err = guest_copy_in(&op, arg);

	if (err)
		return err;
	err = evtchn_fifo_init_control(current->domain, op.vcpu,
				       _mfn(op.control_gfn), op.offset);
	op.link_bits = EVTCHN_FIFO_LINK_BITS;
	return err ? err : guest_copy_field_out(arg, &op, link_bits);
}

static long expand_array(u64 arg)
{
	struct evtchn_expand_array op;
	int err = guest_copy_in(&op, arg);

	return err ? err :
		     evtchn_fifo_expand(current->domain, _mfn(op.array_gfn));
}

static long set_priority(u64 arg)
{
	struct evtchn_set_priority op;
	int err = guest_copy_in(&op, arg);

	return err ? err :
		     evtchn_fifo_set_priority(current->domain, op.port,
					      op.priority);
}

/* close, send and unmask have one argument, the port. */
static long with_port(u64 arg, int (*fn)(struct domain *d, u32 port))
{
	evtchn_port_t port;
	int err = guest_copy_in(&port, arg);

	return err ? err : fn(current->domain, port);
}

long hc_event_channel_op(HC_ARGS)
{
	switch ((u32)a1) {
	case EVTCHNOP_send:
		return with_port(a2, evtchn_send);
	case EVTCHNOP_unmask:
		return with_port(a2, evtchn_unmask);
	case EVTCHNOP_close:
		return with_port(a2, evtchn_close);
	case EVTCHNOP_alloc_unbound:
		return alloc_unbound(a2);
	case EVTCHNOP_bind_interdomain:
		return bind_interdomain(a2);
	case EVTCHNOP_bind_virq:
		return bind_virq(a2);
	case EVTCHNOP_bind_ipi:
		return bind_ipi(a2);
	case EVTCHNOP_bind_pirq:
		return bind_pirq(a2);
	case EVTCHNOP_status:
		return status(a2);
	case EVTCHNOP_bind_vcpu:
		return bind_vcpu(a2);
	case EVTCHNOP_reset:
		return reset(a2);
	case EVTCHNOP_init_control:
		return init_control(a2);
	case EVTCHNOP_expand_array:
		return expand_array(a2);
	case EVTCHNOP_set_priority:
		return set_priority(a2);
	default:
		return -ENOSYS;
	}
}
