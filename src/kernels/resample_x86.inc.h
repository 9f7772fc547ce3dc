/* resample_x86.inc.h - image resampling with AVX2, bit-identical to resample.c                    rank 1: kernels
 *
 * Included by avx2.c and avx512.c.  A weight of 23 bits is high * 2^11 + low, so that vpmaddwd, which multiplies 16-bit pairs and
 * adds them, does two taps at once in each part; integer sums do not depend on their order. */

/* (high * 2^11 + low + 2^21) >> 22: the fixed-point sums, rounded. */
static inline __m256i combine(__m256i high, __m256i low)
{
    __m256i sum = _mm256_add_epi32(_mm256_slli_epi32(high, RW_RESAMPLE_SPLIT), low);

    return _mm256_srai_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(RW_RESAMPLE_HALF)), RW_RESAMPLE_BITS);
}

/* One output pixel of `rows` rows (a constant where this is inlined).  Four taps are 12 bytes R G B R G B ...: shuffled to pairs of the
 * same channel, taps 0 and 1 in the lower lane, 2 and 3 in the upper. */
static inline __attribute__((always_inline)) void horizontal_pixel(const size_t rows, uint8_t *out, size_t out_stride,
                                                                   const uint8_t *in, size_t in_stride, const int16_t *high,
                                                                   const int16_t *low, size_t taps)
{
    const __m256i pixels = _mm256_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1, /* */
                                            6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1);
    const __m256i pairs  = _mm256_setr_epi8(0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, /* */
                                            4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7, 4, 5, 6, 7);
    __m256i       sum_high[4], sum_low[4];

#pragma GCC unroll 4
    for (size_t y = 0; y < rows; y++)
        sum_high[y] = sum_low[y] = _mm256_setzero_si256();
    for (size_t j = 0; j < taps; j += 4) {
        __m256i h = _mm256_broadcastsi128_si256(_mm_loadl_epi64((const __m128i *)(const void *)(high + j)));
        __m256i l = _mm256_broadcastsi128_si256(_mm_loadl_epi64((const __m128i *)(const void *)(low + j)));

        h = _mm256_shuffle_epi8(h, pairs);
        l = _mm256_shuffle_epi8(l, pairs);
#pragma GCC unroll 4
        for (size_t y = 0; y < rows; y++) {
            __m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(in + y * in_stride + 3 * j));
            __m256i p     = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(bytes), pixels);

            sum_high[y] = _mm256_add_epi32(sum_high[y], _mm256_madd_epi16(p, h));
            sum_low[y]  = _mm256_add_epi32(sum_low[y], _mm256_madd_epi16(p, l));
        }
    }
#pragma GCC unroll 4
    for (size_t y = 0; y < rows; y++) {
        __m128i h = _mm_add_epi32(_mm256_castsi256_si128(sum_high[y]), _mm256_extracti128_si256(sum_high[y], 1));
        __m128i l = _mm_add_epi32(_mm256_castsi256_si128(sum_low[y]), _mm256_extracti128_si256(sum_low[y], 1));
        __m128i v = _mm_add_epi32(_mm_slli_epi32(h, RW_RESAMPLE_SPLIT), l);
        int     four;

        v    = _mm_srai_epi32(_mm_add_epi32(v, _mm_set1_epi32(RW_RESAMPLE_HALF)), RW_RESAMPLE_BITS);
        v    = _mm_packs_epi32(v, v);
        four = _mm_cvtsi128_si32(_mm_packus_epi16(v, v));
        memcpy(out + y * out_stride, &four, sizeof four); /* the fourth byte is the next pixel's, or the row's spare one */
    }
}

static void resample_horizontal(uint8_t *out, size_t out_stride, const uint8_t *in, size_t in_stride, size_t rows,
                                size_t columns, const rw_resample *r)
{
    size_t y = 0;

    for (; y < rows; y += rows - y >= 4 ? 4 : 1)
        for (size_t x = 0; x < columns; x++) {
            const uint8_t *from = in + y * in_stride + 3 * (size_t)r->first[x];
            const int16_t *high = r->high + x * r->taps, *low = r->low + x * r->taps;
            size_t         taps = ((size_t)r->count[x] + 3) / 4 * 4;

            if (rows - y >= 4)
                horizontal_pixel(4, out + y * out_stride + 3 * x, out_stride, from, in_stride, high, low, taps);
            else
                horizontal_pixel(1, out + y * out_stride + 3 * x, out_stride, from, in_stride, high, low, taps);
        }
}

static void resample_vertical(uint8_t *out, const uint8_t *in, size_t in_stride, size_t bytes, const rw_resample *r,
                              size_t row)
{
    const uint8_t *from = in + (size_t)r->first[row] * in_stride;
    const int16_t *high = r->high + row * r->taps, *low = r->low + row * r->taps;
    size_t         count = (size_t)r->count[row], i = 0;

    for (; i + 16 <= bytes; i += 16) {
        __m256i high0 = _mm256_setzero_si256(), high1 = high0, low0 = high0, low1 = high0, packed;

        for (size_t j = 0; j < count; j += 2) { /* two rows at once; the weight beyond the last is zero */
            const uint8_t *next = from + (j + 1 < count ? j + 1 : j) * in_stride + i;
            __m128i        a    = _mm_loadu_si128((const __m128i *)(const void *)(from + j * in_stride + i));
            __m128i        b    = _mm_loadu_si128((const __m128i *)(const void *)next);
            __m256i        p0   = _mm256_cvtepu8_epi16(_mm_unpacklo_epi8(a, b));
            __m256i        p1   = _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(a, b));
            int32_t        pair_high, pair_low;
            __m256i        h, l;

            memcpy(&pair_high, high + j, sizeof pair_high);
            memcpy(&pair_low, low + j, sizeof pair_low);
            h     = _mm256_set1_epi32(pair_high);
            l     = _mm256_set1_epi32(pair_low);
            high0 = _mm256_add_epi32(high0, _mm256_madd_epi16(p0, h));
            high1 = _mm256_add_epi32(high1, _mm256_madd_epi16(p1, h));
            low0  = _mm256_add_epi32(low0, _mm256_madd_epi16(p0, l));
            low1  = _mm256_add_epi32(low1, _mm256_madd_epi16(p1, l));
        }
        packed = _mm256_permute4x64_epi64(_mm256_packs_epi32(combine(high0, low0), combine(high1, low1)), 0xd8);
        _mm_storeu_si128((__m128i *)(void *)(out + i),
                         _mm_packus_epi16(_mm256_castsi256_si128(packed), _mm256_extracti128_si256(packed, 1)));
    }
    rw_resample_vertical_ref(out + i, in + i, in_stride, bytes - i, r, row);
}
