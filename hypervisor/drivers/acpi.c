/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tables are read where firmware left them, through a mapping that the caller
 * makes. Lengths come from the tables and are checked against the mapped size;
 * a table with a wrong checksum is used with a warning, as everybody does.
 */
#include "drivers/acpi.h"

#include "debug/log.h"
#include "lib/string.h"

struct acpi_facts acpi;

static void *(*acpi_map)(paddr_t pa, size_t bytes);

struct rsdp {
	char signature[8];
	u8 checksum;
	char oem[6];
	u8 revision;
	u32 rsdt;
	u32 length;
	u64 xsdt;
	u8 checksum2;
	u8 reserved[3];
} __packed;

struct table {
	char signature[4];
	u32 length;
	u8 revision, checksum;
	char oem[6], oem_table[8];
	u32 oem_revision, creator, creator_revision;
} __packed;

/* A generic address: space 1 is I/O ports. */
struct gas {
	u8 space, width, offset, access;
	u64 address;
} __packed;

struct madt_entry {
	u8 type, length;
	u8 data[];
} __packed;

#define MADT_LAPIC    0
#define MADT_IOAPIC   1
#define MADT_OVERRIDE 2
#define MADT_LAPIC_64 5
#define MADT_X2APIC   9

static u8 sum_bytes(const void *p, size_t n)
{
	const u8 *b = p;
	u8 sum = 0;

	while (n--)
		sum += *b++;
	return sum;
}

static paddr_t scan_rsdp(paddr_t start, size_t bytes)
{
	const char *base = acpi_map(start, bytes);

	for (size_t at = 0; base && at + 20 <= bytes; at += 16)
		if (memcmp(base + at, "RSD PTR ", 8) == 0 &&
		    sum_bytes(base + at, 20) == 0)
			return start + at;
	return 0;
}

static paddr_t find_rsdp(void)
{
	const u16 *ebda_segment = acpi_map(0x40e, 2);
	paddr_t ebda = ebda_segment ? (paddr_t)*ebda_segment << 4 : 0,
		found = 0;

	if (ebda >= 0x400 && ebda < 0xa0000)
		found = scan_rsdp(ebda, 1024);
	return found ? found : scan_rsdp(0xe0000, 0x20000);
}

/* The whole table at @pa, or NULL with a warning. */
static const struct table *map_table(paddr_t pa)
{
	const struct table *t = acpi_map(pa, sizeof(*t));

	if (!t || t->length < sizeof(*t) || t->length > MIB(1)) {
		pr_warn("acpi: no table at %#lx", pa);
		return NULL;
	}
	t = acpi_map(pa, t->length);
	if (t && sum_bytes(t, t->length))
		pr_warn("acpi: %.4s: wrong checksum, used all the same",
			t->signature);
	return t;
}

static u32 le32(const u8 *p)
{
	return p[0] | p[1] << 8 | p[2] << 16 | (u32)p[3] << 24;
}

static u64 le64(const u8 *p)
{
	return le32(p) | (u64)le32(p + 4) << 32;
}

static void add_cpu(u32 apic_id, u32 acpi_id, u32 flags)
{
	if (!(flags & 1)) /* not enabled */
		return;
	for (u32 i = 0; i < acpi.nr_cpus; i++)
		if (acpi.apic_id[i] == apic_id)
			return;
	if (acpi.nr_cpus == NR_CPUS) {
		pr_warn("acpi: more than %u CPUs, APIC id %u left out", NR_CPUS,
			apic_id);
		return;
	}
	acpi.apic_id[acpi.nr_cpus] = apic_id;
	acpi.acpi_id[acpi.nr_cpus++] = acpi_id;
}

static void add_ioapic(u32 id, paddr_t addr, u32 gsi_base)
{
	if (acpi.nr_ioapics == ACPI_MAX_IOAPICS) {
		pr_warn("acpi: more than %u IO-APICs", ACPI_MAX_IOAPICS);
		return;
	}
	acpi.ioapic[acpi.nr_ioapics].id = id;
	acpi.ioapic[acpi.nr_ioapics].addr = addr;
	acpi.ioapic[acpi.nr_ioapics++].gsi_base = gsi_base;
}

static void add_override(u8 irq, u32 gsi, u16 flags)
{
	if (irq >= ARRAY_SIZE(acpi.isa_irq))
		return;
	acpi.isa_irq[irq].gsi = gsi;
	acpi.isa_irq[irq].low = (flags & 3) == 3;
	acpi.isa_irq[irq].level = (flags >> 2 & 3) == 3;
}

