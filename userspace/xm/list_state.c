// SPDX-License-Identifier: GPL-2.0-only
/* A domain's state, in six letters and in a word. */
#include "xm/list.h"
#include <string.h>

/*
 * r b p s, the reason with s, d. Parsers of xend's days die on combinations
 * that it never printed: a domain that is paused, has shut down or is dying
 * is neither running nor blocked, and a dying one shows a reason only for
 * poweroff. The watchdog's reason reads as a crash.
 */
void list_state(const domain_info_t *info, char *text)
{
	int reason = domain_shutdown_code(info);

	strcpy(text, "------");
	if (info->flags & XEN_DOMINF_dying) {
		text[3] = reason == SHUTDOWN_poweroff ? 's' : '-';
		text[5] = 'd';
		return;
	}
	if (info->flags & XEN_DOMINF_paused)
		text[2] = 'p';
	if (reason >= 0) {
		text[3] = 's';
		text[4] = reason <= SHUTDOWN_watchdog ? "-rscc"[reason] : 'c';
		return;
	}
	if (info->flags & XEN_DOMINF_paused)
		return;
	if (info->flags & XEN_DOMINF_running)
		text[0] = 'r';
	else if (info->flags & XEN_DOMINF_blocked)
		text[1] = 'b';
}

const char *list_state_word(const domain_info_t *info)
{
	if (info->flags & XEN_DOMINF_dying)
		return "dying";
	if (domain_shutdown_code(info) == SHUTDOWN_crash)
		return "crashed";
	if (info->flags & XEN_DOMINF_shutdown)
		return "shutdown";
	if (info->flags & XEN_DOMINF_paused)
		return "paused";
	if (info->flags & XEN_DOMINF_blocked)
		return "idle";
	return "running";
}
