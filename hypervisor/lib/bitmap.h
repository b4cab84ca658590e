/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bitmaps, atomic bit operations and CPU masks.
 *
 * The plain names are atomic (LOCK prefixed, full barrier); the ones that end
 * in an underscore are not and need the owner's lock.
 */
#pragma once

#include "lib/types.h"

#define BITS_PER_LONG	64
#define BITMAP_LONGS(n) (((n) + BITS_PER_LONG - 1) / BITS_PER_LONG)

static inline u64 bit_mask_(unsigned int nr)
{
	return 1UL << (nr % BITS_PER_LONG);
}

static inline bool test_bit(const volatile u64 *map, unsigned int nr)
{
	return READ_ONCE(map[nr / BITS_PER_LONG]) & bit_mask_(nr);
}

static inline void set_bit_(u64 *map, unsigned int nr)
{
	map[nr / BITS_PER_LONG] |= bit_mask_(nr);
}

static inline void clear_bit_(u64 *map, unsigned int nr)
{
	map[nr / BITS_PER_LONG] &= ~bit_mask_(nr);
}

static inline void set_bit(volatile u64 *map, unsigned int nr)
{
	__atomic_fetch_or(&map[nr / BITS_PER_LONG], bit_mask_(nr),
			  __ATOMIC_SEQ_CST);
}

static inline void clear_bit(volatile u64 *map, unsigned int nr)
{
	__atomic_fetch_and(&map[nr / BITS_PER_LONG], ~bit_mask_(nr),
			   __ATOMIC_SEQ_CST);
}

static inline bool test_and_set_bit(volatile u64 *map, unsigned int nr)
{
	return __atomic_fetch_or(&map[nr / BITS_PER_LONG], bit_mask_(nr),
				 __ATOMIC_SEQ_CST) &
	       bit_mask_(nr);
}

static inline bool test_and_clear_bit(volatile u64 *map, unsigned int nr)
{
	return __atomic_fetch_and(&map[nr / BITS_PER_LONG], ~bit_mask_(nr),
				  __ATOMIC_SEQ_CST) &
	       bit_mask_(nr);
}

/* First set bit at or after @from, or @nbits when there is none. */
unsigned int bitmap_next_set(const u64 *map, unsigned int nbits,
			     unsigned int from);

#define bitmap_for_each(i, map, nbits)                                \
	for ((i) = bitmap_next_set((map), (nbits), 0); (i) < (nbits); \
	     (i) = bitmap_next_set((map), (nbits), (i) + 1))

/* A limit of the build, not of a machine's layout: raise it when needed. */
#define NR_CPUS 256

struct cpumask {
	u64 bits[BITMAP_LONGS(NR_CPUS)];
};

extern unsigned int nr_cpu_ids; /* ids in use are 0 .. nr_cpu_ids - 1 */
extern struct cpumask cpu_online_mask;

static inline bool cpumask_test(const struct cpumask *m, unsigned int cpu)
{
	return test_bit(m->bits, cpu);
}

static inline void cpumask_set(struct cpumask *m, unsigned int cpu)
{
	set_bit(m->bits, cpu);
}

static inline void cpumask_clear(struct cpumask *m, unsigned int cpu)
{
	clear_bit(m->bits, cpu);
}

#define cpumask_for_each(cpu, m) bitmap_for_each(cpu, (m)->bits, nr_cpu_ids)

void cpumask_zero(struct cpumask *m);
void cpumask_fill(struct cpumask *m, unsigned int nr);
void cpumask_and(struct cpumask *dst, const struct cpumask *a,
		 const struct cpumask *b);
bool cpumask_empty(const struct cpumask *m);
unsigned int cpumask_first(const struct cpumask *m); /* NR_CPUS if empty */
unsigned int cpumask_next(const struct cpumask *m, unsigned int after);
unsigned int cpumask_weight(const struct cpumask *m);
bool cpumask_intersects(const struct cpumask *a, const struct cpumask *b);
bool cpumask_equal(const struct cpumask *a, const struct cpumask *b);
