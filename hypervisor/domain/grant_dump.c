// SPDX-License-Identifier: GPL-2.0-only
/*
 * Who uses a domain's grants: what key 'g' prints. Headings and the columns in
 * front are those that Xen prints at that key, so that a tool can read both.
 */
#include "domain/grant_private.h"

/* Of a domain that lives; a disk alone may have thousands of them mapped. */
#define LINES_OF_THE_LIVING 16

/*
 * The entry, who uses it, its frame, and how often it is in use: writers in the
 * lowest byte, readers in the next.
 */
static void dump_entry(u32 ref, const struct grant_active *act)
{
	u32 pins = MIN(READ_ONCE(act->writers), 0xffU) |
		   MIN(READ_ONCE(act->readers), 0xffU) << 8;

	pr_err("[0x%03x]  %5u 0x%06lx 0x%08x", ref, act->user,
	       act->transitive ? 0 : act->mfn, pins);
}

/*
 * No lock is held while lines are printed: a picture, not a promise. What an
 * entry was made of stays as long as the domain, which the caller holds.
 */
void grant_dump(struct domain *d)
{
	const struct grant_table *gt = d->grants;
	u32 nr_active = READ_ONCE(gt->nr_active), nr = 0;
	u32 most = domain_is_dying(d) ? ~0U : LINES_OF_THE_LIVING;

	pr_err("grant-table for remote d%u (v%u)", d->id, gt->version);
	for (u32 ref = 0; ref < nr_active * ACTIVE_PER_FRAME; ref++) {
		const struct grant_active *act = grant_active_of(gt, ref);

		if (!READ_ONCE(act->readers) && !READ_ONCE(act->writers))
			continue;
		if (nr++ < most)
			dump_entry(ref, act);
	}
	if (!nr)
		pr_err("no active grant table entries");
	else if (nr > most)
		pr_err("and %u more", nr - most);
}
