// SPDX-License-Identifier: GPL-2.0-only
/*
 * What could be wrong: the machine that other tests run on. Four threads add
 * under a lock and under a writer's lock, with per-CPU counts beside it;
 * ThreadSanitizer watches.
 */
/* sanitize: thread */
#include "test.h"

#include <pthread.h>

#include "cpu/percpu.h"
#include "cpu/spinlock.h"
#include "cpu/system.h"
#include "mm/page.h"
#include "shim/shim.h"

#define THREADS 4
#define ROUNDS	2000

static spinlock_t lock = SPINLOCK_INIT(RANK_LEAF);
static rwlock_t rwlock = RWLOCK_INIT(RANK_LEAF);
static unsigned long under_lock, under_rwlock;
static DEFINE_PER_CPU(unsigned long, own_count);

static void *add(void *arg)
{
	unsigned long i, seen;
	u64 flags;

	shim_set_cpu((unsigned long)arg);
	for (i = 0; i < ROUNDS; i++) {
		flags = spin_lock_irqsave(&lock);
		under_lock++;
		spin_unlock_irqrestore(&lock, flags);
		write_lock(&rwlock);
		under_rwlock++;
		write_unlock(&rwlock);
		read_lock(&rwlock);
		seen = under_rwlock;
		read_unlock(&rwlock);
		EXPECT(seen > i);
		this_cpu(own_count)++;
	}
	EXPECT_EQ(shim_locks_held(), 0);
	return NULL;
}

TEST(locks_exclude_and_percpu_is_per_cpu)
{
	pthread_t threads[THREADS];
	unsigned long i;

	for (i = 0; i < THREADS; i++)
		REQUIRE(!pthread_create(&threads[i], NULL, add, (void *)i));
	for (i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(under_lock, THREADS * ROUNDS);
	EXPECT_EQ(under_rwlock, THREADS * ROUNDS);
	for (i = 0; i < THREADS; i++)
		EXPECT_EQ(per_cpu(own_count, i), ROUNDS);
}

TEST(irqsave_restores_what_was)
{
	u64 outer, inner;

	outer = spin_lock_irqsave(&lock);
	EXPECT(!irq_enabled());
	inner = irq_save();
	irq_restore(inner);
	EXPECT(!irq_enabled());
	spin_unlock_irqrestore(&lock, outer);
	EXPECT(irq_enabled());
}

TEST(frames_tables_and_addresses_agree)
{
	struct page *pg;

	shim_memory(64);
	pg = mfn_to_page(_mfn(5));
	EXPECT_EQ(mfn_x(page_to_mfn(pg)), 5);
	EXPECT_EQ(mfn_x(virt_to_mfn(mfn_to_virt(_mfn(63)))), 63);
	*(u64 *)mfn_to_virt(_mfn(63)) = 1;
	shim_memory(64);
	EXPECT_EQ(*(u64 *)mfn_to_virt(_mfn(63)), 0);
}
