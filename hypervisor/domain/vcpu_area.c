// SPDX-License-Identifier: GPL-2.0-only
/*
 * What a vcpu shares with its guest at places the guest chose: vcpu_info (a
 * frame, held by a writable reference) and the runstate and time areas (virtual
 * addresses of its kernel, which are mapped only while the vcpu is in kernel
 * mode: what cannot be written now is written on a later exit to the guest).
 */
#include "cpu/system.h"
#include "domain/evtchn.h"
#include "domain/guest_copy.h"
#include "mm/frame.h"

/* Where vcpus of dying domains point; nobody reads it. */
static struct vcpu_info nobodys_info;

/* ---- vcpu_info ---- */

int vcpu_area_init(struct vcpu *v)
{
	if (v->id < XEN_LEGACY_MAX_VCPUS) {
		v->info = &v->domain->shared_info->vcpu_info[v->id];
		return 0;
	}
	v->own_info = heap_zalloc(sizeof(*v->own_info));
	if (!v->own_info)
		return fail(-ENOMEM);
	v->own_info->evtchn_upcall_mask = 1;
	v->info = v->own_info;
	return 0;
}

void vcpu_area_fini(struct vcpu *v)
{
	struct page *pg = v->info_page;

	v->runstate_area = v->time_area = 0;
	v->info = &nobodys_info;
	v->info_page = NULL;
	heap_free(v->own_info);
	v->own_info = NULL;
	if (pg)
		page_put_and_type(pg);
}

int vcpu_register_info(struct vcpu *v, mfn_t m, u32 offset)
{
	struct domain *d = v->domain;
	struct vcpu_info *info, *old;
	int err = -EINVAL;

	if (offset > PAGE_SIZE - sizeof(*info) || offset % sizeof(u64) ||
	    mfn_get_and_type(m, &d->pages, PAGE_WRITABLE))
		return fail(-EINVAL);
	spin_lock(&d->lock);
	/* Nobody but its guest may see it move: it is here, or it is down. */
	if (v->info_page ||
	    (v != current && !test_bit(&v->sched.pause_flags, PAUSE_DOWN)))
		goto out;
	info = (void *)((char *)mfn_to_virt(m) + offset);
	old = v->info;
	*info = *old;
	v->info_page = mfn_to_page(m);
	/*
	 * Senders set the port pending, then read v->info. One who reads the
	 * old place did the first before this store, so the guest finds the
	 * port when it looks at all of them, which it is told to do now.
	 */
	__atomic_store_n(&v->info, info, __ATOMIC_SEQ_CST);
	vtime_update_vcpu(v);
	evtchn_2l_mark_all(v);
	err = 0;
out:
	spin_unlock(&d->lock);
	if (err)
		page_put_and_type(mfn_to_page(m));
	return err;
}

/* ---- runstate ---- */

/*
 * With the assist, bit 63 of the entry time says that an update is going on, so
 * that other vcpus of the guest can read the area at any time.
 */
static int write_runstate(const struct vcpu *v, u64 gva)
{
	struct vcpu_runstate_info r = v->sched.runstate;
	u64 at = gva + offsetof(typeof(r), state_entry_time);
	u64 entry_time = r.state_entry_time;
	int err;

	if (!(v->domain->vm_assist & BIT(VMASST_TYPE_runstate_update_flag)))
		return guest_copy_to(gva, &r, sizeof(r));
	r.state_entry_time |= XEN_RUNSTATE_UPDATE;
	err = guest_copy_to(at, &r.state_entry_time, sizeof(u64));
	if (err)
		return err;
	wmb();
	err = guest_copy_to(gva, &r, sizeof(r));
	wmb();
	return err ? err : guest_copy_to(at, &entry_time, sizeof(u64));
}

/* A bad address is the guest's loss. */
void vcpu_write_runstate(struct vcpu *v)
{
	if (v->runstate_area && v->domain->ops->kernel_mapped(v) &&
	    write_runstate(v, v->runstate_area))
		pr_guest("vcpu: d%uv%u: runstate area %#lx is not writable",
			 v->domain->id, v->id, v->runstate_area);
}

int vcpu_register_runstate(struct vcpu *v, u64 gva)
{
	struct vcpu_runstate_info r;

	if (!guest_range_ok(gva, sizeof(r)))
		return fail(-EFAULT);
	v->runstate_area = gva;
	/* The caller's kernel maps it, whichever vcpu it is for. */
	if (write_runstate(v, gva))
		pr_guest("vcpu: d%uv%u: runstate area %#lx is not writable",
			 v->domain->id, v->id, gva);
	return 0;
}

/* ---- time ---- */

/* Readers compare versions: odd first, even last, as in vcpu_info. */
static int write_time(const struct vcpu *v)
{
	struct vcpu_time_info t = v->info->time;
	int err;

	/* The guest may have written over it; the version is ours. */
	t.version = v->time_version | 1;
	err = guest_copy_field_out(v->time_area, &t, version);
	if (err)
		return err;
	wmb();
	err = guest_copy_out(v->time_area, &t);
	wmb();
	t.version = v->time_version;
	return err ? err : guest_copy_field_out(v->time_area, &t, version);
}

int vcpu_register_time(struct vcpu *v, u64 gva)
{
	if (gva && !guest_range_ok(gva, sizeof(struct vcpu_time_info)))
		return fail(-EFAULT);
	v->time_area = gva;
	if (gva)
		set_bit(&v->pending_work, VCPU_WORK_AREAS);
	return 0;
}

void vcpu_do_pending_work(struct vcpu *v)
{
	if (test_and_clear_bit(&v->pending_work, VCPU_WORK_CRASH))
		domain_crash(v->domain, "an event word changes all the time");
	if (!test_bit(&v->pending_work, VCPU_WORK_AREAS) ||
	    !v->domain->ops->kernel_mapped(v))
		return;
	clear_bit(&v->pending_work, VCPU_WORK_AREAS);
	vcpu_write_runstate(v);
	if (v->time_area && write_time(v))
		pr_guest("vcpu: d%uv%u: time area %#lx is not writable",
			 v->domain->id, v->id, v->time_area);
}
