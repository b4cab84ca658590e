/* SPDX-License-Identifier: GPL-2.0-only */
/* domctl and sysctl: what there is to know of a domain and its vcpus. */
#include "cpu/features.h"
#include "domain/guest_copy.h"
#include "hypercall/domctl.h"
#include "lib/string.h"

/* What getpageframeinfo3 takes at a time, the tools know. */
#define MAX_FRAMES 1024

static bool vcpu_is_online(const struct vcpu *v)
{
	return !(READ_ONCE(v->sched.pause_flags) & BIT(PAUSE_DOWN));
}

static bool vcpu_is_blocked(const struct vcpu *v)
{
	return READ_ONCE(v->sched.pause_flags) & BIT(PAUSE_BLOCKED);
}

static u64 vcpu_cpu_time(const struct vcpu *v)
{
	struct vcpu_runstate_info state;

	unit_runstate(&v->sched, &state);
	return state.time[RUNSTATE_running];
}

/* Blocked is a domain whose vcpus all are; running, one that has one running.
 */
static void fill_vcpu_state(struct domain *d,
			    struct xen_domctl_getdomaininfo *out)
{
	u32 flags = XEN_DOMINF_blocked;
	struct vcpu *v;

	out->max_vcpu_id = XEN_INVALID_MAX_VCPU_ID;
	for_each_vcpu(v, d) {
		out->max_vcpu_id = v->id;
		out->cpu_time += vcpu_cpu_time(v);
		if (!vcpu_is_online(v))
			continue;
		out->nr_online_vcpus++;
		if (!vcpu_is_blocked(v))
			flags &= ~XEN_DOMINF_blocked;
		if (READ_ONCE(v->sched.running))
			flags |= XEN_DOMINF_running;
	}
	if (out->nr_online_vcpus)
		out->flags |= flags;
}

void domctl_fill_info(struct domain *d, struct xen_domctl_getdomaininfo *out)
{
	*out = (struct xen_domctl_getdomaininfo){
		.domain = d->id,
		.tot_pages = READ_ONCE(d->pages.nr_pages),
		.max_pages = READ_ONCE(d->pages.max_pages),
		.outstanding_pages = READ_ONCE(d->claimed_pages),
		.shared_info_frame = mfn_x(d->shared_info_mfn),
		.gpaddr_bits = cpu_features.phys_bits,
	};
	fill_vcpu_state(d, out);
	/* Only what is really gone: the tools may still ask a dying one. */
	if (READ_ONCE(d->life) == DOMAIN_DEAD)
		out->flags |= XEN_DOMINF_dying;
	if (READ_ONCE(d->controller_pause_count))
		out->flags |= XEN_DOMINF_paused;
	if (READ_ONCE(d->is_shut_down))
		out->flags |= XEN_DOMINF_shutdown |
			      (u32)d->shutdown_code << XEN_DOMINF_shutdownshift;
	spin_lock(&d->lock);
	memcpy(out->handle, d->handle, sizeof(out->handle));
	spin_unlock(&d->lock);
}

int domctl_getdomaininfo(struct xen_domctl *op)
{
	struct domain *d;

	if (op->domain >= DOMID_FIRST_RESERVED)
		return -ESRCH;
	d = domain_get_next(op->domain);
	if (!d)
		return -ESRCH;
	domctl_fill_info(d, &op->u.getdomaininfo);
	op->domain = d->id;
	domain_put(d);
	return 0;
}

int domctl_getvcpuinfo(struct domain *d, struct xen_domctl *op)
{
	struct xen_domctl_getvcpuinfo *info = &op->u.getvcpuinfo;
	struct vcpu *v = domain_vcpu(d, info->vcpu);

	if (!v)
		return -ESRCH;
	info->online = vcpu_is_online(v);
	info->blocked = vcpu_is_blocked(v);
	info->running = READ_ONCE(v->sched.running);
	info->cpu_time = vcpu_cpu_time(v);
	info->cpu = READ_ONCE(v->sched.cpu);
	return 0;
}

/* In the same word as the frame's number was: what it is used as now. */
static u64 frame_info(struct domain *d, u64 mfn)
{
	struct page *pg;
	u32 type;
	u64 info = XEN_DOMCTL_PFINFO_NOTAB;

	if (!mfn_is_ram(_mfn(mfn)))
		return XEN_DOMCTL_PFINFO_XTAB;
	pg = mfn_to_page(_mfn(mfn));
	if (READ_ONCE(pg->count) & PAGE_OURS || !page_get(pg, &d->pages))
		return XEN_DOMCTL_PFINFO_XTAB;
	type = READ_ONCE(pg->type);
	if (type & PAGE_TYPE_COUNT && page_type_of(type) >= PAGE_L1 &&
	    page_type_of(type) <= PAGE_L4)
		info = (u64)(page_type_of(type) - PAGE_L1 + 1)
		       << XEN_DOMCTL_PFINFO_LTAB_SHIFT;
	if (type & PAGE_TYPE_PINNED)
		info |= XEN_DOMCTL_PFINFO_LPINTAB;
	page_put(pg);
	return info;
}

int domctl_getpageframeinfo3(struct domain *d, struct xen_domctl *op)
{
	u64 gva = (u64)op->u.getpageframeinfo3.array.p;
	u64 nr = op->u.getpageframeinfo3.num, word;

	if (nr > MAX_FRAMES)
		return fail(-E2BIG);
	for (u64 i = 0; i < nr; i++) {
		if (guest_copy_in(&word, gva + i * sizeof(word)))
			return -EFAULT;
		word = frame_info(d, word);
		if (guest_copy_out(gva + i * sizeof(word), &word))
			return -EFAULT;
	}
	return 0;
}