static void parse_madt_entry(const struct madt_entry *e)
{
	const u8 *d = e->data;

	switch (e->type) {
	case MADT_LAPIC:
		if (e->length >= 8)
			add_cpu(d[1], d[0], le32(d + 2));
		break;
	case MADT_X2APIC:
		if (e->length >= 16)
			add_cpu(le32(d + 2), le32(d + 10), le32(d + 6));
		break;
	case MADT_IOAPIC:
		if (e->length >= 12)
			add_ioapic(d[0], le32(d + 2), le32(d + 6));
		break;
	case MADT_OVERRIDE:
		if (e->length >= 10)
			add_override(d[1], le32(d + 2),
				     (u16)(d[6] | d[7] << 8));
		break;
	case MADT_LAPIC_64:
		if (e->length >= 12)
			acpi.lapic = le64(d + 2);
		break;
	default:
		break;
	}
}

static void parse_madt(const struct table *t)
{
	const u8 *base = (const u8 *)t;

	acpi.lapic = le32(base + 36);
	for (u32 at = 44; at + 2 <= t->length;) {
		const struct madt_entry *e = (const void *)(base + at);

		if (e->length < 2 || e->length > t->length - at)
			break;
		parse_madt_entry(e);
		at += e->length;
	}
}

/* A register block: the 64-bit form where there is one, ports only. */
static u32 fadt_block(const u8 *base, u32 length, u32 old_at, u32 x_at)
{
	if (x_at + sizeof(struct gas) <= length) {
		const struct gas *g = (const void *)(base + x_at);

		if (g->address && g->space == 1)
			return (u32)g->address;
	}
	return le32(base + old_at);
}

static void parse_fadt(const struct table *t)
{
	const u8 *base = (const u8 *)t;

	if (t->length < 116)
		return;
	acpi.sci_int = base[46] | base[47] << 8;
	acpi.pm1a_cnt = fadt_block(base, t->length, 64, 172);
	acpi.pm1b_cnt = fadt_block(base, t->length, 68, 184);
	acpi.pm_timer = fadt_block(base, t->length, 76, 208);
	acpi.pm_timer_32bit = le32(base + 112) & BIT(8);
	/* RESET_REG_SUP, and a port */
	if (t->length >= 129 && (le32(base + 112) & BIT(10)) &&
	    base[116] == 1) {
		acpi.reset_reg = le64(base + 120);
		acpi.reset_val = base[128];
	}
}

static void parse_mcfg(const struct table *t)
{
	const u8 *base = (const u8 *)t;

	/* Segment 0 only: PCs have no other. */
	if (t->length >= 60 && !(base[52] | base[53])) {
		acpi.mcfg_base = le64(base + 44);
		acpi.mcfg_bus_first = base[54];
		acpi.mcfg_bus_last = base[55];
	}
}

static void parse_table(paddr_t pa)
{
	const struct table *t = map_table(pa);

	if (!t)
		return;
	if (memcmp(t->signature, "APIC", 4) == 0)
		parse_madt(t);
	else if (memcmp(t->signature, "FACP", 4) == 0)
		parse_fadt(t);
	else if (memcmp(t->signature, "MCFG", 4) == 0)
		parse_mcfg(t);
}

static void parse_root(const struct rsdp *r)
{
	bool wide = r->revision >= 2 && r->xsdt;
	const struct table *root = map_table(wide ? r->xsdt : r->rsdt);
	u32 step = wide ? 8 : 4;

	if (!root)
		return;
	for (u32 at = sizeof(*root); at + step <= root->length; at += step) {
		const u8 *p = (const u8 *)root + at;

		parse_table(wide ? le64(p) : le32(p));
	}
}

void acpi_init(paddr_t rsdp, void *(*map)(paddr_t pa, size_t bytes))
{
	const struct rsdp *r;

	acpi_map = map;
	acpi.rsdp = rsdp ? rsdp : find_rsdp();
	r = acpi.rsdp ? acpi_map(acpi.rsdp, sizeof(*r)) : NULL;
	if (!r)
		panic("acpi: no RSDP: this machine's firmware has no "
		      "ACPI tables, which tell of CPUs and interrupts");
	for (u32 i = 0; i < ARRAY_SIZE(acpi.isa_irq); i++)
		acpi.isa_irq[i].gsi = i;
	parse_root(r);
	if (!acpi.nr_cpus)
		panic("acpi: no MADT with CPUs at RSDP %#lx", acpi.rsdp);
	pr_info("acpi: %u CPUs, %u IO-APICs, SCI %u, PM timer %#x",
		acpi.nr_cpus, acpi.nr_ioapics, acpi.sci_int, acpi.pm_timer);
}
