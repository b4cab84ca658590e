/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: SYSCALL as the last two bytes of the lower half: the address
 * behind it is no address. A return there by SYSRET faults in ring 0 with the
 * guest's stack on some CPUs; it must be a #GP of the guest's.
 */
#include "user.h"

STORY("user-canonical");
/* attack: yes */

#define LAST_PAGE 0x00007ffffffff000UL
#define HOLE	  0x0000800000000000UL

static const u64 bad[] = { HOLE, 0xffff7fffffffffff, 0x4000000000000000,
			   0xdead00000000beef };

void story(void)
{
	u64 last = LAST_PAGE + PAGE_SIZE - 2;

	user_begin(LAST_PAGE);
	memcpy(user_code + PAGE_SIZE - 2, "\x0f\x05", 2);
	for (int i = 0; i < 100; i++) {
		CHECK_EQ(user_run_at(last, 1), TRAP_SYSCALL);
		CHECK_EQ(user_exit.rip, HOLE);
		/* and back, as a kernel does that does not look */
		CHECK_EQ(user_run_at(user_exit.rip, 0), 13);
		CHECK_EQ(user_exit.error_code, 0);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK_EQ(user_run_at(bad[i], 0), 13);
	/* what is the hypervisor's is an address, but no code of the user's */
	CHECK_EQ(user_run_at(HV_START, 0), 14);
	CHECK_EQ(user_run_at(0xffff830000000000, 0), 14);
	/* running on over the end */
	memcpy(user_code + PAGE_SIZE - 2, "\x90\x90", 2);
	CHECK_EQ(user_run_at(last, 0), 13);
	user_end();
}
