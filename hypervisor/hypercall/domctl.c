/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * domctl: a toolstack's operations on domains. <xen/domctl.h>
 *
 * What changes a domain is done one at a time; who finds the lock taken comes
 * back later, so that nobody spins through another's long work. That is why it
 * may be held over copies from and to the caller.
 */
#include "cpu/time.h"
#include "domain/evtchn.h"
#include "hypercall/domctl.h"
#include "hypercall/hypercall.h"
#include "lib/string.h"

#define TSC_MODE_DEFAULT       0
#define TSC_MODE_NEVER_EMULATE 2
#define MAX_TIME_OFFSET_S      (1L << 33)
#define GUEST_BITS	       64
#define TRIGGER_NMI	       XEN_DOMCTL_SENDTRIGGER_NMI

static spinlock_t domctl_lock = SPINLOCK_INIT(RANK_DOMCTL);

static int pausedomain(struct domain *d, struct xen_domctl *op)
{
	if (d == current->domain)
		return -EINVAL;
	domain_pause_by_controller(d);
	return 0;
}

static int unpausedomain(struct domain *d, struct xen_domctl *op)
{
	if (!domain_vcpu(d, 0))
		return fail(-EINVAL);
	d->created = true;
	return domain_unpause_by_controller(d);
}

static int resumedomain(struct domain *d, struct xen_domctl *op)
{
	if (d == current->domain)
		return -EINVAL;
	domain_resume(d);
	return 0;
}

static int setdomainhandle(struct domain *d, struct xen_domctl *op)
{
	spin_lock(&d->lock);
	memcpy(d->handle, op->u.setdomainhandle.handle, sizeof(d->handle));
	spin_unlock(&d->lock);
	return 0;
}

static int set_address_size(struct domain *d, struct xen_domctl *op)
{
	return op->u.address_size.size == GUEST_BITS ? 0 : -EINVAL;
}

static int get_address_size(struct domain *d, struct xen_domctl *op)
{
	op->u.address_size.size = GUEST_BITS;
	return 0;
}

/* Guests read the TSC themselves: nothing to set up for that, or emulate. */
static int settscinfo(struct domain *d, struct xen_domctl *op)
{
	u32 mode = op->u.tsc_info.tsc_mode;

	if (d == current->domain)
		return -EINVAL;
	if (mode == TSC_MODE_DEFAULT || mode == TSC_MODE_NEVER_EMULATE)
		return 0;
	return fail(-EOPNOTSUPP);
}

static int gettscinfo(struct domain *d, struct xen_domctl *op)
{
	op->u.tsc_info = (struct xen_domctl_tsc_info){
		.tsc_mode = TSC_MODE_NEVER_EMULATE,
		.gtsc_khz = tsc_hz / 1000,
		.elapsed_nsec = now_ns() - d->create_ns,
	};
	return 0;
}

static int settimeoffset(struct domain *d, struct xen_domctl *op)
{
	s64 seconds = op->u.settimeoffset.time_offset_seconds;

	if (seconds > MAX_TIME_OFFSET_S || seconds < -MAX_TIME_OFFSET_S)
		return fail(-EINVAL);
	WRITE_ONCE(d->wallclock_offset_ns, seconds * 1000000000L);
	vtime_update_wallclock(d);
	return 0;
}

static int sendtrigger(struct domain *d, struct xen_domctl *op)
{
	struct vcpu *v = domain_vcpu(d, op->u.sendtrigger.vcpu);

	if (op->u.sendtrigger.trigger != TRIGGER_NMI)
		return -EOPNOTSUPP;
	if (!v)
		return -ESRCH;
	vcpu_send_nmi(v);
	return 0;
}

static int set_virq_handler(struct domain *d, struct xen_domctl *op)
{
	return virq_set_handler(d, op->u.set_virq_handler.virq);
}

/* The caches are coherent. */
static int cacheflush(struct domain *d, struct xen_domctl *op)
{
	return 0;
}

