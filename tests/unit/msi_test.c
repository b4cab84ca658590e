// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: a message that goes to the wrong place, or comes while
 * nobody listens; a guest that writes one itself; an MSI-X table that is not
 * where tables can be. The device is a model: configuration space in an array,
 * its table in memory.
 */
/* links: drivers/msi.c cpu/irq.c cpu/vector.c lib/bitmap.c */
#include "cpu/apic.h"
#include "cpu/irq.h"
#include "cpu/smp.h"
#include "cpu/vector.h"
#include "debug/keys.h"
#include "drivers/msi.h"
#include "drivers/pci.h"
#include "drivers/pic.h"
#include "include/errno.h"
#include "mm/frame.h"
#include "mm/page.h"
#include "mm/pagetable.h"
#include "shim/shim.h"
#include "test.h"

#include <stdlib.h>
#include <string.h>

#define BDF	  0x18
#define MSI_CAP	  0x50
#define MSIX_CAP  0x70
#define BAR	  0xfe000000UL
#define TABLE_AT  0x800 /* in the BAR */
#define RAM_LIMIT 0x80000 /* frames */

#define ENABLE_MSI 1

static u8 config[256];
static u32 table[1024]; /* the page of the BAR with the table */
static unsigned int config_writes;

u32 pci_read(u32 bdf, unsigned int reg, unsigned int bytes)
{
	u32 val = ~0U;

	if (bdf == BDF)
		memcpy(&val, &config[reg], bytes);
	return bytes == 4 ? val : val & ((1U << 8 * bytes) - 1);
}

void pci_write(u32 bdf, unsigned int reg, unsigned int bytes, u32 val)
{
	EXPECT_EQ(bdf, BDF);
	memcpy(&config[reg], &val, bytes);
	config_writes++;
}

bool pci_present(u32 bdf)
{
	return bdf == BDF;
}

unsigned int pci_find_cap(u32 bdf, unsigned int id)
{
	if (bdf != BDF)
		return 0;
	return id == PCI_CAP_MSI ? MSI_CAP : id == PCI_CAP_MSIX ? MSIX_CAP : 0;
}

paddr_t pci_bar_address(u32 bdf, unsigned int n)
{
	return n == 0 ? pci_read(bdf, PCI_BAR(0), 4) & ~0xfU : 0;
}

void *ioremap(paddr_t pa, size_t size)
{
	EXPECT_EQ(pa, BAR);
	return table;
}

struct frame_range ram_biggest = { 0, RAM_LIMIT };

bool mfn_is_other_ram(mfn_t m)
{
	return false;
}

void *heap_zalloc(size_t size)
{
	return calloc(1, size);
}

void heap_free(void *p)
{
	free(p);
}

u32 cpu_apic_id(unsigned int cpu)
{
	return cpu;
}

void apic_send_ipi(u32 apic_id, unsigned int vector)
{
}

void apic_eoi(void)
{
}

void smp_call_mask(const struct cpumask *mask, void (*fn)(void *), void *arg)
{
	fn(arg);
}

void pic_silence(void)
{
}

void key_register(char key, void (*fn)(void), const char *help)
{
}

static void handler(struct irq_desc *desc, void *data)
{
}

static void put16(unsigned int reg, u16 val)
{
	memcpy(&config[reg], &val, 2);
}

static void put32(unsigned int reg, u32 val)
{
	memcpy(&config[reg], &val, 4);
}

/* @control of the MSI capability: 0x80 64 bits, 0x100 maskable. */
static void setup(u16 control)
{
	nr_cpu_ids = SHIM_CPUS;
	cpumask_fill(&cpu_online_mask, SHIM_CPUS);
	memset(config, 0, sizeof(config));
	memset(table, 0, sizeof(table));
	put16(PCI_COMMAND, PCI_COMMAND_MEMORY);
	put32(PCI_BAR(0), BAR);
	put16(MSI_CAP + 2, control);
	put16(MSIX_CAP + 2, 3); /* four entries */
	put32(MSIX_CAP + 4, TABLE_AT);
	config_writes = 0;
}

static struct irq_desc *create(bool msix, u16 entry, int *err)
{
	struct msi_source src = { .bdf = BDF, .is_msix = msix, .entry = entry };

	return msi_create(&src, 1, err);
}

static int move_to(struct irq_desc *desc, unsigned int cpu)
{
	struct cpumask mask;

	cpumask_zero(&mask);
	cpumask_set(&mask, cpu);
	return irq_set_affinity(desc, &mask);
}

static void expect_none_left(void)
{
	for (unsigned int cpu = 0; cpu < SHIM_CPUS; cpu++)
		EXPECT_EQ(vector_load(cpu), 0);
	EXPECT_EQ(shim_locks_held(), 0);
}

TEST(msi_is_written_masked_and_opened)
{
	struct irq_desc *desc;
	int err;

	setup(0x180 | 3 << 4 | ENABLE_MSI);
	desc = create(false, 0, &err);
	REQUIRE(desc);
	EXPECT_EQ(pci_read(BDF, MSI_CAP + 4, 4), 0xfee01000);
	EXPECT_EQ(pci_read(BDF, MSI_CAP + 8, 4), 0);
	EXPECT_EQ(pci_read(BDF, MSI_CAP + 12, 2), desc->vector);
	EXPECT_EQ(pci_read(BDF, MSI_CAP + 16, 4), 1);
	EXPECT_EQ(pci_read(BDF, MSI_CAP + 2, 2) >> 4 & 7, 0);
	EXPECT_EQ(irq_start(desc, handler, NULL), 0);
	EXPECT_EQ(pci_read(BDF, MSI_CAP + 16, 4), 0);
	irq_stop(desc);
	EXPECT_EQ(pci_read(BDF, MSI_CAP + 16, 4), 1);
	msi_destroy(desc);
	EXPECT_EQ(pci_read(BDF, MSI_CAP + 2, 2) & ENABLE_MSI, 0);
	expect_none_left();
}

