/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * IO-APICs.
 *
 * Registers are reached through an index, so each access takes the IO-APIC's
 * lock. The low word of a line's entry is kept in memory: masking and opening
 * a line, done for each interrupt of a level line, need no read.
 */
#include "drivers/ioapic.h"
#include "cpu/irq.h"
#include "debug/log.h"
#include "drivers/acpi.h"
#include "mm/frame.h"
#include "mm/pagetable.h"

#define REG_SELECT 0x00
#define REG_WINDOW 0x10

#define IOAPIC_VERSION	  1
#define IOAPIC_RTE(pin)	  (0x10 + 2 * (pin))
#define IOAPIC_MAX_REG	  0xff
#define RTE_LOW		  BIT(13)
#define RTE_REMOTE_IRR	  BIT(14)
#define RTE_LEVEL	  BIT(15)
#define RTE_MASKED	  BIT(16)
#define RTE_DEST(apic_id) ((apic_id) << 24)
#define RTE_VECTOR	  0xffU
#define version_pins(v)	  (((v) >> 16 & 0xff) + 1)

struct ioapic_line {
	struct irq_desc desc; /* first */
	struct ioapic *io;
	u32 pin;
	u32 rte; /* low word as last written, under desc.lock */
	bool is_set_up; /* somebody has said what trigger it has */
};

struct ioapic {
	spinlock_t lock; /* RANK_PLATFORM, irq safe: index register */
	volatile u32 *regs;
	paddr_t base;
	u32 gsi_base;
	u32 nr_lines;
	struct ioapic_line *lines;
};

static struct ioapic ioapics[ACPI_MAX_IOAPICS];
static u32 nr_ioapics;
static unsigned int nr_gsis;

static u32 reg_read(struct ioapic *io, u32 reg)
{
	u64 flags = spin_lock_irqsave(&io->lock);
	u32 val;

	io->regs[REG_SELECT / 4] = reg;
	val = io->regs[REG_WINDOW / 4];
	spin_unlock_irqrestore(&io->lock, flags);
	return val;
}

static void reg_write(struct ioapic *io, u32 reg, u32 val)
{
	u64 flags = spin_lock_irqsave(&io->lock);

	io->regs[REG_SELECT / 4] = reg;
	io->regs[REG_WINDOW / 4] = val;
	spin_unlock_irqrestore(&io->lock, flags);
}

static struct ioapic_line *to_line(struct irq_desc *desc)
{
	return container_of(desc, struct ioapic_line, desc);
}

static void line_write(struct ioapic_line *line)
{
	reg_write(line->io, IOAPIC_RTE(line->pin), line->rte);
}

static void line_mask(struct irq_desc *desc)
{
	struct ioapic_line *line = to_line(desc);

	line->rte |= RTE_MASKED;
	line_write(line);
}

static void line_unmask(struct irq_desc *desc)
{
	struct ioapic_line *line = to_line(desc);

	line->rte &= ~RTE_MASKED;
	line_write(line);
}

/*
 * An open line that gets another vector: an edge that comes while it is masked
 * would be lost, and a level interrupt that is not yet ended (remote IRR) would
 * never end, as its end comes with the old vector.
 */
static int line_hold(struct ioapic_line *line)
{
	if (!(line->rte & RTE_LEVEL))
		return -EBUSY;
	reg_write(line->io, IOAPIC_RTE(line->pin), line->rte | RTE_MASKED);
	if (reg_read(line->io, IOAPIC_RTE(line->pin)) & RTE_REMOTE_IRR) {
		line_write(line);
		return -EBUSY;
	}
	return 0;
}

static int line_route(struct irq_desc *desc, unsigned int vector, u32 apic_id)
{
	struct ioapic_line *line = to_line(desc);
	bool new_vector = (line->rte & RTE_VECTOR) != vector;
	int err = 0;

	if (new_vector && !desc->masked)
		err = line_hold(line);
	if (err)
		return err;
	reg_write(line->io, IOAPIC_RTE(line->pin) + 1, RTE_DEST(apic_id));
	line->rte = (line->rte & ~RTE_VECTOR) | vector;
	if (new_vector)
		line_write(line);
	return 0;
}

static const struct irq_chip ioapic_chip = {
	.name = "io-apic",
	.mask = line_mask,
	.unmask = line_unmask,
	.route = line_route,
};

