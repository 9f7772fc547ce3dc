/* int8_avx2.c - what is the product of 8-bit integers without VNNI?  (compiled with its own flags; see cpu.c)
 *
 * vpmaddubsw adds two products in 16 bits and saturates: 2 * 255 * 127 does not fit.  The lower seven bits and the highest bit of
 * the unsigned bytes go through it apart: 2 * 127 * 127 and 2 * 128 * 127 do. */
#if defined(__x86_64__)
#include "kernels/int8.h"

#include "kernels/int8_ymm.inc.h"

#define INT8_TABLE        rw_int8_avx2
#define INT8_NAME         "avx2"
#define i_dot4(sum, a, b) dot4(sum, a, b)

static inline __m256i dot4(__m256i sum, __m256i a, __m256i b)
{
    __m256i high = _mm256_set1_epi8((char)0x80), ones = _mm256_set1_epi16(1);
    __m256i low_part  = _mm256_maddubs_epi16(_mm256_andnot_si256(high, a), b);
    __m256i high_part = _mm256_maddubs_epi16(_mm256_and_si256(high, a), b);

    sum = _mm256_add_epi32(sum, _mm256_madd_epi16(low_part, ones));
    return _mm256_add_epi32(sum, _mm256_madd_epi16(high_part, ones));
}

#include "kernels/int8.inc.h"
#else
typedef int rw_int8_avx2_is_not_for_this_machine;
#endif
