// SPDX-License-Identifier: GPL-2.0-only
/*
 * Affinity, weight and cap. credit and credit2 have the same two numbers in
 * structures of their own; the host says which of them runs.
 */
#include "build/tune.h"
#include "config/config.h"
#include "lib/hypercall.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

unsigned int tune_host_cpus(void)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_physinfo };

	if (hypercall_sysctl(&op) || op.u.physinfo.max_cpu_id >= CPU_LIST_MAX)
		return 1;
	return op.u.physinfo.max_cpu_id + 1;
}

/* The host's CPUs of a list; false when there are none. */
static bool any_of(const struct cpu_list *list, unsigned int nr_cpus)
{
	unsigned int i;

	for (i = 0; i < nr_cpus; i++)
		if (list->all || cpu_list_has(list, i))
			return true;
	return false;
}

static const char *hard_key(struct config *config)
{
	return config_get(config, "cpus") ? "cpus" : "cpu";
}

static void check_list(struct config *config, const char *key,
		       unsigned int nr_vcpus, unsigned int nr_cpus)
{
	struct cpu_list *lists;
	unsigned int i;

	if (!config_get(config, key))
		return;
	lists = config_alloc(config, nr_vcpus * sizeof(*lists));
	if (!lists || !cpu_lists(config, key, nr_vcpus, lists))
		return;
	for (i = 0; i < nr_vcpus; i++) {
		if (any_of(lists + i, nr_cpus))
			continue;
		config_fail(config, config_get(config, key), 0, NULL,
			    "%s: this host has the CPUs 0 to %u only", key,
			    nr_cpus - 1);
		return;
	}
}

void tune_check(struct config *config, unsigned int nr_vcpus)
{
	unsigned int nr_cpus;

	if (!config_get(config, "cpus") && !config_get(config, "cpu") &&
	    !config_get(config, "cpus_soft"))
		return;
	nr_cpus = tune_host_cpus();
	check_list(config, hard_key(config), nr_vcpus, nr_cpus);
	check_list(config, "cpus_soft", nr_vcpus, nr_cpus);
}

/* One bitmap of an affinity domctl: a buffer of the host's CPUs. */
static void *bitmap(struct xenctl_bitmap *map, const struct cpu_list *list,
		    unsigned int nr_cpus)
{
	uint8_t *bytes = hypercall_buffer((nr_cpus + 63) / 64 * 8);
	unsigned int i;

	if (!bytes)
		return NULL;
	for (i = 0; list && i < nr_cpus; i++)
		if (list->all || cpu_list_has(list, i))
			bytes[i / 8] |= 1 << i % 8;
	set_xen_guest_handle(map->bitmap, bytes);
	map->nr_bits = nr_cpus;
	return bytes;
}

int tune_set_affinity(uint32_t domid, unsigned int vcpu,
		      const struct cpu_list *hard, const struct cpu_list *soft)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_setvcpuaffinity,
				 .domain = domid };
	struct xen_domctl_vcpuaffinity *a = &op.u.vcpuaffinity;
	unsigned int nr_cpus = tune_host_cpus();
	void *h, *s;
	int err = -ENOMEM;

	a->vcpu = vcpu;
	a->flags = (hard ? XEN_VCPUAFFINITY_HARD : 0) |
		   (soft ? XEN_VCPUAFFINITY_SOFT : 0);
	h = bitmap(&a->cpumap_hard, hard, nr_cpus);
	s = bitmap(&a->cpumap_soft, soft, nr_cpus);
	if (h && s)
		err = hypercall_domctl(&op);
	hypercall_buffer_free(h);
	hypercall_buffer_free(s);
	return err;
}

static void list_of(struct cpu_list *list, const uint8_t *bytes,
		    unsigned int nr_cpus)
{
	unsigned int i;

	memset(list, 0, sizeof(*list));
	list->all = true;
	for (i = 0; i < nr_cpus; i++) {
		if (bytes[i / 8] >> i % 8 & 1)
			list->bits[i / 64] |= 1ull << i % 64;
		else
			list->all = false;
	}
}

int tune_get_affinity(uint32_t domid, unsigned int vcpu, unsigned int nr_cpus,
		      struct cpu_list *hard, struct cpu_list *soft)
{
	struct xen_domctl op = { .cmd = XEN_DOMCTL_getvcpuaffinity,
				 .domain = domid };
	struct xen_domctl_vcpuaffinity *a = &op.u.vcpuaffinity;
	uint8_t *h, *s;
	int err = -ENOMEM;

