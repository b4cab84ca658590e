/* SPDX-License-Identifier: GPL-2.0-only */
/* The FIFO event ABI: set up by the guest, then behind evtchn_ops. */
#pragma once

#include "domain/evtchn.h"

/*
 * EVTCHNOP_init_control: -ENOENT no such vcpu, -EEXIST it has one, -EINVAL bad
 * place. The first one makes the domain leave the two-level ABI.
 */
int __must_check evtchn_fifo_init_control(struct domain *d, u32 vcpu, mfn_t m,
					  u32 offset);
/* EVTCHNOP_expand_array: -EOPNOTSUPP not FIFO, -ENOSPC enough pages. */
int __must_check evtchn_fifo_expand(struct domain *d, mfn_t m);
/* EVTCHNOP_set_priority: -ENOSYS not FIFO, -EINVAL. */
int __must_check evtchn_fifo_set_priority(struct domain *d, u32 port,
					  u32 priority);
/* Back to two-level: drops the guest's pages. events.lock held, no port open.
 */
void evtchn_fifo_disable(struct domain *d);
