/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: the wall clock after dom0 has set it: within 50 ms of what
 * was asked for in shared_info, with a version that tells of the change.
 */
#include "guest.h"

STORY("wallclock");

static int settime(u64 secs, u32 nsecs, u64 at, u32 mbz)
{
	static struct xen_platform_op op;

	op.cmd = XENPF_settime64;
	op.interface_version = XENPF_INTERFACE_VERSION;
	op.u.settime64.secs = secs;
	op.u.settime64.nsecs = nsecs;
	op.u.settime64.system_time = at;
	op.u.settime64.mbz = mbz;
	return (int)HC(platform_op, &op, 0, 0, 0);
}

/* Now by shared_info, in ns; 1970 is zero. */
static u64 wallclock(void)
{
	volatile struct shared_info *s = shared_info;
	u32 version;
	u64 ns;

	do {
		version = s->wc_version;
		barrier();
		ns = ((u64)s->wc_sec_hi << 32 | s->wc_sec) * 1000000000UL +
		     s->wc_nsec;
		barrier();
	} while ((version & 1) || version != s->wc_version);
	return ns + system_time();
}

static void set_and_check(u64 secs, u32 nsecs)
{
	u32 version = shared_info->wc_version;
	u64 want, got, start = system_time(), took;

	CHECK_EQ(settime(secs, nsecs, start, 0), 0);
	want = secs * 1000000000UL + nsecs;
	got = wallclock();
	took = system_time() - start; /* the machine may have stood still */
	CHECK(got >= want && got - want < 50000000 + took, "%lu, not %lu", got,
	      want);
	CHECK(shared_info->wc_version != version);
	CHECK_EQ(shared_info->wc_version & 1, 0);
}

void story(void)
{
	u64 before = wallclock();

	say("the machine's clock says %lu s", before / 1000000000UL);
	CHECK(before / 1000000000UL > 1577836800, "before 2020");
	set_and_check(1700000000, 500000000);
	set_and_check(1800000000, 0);
	set_and_check(4300000000, 999999999); /* above 32 bits */
	set_and_check(before / 1000000000UL, 0);
	before = wallclock();
	CHECK_EQ(settime(1700000000, 0, system_time(), 1), -EINVAL);
	CHECK(settime(1700000000, 1000000000, system_time(), 0) <= 0);
	CHECK(wallclock() >= before || wallclock() / 1000000000UL > 1699999999);
	for (int i = 0; i < 1000; i++) {
		u64 a = wallclock(), b = wallclock();

		CHECK(b >= a);
	}
}
