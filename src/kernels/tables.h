/* tables.h - which kernel tables does this build have?                                            rank 1: kernels */
#ifndef RW_TABLES_H
#define RW_TABLES_H

#include "kernels/kernels.h"

extern const rw_kernels rw_kernels_ref;
#if defined(__x86_64__)
extern const rw_kernels rw_kernels_avx2, rw_kernels_avx512;
#elif defined(__aarch64__)
extern const rw_kernels rw_kernels_neon;
#endif

void rw_resample_across_ref(uint8_t *out, size_t out_stride, const uint8_t *in, size_t in_stride, size_t rows,
                            size_t columns, const rw_resample *r);
void rw_resample_down_ref(uint8_t *out, const uint8_t *in, size_t in_stride, size_t bytes, const rw_resample *r, size_t row);

/* Rows of a tile are at most this many in any table. */
#define RW_TILE_ROWS_MAX 16

#endif
