/* int8_avx512.c - INT8 kernels for AVX-512 VNNI (compiled with its own flags; cpu.c checks the CPU before any call) */
#if defined(__x86_64__)
#include "kernels/int8.h"

#include <immintrin.h>

#define INT8_KERNEL_SET rw_int8_avx512vnni
#define INT8_NAME       "avx512vnni"
#define VL              16
#define MR              14 /* 14 x 2 accumulators, 2 of weights, 1 broadcast: 31 of 32 registers */
#define NV              2

typedef __m512  vf;
typedef __m512i vi;

#define f_load(p)         _mm512_loadu_ps(p)
#define f_load_part(p, n) _mm512_maskz_loadu_ps((__mmask16)((1u << (n)) - 1u), p)
#define f_store(p, v)     _mm512_storeu_ps(p, v)
#define f_set(x)          _mm512_set1_ps(x)
#define f_mul(a, b)       _mm512_mul_ps(a, b)
#define f_add(a, b)       _mm512_add_ps(a, b)
#define f_max(a, b)       _mm512_max_ps(a, b)
#define f_min(a, b)       _mm512_min_ps(a, b)
#define f_round(a)        _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC)
#define f_reduce_min(a)   _mm512_reduce_min_ps(a)
#define f_reduce_max(a)   _mm512_reduce_max_ps(a)
#define f_bytes(p, v)     _mm_storeu_si128((__m128i *)(void *)(p), _mm512_cvtepi32_epi8(_mm512_cvtps_epi32(v)))
#define i_load(p)         _mm512_loadu_si512(p)
#define i_store(p, v)     _mm512_storeu_si512(p, v)
#define i_set(x)          _mm512_set1_epi32(x)
#define i_mul(a, b)       _mm512_mullo_epi32(a, b)
#define i_sub(a, b)       _mm512_sub_epi32(a, b)
#define i_float(a)        _mm512_cvtepi32_ps(a)
#define i_dot4(sum, a, b) _mm512_dpbusd_epi32(sum, a, b)

#include "kernels/int8_dot4.inc.h"
#include "kernels/int8.inc.h"
#else
typedef int rw_int8_avx512_is_not_for_this_machine;
#endif
