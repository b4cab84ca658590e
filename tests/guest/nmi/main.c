/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: non-maskable interrupts that one processor sends another:
 * delivered though events are masked, one at a time until iret, to a processor
 * that sleeps too, none lost, none out of nothing.
 */
#include "guest.h"

STORY("nmi");
/* machine: smp=2 */

extern char boot_stack[], boot_stack_end[];

static volatile unsigned int nmis[2], depth, nested;
static volatile unsigned int go_sleep, woken;

static bool on_nmi(struct trap_frame *f)
{
	bool boot = (char *)f >= boot_stack && (char *)f < boot_stack_end;
	unsigned int cpu = boot ? 0 : 1;

	if (f->vector != 2)
		return false;
	if (cpu == 0) {
		if (depth++)
			nested++;
		/* one more, from inside: it waits for our iret */
		if (nmis[0] == 0)
			HC(vcpu_op, VCPUOP_send_nmi, 0, 0, 0);
		HC(xen_version, XENVER_version, 0, 0, 0);
		depth--;
	}
	nmis[cpu]++;
	return true;
}

static void second(void)
{
	for (;;) {
		while (!go_sleep)
			__builtin_ia32_pause();
		HC(sched_op, SCHEDOP_block, 0, 0, 0);
		woken++;
		go_sleep = 0;
	}
}

void story(void)
{
	vcpu_info()->evtchn_upcall_mask = 1;
	CHECK_EQ(HC(vcpu_op, VCPUOP_stop_periodic_timer, 0, 0, 0), 0);
	CHECK_EQ(HC(vcpu_op, VCPUOP_stop_periodic_timer, 1, 0, 0), 0);
	trap_hook = on_nmi;
	CHECK_EQ(HC(vcpu_op, VCPUOP_send_nmi, 0, 0, 0), 0);
	CHECK_EQ(nmis[0], 2);
	CHECK_EQ(nested, 0);
	for (unsigned int i = 3; i < 100; i++) {
		CHECK_EQ(HC(vcpu_op, VCPUOP_send_nmi, 0, 0, 0), 0);
		CHECK_EQ(nmis[0], i);
	}
	CHECK(HC(vcpu_op, VCPUOP_send_nmi, 99, 0, 0) < 0);

	start_vcpu(1, second);
	for (unsigned int i = 1; i < 50; i++) {
		CHECK_EQ(HC(vcpu_op, VCPUOP_send_nmi, 1, 0, 0), 0);
		CHECK(wait_for(nmis[1] == i), "%u", i);
	}
	/* asleep: it wakes up for it */
	go_sleep = 1;
	wait_for(({
		struct vcpu_runstate_info r;

		HC(vcpu_op, VCPUOP_get_runstate_info, 1, &r, 0);
		r.state == RUNSTATE_blocked;
	}));
	CHECK_EQ(HC(vcpu_op, VCPUOP_send_nmi, 1, 0, 0), 0);
	CHECK(wait_for(nmis[1] == 50));
	CHECK(wait_for(woken == 1));
	trap_hook = NULL;
}
