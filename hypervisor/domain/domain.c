// SPDX-License-Identifier: GPL-2.0-only
/*
 * Domains: making, finding, references, freeing.
 *
 * References on a domain are held by its existence (until domain_kill is
 * through), by its pages (one for all of them), by event channels that lead to
 * it, by grants mapped from it, and by whoever works with it. The domain is in
 * the list, its id taken, until the last one goes.
 */
#include "domain/domain.h"

#include "cpu/time.h"
#include "domain/evtchn.h"
#include "domain/grant.h"
#include "domain/pirq.h"
#include "lib/string.h"
#include "mm/frame.h"

#define HASH_SIZE 256U /* chains are short up to thousands of domains */

struct domain *dom0;
struct domain *idle_domain;

/* The list of all domains by id, and the chains of the same. */
static spinlock_t list_lock = SPINLOCK_INIT(RANK_DOMAIN_LIST);
static struct list domains = LIST_INIT(domains);
static struct domain *chains[HASH_SIZE];

/* ---- finding ---- */

/* The list's lock is held. */
static struct domain *lookup(domid_t id)
{
	struct domain *d = chains[id % HASH_SIZE];

	while (d && d->id != id)
		d = d->hash_next;
	return d;
}

static void unlink_domain(struct domain *d)
{
	struct domain **at = &chains[d->id % HASH_SIZE];

	while (*at != d)
		at = &(*at)->hash_next;
	*at = d->hash_next;
	list_del(&d->link);
}

static int link_domain(struct domain *d)
{
	struct list *next = domains.next;

	if (lookup(d->id))
		return fail(-EEXIST);
	while (next != &domains &&
	       list_entry(next, struct domain, link)->id < d->id)
		next = next->next;
	list_add_tail(next, &d->link);
	d->hash_next = chains[d->id % HASH_SIZE];
	chains[d->id % HASH_SIZE] = d;
	return 0;
}

/* Takes a reference unless the last one is gone. */
static bool get_unless_gone(struct domain *d)
{
	u32 refs = READ_ONCE(d->refs);

	do {
		if (refs == 0)
			return false;
	} while (!cas_relaxed(&d->refs, &refs, refs + 1));
	return true;
}

struct domain *domain_get_by_id(domid_t id)
{
	struct domain *d;

	spin_lock(&list_lock);
	d = lookup(id);
	if (d && (READ_ONCE(d->life) == DOMAIN_DEAD || !get_unless_gone(d)))
		d = NULL;
	spin_unlock(&list_lock);
	return d;
}

struct domain *domain_get_self_or(domid_t id)
{
	if (id == DOMID_SELF || id == current->domain->id) {
		domain_get(current->domain);
		return current->domain;
	}
	return domain_get_by_id(id);
}

int domain_get_controlled(domid_t id, struct domain **d)
{
	*d = domain_get_self_or(id);
	if (!*d)
		return fail(-ESRCH);
	if (domain_controls(current->domain, *d))
		return 0;
	domain_put(*d);
	return fail(-EPERM);
}

struct domain *domain_get_next(domid_t id)
{
	struct domain *d, *found = NULL;
	struct list *at;

	spin_lock(&list_lock);
	/* Who goes through all of them has just seen the one before. */
	d = id ? lookup(id - 1) : NULL;
	for (at = d ? d->link.next : domains.next; at != &domains && !found;
	     at = at->next) {
		d = list_entry(at, struct domain, link);
		if (d->id >= id && get_unless_gone(d))
			found = d;
	}
	spin_unlock(&list_lock);
	return found;
}

struct domain *domain_next(struct domain *d)
{
	domid_t next = d->id + 1;

	domain_put(d);
	return domain_get_next(next);
}

void domain_get(struct domain *d)
{
	u32 old = __atomic_fetch_add(&d->refs, 1, __ATOMIC_RELAXED);

	ASSERT(old > 0);
	(void)old;
}

bool domain_controls(const struct domain *caller, const struct domain *d)
{
	return caller == d || caller->is_privileged;
}

/* ---- freeing ---- */

/* Whatever there is of it; nobody else knows the domain (any more). */
static void domain_free(struct domain *d)
{
	for (u32 i = 0; d->vcpu && i < d->max_vcpus; i++)
		if (d->vcpu[i])
			vcpu_destroy(d->vcpu[i]);
	sched_group_fini(&d->sched);
	grant_table_fini(d);
	pirq_fini(d);
	evtchn_fini(d);
	heap_free(d->e820);
	heap_free(d->vcpu);
	heap_free(d);
}

