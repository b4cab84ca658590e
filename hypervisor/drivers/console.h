/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The console: a ring of the last text (xm dmesg), serial and VGA output, input
 * from the serial line to dom0 or, after Ctrl-a three times, to the console
 * keys.
 */
#pragma once

#include "lib/types.h"

/* Reads console= and com1= of the command line; polled output from here on. */
void console_early_init(const char *cmdline);
/* VGA text, once 0xb8000 is mapped there; only with console=vga. */
void console_init_vga(void *buffer);
/* Interrupt driven: after irq_init and the IO-APICs. */
void console_init(void);
/* Called, in the interrupt handler, when input for dom0 has arrived. */
void console_set_input_hook(void (*hook)(void));
void console_write(const char *s, size_t n); /* any context */
/* dom0's text: raw bytes to the devices. */
void console_write_guest(const char *s, size_t n);
/* Input for dom0: up to @n bytes; VIRQ_CONSOLE was raised when it came. */
size_t console_read(char *buf, size_t n);
void console_set_sync(void); /* crash: no locks, no interrupts */
u16 console_uart_port(void); /* base of the UART we own, 0 = none */