static domctl_fn *const domctl_subs[] = {
	[XEN_DOMCTL_destroydomain] = domctl_destroydomain,
	[XEN_DOMCTL_pausedomain] = pausedomain,
	[XEN_DOMCTL_unpausedomain] = unpausedomain,
	[XEN_DOMCTL_setvcpuaffinity] = domctl_setvcpuaffinity,
	[XEN_DOMCTL_max_mem] = domctl_max_mem,
	[XEN_DOMCTL_setvcpucontext] = domctl_setvcpucontext,
	[XEN_DOMCTL_getvcpucontext] = domctl_getvcpucontext,
	[XEN_DOMCTL_getvcpuinfo] = domctl_getvcpuinfo,
	[XEN_DOMCTL_max_vcpus] = domctl_max_vcpus,
	[XEN_DOMCTL_scheduler_op] = domctl_scheduler_op,
	[XEN_DOMCTL_setdomainhandle] = setdomainhandle,
	[XEN_DOMCTL_hypercall_init] = domctl_hypercall_init,
	[XEN_DOMCTL_settimeoffset] = settimeoffset,
	[XEN_DOMCTL_getvcpuaffinity] = domctl_getvcpuaffinity,
	[XEN_DOMCTL_resumedomain] = resumedomain,
	[XEN_DOMCTL_sendtrigger] = sendtrigger,
	[XEN_DOMCTL_set_address_size] = set_address_size,
	[XEN_DOMCTL_get_address_size] = get_address_size,
	[XEN_DOMCTL_gettscinfo] = gettscinfo,
	[XEN_DOMCTL_settscinfo] = settscinfo,
	[XEN_DOMCTL_getpageframeinfo3] = domctl_getpageframeinfo3,
	[XEN_DOMCTL_set_virq_handler] = set_virq_handler,
	[XEN_DOMCTL_setnodeaffinity] = domctl_setnodeaffinity,
	[XEN_DOMCTL_getnodeaffinity] = domctl_getnodeaffinity,
	[XEN_DOMCTL_cacheflush] = cacheflush,
	[XEN_DOMCTL_get_cpu_policy] = domctl_get_cpu_policy,
	[XEN_DOMCTL_set_cpu_policy] = domctl_set_cpu_policy,
};

static int on_domain(struct xen_domctl *op)
{
	struct domain *d;
	int err;

	if (op->cmd >= ARRAY_SIZE(domctl_subs) || !domctl_subs[op->cmd])
		return -ENOSYS;
	d = domain_get_self_or(op->domain);
	if (!d)
		return -ESRCH;
	err = domctl_subs[op->cmd](d, op);
	op->domain = d->id;
	domain_put(d);
	return err;
}

/* Two have no domain to look up: the one is yet to be, the other asks which. */
static int dispatch(struct xen_domctl *op)
{
	switch (op->cmd) {
	case XEN_DOMCTL_createdomain:
		return domctl_createdomain(op);
	case XEN_DOMCTL_getdomaininfo:
		return domctl_getdomaininfo(op);
	default:
		return on_domain(op);
	}
}

/* Some only look, and the end of a domain has a lock of its own. */
static bool needs_lock(u32 cmd)
{
	return cmd != XEN_DOMCTL_getdomaininfo &&
	       cmd != XEN_DOMCTL_getvcpuinfo && cmd != XEN_DOMCTL_destroydomain;
}

static int dispatch_locked(struct xen_domctl *op)
{
	int err;

	if (!needs_lock(op->cmd))
		return dispatch(op);
	if (!spin_trylock(&domctl_lock))
		return -ERESTART;
	err = dispatch(op);
	spin_unlock(&domctl_lock);
	return err;
}

long hc_domctl(HC_ARGS)
{
	struct xen_domctl op;
	long err;

	if (!current->domain->is_privileged)
		return -EPERM;
	if (guest_copy_in(&op, a1))
		return -EFAULT;
	if (op.interface_version != XEN_DOMCTL_INTERFACE_VERSION)
		return -EACCES;
	err = dispatch_locked(&op);
	if (err == -ERESTART)
		return hypercall_restart(__HYPERVISOR_domctl, a1, 0, 0, 0, 0);
	if (err == 0 && guest_copy_out(a1, &op))
		return -EFAULT;
	return err;
}
