// SPDX-License-Identifier: GPL-2.0-only
/*
 * vcpu_op: a guest's operations on its own vcpus. Linux asks for is_up of all
 * the ids it was built for, thousands, so that path is short.
 */
#include "cpu/apic.h"
#include "hypercall/hypercall.h"
#include "mm/frame.h"

/* d->lock keeps two callers from making the same vcpu. */
static int set_context(struct vcpu *v, const struct vcpu_guest_context *c)
{
	struct domain *d = v->domain;
	int err = -EEXIST;

	spin_lock(&d->lock);
	if (!v->initialised) {
		err = d->ops->set_context(v, c);
		v->initialised = !err;
	}
	spin_unlock(&d->lock);
	return err;
}

static long initialise(struct vcpu *v, u64 arg)
{
	struct vcpu_guest_context *c;
	int err;

	if (v->initialised)
		return -EEXIST;
	c = heap_alloc(sizeof(*c));
	if (!c)
		return fail(-ENOMEM);
	err = guest_copy_in(c, arg);
	if (!err)
		err = set_context(v, c);
	heap_free(c);
	if (err == -ERESTART)
		return hypercall_restart(__HYPERVISOR_vcpu_op,
					 VCPUOP_initialise, v->id, arg, 0, 0);
	return err;
}

static long get_runstate(struct vcpu *v, u64 arg)
{
	struct vcpu_runstate_info r;

	unit_runstate(&v->sched, &r);
	return guest_copy_out(arg, &r);
}

static long register_runstate(struct vcpu *v, u64 arg)
{
	struct vcpu_register_runstate_memory_area op;
	int err = guest_copy_in(&op, arg);

	return err ? err : vcpu_register_runstate(v, op.addr.p);
}

static long register_time(struct vcpu *v, u64 arg)
{
	struct vcpu_register_time_memory_area op;
	int err = guest_copy_in(&op, arg);

	return err ? err : vcpu_register_time(v, op.addr.p);
}

static long register_info(struct vcpu *v, u64 arg)
{
	struct vcpu_register_vcpu_info op;
	int err = guest_copy_in(&op, arg);

	return err ? err : vcpu_register_info(v, _mfn(op.mfn), op.offset);
}

static long set_periodic(struct vcpu *v, u64 arg)
{
	struct vcpu_set_periodic_timer op;
	int err = guest_copy_in(&op, arg);

	return err ? err : vtime_set_periodic(v, op.period_ns);
}

/* Flags are ignored: a deadline in the past fires at once. */
static long set_singleshot(struct vcpu *v, u64 arg)
{
	struct vcpu_set_singleshot_timer op;
	int err;

	if (v != current)
		return fail(-EINVAL);
	err = guest_copy_in(&op, arg);
	return err ? err : vtime_set_singleshot(v, op.timeout_abs_ns);
}

/* Only of a vcpu that stays there, and of a domain that has to do with CPUs. */
static long get_physid(const struct vcpu *v, u64 arg)
{
	struct vcpu_get_physid op;
	unsigned int cpu, nr = 0, at = 0;

	cpumask_for_each(cpu, &v->sched.hard_affinity) {
		at = cpu;
		nr++;
	}
	if (!v->domain->is_hardware || nr != 1)
		return -EINVAL;
	op.phys_id = cpu_apic_id(at) | (u64)cpu_acpi_id(at) << 32;
	return guest_copy_out(arg, &op) ? -EFAULT : 0;
}

long hc_vcpu_op(HC_ARGS)
{
	struct vcpu *v = domain_vcpu(current->domain, (u32)a2);

	if (!v)
		return -ENOENT;
	switch ((u32)a1) {
	case VCPUOP_is_up:
		return !test_bit(&v->sched.pause_flags, PAUSE_DOWN);
	case VCPUOP_initialise:
		return initialise(v, a3);
	case VCPUOP_up:
		return vcpu_up(v);
	case VCPUOP_down:
		return vcpu_down(v);
	case VCPUOP_get_runstate_info:
		return get_runstate(v, a3);
	case VCPUOP_register_runstate_memory_area:
		return register_runstate(v, a3);
	case VCPUOP_register_vcpu_info:
		return register_info(v, a3);
	case VCPUOP_register_vcpu_time_memory_area:
		return register_time(v, a3);
	case VCPUOP_set_periodic_timer:
		return set_periodic(v, a3);
	case VCPUOP_stop_periodic_timer:
		vtime_stop_periodic(v);
		return 0;
	case VCPUOP_set_singleshot_timer:
		return set_singleshot(v, a3);
	case VCPUOP_stop_singleshot_timer:
		if (v != current)
			return fail(-EINVAL);
		vtime_stop_singleshot(v);
		return 0;
	case VCPUOP_send_nmi:
		vcpu_send_nmi(v);
		return 0;
	case VCPUOP_get_physid:
		return get_physid(v, a3);
	default:
		return -ENOSYS;
	}
}
