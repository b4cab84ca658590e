/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * machine: icount
 * Could be wrong: the way into the hypervisor and back does work that nobody
 * asked for. Counts the instructions of cheap hypercalls by the TSC, which
 * under icount counts just those, and says them in lines "cost: NAME N", N in
 * hundredths. One that fails, or a TSC that does not count, is an error.
 */
#include "guest.h"

STORY("hypercall-cost");

#define ROUNDS 2000
#define BATCH  32

static u64 *table;
static u64 entry_maddr, entry;
static struct mmu_update batch[BATCH];

static u64 ticks(void)
{
	u32 low, high;

	__asm__ volatile("rdtsc" : "=a"(low), "=d"(high) : : "memory");
	return (u64)high << 32 | low;
}

static long nothing(void)
{
	__asm__ volatile("" : : : "memory");
	return 0;
}

static long null_call(void)
{
	return HC(xen_version, XENVER_version, 0, 0, 0) >> 16 == 4 ? 0 : -1;
}

/* Entries that change a bit the hypervisor does not care about. */
static long update_va_call(void)
{
	entry ^= PTE_D;
	return update_va(table, entry, 0);
}

static long update_call(void)
{
	entry ^= PTE_D;
	return mmu_update1(entry_maddr, entry);
}

static long update_batch_call(void)
{
	unsigned int i;

	for (i = 0; i < BATCH; i++) {
		entry ^= PTE_D;
		batch[i].ptr = entry_maddr;
		batch[i].val = entry;
	}
	return HC(mmu_update, batch, BATCH, 0, DOMID_SELF);
}

/* Ticks of ROUNDS calls, the loop itself included. */
static u64 time_calls(long (*call)(void))
{
	long bad = 0;
	u64 start;
	unsigned int i;

	for (i = 0; i < 16; i++)
		bad |= call();
	start = ticks();
	for (i = 0; i < ROUNDS; i++)
		bad |= call();
	start = ticks() - start;
	CHECK_EQ(bad, 0);
	return start;
}

static void cost(const char *name, long (*call)(void), u64 loop,
		 unsigned int per)
{
	u64 spent = time_calls(call);

	CHECK(spent > loop);
	say("cost: %s %lu", name, (spent - loop) * 100 / ROUNDS / per);
}

void story(void)
{
	u64 loop = time_calls(nothing);

	if (!loop)
		broken("the TSC does not count");
	table = page_new();
	entry_maddr = pt_entry_maddr((u64)table, 1);
	entry = *pt_entry((u64)table, 1);
	cost("hypercall", null_call, loop, 1);
	cost("update-va", update_va_call, loop, 1);
	cost("mmu-update", update_call, loop, 1);
	cost("mmu-update-32", update_batch_call, loop, BATCH);
}
