/* SPDX-License-Identifier: GPL-2.0-only */
/* References that a domain's own state holds on pages; see mm/recount.h. */
#pragma once

#include "domain/domain.h"
#include "mm/recount.h"

void evtchn_fifo_recount(const struct domain *d, struct recount *rc);
void pirq_recount(const struct domain *d, struct recount *rc);
/* Of @d's own frames that others use. */
void grant_recount(struct domain *d, struct recount *rc);
