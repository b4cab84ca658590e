/* SPDX-License-Identifier: GPL-2.0-only */
/* The grant part of pv_guest_ops; see struct guest_ops. */
#pragma once

#include "domain/domain.h"

int pv_grant_map(struct vcpu *v, const struct grant_host_map *m);
int pv_grant_unmap(struct vcpu *v, const struct grant_host_map *m);
int pv_grant_move(struct vcpu *v, const struct grant_host_map *m, u64 from);
