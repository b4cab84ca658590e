/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Input: bytes of the serial line go to a ring for dom0; Ctrl-a three times in
 * a row switches them to the console keys and back, as on Xen.
 */
#include "drivers/console.h"

#include "cpu/spinlock.h"
#include "debug/keys.h"
#include "debug/log.h"
#include "drivers/serial.h"
#include "drivers/vga.h"
#include "lib/string.h"

#define INPUT_BYTES  4096U
#define SWITCH_CHAR  0x01 /* Ctrl-a */
#define SWITCH_COUNT 3

static spinlock_t console_lock = SPINLOCK_INIT(RANK_CONSOLE);
static bool console_unlocked; /* crash: take no lock */
static bool use_serial = true, use_vga;

static char input[INPUT_BYTES];
static u32 input_head, input_tail; /* handler writes head, dom0 reads tail */
static bool input_to_keys;
static unsigned int switch_seen;
static void (*input_hook)(void);

/* Value of option @name in @cmdline, NULL when it is not there. */
static const char *find_option(const char *cmdline, const char *name)
{
	size_t n = strlen(name);

	for (const char *s = cmdline; (s = strstr(s, name)); s += n)
		if ((s == cmdline || s[-1] == ' ') && s[n] == '=')
			return s + n + 1;
	return NULL;
}

void console_early_init(const char *cmdline)
{
	const char *where = find_option(cmdline, "console");
	unsigned int com = 1;

	if (where) {
		const char *end = strchr(where, ' ');
		size_t n = end ? (size_t)(end - where) : strlen(where);
		const char *vga = strstr(where, "vga");
		const char *port = strstr(where, "com");

		use_vga = vga && vga < where + n;
		use_serial = port && port < where + n;
		if (use_serial && port[3] == '2')
			com = 2;
	}
	if (use_serial)
		use_serial = serial_init(
			com, find_option(cmdline, com == 2 ? "com2" : "com1"));
	log_set_output(console_write);
}

void console_init_vga(void *buffer)
{
	if (use_vga)
		vga_init(buffer);
}

static void write_devices(const char *s, size_t n)
{
	if (use_serial)
		serial_write(s, n);
	vga_write(s, n);
}

void console_write(const char *s, size_t n)
{
	u64 flags;

	if (console_unlocked) {
		write_devices(s, n);
		return;
	}
	flags = spin_lock_irqsave(&console_lock);
	write_devices(s, n);
	spin_unlock_irqrestore(&console_lock, flags);
}

void console_write_guest(const char *s, size_t n)
{
	u64 flags = spin_lock_irqsave(&console_lock);

	if (use_serial)
		serial_write(s, n);
	spin_unlock_irqrestore(&console_lock, flags);
}

static void input_for_dom0(u8 c)
{
	if (input_head - __atomic_load_n(&input_tail, __ATOMIC_ACQUIRE) <
	    INPUT_BYTES) {
		input[input_head % INPUT_BYTES] = (char)c;
		__atomic_store_n(&input_head, input_head + 1, __ATOMIC_RELEASE);
	}
	if (input_hook)
		input_hook();
}

static void console_receive(u8 c)
{
	if (c == SWITCH_CHAR) {
		if (++switch_seen == SWITCH_COUNT) {
			switch_seen = 0;
			input_to_keys = !input_to_keys;
			pr_err("console: input goes to %s (Ctrl-a three times to switch)",
			       input_to_keys ? "the hypervisor" : "dom0");
		}
		return;
	}
	/* Fewer in a row were meant for dom0. */
	for (; switch_seen; switch_seen--)
		if (!input_to_keys)
			input_for_dom0(SWITCH_CHAR);
	if (input_to_keys)
		key_press((char)c);
	else
		input_for_dom0(c);
}

void console_init(void)
{
	if (use_serial)
		serial_start_irq(console_receive);
}

void console_set_input_hook(void (*hook)(void))
{
	input_hook = hook;
}

size_t console_read(char *buf, size_t n)
{
	u32 head = __atomic_load_n(&input_head, __ATOMIC_ACQUIRE);
	u32 tail = input_tail;
	size_t done = 0;

	while (done < n && tail != head)
		buf[done++] = input[tail++ % INPUT_BYTES];
	__atomic_store_n(&input_tail, tail, __ATOMIC_RELEASE);
	return done;
}

void console_set_sync(void)
{
	console_unlocked = true;
	serial_sync();
}

u16 console_uart_port(void)
{
	return use_serial ? serial_port() : 0;
}
