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

/* Rows of a tile are at most this many in any table. */
#define RW_TILE_ROWS_MAX 16

#endif
