/* SPDX-License-Identifier: GPL-2.0-only */
/* The console as dom0's: see console_io.c. */
#pragma once

/*
 * Boot: what is typed at the console raises VIRQ_CONSOLE from now on, text in
 * the log VIRQ_CON_RING.
 */
void console_io_init(void);
