/* matrix.c - packing of right-hand matrices into panels, by dtype */
#include "base/memory.h"
#include "kernels/int8.h"

#include <math.h>
#include <stdint.h>
#include <string.h>

/* Elements of the packed form: whole panels. */
static bool packed_values(size_t *values, const rw_kernels *kernels, size_t n, size_t k)
{
    size_t panels = n / kernels->nr + (n % kernels->nr != 0);

    return rw_size_mul(values, panels, kernels->nr) && rw_size_mul(values, *values, k);
}

bool rw_packed_size(size_t *floats, const rw_kernels *kernels, size_t n, size_t k)
{
    return packed_values(floats, kernels, n, k);
}

/* INT8: panels, then scales and sums of all their columns. */
static bool int8_bytes(size_t *bytes, size_t n, size_t k)
{
    size_t panels = n / RW_INT8_COLUMNS + (n % RW_INT8_COLUMNS != 0), column = 4 * rw_int8_groups(k) + 4 + 4;

    return k <= RW_INT8_K_MAX && rw_size_mul(bytes, panels, RW_INT8_COLUMNS) && rw_size_mul(bytes, *bytes, column);
}

bool rw_matrix_bytes(size_t *bytes, rwda_precision dtype, const rw_kernels *kernels, size_t n, size_t k)
{
    if (dtype == RWDA_PRECISION_INT8)
        return int8_bytes(bytes, n, k);
    return packed_values(bytes, kernels, n, k) && rw_size_mul(bytes, *bytes, rw_element_bytes(dtype));
}

void rw_pack(float *packed, const rw_kernels *kernels, const float *b, size_t n, size_t k, size_t stride_n, size_t stride_k)
{
    size_t nr = kernels->nr;

    for (size_t first = 0; first < n; first += nr, packed += k * nr) {
        size_t       cols = n - first < nr ? n - first : nr;
        const float *from = b + first * stride_n;

        if (cols < nr)
            memset(packed, 0, k * nr * sizeof *packed);
        if (stride_k == 1)
            kernels->transpose(packed, nr, from, stride_n, cols, k);
        else if (stride_n == 1)
            for (size_t i = 0; i < k; i++, from += stride_k)
                memcpy(packed + i * nr, from, cols * sizeof *packed);
        else
            for (size_t i = 0; i < k; i++, from += stride_k)
                for (size_t j = 0; j < cols; j++)
                    packed[i * nr + j] = from[j * stride_n];
    }
}

static void pack_16(uint16_t *packed, uint16_t (*round)(float), const rw_kernels *kernels, const float *b, size_t n,
                    size_t k, size_t stride_n, size_t stride_k)
{
    size_t nr = kernels->nr;

    for (size_t first = 0; first < n; first += nr) {
        size_t cols = n - first < nr ? n - first : nr;

        for (size_t i = 0; i < k; i++, packed += nr) {
            const float *from = b + first * stride_n + i * stride_k;

            for (size_t j = 0; j < cols; j++)
                packed[j] = round(from[j * stride_n]);
            for (size_t j = cols; j < nr; j++)
                packed[j] = 0;
        }
    }
}

/* Largest magnitude in column b [k, stride]. */
static float max_abs(const float *b, size_t k, size_t stride)
{
    float most = 0.0f;

    for (size_t i = 0; i < k; i++)
        most = fabsf(b[i * stride]) > most ? fabsf(b[i * stride]) : most;
    return most;
}

/* n rounded up to whole INT8 panels; a scale and a sum for each of these columns follow the panels. */
static size_t int8_columns(size_t n)
{
    return (n + RW_INT8_COLUMNS - 1) / RW_INT8_COLUMNS * RW_INT8_COLUMNS;
}

