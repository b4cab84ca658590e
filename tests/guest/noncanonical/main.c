/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: an address that no x86-64 CPU takes, or one of the
 * hypervisor's, goes into a callback, a base, a trap handler, a pointer. Gives
 * such ones everywhere; all must be refused, and the guest must live.
 */
#include "guest.h"

STORY("noncanonical");

static const u64 bad[] = { 0x0000800000000000, 0xffff7fffffffffff,
			   0x8000000000000000, 0x1234567812345678 };
static const u64 ours[] = { HV_START, HV_START + 0x1000, 0xffff810000000000,
			    0xffff830000000000, HV_END - 8 };

static void bad_callbacks(u64 va)
{
	static const u16 types[] = { CALLBACKTYPE_event, CALLBACKTYPE_failsafe,
				     CALLBACKTYPE_syscall, CALLBACKTYPE_nmi };

	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		struct callback_register cb = { .type = types[i],
						.address = va };

		CHECK(HC(callback_op, CALLBACKOP_register, &cb, 0, 0) < 0,
		      "type %u address %#lx", types[i], va);
	}
}

static void bad_bases(u64 va)
{
	for (unsigned int which = 0; which < 3; which++)
		CHECK(HC(set_segment_base, which, va, 0, 0) < 0,
		      "base %u address %#lx", which, va);
}

static void bad_trap(u64 va)
{
	static struct trap_info t[2];

	t[0] = (struct trap_info){ .vector = 0x90,
				   .cs = FLAT_KERNEL_CS,
				   .address = va };
	CHECK(HC(set_trap_table, t, 0, 0, 0) < 0, "address %#lx", va);
}

static void bad_pointer(u64 va)
{
	CHECK_EQ(HC(set_trap_table, va, 0, 0, 0), -EFAULT);
	CHECK_EQ(HC(xen_version, XENVER_extraversion, va, 0, 0), -EFAULT);
	CHECK_EQ(HC(mmu_update, va, 1, 0, DOMID_SELF), -EFAULT);
	CHECK_EQ(HC(mmuext_op, va, 1, 0, DOMID_SELF), -EFAULT);
	CHECK_EQ(HC(event_channel_op, EVTCHNOP_alloc_unbound, va, 0, 0),
		 -EFAULT);
	CHECK_EQ(HC(sched_op, SCHEDOP_poll, va, 0, 0), -EFAULT);
	CHECK_EQ(HC(memory_op, XENMEM_machine_memory_map, va, 0, 0), -EFAULT);
	CHECK_EQ(HC(multicall, va, 1, 0, 0), -EFAULT);
	CHECK_EQ(HC(grant_table_op, GNTTABOP_query_size, va, 1, 0), -EFAULT);
	CHECK_EQ(HC(callback_op, CALLBACKOP_register, va, 0, 0), -EFAULT);
	CHECK_EQ(HC(update_va_mapping, va, 0, 0, 0), -EINVAL);
}

void story(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		bad_callbacks(bad[i]);
		bad_bases(bad[i]);
		bad_trap(bad[i]);
		bad_pointer(bad[i]);
		CHECK_EQ(TRY("jmp *%0", "r"(bad[i])), 13);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(ours); i++)
		bad_pointer(ours[i]);
}
