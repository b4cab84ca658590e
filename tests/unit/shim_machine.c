// SPDX-License-Identifier: GPL-2.0-only
/* CPUs, interrupt flags, locks and memory of the machine in shim.h. */
#include "shim.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>

#include "cpu/percpu.h"
#include "cpu/spinlock.h"
#include "cpu/system.h"
#include "mm/page.h"

#define WEAK __attribute__((weak))
/* A lock that is waited for this often is a deadlock. */
#define SPIN_LIMIT 200000000UL

unsigned long shim_direct_map, shim_frame_table, shim_m2p;
u64 shim_cr0, shim_cr4, shim_msr;
struct cpu_info shim_cpu_info[SHIM_CPUS];
unsigned int nr_cpu_ids WEAK = 1;
struct cpumask cpu_online_mask WEAK = { { 1 } };
u64 tsc_hz WEAK = 1000000000;
bool tsc_stable WEAK = true;
bool cpu_has_smap WEAK;

static _Thread_local unsigned int cpu_of_thread, locks_held;
static _Thread_local bool irqs_off;
static unsigned long memory_frames;

unsigned int shim_cpu(void)
{
	return cpu_of_thread;
}

void shim_set_cpu(unsigned int cpu)
{
	cpu_of_thread = cpu;
	shim_cpu_info[cpu].cpu = cpu;
}

bool shim_irqs_on(void)
{
	return !irqs_off;
}

void shim_set_irqs(bool on)
{
	irqs_off = !on;
}

unsigned int shim_locks_held(void)
{
	return locks_held;
}

static unsigned long map_table(unsigned long old, unsigned long old_bytes,
			       unsigned long bytes)
{
	void *p;

	if (old)
		munmap((void *)old, old_bytes);
	p = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		abort();
	return (unsigned long)p;
}

void shim_memory(unsigned long n)
{
	unsigned long old = memory_frames;

	shim_direct_map =
		map_table(shim_direct_map, old * PAGE_SIZE, n * PAGE_SIZE);
	shim_frame_table = map_table(shim_frame_table,
				     old * sizeof(struct page),
				     n * sizeof(struct page));
	shim_m2p = map_table(shim_m2p, old * sizeof(u64), n * sizeof(u64));
	memory_frames = n;
}

static void spin_wait(const volatile u32 *word)
{
	unsigned long turns = 0;

	while (__atomic_load_n(word, __ATOMIC_RELAXED)) {
		if (++turns == SPIN_LIMIT) {
			printf("# deadlock: a lock was never released\n");
			abort();
		}
		sched_yield();
	}
}

WEAK void spin_lock_init(spinlock_t *l, enum lock_rank rank)
{
	*l = (spinlock_t){ .rank = rank };
}

WEAK bool spin_trylock(spinlock_t *l)
{
	if (__atomic_exchange_n(&l->ticket, 1, __ATOMIC_ACQUIRE))
		return false;
	locks_held++;
	return true;
}

WEAK void spin_lock(spinlock_t *l)
{
	while (!spin_trylock(l))
		spin_wait(&l->ticket);
}

WEAK void spin_lock_second(spinlock_t *l)
{
	spin_lock(l);
}

WEAK void spin_unlock(spinlock_t *l)
{
	if (!__atomic_load_n(&l->ticket, __ATOMIC_RELAXED)) {
		printf("# a lock was released that nobody holds\n");
		abort();
	}
	locks_held--;
	__atomic_store_n(&l->ticket, 0, __ATOMIC_RELEASE);
}

WEAK u64 spin_lock_irqsave(spinlock_t *l)
{
	u64 flags = irq_save();

	spin_lock(l);
	return flags;
}

WEAK void spin_unlock_irqrestore(spinlock_t *l, u64 flags)
{
	spin_unlock(l);
	irq_restore(flags);
}

WEAK void rw_lock_init(rwlock_t *l, enum lock_rank rank)
{
	*l = (rwlock_t){ .readers = 0 };
	spin_lock_init(&l->writers, rank);
}

/* A reader is counted while it holds `writers` for a moment. */
WEAK void read_lock(rwlock_t *l)
{
	spin_lock(&l->writers);
	__atomic_add_fetch(&l->readers, 1, __ATOMIC_ACQUIRE);
	spin_unlock(&l->writers);
	locks_held++;
}

WEAK void read_unlock(rwlock_t *l)
{
	locks_held--;
	__atomic_sub_fetch(&l->readers, 1, __ATOMIC_RELEASE);
}

WEAK void write_lock(rwlock_t *l)
{
	spin_lock(&l->writers);
	while (__atomic_load_n(&l->readers, __ATOMIC_ACQUIRE))
		spin_wait(&l->readers);
}

WEAK void write_unlock(rwlock_t *l)
{
	spin_unlock(&l->writers);
}
