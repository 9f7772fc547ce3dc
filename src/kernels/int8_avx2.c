/* int8_avx2.c - INT8 kernels for AVX2 without VNNI (compiled with its own flags; cpu.c checks the CPU before any call)
 *
 * vpmaddubsw multiplies bytes but saturates at 16 bits: 2 * 255 * 127 overflows, and the usual remedy, 7-bit weights, is four
 * times less accurate.  vpmaddwd on values widened to 16 bits is exact, and needs no more instructions than vpmaddubsw with
 * the vpmaddwd that must follow it. */
#if defined(__x86_64__)
#include "kernels/int8.h"

#include "kernels/int8_ymm.inc.h"

#include <stdbool.h>
#include <string.h>

#define INT8_KERNEL_SET rw_int8_avx2
#define INT8_NAME       "avx2"

#define NC 8 /* columns of one pass over a panel: a vector is four of them, with four values of k each, in pairs */
#define CHUNK_GROUPS                                                                                                        \
    256 /* of four values of k: six rows widened are 12 KB, which stay in L1 beside a pass's part of the panel */
#define CHUNK (4 * CHUNK_GROUPS)

static inline __m256i load_weights(const int8_t *panel)
{
    return _mm256_cvtepi8_epi16(_mm_loadu_si128((const __m128i *)(const void *)panel));
}

/* sum + pairs of products.  In assembly because GCC 12 otherwise computes all products of a step first and spills the accumulators. */
static inline __m256i add_products(__m256i sum, __m256i a, __m256i b)
{
    __m256i products = _mm256_madd_epi16(a, b);

    __asm__("vpaddd %1, %0, %0" : "+x"(sum) : "x"(products));
    return sum;
}

/* c [rows, NC of 32] := or, where this is not the first chunk, += sums.  `rows` is a constant where this is inlined. */
static inline __attribute__((always_inline)) void tile_rows(const size_t rows, float *c, bool add, const int16_t *values,
                                                            const int8_t *panel, size_t groups, rw_prefetch prefetch)
{
    __m256i sum[MR][2];

#pragma GCC unroll 16
    for (size_t i = 0; i < rows; i++)
        sum[i][0] = sum[i][1] = _mm256_setzero_si256();
    for (size_t g = 0; g < groups; g++, panel += 4 * RW_INT8_COLUMNS, values += 4, prefetch.at += prefetch.stride) {
        __m256i left = load_weights(panel), right = load_weights(panel + 16);

        __builtin_prefetch(prefetch.at, 0, 2);
#pragma GCC unroll 16
        for (size_t i = 0; i < rows; i++) {
            int64_t four;
            __m256i row;

            memcpy(&four, values + i * CHUNK, sizeof four);
            row       = _mm256_set1_epi64x(four);
            sum[i][0] = add_products(sum[i][0], row, left);
            sum[i][1] = add_products(sum[i][1], row, right);
        }
    }
#pragma GCC unroll 16
    for (size_t i = 0; i < rows; i++) { /* pairs of lanes -> columns 0 1 4 5 | 2 3 6 7 -> 0 .. 7 */
        __m256i all = _mm256_permute4x64_epi64(_mm256_hadd_epi32(sum[i][0], sum[i][1]), 0xd8);

        if (add)
            all = _mm256_add_epi32(all, i_load(c + i * RW_INT8_COLUMNS));
        i_store(c + i * RW_INT8_COLUMNS, all);
    }
}

#define ROWS(r)                                                                                                             \
    case r: tile_rows(r, c + at, chunk > 0, wide[0], panel + 4 * at, deep, next); break;

static void sum_products(float *c, const uint8_t *values, size_t pitch, size_t rows, const int8_t *panel, size_t groups,
                         rw_prefetch prefetch)
{
    int16_t wide[MR][CHUNK];

    for (size_t chunk = 0; chunk < groups; chunk += CHUNK_GROUPS) {
        size_t deep = groups - chunk < CHUNK_GROUPS ? groups - chunk : CHUNK_GROUPS;

        for (size_t i = 0; i < rows; i++)
            for (size_t p = 0; p < 4 * deep; p += 16) /* the pitch leaves room for whole vectors */
                i_store(wide[i] + p,
                        _mm256_cvtepu8_epi16(_mm_loadu_si128((const __m128i *)(const void *)(values + i * pitch + p))));
        for (size_t at = 0; at < RW_INT8_COLUMNS; at += NC) {
            rw_prefetch next = at == 0 ? prefetch : (rw_prefetch){ prefetch.at, 0 }; /* the first pass has prefetched it */

            switch (rows) {
                ROWS(1)
                ROWS(2)
                ROWS(3)
                ROWS(4)
                ROWS(5)
                ROWS(6)
            default: break;
            }
        }
        values += 4 * deep;
        panel += 4 * RW_INT8_COLUMNS * deep;
        prefetch.at += prefetch.stride * deep;
    }
}

#include "kernels/int8.inc.h"
#else
typedef int rw_int8_avx2_is_not_for_this_machine;
#endif
