// SPDX-License-Identifier: GPL-2.0-only
/*
 * CRC-32 by carry-less multiplication: a tenth of the instructions of the
 * tables in liblzma and zlib, which do the rest and stand in on processors
 * without it. For a kernel of 60 MiB they would take longer than building the
 * guest.
 *
 * Four lanes of 128 bits walk over the data. The distance from a lane to the
 * data that it is added to is 512 bits, or 128 once the four are joined; a lane
 * is moved by multiplying its halves with x to the power of that distance,
 * modulo the polynomial. What is left at the end is 128 bits with the same
 * remainder as all of the data.
 */
#include "lib/crc32.h"
#include <immintrin.h>
#include <lzma.h>

#define POLYNOMIAL 0xedb88320u /* reflected, without x^32 */
#define LANES	   4
#define LANE	   sizeof(__m128i)
#define LEAST	   256 /* below that the tables are as good */

/*
 * x^@power modulo the polynomial. Reflected products come out one bit lower
 * than they should: hence the shift.
 */
static uint64_t power_of_x(unsigned int power)
{
	uint32_t r = 0x80000000u; /* 1 */

	while (power--)
		r = r >> 1 ^ (r & 1 ? POLYNOMIAL : 0);
	return (uint64_t)r << 1;
}

/* Moves 128 bits by @distance: factors of the low half and the high. */
static __m128i mover(unsigned int distance)
{
	return _mm_set_epi64x((int64_t)power_of_x(distance - 32),
			      (int64_t)power_of_x(distance + 32));
}

__attribute__((target("pclmul"))) static inline __m128i
move(__m128i lane, __m128i by, __m128i onto)
{
	__m128i low = _mm_clmulepi64_si128(lane, by, 0x00);
	__m128i high = _mm_clmulepi64_si128(lane, by, 0x11);

	return _mm_xor_si128(_mm_xor_si128(low, high), onto);
}

static inline __m128i load(const uint8_t *data)
{
	return _mm_loadu_si128((const __m128i *)data);
}

/* @bytes: a multiple of 64. @state: the register, not inverted. */
__attribute__((target("pclmul"))) static uint32_t
fold(uint32_t state, const uint8_t *data, size_t bytes)
{
	const __m128i by_four = mover(512), by_one = mover(128);
	uint8_t rest[LANE];
	__m128i lane[LANES];
	int i;

	for (i = 0; i < LANES; i++)
		lane[i] = load(data + i * LANE);
	lane[0] = _mm_xor_si128(lane[0], _mm_cvtsi32_si128((int)state));
	while (bytes -= LANES * LANE) {
		data += LANES * LANE;
		for (i = 0; i < LANES; i++)
			lane[i] = move(lane[i], by_four, load(data + i * LANE));
	}
	for (i = 1; i < LANES; i++)
		lane[i] = move(lane[i - 1], by_one, lane[i]);
	_mm_storeu_si128((__m128i *)rest, lane[LANES - 1]);
	return ~lzma_crc32(rest, LANE, ~0u);
}

uint32_t crc32_update(uint32_t crc, const uint8_t *data, size_t bytes)
{
	size_t whole = bytes & ~(LANES * LANE - 1);

	if (bytes < LEAST || !__builtin_cpu_supports("pclmul"))
		return lzma_crc32(data, bytes, crc);
	crc = ~fold(~crc, data, whole);
	return lzma_crc32(data + whole, bytes - whole, crc);
}
