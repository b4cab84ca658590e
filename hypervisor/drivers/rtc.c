/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Two equal readings in a row with no update in progress are one time. Firmware
 * may hold BCD or binary, 12 or 24 hours; register B says which.
 */
#include "drivers/rtc.h"

#include "cpu/system.h"
#include "lib/string.h"

spinlock_t rtc_lock = SPINLOCK_INIT(RANK_PLATFORM);

struct rtc_time {
	u8 second, minute, hour, day, month, year, century;
};

#define REG_A	    0x0a
#define REG_B	    0x0b
#define REG_CENTURY 0x32
#define A_UPDATING  0x80
#define B_24_HOURS  0x02
#define B_BINARY    0x04
#define HOUR_PM	    0x80

static u8 cmos_read(u8 reg)
{
	outb(0x70, reg);
	return inb(0x71);
}

static bool read_once(struct rtc_time *t)
{
	for (unsigned int tries = 0; cmos_read(REG_A) & A_UPDATING; tries++)
		if (tries > 100000)
			return false;
	*t = (struct rtc_time){
		.second = cmos_read(0),
		.minute = cmos_read(2),
		.hour = cmos_read(4),
		.day = cmos_read(7),
		.month = cmos_read(8),
		.year = cmos_read(9),
		.century = cmos_read(REG_CENTURY),
	};
	return true;
}

static u8 from_bcd(u8 v)
{
	return (v >> 4) * 10 + (v & 15);
}

static void decode(struct rtc_time *t, u8 mode)
{
	bool pm = t->hour & HOUR_PM;

	t->hour &= ~HOUR_PM;
	for (u8 *v = (u8 *)t; !(mode & B_BINARY) && v < (u8 *)(t + 1); v++)
		*v = from_bcd(*v);
	if (!(mode & B_24_HOURS))
		t->hour = t->hour % 12 + (pm ? 12 : 0);
}

/* Days from 1970-01-01 to the given day of the Gregorian calendar. */
static s64 days_from_epoch(s64 year, s64 month, s64 day)
{
	/* Years begin in March here, so that the leap day is the last one. */
	s64 y = month <= 2 ? year - 1 : year;
	s64 m = month <= 2 ? month + 9 : month - 3;

	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day -
	       719469;
}

u64 rtc_read_seconds(void)
{
	struct rtc_time t, again;
	u64 flags = spin_lock_irqsave(&rtc_lock);
	bool ok = read_once(&t);
	s64 year;

	for (int i = 0; ok && i < 10; i++) {
		ok = read_once(&again);
		if (memcmp(&t, &again, sizeof(t)) == 0)
			break;
		t = again;
	}
	decode(&t, cmos_read(REG_B));
	spin_unlock_irqrestore(&rtc_lock, flags);
	if (!ok || t.month < 1 || t.month > 12 || t.day < 1 || t.day > 31)
		return 0;
	year = (t.century >= 19 && t.century <= 21 ? t.century : 20) * 100 +
	       t.year;
	return (u64)(days_from_epoch(year, t.month, t.day) * 86400 +
		     t.hour * 3600 + t.minute * 60 + t.second);
}
