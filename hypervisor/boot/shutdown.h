/* SPDX-License-Identifier: GPL-2.0-only */
/* The ways the machine ends; machine_shutdown() is in domain/domain.h. */
#ifndef HOSPES_BOOT_SHUTDOWN_H
#define HOSPES_BOOT_SHUTDOWN_H

/* From here on panic() ends as the options say. */
void shutdown_init(void);

#endif
