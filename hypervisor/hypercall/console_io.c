/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * console_io: dom0's text to the console as it is, and what was typed there to
 * dom0. Other domains have consoles of their own; a debug build puts what they
 * write into the log, which helps when one dies early.
 */
#include "hypercall/console_io.h"
#include "debug/ring.h"
#include "domain/evtchn.h"
#include "drivers/console.h"
#include "hypercall/hypercall.h"
#include "sched/softirq.h"

#define CHUNK 256

static void input_arrived(void)
{
	virq_send_global(VIRQ_CONSOLE);
}

/* Under any lock: the event has to wait for the way out. */
static void text_arrived(void)
{
	softirq_raise(SOFTIRQ_CON_RING);
}

static void tell_of_text(void)
{
	virq_send_global(VIRQ_CON_RING);
}

void console_io_init(void)
{
	console_set_input_hook(input_arrived);
	softirq_register(SOFTIRQ_CON_RING, tell_of_text);
	ring_set_hook(text_arrived);
}

static size_t chunk_of(u64 left)
{
	return MIN(left, (u64)CHUNK);
}

static long dom0_write(u64 count, u64 gva)
{
	char buf[CHUNK];

	for (u64 done = 0; done < count;) {
		size_t n = chunk_of(count - done);

		if (done && hypercall_preempt_check())
			return hypercall_restart(__HYPERVISOR_console_io,
						 CONSOLEIO_write, count - done,
						 gva + done, 0, 0);
		if (guest_copy_from(buf, gva + done, n))
			return -EFAULT;
		console_write_guest(buf, n);
		done += n;
	}
	return 0;
}

/* Nothing is taken from the console that cannot be handed over. */
static long dom0_read(u64 count, u64 gva)
{
	char buf[CHUNK];
	u64 done = 0;
	size_t n;

	if (!guest_range_ok(gva, count))
		return -EFAULT;
	while (done < count) {
		n = console_read(buf, chunk_of(count - done));
		if (n == 0)
			break;
		if (guest_copy_to(gva + done, buf, n))
			return -EFAULT;
		done += n;
	}
	return done;
}

#ifdef HOSPES_DEBUG
static long other_write(u64 count, u64 gva)
{
	char buf[CHUNK + 1];
	size_t n = chunk_of(count);

	if (guest_copy_from(buf, gva, n))
		return -EFAULT;
	for (size_t i = 0; i < n; i++)
		if (buf[i] < ' ' || buf[i] > '~')
			buf[i] = ' ';
	buf[n] = '\0';
	pr_guest("console: d%u: %s", current->domain->id, buf);
	return 0;
}
#else
static long other_write(u64 count, u64 gva)
{
	return -EPERM;
}
#endif

long hc_console_io(HC_ARGS)
{
	bool is_dom0 = current->domain->is_privileged;
	u32 cmd = a1, count = a2;

	switch (cmd) {
	case CONSOLEIO_write:
		return is_dom0 ? dom0_write(count, a3) : other_write(count, a3);
	case CONSOLEIO_read:
		if (count > INT32_MAX)
			return -EINVAL;
		return is_dom0 ? dom0_read(count, a3) : -EPERM;
	default:
		return -ENOSYS;
	}
}