static struct ioapic_line *line_of_gsi(unsigned int gsi)
{
	for (u32 i = 0; i < nr_ioapics; i++) {
		struct ioapic *io = &ioapics[i];

		if (gsi - io->gsi_base < io->nr_lines)
			return &io->lines[gsi - io->gsi_base];
	}
	return NULL;
}

struct irq_desc *irq_from_gsi(unsigned int gsi)
{
	struct ioapic_line *line = line_of_gsi(gsi);

	return line ? &line->desc : NULL;
}

unsigned int ioapic_nr_gsis(void)
{
	return nr_gsis;
}

int ioapic_setup_gsi(unsigned int gsi, bool level, bool low)
{
	struct ioapic_line *line = line_of_gsi(gsi);
	u32 want = (level ? RTE_LEVEL : 0) | (low ? RTE_LOW : 0);
	int err = 0;
	u64 flags;

	if (!line)
		return -EINVAL;
	flags = spin_lock_irqsave(&line->desc.lock);
	if ((line->rte & (RTE_LEVEL | RTE_LOW)) == want) {
		line->is_set_up = true;
	} else if (line->desc.ours || line->desc.handler) {
		err = -EEXIST;
	} else {
		line->rte = (line->rte & ~(RTE_LEVEL | RTE_LOW)) | want;
		line->desc.level = level;
		line->is_set_up = true;
		line_write(line);
	}
	spin_unlock_irqrestore(&line->desc.lock, flags);
	return err;
}

int ioapic_read(paddr_t base, u32 reg, u32 *val)
{
	for (u32 i = 0; i < nr_ioapics; i++) {
		if (ioapics[i].base != base || reg > IOAPIC_MAX_REG)
			continue;
		*val = reg_read(&ioapics[i], reg);
		return 0;
	}
	return -EINVAL;
}

int irq_request_gsi(unsigned int gsi, irq_handler_t fn, void *data)
{
	struct irq_desc *desc = irq_from_gsi(gsi);
	int err;

	if (!desc)
		return -EINVAL;
	err = irq_assign_vector(desc, 0);
	if (err)
		return err;
	err = irq_start(desc, fn, data);
	if (!err)
		desc->ours = true;
	return err;
}

/* What the specification says of a line until dom0 has read more of ACPI. */
static void line_defaults(struct ioapic_line *line, u32 gsi)
{
	bool level = gsi >= ARRAY_SIZE(acpi.isa_irq);
	bool low = level;

	for (unsigned int i = 0; i < ARRAY_SIZE(acpi.isa_irq); i++) {
		if (acpi.isa_irq[i].gsi != gsi)
			continue;
		level = acpi.isa_irq[i].level;
		low = acpi.isa_irq[i].low;
	}
	line->rte = RTE_MASKED | (level ? RTE_LEVEL : 0) | (low ? RTE_LOW : 0);
	irq_desc_init(&line->desc, gsi, &ioapic_chip, level);
	/* The PIT is not given away: no guest expects its interrupts. */
	line->desc.ours = gsi == acpi.isa_irq[0].gsi;
}

static void __init ioapic_add(struct ioapic *io, paddr_t base, u32 gsi_base)
{
	char *page = ioremap(base & PAGE_MASK, PAGE_SIZE);

	if (!page)
		panic("io-apic: no address space for %#lx", base);
	spin_lock_init(&io->lock, RANK_PLATFORM);
	io->regs = (volatile u32 *)(page + (base & ~PAGE_MASK));
	io->base = base;
	io->gsi_base = gsi_base;
	io->nr_lines = version_pins(reg_read(io, IOAPIC_VERSION));
	io->lines = heap_zalloc_array(io->nr_lines, sizeof(*io->lines));
	if (!io->lines)
		panic("io-apic: no memory for %u lines", io->nr_lines);
	for (u32 pin = 0; pin < io->nr_lines; pin++) {
		struct ioapic_line *line = &io->lines[pin];

		line->io = io;
		line->pin = pin;
		line_defaults(line, gsi_base + pin);
		line_write(line);
	}
	nr_gsis = MAX(nr_gsis, gsi_base + io->nr_lines);
	pr_info("io-apic: %#lx, gsi %u to %u", base, gsi_base,
		gsi_base + io->nr_lines - 1);
}

void __init ioapic_init(void)
{
	for (u32 i = 0; i < acpi.nr_ioapics; i++)
		ioapic_add(&ioapics[nr_ioapics++], acpi.ioapic[i].addr,
			   acpi.ioapic[i].gsi_base);
	if (!nr_ioapics)
		pr_warn("io-apic: none found: only message signalled "
			"interrupts will work");
}
