/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl: how a toolstack makes a domain, gives it a start and ends it. */
#include "hypercall/domctl.h"
#include "hypercall/hypercall.h"
#include "lib/string.h"
#include "mm/frame.h"
#include "pv/pv.h"

#define DEFAULT_GRANT_FRAMES	64
#define DEFAULT_MAPTRACK_FRAMES 1024
#define MAX_GRANT_VERSION	2

static int check_config(const struct xen_domctl_createdomain *c)
{
	u32 version = XEN_DOMCTL_GRANT_version(c->grant_opts);

	if (c->flags & (XEN_DOMCTL_CDF_hvm | XEN_DOMCTL_CDF_iommu))
		return fail(-EOPNOTSUPP);
	if (c->flags || c->iommu_opts || c->vmtrace_size || c->cpupool_id ||
	    c->arch.emulation_flags ||
	    (c->arch.misc_flags & ~XEN_X86_MSR_RELAXED))
		return fail(-EINVAL);
	if (c->max_vcpus == 0 || c->max_vcpus > MAX_VCPUS_PER_DOMAIN ||
	    (c->grant_opts & ~XEN_DOMCTL_GRANT_version_mask) || version == 0 ||
	    version > MAX_GRANT_VERSION)
		return fail(-EINVAL);
	return 0;
}

static bool id_in_use(domid_t id)
{
	struct domain *d = domain_get_by_id(id);

	if (d)
		domain_put(d);
	return d;
}

/* Ids rest as long as possible before they are used again. */
static struct domain *create_with_next_id(struct domain_config *cfg, int *err)
{
	static domid_t last; /* under domctl's lock */
	struct domain *d;

	for (u32 tries = 0; tries < DOMID_FIRST_RESERVED; tries++) {
		last = last % (DOMID_FIRST_RESERVED - 1) + 1;
		if (id_in_use(last))
			continue;
		cfg->id = last;
		d = domain_create(cfg, &pv_guest_ops, err);
		if (d || *err != -EEXIST)
			return d;
	}
	*err = -ENOMEM;
	return NULL;
}

int domctl_createdomain(struct xen_domctl *op)
{
	const struct xen_domctl_createdomain *c = &op->u.createdomain;
	struct domain_config cfg = {
		.id = op->domain,
		.max_vcpus = c->max_vcpus,
		.max_evtchn_port = c->max_evtchn_port,
		.max_grant_frames = c->max_grant_frames < 0 ?
					    DEFAULT_GRANT_FRAMES :
					    c->max_grant_frames,
		.max_maptrack_frames = c->max_maptrack_frames < 0 ?
					       DEFAULT_MAPTRACK_FRAMES :
					       c->max_maptrack_frames,
		.grant_version = XEN_DOMCTL_GRANT_version(c->grant_opts),
	};
	struct domain *d;
	int err = check_config(c);

	if (err)
		return err;
	memcpy(cfg.handle, c->handle, sizeof(cfg.handle));
	if (op->domain == 0 || op->domain >= DOMID_FIRST_RESERVED)
		d = create_with_next_id(&cfg, &err);
	else
		d = domain_create(&cfg, &pv_guest_ops, &err);
	if (!d)
		return err;
	op->domain = d->id;
	return 0;
}

int domctl_max_vcpus(struct domain *d, struct xen_domctl *op)
{
	int err;

	if (op->u.max_vcpus.max != d->max_vcpus || d == current->domain)
		return fail(-EINVAL);
	for (u32 id = 0; id < d->max_vcpus; id++) {
		if (d->vcpu[id])
			continue;
		if (!vcpu_create(d, id, &err))
			return err;
		if (hypercall_preempt_check())
			return -ERESTART;
	}
	return 0;
}

int domctl_max_mem(struct domain *d, struct xen_domctl *op)
{
	u64 kib = op->u.max_mem.max_memkb;

	if (kib > UINT64_MAX >> 10)
		return fail(-EINVAL);
	spin_lock(&d->pages.lock);
	d->pages.max_pages = kib >> (PAGE_SHIFT - 10);
	spin_unlock(&d->pages.lock);
	return 0;
}

/* d->lock as for VCPUOP_initialise, which may come at the same time. */
static int take_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	struct domain *d = v->domain;
	int err;

	spin_lock(&d->lock);
	err = d->ops->set_context(v, c);
	if (!err)
		v->initialised = true;
	spin_unlock(&d->lock);
	if (!err && (c->flags & VGCF_online))
		err = vcpu_up(v);
	return err;
}

/*
 * The vcpu is down then, and may be given another context. It is down from the
 * beginning: dropping its tables may take several calls, between which it has
 * none to run with.
 */
static int reset_context(struct vcpu *v)
{
	struct domain *d = v->domain;
	int err;

	domain_pause(d);
	set_bit(&v->sched.pause_flags, PAUSE_DOWN);
	spin_lock(&d->lock);
	v->initialised = false;
	err = d->ops->reset_context(v);
	spin_unlock(&d->lock);
	domain_unpause(d);
	return err;
}

static struct vcpu *context_vcpu(struct domain *d, const struct xen_domctl *op,
				 int *err)
{
	struct vcpu *v = domain_vcpu(d, op->u.vcpucontext.vcpu);

	*err = -ESRCH;
	if (!v)
		return NULL;
	/* It would have to wait for itself to stop. */
	*err = -EINVAL;
	return d == current->domain ? NULL : v;
}

int domctl_setvcpucontext(struct domain *d, struct xen_domctl *op)
{
	u64 gva = (u64)op->u.vcpucontext.ctxt.p;
	struct vcpu_guest_context *c;
	struct vcpu *v;
	int err;

	v = context_vcpu(d, op, &err);
	if (!v)
		return err;
	if (!gva)
		return reset_context(v);
	c = heap_alloc(sizeof(*c));
	if (!c)
		return -ENOMEM;
	err = guest_copy_in(c, gva);
	if (!err) {
		domain_pause(d);
		err = take_context(v, c);
		domain_unpause(d);
	}
	heap_free(c);
	return err == -EINTR ? -ERESTART : err;
}

int domctl_getvcpucontext(struct domain *d, struct xen_domctl *op)
{
	struct vcpu_guest_context *c;
	struct vcpu *v;
	int err;

	v = context_vcpu(d, op, &err);
	if (!v)
		return err;
	if (!v->initialised)
		return -ENODATA;
	c = heap_zalloc(sizeof(*c));
	if (!c)
		return -ENOMEM;
	domain_pause(d);
	d->ops->get_context(v, c);
	domain_unpause(d);
	err = guest_copy_out((u64)op->u.vcpucontext.ctxt.p, c);
	heap_free(c);
	return err;
}

int domctl_hypercall_init(struct domain *d, struct xen_domctl *op)
{
	mfn_t m = _mfn(op->u.hypercall_init.gmfn);

	if (mfn_get_and_type(m, &d->pages, PAGE_WRITABLE))
		return fail(-EACCES);
	pv_fill_hypercall_page(mfn_to_virt(m));
	page_put_and_type(mfn_to_page(m));
	return 0;
}

int domctl_destroydomain(struct domain *d, struct xen_domctl *op)
{
	return domain_kill(d);
}
