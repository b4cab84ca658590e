/* SPDX-License-Identifier: GPL-2.0-only */
/* The console keys that show the machine's state. */
#pragma once

/* Once, before console_init(). */
void console_keys_init(void);
