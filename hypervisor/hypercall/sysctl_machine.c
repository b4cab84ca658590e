/* SPDX-License-Identifier: GPL-2.0-only */
/* sysctl: what the machine has: processors, memory, one node of both. */
#include "cpu/apic.h"
#include "cpu/features.h"
#include "cpu/system.h"
#include "cpu/time.h"
#include "debug/log.h"
#include "domain/guest_copy.h"
#include "hypercall/sysctl.h"
#include "mm/frame.h"
#include "sched/sched.h"

#define LOCAL_DISTANCE 10 /* of a node to itself, as ACPI has it */

/* Leaf 0xb: how many low bits of an APIC id count threads, and cores too. */
#define TOPOLOGY_LEAF 0xb
#define SHIFT_MASK    0x1f
#define LEAF1_HTT     BIT(28)

struct topology {
	unsigned int thread_bits, package_bits;
};

static unsigned int bits_for(u32 n)
{
	unsigned int bits = 0;

	while (1U << bits < n)
		bits++;
	return bits;
}

static struct topology read_topology(void)
{
	struct cpuid_leaf leaf = { 0 };
	struct topology t = { 0, 0 };

	if (cpu_features.max_leaf >= TOPOLOGY_LEAF)
		leaf = cpuid(TOPOLOGY_LEAF, 0);
	if (leaf.b & 0xffff) {
		t.thread_bits = leaf.a & SHIFT_MASK;
		t.package_bits = cpuid(TOPOLOGY_LEAF, 1).a & SHIFT_MASK;
		return t;
	}
	leaf = cpuid(1, 0);
	if (leaf.d & LEAF1_HTT)
		t.package_bits = bits_for(leaf.b >> 16 & 0xff);
	return t;
}

static u32 core_of(const struct topology *t, u32 id)
{
	return (id & ((1U << t->package_bits) - 1)) >> t->thread_bits;
}

static void cpu_place(const struct topology *t, unsigned int cpu,
		      struct xen_sysctl_cputopo *out)
{
	u32 id;

	out->core = XEN_INVALID_CORE_ID;
	out->socket = XEN_INVALID_SOCKET_ID;
	out->node = XEN_INVALID_NODE_ID;
	if (!cpumask_test(&cpu_online_mask, cpu))
		return;
	id = cpu_apic_id(cpu);
	out->core = core_of(t, id);
	out->socket = id >> t->package_bits;
	out->node = 0;
}

/* Threads of the first CPU's core, and cores in its socket, that are on. */
static void count_siblings(struct xen_sysctl_physinfo *info)
{
	struct topology t = read_topology();
	u32 first = cpu_apic_id(0), id;
	unsigned int cpu, in_socket = 0, in_core = 0;

	cpumask_for_each(cpu, &cpu_online_mask) {
		id = cpu_apic_id(cpu);
		if (id >> t.package_bits == first >> t.package_bits)
			in_socket++;
		if (id >> t.thread_bits == first >> t.thread_bits)
			in_core++;
	}
	info->threads_per_core = in_core;
	info->cores_per_socket = in_socket / in_core;
}

/* The feature words in the ABI's order. */
static void fill_features(u32 word[8])
{
	u32 max = cpu_features.max_leaf, ext = cpu_features.max_ext_leaf;

	word[0] = cpuid(1, 0).d;
	word[1] = cpuid(1, 0).c;
	word[2] = ext >= 0x80000001 ? cpuid(0x80000001, 0).d : 0;
	word[3] = ext >= 0x80000001 ? cpuid(0x80000001, 0).c : 0;
	word[4] = max >= 0xd ? cpuid(0xd, 1).a : 0;
	word[5] = max >= 7 ? cpuid(7, 0).b : 0;
	word[6] = max >= 7 ? cpuid(7, 0).c : 0;
	word[7] = ext >= 0x80000007 ? cpuid(0x80000007, 0).d : 0;
}

int sysctl_physinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_physinfo *info = &op->u.physinfo;

	*info = (struct xen_sysctl_physinfo){
		.nr_cpus = cpumask_weight(&cpu_online_mask),
		.max_cpu_id = nr_cpu_ids - 1,
		.nr_nodes = 1,
		.cpu_khz = tsc_hz / 1000,
		.capabilities = XEN_SYSCTL_PHYSCAP_pv |
				XEN_SYSCTL_PHYSCAP_gnttab_v1 |
				XEN_SYSCTL_PHYSCAP_gnttab_v2,
		.total_pages = frame_nr_total(),
		.free_pages = frame_nr_free(),
		.max_mfn = frame_max_mfn(),
	};
	count_siblings(info);
	fill_features(info->hw_cap);
	return 0;
}

int sysctl_cputopoinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_cputopoinfo *info = &op->u.cputopoinfo;
	u64 gva = (u64)info->cputopo.p;
	struct topology t = read_topology();
	struct xen_sysctl_cputopo place;
	u32 nr = gva ? MIN(info->num_cpus, nr_cpu_ids) : 0;

	for (u32 cpu = 0; cpu < nr; cpu++) {
		cpu_place(&t, cpu, &place);
		if (guest_copy_out(gva + cpu * sizeof(place), &place))
			return -EFAULT;
	}
	info->num_cpus = gva ? nr : nr_cpu_ids;
	return 0;
}

int sysctl_numainfo(struct xen_sysctl *op)
{
	struct xen_sysctl_numainfo *info = &op->u.numainfo;
	u64 mem_gva = (u64)info->meminfo.p, dist_gva = (u64)info->distance.p;
	const struct xen_sysctl_meminfo mem = {
		.memsize = frame_nr_total() << PAGE_SHIFT,
		.memfree = frame_nr_free() << PAGE_SHIFT,
	};
	const u32 distance = LOCAL_DISTANCE;

	if (info->num_nodes) {
		if (mem_gva && guest_copy_out(mem_gva, &mem))
			return -EFAULT;
		if (dist_gva && guest_copy_out(dist_gva, &distance))
			return -EFAULT;
	}
	info->num_nodes = 1;
	return 0;
}

int sysctl_getcpuinfo(struct xen_sysctl *op)
{
	struct xen_sysctl_getcpuinfo *info = &op->u.getcpuinfo;
	u64 gva = (u64)info->info.p;
	u32 nr = MIN(info->max_cpus, nr_cpu_ids);

	for (u32 cpu = 0; cpu < nr; cpu++) {
		struct xen_sysctl_cpuinfo one = { .idletime = 0 };

		if (cpumask_test(&cpu_online_mask, cpu))
			one.idletime = sched_cpu_idle_ns(cpu);
		if (guest_copy_out(gva + cpu * sizeof(one), &one))
			return -EFAULT;
	}
	info->nr_cpus = nr;
	return 0;
}

/* Free memory as a whole; we do not count it by address width. */
int sysctl_availheap(struct xen_sysctl *op)
{
	struct xen_sysctl_availheap *heap = &op->u.availheap;

	if (heap->min_bitwidth || heap->max_bitwidth)
		return fail(-EOPNOTSUPP);
	if (heap->node != -1 && heap->node != 0)
		return fail(-EINVAL);
	heap->avail_bytes = frame_nr_free() << PAGE_SHIFT;
	return 0;
}