/* Columns first .. first + n - 1 of a matrix whose panels, scales and sums are zero there; `first` begins a panel. */
static void pack_int8(const rw_matrix *to, size_t first, const float *b, size_t n, size_t stride_n, size_t stride_k)
{
    size_t   k = to->k, deep = 4 * rw_int8_groups(k);
    int8_t  *panels = (int8_t *)(uintptr_t)to->panels + first * deep;
    float   *scales = (float *)(uintptr_t)to->scales + first;
    int32_t *sums   = (int32_t *)(uintptr_t)to->sums + first;

    for (size_t j = 0; j < n; j++) {
        int8_t *column = panels + j / RW_INT8_COLUMNS * RW_INT8_COLUMNS * deep + j % RW_INT8_COLUMNS * 4;
        float   most   = max_abs(b + j * stride_n, k, stride_k);

        if (!(most > RW_INT8_RANGE_MIN))
            continue;
        scales[j] = most / 127.0f;
        for (size_t i = 0; i < k; i++) {
            float q = rintf(b[j * stride_n + i * stride_k] * (127.0f / most));

            column[i / 4 * 4 * RW_INT8_COLUMNS + i % 4] = (int8_t)q;
            sums[j] += (int32_t)q;
        }
    }
}

rw_matrix rw_matrix_f32(const float *packed, size_t n, size_t k)
{
    return (rw_matrix){ RWDA_PRECISION_F32, n, k, packed, NULL, NULL };
}

rw_matrix rw_matrix_pack(void *memory, rwda_precision dtype, const rw_kernels *kernels, const float *b, size_t n, size_t k,
                         size_t stride_n, size_t stride_k)
{
    rw_matrix matrix = rw_matrix_at(memory, dtype, n, k);

    if (dtype == RWDA_PRECISION_INT8) {
        memset(memory, 0, int8_columns(n) * (4 * rw_int8_groups(k) + sizeof *matrix.scales + sizeof *matrix.sums));
        pack_int8(&matrix, 0, b, n, stride_n, stride_k);
    } else if (dtype == RWDA_PRECISION_F32) {
        rw_pack(memory, kernels, b, n, k, stride_n, stride_k);
    } else {
        pack_16(memory, dtype == RWDA_PRECISION_F16 ? rw_f16_from_f32 : rw_bf16_from_f32, kernels, b, n, k, stride_n,
                stride_k);
    }
    return matrix;
}

void rw_matrix_pack_rows(const rw_matrix *to, const rw_kernels *kernels, const float *rows, size_t first, size_t count)
{
    char *panels = (char *)(uintptr_t)to->panels;

    if (to->dtype == RWDA_PRECISION_INT8)
        pack_int8(to, first, rows, count, to->k, 1);
    else
        (void)rw_matrix_pack(panels + first * to->k * rw_element_bytes(to->dtype), to->dtype, kernels, rows, count, to->k,
                             to->k, 1);
}

rw_matrix rw_matrix_at(const void *memory, rwda_precision dtype, size_t n, size_t k)
{
    size_t       columns = int8_columns(n);
    const float *scales;

    if (dtype != RWDA_PRECISION_INT8 || memory == NULL)
        return (rw_matrix){ dtype, n, k, memory, NULL, NULL };
    scales = (const float *)(const void *)((const int8_t *)memory + columns * 4 * rw_int8_groups(k));
    return (rw_matrix){ dtype, n, k, memory, scales, (const int32_t *)(const void *)(scales + columns) };
}

bool rw_matrix_columns(rw_matrix *out, const rw_matrix *b, const rw_kernels *kernels, size_t first, size_t count)
{
    bool   integers     = b->dtype == RWDA_PRECISION_INT8;
    size_t panel        = integers ? RW_INT8_COLUMNS : kernels->nr;
    size_t column_bytes = integers ? 4 * rw_int8_groups(b->k) : b->k * rw_element_bytes(b->dtype);

    if (first > b->n || count > b->n - first || first % panel != 0)
        return false;
    *out = (rw_matrix){ b->dtype,
                        count,
                        b->k,
                        (const char *)b->panels + first * column_bytes,
                        integers ? b->scales + first : NULL,
                        integers ? b->sums + first : NULL };
    return true;
}
