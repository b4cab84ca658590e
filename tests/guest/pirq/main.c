/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Could be wrong: interrupts of devices. The battery clock ticks (an edge, GSI
 * 8) while its port moves between processors and is bound again and again; the
 * power management timer's line (a level, GSI 9) comes once until its end is
 * told, again while the device still asks, and then no more. Lines that are not
 * given out, and what is not a line.
 */
#include "guest.h"

STORY("pirq");
/* machine: smp=2 */

#define RTC_GSI	  8
#define RTC_A	  0x0a
#define RTC_B	  0x0b
#define RTC_C	  0x0c
#define RATE_1024 6
#define PERIODIC  0x40

#define SCI_GSI	   9
#define PM1_STATUS 0x600 /* of QEMU's PC */
#define PM1_ENABLE 0x602
#define PM1_TIMER  1 /* its top bit has changed: every 2.3 s */

static u8 in8(u16 port)
{
	u8 v;

	__asm__ volatile("inb %1, %0" : "=a"(v) : "Nd"(port));
	return v;
}

static void out8(u16 port, u8 v)
{
	__asm__ volatile("outb %0, %1" ::"a"(v), "Nd"(port));
}

static void out16(u16 port, u16 v)
{
	__asm__ volatile("outw %0, %1" ::"a"(v), "Nd"(port));
}

static u8 cmos_read(u8 reg)
{
	out8(0x70, reg);
	return in8(0x71);
}

static void cmos_write(u8 reg, u8 v)
{
	out8(0x70, reg);
	out8(0x71, v);
}

static int map(u32 gsi)
{
	struct physdev_map_pirq m = { .domid = DOMID_SELF,
				      .type = MAP_PIRQ_TYPE_GSI,
				      .index = (int)gsi,
				      .pirq = (int)gsi };

	return (int)HC(physdev_op, PHYSDEVOP_map_pirq, &m, 0, 0);
}

static int unmap(u32 gsi)
{
	struct physdev_unmap_pirq u = { .domid = DOMID_SELF, .pirq = (int)gsi };

	return (int)HC(physdev_op, PHYSDEVOP_unmap_pirq, &u, 0, 0);
}

static int bind(u32 gsi, u32 *port)
{
	struct evtchn_bind_pirq b = { .pirq = gsi,
				      .flags = BIND_PIRQ__WILL_SHARE };
	int err = (int)HC(event_channel_op, EVTCHNOP_bind_pirq, &b, 0, 0);

	*port = b.port;
	return err;
}

static void close(u32 port)
{
	struct evtchn_close c = { .port = port };

	CHECK_EQ(HC(event_channel_op, EVTCHNOP_close, &c, 0, 0), 0);
}

static void move(u32 port, u32 vcpu)
{
	struct evtchn_bind_vcpu b = { .port = port, .vcpu = vcpu };

	CHECK_EQ(HC(event_channel_op, EVTCHNOP_bind_vcpu, &b, 0, 0), 0);
}

static u32 query(u32 gsi)
{
	struct physdev_irq_status_query q = { .irq = gsi };

	CHECK_EQ(HC(physdev_op, PHYSDEVOP_irq_status_query, &q, 0, 0), 0);
	return q.flags;
}

static void eoi(u32 gsi)
{
	struct physdev_eoi e = { .irq = gsi };

	CHECK_EQ(HC(physdev_op, PHYSDEVOP_eoi, &e, 0, 0), 0);
}

/* Upcalls stay masked: a port's pending bit is all we look at. */
static bool take(u32 port)
{
	u64 bit = BIT(port % 64);

	return __atomic_fetch_and(&shared_info->evtchn_pending[port / 64], ~bit,
				  __ATOMIC_SEQ_CST) &
	       bit;
}

static bool comes(u32 port)
{
	return wait_for(shared_info->evtchn_pending[port / 64] &
			BIT(port % 64)) &&
	       take(port);
}

static bool ticks(u32 port, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (!comes(port))
			return false;
		cmos_read(RTC_C); /* or it will not tick again */
	}
	return true;
}

static void edge(void)
{
	u32 port;

	CHECK_EQ(map(RTC_GSI), 0);
	CHECK_EQ(map(RTC_GSI), 0);
	CHECK_EQ(bind(RTC_GSI, &port), 0);
	query(RTC_GSI);
	cmos_write(RTC_A, (cmos_read(RTC_A) & 0xf0) | RATE_1024);
	cmos_write(RTC_B, cmos_read(RTC_B) | PERIODIC);
	cmos_read(RTC_C);
	CHECK(ticks(port, 10));
	for (unsigned int i = 0; i < 20; i++) {
		move(port, i % 2);
		CHECK(ticks(port, 3), "after move %u", i);
	}
	for (unsigned int i = 0; i < 300; i++) {
		close(port);
		if (i % 7 == 0 && (unmap(RTC_GSI) || map(RTC_GSI)))
			broken("round %u: not mapped again", i);
		if (bind(RTC_GSI, &port))
			broken("round %u: not bound again", i);
	}
	cmos_read(RTC_C);
	CHECK(ticks(port, 10), "after 300 times");
	cmos_write(RTC_B, cmos_read(RTC_B) & ~PERIODIC);
	close(port);
}

static void level(void)
{
	struct physdev_setup_gsi s = { .gsi = SCI_GSI, .triggering = 1 };
	u32 port;
	u64 end;

	CHECK_EQ(map(SCI_GSI), 0);
	(void)HC(physdev_op, PHYSDEVOP_setup_gsi, &s, 0, 0);
	CHECK_EQ(bind(SCI_GSI, &port), 0);
	CHECK_EQ(query(SCI_GSI), XENIRQSTAT_needs_eoi);
	out16(PM1_STATUS, PM1_TIMER);
	out16(PM1_ENABLE, PM1_TIMER);
	CHECK(comes(port), "the first");
	move(port, 1);
	CHECK(!take(port), "not before its end is told");
	eoi(SCI_GSI);
	CHECK(comes(port), "the device still asks");
	out16(PM1_ENABLE, 0);
	eoi(SCI_GSI);
	end = system_time() + 100000000;
	while (system_time() < end)
		CHECK(!take(port), "nobody asks");
	close(port);
	CHECK_EQ(unmap(SCI_GSI), 0);
	CHECK(unmap(SCI_GSI) < 0);
}

static void refused(void)
{
	u32 port, gsi;

	CHECK(bind(15, &port) < 0, "not mapped");
	CHECK(map(1000) < 0);
	CHECK(map(0xffffffff) < 0);
	/* one of the two is the timer's, and the UART's is number 4 */
	for (gsi = 0; gsi <= 4; gsi += gsi == 0 ? 2 : 1)
		(void)map(gsi);
	CHECK_EQ(bind(4, &port), -EBUSY);
	CHECK(bind(0, &port) == -EBUSY || bind(2, &port) == -EBUSY);
	CHECK_EQ(bind(3, &port), 0);
	CHECK_EQ(bind(3, &gsi), -EEXIST);
	close(port);
}

static void second(void)
{
	for (;;)
		HC(sched_op, SCHEDOP_yield, 0, 0, 0);
}

void story(void)
{
	struct physdev_set_iopl iopl = { .iopl = 1 };

	CHECK_EQ(HC(physdev_op, PHYSDEVOP_set_iopl, &iopl, 0, 0), 0);
	start_vcpu(1, second);
	refused();
	edge();
	level();
}
