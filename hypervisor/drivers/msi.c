/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * MSI and MSI-X, see msi.h.
 *
 * A message keeps its vector when it moves to another CPU (cpu/vector.h), so
 * that only the address changes, in one write. If it cannot keep it, it is
 * masked meanwhile: the device remembers what it would have sent.
 */
#include "drivers/msi.h"
#include "drivers/pci.h"
#include "lib/list.h"
#include "mm/frame.h"
#include "mm/page.h"
#include "mm/pagetable.h"

#define MSI_ADDRESS	    0xfee00000U
#define MSI_DEST(apic_id)   ((apic_id) << 12)
#define MSI_DATA_FIXED_EDGE 0U

/* The MSI capability: offsets depend on the width of the address. */
#define MSI_CONTROL	     2
#define MSI_CONTROL_ENABLE   BIT(0)
#define MSI_CONTROL_MULTIPLE (7U << 4)
#define MSI_CONTROL_64BIT    BIT(7)
#define MSI_CONTROL_MASKS    BIT(8)
#define MSI_ADDRESS_LOW	     4
#define MSI_ADDRESS_HIGH     8
#define MSI_DATA(is_64)	     ((is_64) ? 12U : 8U)
#define MSI_MASK(is_64)	     ((is_64) ? 16U : 12U)

/* The MSI-X capability and a table entry, in 32-bit words. */
#define MSIX_CONTROL	    2
#define MSIX_CONTROL_SIZE   0x7ffU
#define MSIX_TABLE	    4
#define MSIX_TABLE_BAR	    7U
#define MSIX_ENTRY_BYTES    16
#define MSIX_ADDRESS_LOW    0
#define MSIX_ADDRESS_HIGH   1
#define MSIX_DATA	    2
#define MSIX_VECTOR_CONTROL 3
#define MSIX_VECTOR_MASKED  BIT(0)

struct msi {
	struct irq_desc desc; /* first */
	struct list link; /* all messages, under msi_lock */
	u32 bdf;
	u16 entry;
	u8 cap;
	bool is_msix;
	bool is_64;
	bool can_mask;
	volatile u32 *slot; /* MSI-X: its table entry */
	u32 address, data; /* as last written, under desc.lock */
};

/* Mappings of MSI-X tables stay, for the next driver of the device. */
struct table_page {
	struct list link;
	mfn_t mfn;
	void *va;
};

static spinlock_t msi_lock = SPINLOCK_INIT(RANK_MSI); /* both lists */
static struct list all_msis = LIST_INIT(all_msis);
static struct list table_pages = LIST_INIT(table_pages);

static struct msi *to_msi(const struct irq_desc *desc)
{
	return container_of(desc, struct msi, desc);
}

static void write_mask(struct msi *m, bool masked)
{
	if (!m->can_mask)
		return;
	if (m->is_msix) {
		m->slot[MSIX_VECTOR_CONTROL] = masked ? MSIX_VECTOR_MASKED : 0;
		/* Reading back: the device has it before we go on. */
		(void)m->slot[MSIX_VECTOR_CONTROL];
	} else {
		pci_write(m->bdf, m->cap + MSI_MASK(m->is_64), 4, masked);
	}
}

static void msi_mask(struct irq_desc *desc)
{
	write_mask(to_msi(desc), true);
}

static void msi_unmask(struct irq_desc *desc)
{
	write_mask(to_msi(desc), false);
}

static void write_message(struct msi *m)
{
	if (m->is_msix) {
		m->slot[MSIX_ADDRESS_LOW] = m->address;
		m->slot[MSIX_ADDRESS_HIGH] = 0;
		m->slot[MSIX_DATA] = m->data;
		(void)m->slot[MSIX_DATA];
		return;
	}
	pci_write(m->bdf, m->cap + MSI_ADDRESS_LOW, 4, m->address);
	if (m->is_64)
		pci_write(m->bdf, m->cap + MSI_ADDRESS_HIGH, 4, 0);
	pci_write(m->bdf, m->cap + MSI_DATA(m->is_64), 2, m->data);
}

