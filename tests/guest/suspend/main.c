/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: dom0 asks to be suspended, which nobody could wake it from.
 * The machine must say so and end, not hang.
 */
#include "guest.h"

STORY("suspend");
/* expect: dom0 ended with reason 2 */

void story(void)
{
	/* where Linux gives its start_info: in the third argument */
	struct sched_shutdown s = { .reason = SHUTDOWN_suspend };
	u64 si = virt_to_mfn((void *)start_info);

	HC(sched_op, SCHEDOP_shutdown, &s, si, 0);
	CHECK(false, "came back");
}
