/* SPDX-License-Identifier: GPL-2.0-only */
/* The console keys that show the machine's state. */
#ifndef HOSPES_BOOT_CONSOLE_KEYS_H
#define HOSPES_BOOT_CONSOLE_KEYS_H

/* Once, before console_init(). */
void console_keys_init(void);

#endif
