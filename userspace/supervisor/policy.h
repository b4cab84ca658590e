/* SPDX-License-Identifier: GPL-2.0-only */
/* What happens to a guest that has shut down: on_poweroff, on_reboot... */
#ifndef SUPERVISOR_POLICY_H
#define SUPERVISOR_POLICY_H

#include <stdint.h>

enum policy {
	POLICY_DESTROY,
	POLICY_RESTART,
	POLICY_RENAME_RESTART,
	POLICY_PRESERVE,
};

/**
 * policy_of() - what the guest's configuration says of shutdown @code.
 * @code: SHUTDOWN_* of sched.h.
 */
enum policy policy_of(uint32_t domid, int code);

#endif
