// SPDX-License-Identifier: GPL-2.0-only
/* on_poweroff, on_reboot, on_crash, on_watchdog; see policy.h. */
#include "supervisor/policy.h"
#include "build/guest.h"
#include "config/config.h"
#include <stddef.h>

/* In the order of the names. The core of coredump-* is not written. */
static const enum policy policies[] = {
	POLICY_DESTROY,	 POLICY_RESTART, POLICY_RENAME_RESTART,
	POLICY_PRESERVE, POLICY_DESTROY, POLICY_RESTART,
};
static const char *const names[] = {
	"destroy",  "restart",		"rename-restart",
	"preserve", "coredump-destroy", "coredump-restart",
	NULL,
};

enum policy policy_of(uint32_t domid, int code)
{
	static const struct {
		const char *key;
		int fallback;
	} keys[] = {
		[SHUTDOWN_poweroff] = { "on_poweroff", POLICY_DESTROY },
		[SHUTDOWN_reboot] = { "on_reboot", POLICY_RESTART },
		[SHUTDOWN_crash] = { "on_crash", POLICY_RESTART },
		[SHUTDOWN_watchdog] = { "on_watchdog", POLICY_DESTROY },
	};
	struct config *config;
	int choice;

	/* A suspended guest belongs to who asked it to suspend. */
	if (code < 0 || code > SHUTDOWN_watchdog || !keys[code].key)
		return POLICY_PRESERVE;
	config = guest_config(domid);
	if (!config)
		return POLICY_PRESERVE; /* not one of ours */
	choice = config_choice(config, keys[code].key, keys[code].fallback,
			       names);
	config_free(config);
	return policies[choice];
}
