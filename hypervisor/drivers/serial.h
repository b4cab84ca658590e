/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The 16550 UART of the console. Output is queued and sent by its interrupt
 * once that is set up; before, and in a crash, it is polled.
 */
#pragma once

#include "lib/types.h"

/*
 * com1=BAUD[,DPS[,PORT[,IRQ]]], e.g. "115200,8n1,0x3f8,4"; NULL takes these.
 * Returns false when there is no UART at the port.
 */
bool serial_init(unsigned int com, const char *option);
/* From polled to interrupt driven. @receive gets each byte, in the handler. */
void serial_start_irq(void (*receive)(u8 c));
/* Queues (or sends) text; "\n" becomes "\r\n". Serialised by the caller. */
void serial_write(const char *s, size_t n);
/* Back to polling, for a crash. */
void serial_sync(void);
u16 serial_port(void); /* 0 = none */