TEST(a_move_is_one_write)
{
	struct irq_desc *desc;
	int err;

	setup(0); /* 32 bits, no mask: any other write would tear it */
	desc = create(false, 0, &err);
	REQUIRE(desc && !irq_start(desc, handler, NULL));
	config_writes = 0;
	EXPECT_EQ(move_to(desc, 5), 0);
	EXPECT_EQ(config_writes, 1);
	EXPECT_EQ(pci_read(BDF, MSI_CAP + 4, 4), 0xfee05000);
	irq_stop(desc);
	msi_destroy(desc);
	expect_none_left();
}

TEST(guests_do_not_write_messages)
{
	struct irq_desc *desc;
	u32 val;
	int err;

	setup(0x180);
	val = 0;
	EXPECT(msi_filter_write(BDF, MSI_CAP + 4, 4, &val));
	desc = create(false, 0, &err);
	REQUIRE(desc);
	for (unsigned int reg = MSI_CAP + 4; reg < MSI_CAP + 20; reg++)
		EXPECT(!msi_filter_write(BDF, reg, 1, &val) ||
		       (reg >= MSI_CAP + 20));
	EXPECT(!msi_filter_write(BDF, MSI_CAP + 16, 4, &val));
	EXPECT(msi_filter_write(BDF, MSI_CAP + 20, 4, &val));
	EXPECT(msi_filter_write(BDF, PCI_COMMAND, 2, &val));
	EXPECT(msi_filter_write(BDF + 1, MSI_CAP + 4, 4, &val));
	/* on and off is the guest's, how many messages is not */
	val = ENABLE_MSI | 7 << 4;
	EXPECT(msi_filter_write(BDF, MSI_CAP + 2, 2, &val));
	EXPECT_EQ(val, ENABLE_MSI);
	val = (ENABLE_MSI | 7 << 4) << 16 | 0x1205;
	EXPECT(msi_filter_write(BDF, MSI_CAP, 4, &val));
	EXPECT_EQ(val, ENABLE_MSI << 16 | 0x1205);
	msi_destroy(desc);
	EXPECT(msi_filter_write(BDF, MSI_CAP + 4, 4, &val));
	expect_none_left();
}

TEST(msix_entries_are_independent)
{
	struct irq_desc *a, *b;
	u32 *entry = &table[TABLE_AT / 4 + 3 * 4];
	int err;

	setup(0);
	a = create(true, 0, &err);
	b = create(true, 3, &err);
	REQUIRE(a && b && a->vector != b->vector);
	EXPECT(!create(true, 3, &err));
	EXPECT_EQ(err, -EEXIST);
	EXPECT_EQ(entry[0], 0xfee01000);
	EXPECT_EQ(entry[1], 0);
	EXPECT_EQ(entry[2], b->vector);
	EXPECT_EQ(entry[3], 1);
	EXPECT_EQ(irq_start(b, handler, NULL), 0);
	EXPECT_EQ(entry[3], 0);
	EXPECT_EQ(table[TABLE_AT / 4 + 3], 1);
	irq_stop(b);
	EXPECT_EQ(entry[3], 1);
	msi_destroy(a);
	msi_destroy(b);
	expect_none_left();
}

TEST(a_reset_device_gets_its_messages_back)
{
	u32 *entry = &table[TABLE_AT / 4];
	struct irq_desc *desc;
	int err;

	setup(0);
	EXPECT_EQ(msi_restore(BDF), -ENODEV);
	desc = create(true, 0, &err);
	REQUIRE(desc && !irq_start(desc, handler, NULL));
	memset(table, 0xff, sizeof(table));
	EXPECT_EQ(msi_restore(BDF), 0);
	EXPECT_EQ(entry[0], 0xfee01000);
	EXPECT_EQ(entry[2], desc->vector);
	EXPECT_EQ(entry[3], 0);
	irq_stop(desc);
	msi_destroy(desc);
	expect_none_left();
}

TEST(what_cannot_be_is_refused)
{
	struct msi_source elsewhere = { .bdf = BDF + 8 };
	int err;

	setup(0);
	EXPECT(!msi_create(&elsewhere, 0, &err));
	EXPECT_EQ(err, -ENODEV);
	EXPECT(!create(false, 1, &err));
	EXPECT_EQ(err, -EINVAL);
	EXPECT(!create(true, 4, &err));
	EXPECT_EQ(err, -EINVAL);
	put32(PCI_BAR(0), 0x1000); /* a BAR on top of memory */
	EXPECT(!create(true, 0, &err));
	EXPECT_EQ(err, -EINVAL);
	put32(PCI_BAR(0), 0);
	EXPECT(!create(true, 0, &err));
	EXPECT_EQ(err, -EINVAL);
	put32(PCI_BAR(0), BAR);
	put16(PCI_COMMAND, 0);
	EXPECT(!create(true, 0, &err));
	EXPECT_EQ(err, -ENODEV);
	expect_none_left();
}