static void write_address(struct msi *m)
{
	if (m->is_msix) {
		m->slot[MSIX_ADDRESS_LOW] = m->address;
		(void)m->slot[MSIX_ADDRESS_LOW];
	} else {
		pci_write(m->bdf, m->cap + MSI_ADDRESS_LOW, 4, m->address);
	}
}

static int msi_route(struct irq_desc *desc, unsigned int vector, u32 apic_id)
{
	struct msi *m = to_msi(desc);
	u32 data = MSI_DATA_FIXED_EDGE | vector;
	bool was_open = !desc->masked;

	m->address = MSI_ADDRESS | MSI_DEST(apic_id);
	if (data == m->data) {
		write_address(m);
		return 0;
	}
	if (was_open && !m->can_mask)
		return -EBUSY;
	m->data = data;
	if (was_open)
		write_mask(m, true);
	write_message(m);
	if (was_open)
		write_mask(m, false);
	return 0;
}

static const struct irq_chip msi_chip = {
	.name = "msi",
	.mask = msi_mask,
	.unmask = msi_unmask,
	.route = msi_route,
};

static struct msi *msi_find(const struct msi_source *src)
{
	struct msi *m;

	list_for_each(m, &all_msis, link)
		if (m->bdf == src->bdf && m->is_msix == src->is_msix &&
		    m->entry == src->entry)
			return m;
	return NULL;
}

static int msi_probe(struct msi *m)
{
	u32 control;

	m->cap = pci_find_cap(m->bdf, PCI_CAP_MSI);
	if (!m->cap)
		return -ENODEV;
	if (m->entry)
		return -EINVAL;
	control = pci_read(m->bdf, m->cap + MSI_CONTROL, 2);
	m->is_64 = control & MSI_CONTROL_64BIT;
	m->can_mask = control & MSI_CONTROL_MASKS;
	/* One message, whatever was left there. */
	pci_write(m->bdf, m->cap + MSI_CONTROL, 2,
		  control & ~MSI_CONTROL_MULTIPLE);
	return 0;
}

static void *table_map(mfn_t mfn)
{
	struct table_page *page;

	list_for_each(page, &table_pages, link)
		if (mfn_eq(page->mfn, mfn))
			return page->va;
	page = heap_zalloc(sizeof(*page));
	if (!page)
		return NULL;
	page->mfn = mfn;
	page->va = ioremap(mfn_x(mfn) << PAGE_SHIFT, PAGE_SIZE);
	if (!page->va) {
		heap_free(page);
		return NULL;
	}
	list_add(&table_pages, &page->link);
	return page->va;
}

/* The BAR as it is, or as we were told: a virtual function has none of its own.
 */
static paddr_t table_address(struct msi *m, paddr_t told)
{
	u32 table = pci_read(m->bdf, m->cap + MSIX_TABLE, 4);
	paddr_t bar = pci_bar_address(m->bdf, table & MSIX_TABLE_BAR);

	if (!bar)
		bar = told;
	return bar ? bar + (table & ~MSIX_TABLE_BAR) : 0;
}

static int msix_probe(struct msi *m, paddr_t told)
{
	paddr_t pa;
	char *page;
	u32 size;

	m->cap = pci_find_cap(m->bdf, PCI_CAP_MSIX);
	if (!m->cap || !(pci_read(m->bdf, PCI_COMMAND, 2) & PCI_COMMAND_MEMORY))
		return -ENODEV;
	size = (pci_read(m->bdf, m->cap + MSIX_CONTROL, 2) &
		MSIX_CONTROL_SIZE) +
	       1;
	pa = table_address(m, told);
	if (m->entry >= size || !pa || (pa & 7))
		return -EINVAL;
	pa += (paddr_t)m->entry * MSIX_ENTRY_BYTES;
	/* A BAR on top of memory would let a device driver write anywhere. */
	if (mfn_is_ram(_mfn(pa >> PAGE_SHIFT)))
		return -EINVAL;
	page = table_map(_mfn(pa >> PAGE_SHIFT));
	if (!page)
		return -ENOMEM;
	m->slot = (volatile u32 *)(page + (pa & ~PAGE_MASK));
	m->can_mask = true;
	return 0;
}

