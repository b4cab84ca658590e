// SPDX-License-Identifier: GPL-2.0-only
/* Where each of a domain's devices stands; see why.h. */
#include "xm/why.h"
#include "device/diagnose.h"
#include <stdlib.h>
#include <string.h>

static void add(struct why *w, const struct device_id *id)
{
	struct diagnosis d;
	struct why_found *f;

	device_diagnose(id, &d);
	f = why_add(w, "device", d.hangs,
		    "%s: back-end %s (%u), guest %s (%u): %s", d.what,
		    device_state_name(d.back), d.back,
		    device_state_name(d.front), d.front, d.text);
	why_set(f->node, "%s", d.node);
	why_set(f->from, "%s", d.from);
	why_set(f->hint, "%s", d.hint);
}

void why_devices(struct why *w)
{
	struct device_id *ids;
	int i, nr = device_all_ids(w->info.domain, &ids);

	for (i = 0; i < nr && i < WHY_MOST; i++)
		/* xenconsoled serves the first one, and needs no states */
		if (strcmp(ids[i].class, "console") || ids[i].devid)
			add(w, ids + i);
	if (nr >= 0)
		free(ids);
}