void domain_put(struct domain *d)
{
	if (__atomic_sub_fetch(&d->refs, 1, __ATOMIC_ACQ_REL) != 0)
		return;
	spin_lock(&list_lock);
	unlink_domain(d);
	spin_unlock(&list_lock);
	pr_debug("domain: d%u: gone", d->id);
	domain_free(d);
	virq_send_global(VIRQ_DOM_EXC);
}

static void owner_has_pages(struct page_owner *o)
{
	domain_get(page_owner_domain(o));
}

static void owner_has_none(struct page_owner *o)
{
	domain_put(page_owner_domain(o));
}

/* ---- making ---- */

static int shared_info_init(struct domain *d)
{
	struct shared_info *s = page_alloc_zeroed();

	if (!s)
		return fail(-ENOMEM);
	d->shared_info = s;
	d->shared_info_mfn = virt_to_mfn(s);
	for (u32 i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
		s->vcpu_info[i].evtchn_upcall_mask = 1;
	page_share_with_owner(mfn_to_page(d->shared_info_mfn), &d->pages,
			      false);
	vtime_update_wallclock(d);
	return 0;
}

static void domain_set_config(struct domain *d, const struct domain_config *cfg)
{
	d->id = cfg->id;
	d->refs = 1;
	d->is_privileged = d->is_hardware = cfg->is_dom0;
	d->max_vcpus = cfg->max_vcpus;
	/* A guest waits for domctl, dom0 for the end of the boot. */
	d->pause_count = 1;
	d->controller_pause_count = cfg->is_dom0 ? 0 : 1;
	memcpy(d->handle, cfg->handle, sizeof(d->handle));
	d->create_ns = now_ns();
	d->pages.domid = cfg->id;
	d->pages.max_pages = cfg->max_pages;
	d->pages.has_iomem = cfg->is_dom0;
	spin_lock_init(&d->pages.lock, RANK_PAGES);
	spin_lock_init(&d->lock, RANK_DOMAIN);
	spin_lock_init(&d->shutdown_lock, RANK_VCPU);
	spin_lock_init(&d->events.lock, RANK_EVTCHN);
	list_init(&d->link);
	sched_group_init(&d->sched);
}

static int domain_init_parts(struct domain *d, const struct domain_config *cfg)
{
	int err;

	d->vcpu = heap_zalloc_array(d->max_vcpus, sizeof(*d->vcpu));
	if (!d->vcpu)
		return fail(-ENOMEM);
	err = evtchn_init(d, cfg->max_evtchn_port);
	if (!err)
		err = pirq_init(d);
	if (!err)
		err = grant_table_init(d, cfg->max_grant_frames,
				       cfg->max_maptrack_frames,
				       cfg->grant_version);
	if (!err)
		err = d->ops->domain_init(d);
	return err;
}

struct domain *domain_create(const struct domain_config *cfg,
			     const struct guest_ops *ops, int *err)
{
	struct domain *d = heap_zalloc(ops->domain_size);

	*err = -ENOMEM;
	if (!d)
		return NULL;
	d->ops = ops;
	domain_set_config(d, cfg);
	*err = domain_init_parts(d, cfg);
	if (*err)
		goto err_free;
	/* From here on it has a page, and so a second reference. */
	*err = shared_info_init(d);
	if (*err)
		goto err_free;
	spin_lock(&list_lock);
	*err = link_domain(d);
	spin_unlock(&list_lock);
	if (*err)
		goto err_unshare;
	if (cfg->is_dom0)
		dom0 = d;
	return d;

err_unshare:
	page_unshare(mfn_to_page(d->shared_info_mfn));
err_free:
	domain_free(d);
	return NULL;
}

/* ---- the idle domain ---- */

struct vcpu *idle_vcpu_create(unsigned int cpu)
{
	struct vcpu *v = heap_zalloc(sizeof(*v));

	if (!v)
		return NULL;
	sched_init_cpu(cpu);
	v->domain = idle_domain;
	v->id = cpu;
	v->sched.is_idle = true;
	unit_init(&v->sched, &idle_domain->sched, cpu);
	idle_domain->vcpu[cpu] = v;
	return v;
}

void domain_subsystem_init(void)
{
	struct domain *d = heap_zalloc(sizeof(*d));

	if (!d)
		panic("domain: no memory for the idle domain");
	d->id = DOMID_IDLE;
	d->refs = 1;
	d->max_vcpus = NR_CPUS;
	d->vcpu = heap_zalloc_array(NR_CPUS, sizeof(*d->vcpu));
	if (!d->vcpu)
		panic("domain: no memory for the idle domain's vcpus");
	sched_group_init(&d->sched);
	idle_domain = d;
	page_owner_register(owner_has_pages, owner_has_none);
	vcpu_subsystem_init();
}