static int msi_setup(struct msi *m, const struct msi_source *src,
		     unsigned int cpu)
{
	int err;

	if (!pci_present(src->bdf))
		return -ENODEV;
	if (msi_find(src))
		return -EEXIST;
	err = m->is_msix ? msix_probe(m, src->bar) : msi_probe(m);
	if (err)
		return err;
	write_mask(m, true);
	err = irq_assign_vector(&m->desc, cpu);
	if (!err)
		list_add(&all_msis, &m->link);
	return err;
}

struct irq_desc *msi_create(const struct msi_source *src, unsigned int cpu,
			    int *err)
{
	struct msi *m = heap_zalloc(sizeof(*m));

	*err = -ENOMEM;
	if (!m)
		return NULL;
	m->bdf = src->bdf;
	m->entry = src->entry;
	m->is_msix = src->is_msix;
	irq_desc_init(&m->desc, src->bdf, &msi_chip, false);
	spin_lock(&msi_lock);
	*err = msi_setup(m, src, cpu);
	spin_unlock(&msi_lock);
	if (*err) {
		heap_free(m);
		return NULL;
	}
	return &m->desc;
}

/* A capability left on would send a message that is somebody else's soon. */
static void msi_turn_off(struct msi *m)
{
	unsigned int reg = m->cap + MSI_CONTROL;

	if (!m->is_msix && pci_present(m->bdf))
		pci_write(m->bdf, reg, 2,
			  pci_read(m->bdf, reg, 2) & ~MSI_CONTROL_ENABLE);
}

void msi_destroy(struct irq_desc *desc)
{
	struct msi *m = to_msi(desc);

	msi_turn_off(m);
	spin_lock(&msi_lock);
	list_del(&m->link);
	spin_unlock(&msi_lock);
	irq_release_vector(desc);
	heap_free(m);
}

static void msi_rewrite(struct msi *m)
{
	u64 flags = spin_lock_irqsave(&m->desc.lock);

	write_mask(m, true);
	write_message(m);
	write_mask(m, m->desc.masked);
	spin_unlock_irqrestore(&m->desc.lock, flags);
}

int msi_restore(u32 bdf)
{
	int err = -ENODEV;
	struct msi *m;

	spin_lock(&msi_lock);
	list_for_each(m, &all_msis, link) {
		if (m->bdf != bdf)
			continue;
		msi_rewrite(m);
		err = 0;
	}
	spin_unlock(&msi_lock);
	return err;
}

/* What follows the control word of an MSI capability is ours. */
static bool msi_owns_register(const struct msi *m, unsigned int reg,
			      unsigned int bytes)
{
	unsigned int first = m->cap + MSI_ADDRESS_LOW;
	unsigned int end = m->cap + MSI_DATA(m->is_64) + 2;

	if (m->can_mask)
		end = m->cap + MSI_MASK(m->is_64) + 4;
	return reg + bytes > first && reg < end;
}

static void msi_filter_control(const struct msi *m, unsigned int reg,
			       unsigned int bytes, u32 *val)
{
	unsigned int control = m->cap + MSI_CONTROL;

	if (reg <= control && reg + bytes > control)
		*val &= ~(MSI_CONTROL_MULTIPLE << 8 * (control - reg));
}

bool msi_filter_write(u32 bdf, unsigned int reg, unsigned int bytes, u32 *val)
{
	bool allowed = true;
	struct msi *m;

	if (reg < 0x40 || list_empty(&all_msis))
		return true;
	spin_lock(&msi_lock);
	list_for_each(m, &all_msis, link) {
		if (m->bdf != bdf || m->is_msix)
			continue;
		if (msi_owns_register(m, reg, bytes))
			allowed = false;
		else
			msi_filter_control(m, reg, bytes, val);
	}
	spin_unlock(&msi_lock);
	return allowed;
}
