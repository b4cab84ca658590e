/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: the account of time. Two vcpus spin on one CPU: what one runs
 * the other waits, the sum is the time that passed, the registered area says
 * the same as the call, and it is never seen half written.
 */
#include "guest.h"

STORY("steal");
/* machine: dom0_max_vcpus=2 */

static struct vcpu_runstate_info area __aligned(64);
static volatile unsigned int stop, torn;

static void second(void)
{
	while (!stop)
		__builtin_ia32_pause();
	for (;;)
		HC(vcpu_op, VCPUOP_down, 1, 0, 0);
}

static u64 sum(const struct vcpu_runstate_info *r)
{
	return r->time[0] + r->time[1] + r->time[2] + r->time[3];
}

static void spin(u64 ns)
{
	u64 end = system_time() + ns, last = 0;

	while (system_time() < end) {
		u64 at = READ_ONCE(area.state_entry_time);

		if (at & XEN_RUNSTATE_UPDATE || at < last)
			torn++;
		last = at;
	}
}

void story(void)
{
	struct vcpu_register_runstate_memory_area r;
	struct vcpu_runstate_info a, b;
	u64 start, took, ran, waited;

	CHECK_EQ(HC(vm_assist, VMASST_CMD_enable,
		    VMASST_TYPE_runstate_update_flag, 0, 0),
		 0);
	r.addr.v = &area;
	CHECK_EQ(HC(vcpu_op, VCPUOP_register_runstate_memory_area, 0, &r, 0),
		 0);
	CHECK_EQ(area.state, RUNSTATE_running);
	start_vcpu(1, second);
	CHECK_EQ(HC(vcpu_op, VCPUOP_get_runstate_info, 0, &a, 0), 0);
	start = system_time();
	spin(1500000000);
	CHECK_EQ(HC(vcpu_op, VCPUOP_get_runstate_info, 0, &b, 0), 0);
	took = system_time() - start;
	stop = 1;

	CHECK_EQ(b.state, RUNSTATE_running);
	CHECK_EQ(torn, 0);
	ran = b.time[RUNSTATE_running] - a.time[RUNSTATE_running];
	waited = b.time[RUNSTATE_runnable] - a.time[RUNSTATE_runnable];
	say("ran %lu, waited %lu of %lu ns", ran, waited, took);
	CHECK(waited > took / 5 && ran > took / 5);
	CHECK(sum(&b) - sum(&a) <= took + 20000000);
	CHECK(sum(&b) - sum(&a) + 20000000 >= took);
	/* the area: of the last switch, so not ahead of the call */
	CHECK_EQ(area.state, RUNSTATE_running);
	CHECK(area.time[RUNSTATE_runnable] >= a.time[RUNSTATE_runnable]);
	CHECK(area.time[RUNSTATE_runnable] > took / 5);
	CHECK(area.state_entry_time <= system_time());
}
