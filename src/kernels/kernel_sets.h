/* kernel_sets.h - the kernel sets of this build                                                   rank 1: kernels */
#ifndef RW_KERNEL_SETS_H
#define RW_KERNEL_SETS_H

#include "kernels/kernels.h"

extern const rw_kernels rw_kernels_ref;
#if RW_SETS_X86
extern const rw_kernels rw_kernels_avx2, rw_kernels_avx512;
#elif RW_SETS_ARM
extern const rw_kernels rw_kernels_neon;
#endif

void rw_resample_horizontal_ref(uint8_t *out, size_t out_stride, const uint8_t *in, size_t in_stride, size_t rows,
                                size_t columns, const rw_resample *r);
void rw_resample_vertical_ref(uint8_t *out, const uint8_t *in, size_t in_stride, size_t bytes, const rw_resample *r,
                              size_t row);

/* Most rows of a tile in any kernel set. */
#define RW_TILE_ROWS_MAX 16

#endif
