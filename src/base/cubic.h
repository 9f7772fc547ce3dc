/* cubic.h - the bicubic convolution kernel, for images and position embeddings                    rank 0: base */
#ifndef RW_CUBIC_H
#define RW_CUBIC_H

#include <math.h>

/* Keys' kernel with a = -0.5 (R. Keys, 1981), as Pillow and torch's antialiased bicubic use it; 0 from |x| = 2 on. */
static inline double rw_cubic(double x)
{
    const double a = -0.5;

    x = fabs(x);
    if (x < 1.0)
        return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    if (x < 2.0)
        return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
    return 0.0;
}

#endif
