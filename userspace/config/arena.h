/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that is freed all at once: what one configuration needs. */
#ifndef CONFIG_ARENA_H
#define CONFIG_ARENA_H

#include <stddef.h>

struct arena_chunk;

/* All zero but the limit is an empty arena. */
struct arena {
	struct arena_chunk *chunks;
	size_t left; /* bytes free in the first chunk */
	size_t used; /* bytes handed out, with rounding */
	size_t limit; /* more than this is refused */
};

/* Zeroed memory aligned for anything; NULL: over the limit, or none left. */
void *arena_alloc(struct arena *arena, size_t size);

/*
 * A larger copy of an array that was allocated here: @count elements become
 * room for more. *@room is updated. NULL as arena_alloc().
 */
void *arena_grow(struct arena *arena, const void *array, size_t count,
		 size_t size, size_t *room);

void arena_free(struct arena *arena);

#endif
