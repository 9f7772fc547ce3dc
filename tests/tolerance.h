/* tolerance.h - how far may two ways to the same number lie apart?  Each bound with the error observed and the date. */
#ifndef TOLERANCE_H
#define TOLERANCE_H

/* Kernels: |difference| <= bound * max(1, |value|), values in -1..1 (activations -20..20). */
#define TOLERANCE_GEMM       5e-5 /* any kernel set against double, k up to 1000; observed 2.2e-5 (ref), 2026-11-24 */
#define TOLERANCE_LAYER_NORM 2e-6 /* against ref; observed 3.6e-7, 2026-11-24 */
#define TOLERANCE_SOFTMAX    3e-7 /* against ref; observed 3.0e-8, 2026-11-24 */
#define TOLERANCE_ACTIVATION 5e-7 /* against erf and exp in double; observed 1.6e-7, 2026-11-25 */

/* Unit embeddings of a whole tower, any kernel set against float64; observed 3.3e-7 over all architectures of docs/parity.md, 2026-11-25. */
#define TOLERANCE_EMBEDDING 2e-6

/* Unit embeddings of patches with v-v attention, any kernel set against double, a tiny model; observed 1.2e-7, 2026-11-24.  Maps and
 * scores of whole images: bound 1e-5 in tools/reference/winclip_torch.py, observed 2.7e-6, patches 2e-5 and 8.8e-6 (docs/parity.md), 2026-11-25. */
#define TOLERANCE_PATCH 2e-6

#define TOLERANCE_NORMAL 2e-6 /* against double, up to 5.8; observed 6.6e-7, 2026-11-24 */
#define TOLERANCE_ADAMW  5e-7 /* one step against ref; observed 6e-8, 2026-11-24 */

/* 1 - cosine of unit embeddings to float32's: the shipped model and a random one (160 x 4 layers), the larger. */
#define TOLERANCE_F16  2e-6 /* observed 3.7e-7, 2026-11-24 */
#define TOLERANCE_BF16 2e-4 /* observed 3.6e-5, 2026-11-24 */
#define TOLERANCE_INT8 1e-3 /* observed 2.0e-4, 2026-11-24 */

/* The largest dot product of unit vectors of 1 to 1,030 values, any kernel set against double; the vectors' rounding counts. */
#define TOLERANCE_NEAREST_F32  1e-6 /* observed 1.9e-7, 2026-11-27 */
#define TOLERANCE_NEAREST_F16  5e-4 /* observed 1.0e-4, 2026-11-27 */
#define TOLERANCE_NEAREST_BF16 3e-3 /* observed 6.7e-4, 2026-11-27 */
#define TOLERANCE_NEAREST_INT8 1e-2 /* observed 3.2e-3, 2026-11-27 */

/* Distances to a memory bank, 0..1, and scores from them, of tokens of 16 numbers: in those of a real model more averages out. */
#define TOLERANCE_MEMORY                                                                                                    \
    5e-7 /* any kernel set against double, from the stored tokens, f32 or f16; observed 5.3e-8, 2026-11-28 */
#define TOLERANCE_MEMORY_F16  2e-4 /* stored as f16 against f32; observed 4.2e-5, 2026-11-28 */
#define TOLERANCE_MEMORY_INT8 1e-3 /* stored as int8 against f32; observed 1.9e-4, 2026-11-28 */
#define TOLERANCE_MEMORY_INT8_DOUBLE                                                                                        \
    3e-3 /* the query is rounded too: against double from the stored tokens; observed 8.1e-4, 2026-11-28 */
#define TOLERANCE_MEMORY_MEMBER                                                                                             \
    5e-3 /* a member's stored tokens, f16 or int8, against its own; observed 1.5e-3, 2026-11-28 */

/* The small network, float32 against double. */
#define TOLERANCE_FNN_LOSS     3e-7  /* observed 3e-8, 2026-11-24 */
#define TOLERANCE_FNN_GRADIENT 3e-7  /* against central differences in double; observed 3e-8, 2026-11-24 */
#define TOLERANCE_DIRECTION    1e-11 /* 1 - cosine to the exact direction; observed 1e-13, 2026-11-24 */

#endif
