/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtual interrupts: between evtchn.c, which binds, and virq.c, which sends.
 */
#pragma once

#include "domain/evtchn.h"

/* events.lock held; @port 0: unbound. */
void virq_set_port(struct vcpu *v, u32 virq, u32 port);