	a->vcpu = vcpu;
	a->flags = XEN_VCPUAFFINITY_HARD | XEN_VCPUAFFINITY_SOFT;
	h = bitmap(&a->cpumap_hard, NULL, nr_cpus);
	s = bitmap(&a->cpumap_soft, NULL, nr_cpus);
	if (h && s)
		err = hypercall_domctl(&op);
	if (!err) {
		list_of(hard, h, nr_cpus);
		list_of(soft, s, nr_cpus);
	}
	hypercall_buffer_free(h);
	hypercall_buffer_free(s);
	return err;
}

static int scheduler(uint32_t *id)
{
	struct xen_sysctl op = { .cmd = XEN_SYSCTL_sched_id };
	int err = hypercall_sysctl(&op);

	*id = op.u.sched_id.sched_id;
	return err;
}

static int scheduler_op(uint32_t domid, uint32_t cmd, struct xen_domctl *op)
{
	uint32_t id;
	int err = scheduler(&id);

	if (err)
		return err;
	op->cmd = XEN_DOMCTL_scheduler_op;
	op->domain = domid;
	op->u.scheduler_op.sched_id = id;
	op->u.scheduler_op.cmd = cmd;
	if (id != XEN_SCHEDULER_CREDIT && id != XEN_SCHEDULER_CREDIT2)
		return -EOPNOTSUPP;
	return hypercall_domctl(op);
}

int tune_share(uint32_t domid, unsigned int *weight, unsigned int *cap)
{
	struct xen_domctl op = { .cmd = 0 };
	int err = scheduler_op(domid, XEN_DOMCTL_SCHEDOP_getinfo, &op);

	if (op.u.scheduler_op.sched_id == XEN_SCHEDULER_CREDIT2) {
		*weight = op.u.scheduler_op.u.credit2.weight;
		*cap = op.u.scheduler_op.u.credit2.cap;
	} else {
		*weight = op.u.scheduler_op.u.credit.weight;
		*cap = op.u.scheduler_op.u.credit.cap;
	}
	return err;
}

int tune_set_share(uint32_t domid, int weight, int cap)
{
	struct xen_domctl op = { .cmd = 0 };
	unsigned int old_weight, old_cap;
	int err = tune_share(domid, &old_weight, &old_cap);

	if (err)
		return err;
	if (weight >= 0)
		old_weight = weight;
	if (cap >= 0)
		old_cap = cap;
	err = scheduler(&op.u.scheduler_op.sched_id);
	if (err)
		return err;
	if (op.u.scheduler_op.sched_id == XEN_SCHEDULER_CREDIT2) {
		op.u.scheduler_op.u.credit2.weight = old_weight;
		op.u.scheduler_op.u.credit2.cap = old_cap;
	} else {
		op.u.scheduler_op.u.credit.weight = old_weight;
		op.u.scheduler_op.u.credit.cap = old_cap;
	}
	return scheduler_op(domid, XEN_DOMCTL_SCHEDOP_putinfo, &op);
}

static int apply_lists(struct config *config, uint32_t domid,
		       unsigned int nr_vcpus)
{
	struct cpu_list *hard, *soft;
	unsigned int i;
	int err = 0;

	hard = config_alloc(config, nr_vcpus * sizeof(*hard));
	soft = config_alloc(config, nr_vcpus * sizeof(*soft));
	if (!hard || !soft)
		return -ENOMEM;
	if (!cpu_lists(config, hard_key(config), nr_vcpus, hard) ||
	    !cpu_lists(config, "cpus_soft", nr_vcpus, soft))
		return -EINVAL;
	for (i = 0; !err && i < nr_vcpus; i++)
		err = tune_set_affinity(domid, i, hard + i, soft + i);
	return err;
}

int tune_apply(struct config *config, uint32_t domid, unsigned int nr_vcpus)
{
	int weight = config_int(config, "cpu_weight", -1, 1, 65535);
	int cap = config_int(config, "cpu_cap", -1, 0, 51200);
	int err = 0;

	if (weight >= 0 || cap >= 0)
		err = tune_set_share(domid, weight, cap);
	if (err)
		return err;
	if (!config_get(config, "cpus") && !config_get(config, "cpu") &&
	    !config_get(config, "cpus_soft"))
		return 0;
	return apply_lists(config, domid, nr_vcpus);
}
