#include "clip/positions.h"

#include "base/cubic.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* weights [to, from]: row x holds the weights of the inputs for output x; each row sums to 1. */
static void interpolation_weights(double *weights, size_t to, size_t from)
{
    double scale        = (double)from / (double)to;
    double filter_scale = scale > 1.0 ? scale : 1.0;

    for (size_t x = 0; x < to; x++) {
        double centre = ((double)x + 0.5) * scale, sum = 0.0;

        for (size_t i = 0; i < from; i++) {
            double distance = (double)i - centre + 0.5;

            weights[x * from + i] = fabs(distance) < 2.0 * filter_scale ? rw_cubic(distance / filter_scale) : 0.0;
            sum += weights[x * from + i];
        }
        for (size_t i = 0; i < from; i++)
            weights[x * from + i] /= sum;
    }
}

rwda_status rw_positions_resize(float *out, size_t to, const float *table, size_t from, size_t d, size_t first,
                                rwda_error *err)
{
    double *weights = rw_new_array(to, from * sizeof *weights);
    double *narrow  = rw_new_array(from * to, d * sizeof *narrow); /* [from, to, d]: resized along x only */

    if (weights == NULL || narrow == NULL) {
        free(weights);
        free(narrow);
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "positions from a %zu x %zu grid to %zu x %zu", from, from, to, to);
    }
    interpolation_weights(weights, to, from);
    memcpy(out, table, first * d * sizeof *out);
    for (size_t y = 0; y < from; y++)
        for (size_t x = 0; x < to; x++)
            for (size_t i = 0; i < from; i++)
                for (size_t j = 0; j < d; j++)
                    narrow[(y * to + x) * d + j] += weights[x * from + i] * (double)table[(first + y * from + i) * d + j];
    for (size_t y = 0; y < to; y++)
        for (size_t x = 0; x < to; x++)
            for (size_t j = 0; j < d; j++) {
                double sum = 0.0;

                for (size_t i = 0; i < from; i++)
                    sum += weights[y * from + i] * narrow[(i * to + x) * d + j];
                out[(first + y * to + x) * d + j] = (float)sum;
            }
    free(weights);
    free(narrow);
    return RWDA_OK;
}
