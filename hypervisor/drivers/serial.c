/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Locking: the console lock covers all but the receive path, which touches only
 * the receive register. The transmit interrupt takes it through serial_tx_lock.
 */
#include "drivers/serial.h"

#include "cpu/irq.h"
#include "cpu/system.h"
#include "debug/log.h"
#include "lib/string.h"

#define TX_BYTES   16384U
#define FIFO_BYTES 16

enum uart_reg {
	THR = 0,
	RBR = 0,
	DLL = 0,
	DLM = 1,
	IER = 1,
	IIR = 2,
	FCR = 2,
	LCR = 3,
	MCR = 4,
	LSR = 5,
	MSR = 6,
	SCR = 7
};

#define IER_RX	 0x01
#define IER_TX	 0x02
#define IIR_NONE 0x01
#define LSR_DATA 0x01
#define LSR_THRE 0x20

static struct {
	u16 port;
	u32 irq;
	bool irq_driven;
	void (*receive)(u8 c);
	char tx[TX_BYTES];
	u32 head, tail; /* queued: head - tail bytes */
	spinlock_t lock;
} uart = { .lock = SPINLOCK_INIT(RANK_LEAF) };

static u8 uart_read(enum uart_reg reg)
{
	return inb(uart.port + reg);
}

static void uart_write(enum uart_reg reg, u8 v)
{
	outb(uart.port + reg, v);
}

static u8 parse_format(const char *s)
{
	u8 lcr = 0x03; /* 8 bits */

	if (s[0] >= '5' && s[0] <= '8')
		lcr = s[0] - '5';
	if (s[0] && s[1] == 'o')
		lcr |= 0x08;
	if (s[0] && s[1] == 'e')
		lcr |= 0x18;
	if (s[0] && s[1] && s[2] == '2')
		lcr |= 0x04;
	return lcr;
}

/* The field after the next comma of this option, NULL when there is none. */
static const char *next_field(const char *s)
{
	for (; s && *s && *s != ' '; s++)
		if (*s == ',')
			return s + 1;
	return NULL;
}

bool serial_init(unsigned int com, const char *option)
{
	const char *format = next_field(option), *port = next_field(format),
		   *irq = next_field(port);
	u64 baud = option ? strtou64(option, NULL, 10) : 0;
	u16 divisor;

	uart.port = com == 2 ? 0x2f8 : 0x3f8;
	uart.irq = com == 2 ? 3 : 4;
	if (port && *port != ',')
		uart.port = (u16)strtou64(port, NULL, 0);
	if (irq)
		uart.irq = (u32)strtou64(irq, NULL, 0);
	if (baud < 2 || baud > 115200)
		baud = 115200;
	divisor = (u16)(115200 / baud);

	uart_write(SCR, 0x5a);
	if (uart_read(SCR) != 0x5a) {
		uart.port = 0;
		return false;
	}
	uart_write(IER, 0);
	uart_write(LCR, 0x80);
	uart_write(DLL, (u8)divisor);
	uart_write(DLM, (u8)(divisor >> 8));
	uart_write(LCR, parse_format(format ? format : "8n1"));
	uart_write(FCR, 0x07); /* FIFOs on and empty, interrupt at 1 byte */
	uart_write(MCR, 0x0b); /* DTR, RTS, OUT2: interrupts reach the line */
	return true;
}

static void send_polled(u8 c)
{
	while (!(uart_read(LSR) & LSR_THRE))
		cpu_relax();
	uart_write(THR, c);
}

/* Moves up to a FIFO of queued bytes; the lock is held. */
static void send_queued(void)
{
	for (int i = 0; i < FIFO_BYTES && uart.tail != uart.head; i++)
		uart_write(THR, uart.tx[uart.tail++ % TX_BYTES]);
	uart_write(IER, uart.tail != uart.head ? IER_RX | IER_TX : IER_RX);
}

static void put_byte(u8 c)
{
	if (!uart.irq_driven) {
		send_polled(c);
		return;
	}
	while (uart.head - uart.tail == TX_BYTES) { /* full: wait here */
		while (!(uart_read(LSR) & LSR_THRE))
			cpu_relax();
		send_queued();
	}
	uart.tx[uart.head++ % TX_BYTES] = c;
}

void serial_write(const char *s, size_t n)
{
	u64 flags;

	if (!uart.port)
		return;
	flags = spin_lock_irqsave(&uart.lock);
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n')
			put_byte('\r');
		put_byte(s[i]);
	}
	if (uart.irq_driven && (uart_read(LSR) & LSR_THRE))
		send_queued();
	spin_unlock_irqrestore(&uart.lock, flags);
}

static void serial_interrupt(struct irq_desc *desc, void *data)
{
	/* Bounded: a stuck line must not hold the CPU. */
	for (int i = 0; i < 256 && !(uart_read(IIR) & IIR_NONE); i++) {
		while (uart_read(LSR) & LSR_DATA)
			uart.receive(uart_read(RBR));
		spin_lock(&uart.lock);
		if (uart.irq_driven && (uart_read(LSR) & LSR_THRE))
			send_queued();
		spin_unlock(&uart.lock);
	}
}

void serial_start_irq(void (*receive)(u8 c))
{
	if (!uart.port)
		return;
	uart.receive = receive;
	if (irq_request_gsi(uart.irq, serial_interrupt, NULL)) {
		pr_warn("serial: no interrupt %u, output only", uart.irq);
		return;
	}
	uart.irq_driven = true;
	uart_write(IER, IER_RX);
}

void serial_sync(void)
{
	if (!uart.port)
		return;
	/* The lock may be held by a CPU that is stopped: take it from it. */
	spin_lock_init(&uart.lock, RANK_LEAF);
	uart.irq_driven = false;
	uart_write(IER, 0);
	while (uart.tail != uart.head)
		send_polled(uart.tx[uart.tail++ % TX_BYTES]);
}

u16 serial_port(void)
{
	return uart.port;
}
