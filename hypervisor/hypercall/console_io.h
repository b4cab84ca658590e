/* SPDX-License-Identifier: GPL-2.0-only */
/* The console as dom0's: see console_io.c. */
#ifndef HOSPES_HYPERCALL_CONSOLE_IO_H
#define HOSPES_HYPERCALL_CONSOLE_IO_H

/*
 * Boot: what is typed at the console raises VIRQ_CONSOLE from now on, text in
 * the log VIRQ_CON_RING.
 */
void console_io_init(void);

#endif
