/* SPDX-License-Identifier: GPL-2.0-only */
/* The ways the machine ends; machine_shutdown() is in domain/domain.h. */
#pragma once

/* From here on panic() ends as the options say. */
void shutdown_init(void);
