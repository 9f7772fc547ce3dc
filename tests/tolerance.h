/* tolerance.h - how far may two ways to the same number lie apart?  Each bound with the error observed and the date. */
#ifndef TOLERANCE_H
#define TOLERANCE_H

/* Kernels of a table against ref: |difference| <= bound * max(1, |value|). */
#define TOLERANCE_GEMM       2e-5 /* observed 2.4e-6, k up to 1000, unit-scale values, 2026-11-24 */
#define TOLERANCE_LAYER_NORM 4e-6 /* observed 9.5e-7, 2026-11-24 */
#define TOLERANCE_SOFTMAX    5e-7 /* observed 6e-8, 2026-11-24 */
#define TOLERANCE_ACTIVATION 5e-7 /* observed 2.2e-7, 2026-11-24 */

#endif
