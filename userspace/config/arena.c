// SPDX-License-Identifier: GPL-2.0-only
/* Memory that is freed all at once. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "config/arena.h"

#define CHUNK_SIZE ((size_t)32 << 10)
#define ALIGN	   ((size_t)16)

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* of data[] */
	_Alignas(16) unsigned char data[];
};

static int add_chunk(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk;

	if (size < CHUNK_SIZE)
		size = CHUNK_SIZE;
	chunk = calloc(1, sizeof(*chunk) + size);
	if (!chunk)
		return -1;
	chunk->size = size;
	chunk->next = arena->chunks;
	arena->chunks = chunk;
	arena->left = size;
	return 0;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk;

	if (size > arena->limit || arena->used > arena->limit - size)
		return NULL;
	size = size ? (size + ALIGN - 1) & ~(ALIGN - 1) : ALIGN;
	if (size > arena->left && add_chunk(arena, size))
		return NULL;
	chunk = arena->chunks;
	arena->left -= size;
	arena->used += size;
	return chunk->data + chunk->size - arena->left - size;
}

void *arena_grow(struct arena *arena, const void *array, size_t count,
		 size_t size, size_t *room)
{
	size_t wanted = count < 4 ? 8 : count * 2;
	void *copy;

	if (wanted > SIZE_MAX / 2 / size)
		return NULL;
	copy = arena_alloc(arena, wanted * size);
	if (!copy)
		return NULL;
	if (count)
		memcpy(copy, array, count * size);
	*room = wanted;
	return copy;
}

void arena_free(struct arena *arena)
{
	struct arena_chunk *chunk = arena->chunks;

	while (chunk) {
		struct arena_chunk *next = chunk->next;

		free(chunk);
		chunk = next;
	}
	memset(arena, 0, sizeof(*arena));
}
