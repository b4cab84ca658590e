/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The console: a ring of the last text (xm dmesg), serial and VGA output, input
 * from the serial line to dom0 or, after Ctrl-a three times, to the console
 * keys.
 */
#ifndef HOSPES_DRIVERS_CONSOLE_H
#define HOSPES_DRIVERS_CONSOLE_H

#include "lib/types.h"

void console_early_init(const char *cmdline); /* polled output */
void console_init(void); /* interrupts: after irq_init and IO-APIC */
void console_write(const char *s, size_t n); /* any context */
/* dom0's text: raw bytes to the devices. */
void console_write_guest(const char *s, size_t n);
/* Input for dom0: up to @n bytes; VIRQ_CONSOLE was raised when it came. */
size_t console_read(char *buf, size_t n);
/* Ring contents from position *pos; used by XEN_SYSCTL_readconsole. */
size_t console_ring_read(char *buf, size_t n, u64 *pos);
void console_ring_clear(void);
void console_set_sync(void); /* crash: no locks, no interrupts */
u16 console_uart_port(void); /* base of the UART we own, 0 = none */
u32 console_uart_gsi(void);

#endif
