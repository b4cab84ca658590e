/* SPDX-License-Identifier: GPL-2.0-only */
/* Searches in bitmaps and CPU masks, a word at a time. */
#include "lib/bitmap.h"

unsigned int nr_cpu_ids = 1;
struct cpumask cpu_online_mask;

unsigned int bitmap_next_set(const u64 *map, unsigned int nbits,
			     unsigned int from)
{
	while (from < nbits) {
		u64 word = READ_ONCE(map[from / BITS_PER_LONG]) >>
			   (from % BITS_PER_LONG);

		if (word) {
			from += __builtin_ctzl(word);
			return MIN(from, nbits);
		}
		from = ALIGN_DOWN(from, BITS_PER_LONG) + BITS_PER_LONG;
	}
	return nbits;
}

#define for_each_word(i) \
	for (unsigned int i = 0; i < BITMAP_LONGS(NR_CPUS); i++)

void cpumask_zero(struct cpumask *m)
{
	for_each_word(i) m->bits[i] = 0;
}

void cpumask_fill(struct cpumask *m, unsigned int nr)
{
	cpumask_zero(m);
	for (unsigned int cpu = 0; cpu < nr && cpu < NR_CPUS; cpu++)
		set_bit_(m->bits, cpu);
}

void cpumask_and(struct cpumask *dst, const struct cpumask *a,
		 const struct cpumask *b)
{
	for_each_word(i)
		dst->bits[i] = READ_ONCE(a->bits[i]) & READ_ONCE(b->bits[i]);
}

bool cpumask_empty(const struct cpumask *m)
{
	for_each_word(i) if (READ_ONCE(m->bits[i])) return false;
	return true;
}

unsigned int cpumask_first(const struct cpumask *m)
{
	return bitmap_next_set(m->bits, NR_CPUS, 0);
}

unsigned int cpumask_next(const struct cpumask *m, unsigned int after)
{
	return bitmap_next_set(m->bits, NR_CPUS, after + 1);
}

unsigned int cpumask_weight(const struct cpumask *m)
{
	unsigned int n = 0;

	for_each_word(i) for (u64 w = READ_ONCE(m->bits[i]); w; w &= w - 1) n++;
	return n;
}

bool cpumask_intersects(const struct cpumask *a, const struct cpumask *b)
{
	for_each_word(i) if (READ_ONCE(a->bits[i]) &
			     READ_ONCE(b->bits[i])) return true;
	return false;
}

bool cpumask_equal(const struct cpumask *a, const struct cpumask *b)
{
	for_each_word(i) if (READ_ONCE(a->bits[i]) !=
			     READ_ONCE(b->bits[i])) return false;
	return true;
}
