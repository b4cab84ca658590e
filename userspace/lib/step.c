// SPDX-License-Identifier: GPL-2.0-only
/* Points to die at; see step.h. */
#include "lib/step.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void step_reached(const char *name)
{
	const char *at = getenv("HOSPES_KILL_AT");

	if (at && !strcmp(at, name))
		kill(getpid(), SIGKILL);
}
