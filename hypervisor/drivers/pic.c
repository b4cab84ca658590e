/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The 8259 pair is masked for good. It is initialised first, since firmware
 * leaves its vectors on top of the exceptions and a masked 8259 may still
 * report a spurious interrupt. The vectors are in the range nobody owns.
 */
#include "drivers/pic.h"
#include "cpu/system.h"

#define PIC_MASTER 0x20
#define PIC_SLAVE  0xa0
#define PIC_VECTOR 0xe0

#define ICW1_INIT_WITH_ICW4 0x11
#define ICW4_8086	    0x01
#define MASTER_SLAVE_LINE   2

static void pic_init(u16 port, u8 vector, u8 icw3)
{
	outb(port, ICW1_INIT_WITH_ICW4);
	outb(port + 1, vector);
	outb(port + 1, icw3);
	outb(port + 1, ICW4_8086);
	outb(port + 1, 0xff);
}

void pic_silence(void)
{
	pic_init(PIC_MASTER, PIC_VECTOR, 1 << MASTER_SLAVE_LINE);
	pic_init(PIC_SLAVE, PIC_VECTOR + 8, MASTER_SLAVE_LINE);
}
