/* matrix.c - how is a right-hand matrix stored? */
#include "base/memory.h"
#include "kernels/kernels.h"

/* Values of the packed form: whole panels. */
static bool packed_values(size_t *values, const rw_kernels *kernels, size_t n, size_t k)
{
    size_t panels = n / kernels->nr + (n % kernels->nr != 0);

    return rw_size_mul(values, panels, kernels->nr) && rw_size_mul(values, *values, k);
}

bool rw_packed_size(size_t *floats, const rw_kernels *kernels, size_t n, size_t k)
{
    return packed_values(floats, kernels, n, k);
}

bool rw_matrix_bytes(size_t *bytes, rwda_precision kind, const rw_kernels *kernels, size_t n, size_t k)
{
    return packed_values(bytes, kernels, n, k) &&
           rw_size_mul(bytes, *bytes, kind == RWDA_PRECISION_F32 ? sizeof(float) : sizeof(uint16_t));
}

void rw_pack(float *packed, const rw_kernels *kernels, const float *b, size_t n, size_t k, size_t stride_n, size_t stride_k)
{
    size_t nr = kernels->nr;

    for (size_t first = 0; first < n; first += nr) {
        size_t cols = n - first < nr ? n - first : nr;

        for (size_t i = 0; i < k; i++, packed += nr) {
            const float *from = b + first * stride_n + i * stride_k;

            for (size_t j = 0; j < cols; j++)
                packed[j] = from[j * stride_n];
            for (size_t j = cols; j < nr; j++)
                packed[j] = 0.0f;
        }
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

rw_matrix rw_matrix_f32(const float *packed, size_t n, size_t k)
{
    return (rw_matrix){ RWDA_PRECISION_F32, n, k, packed };
}

rw_matrix rw_matrix_pack(void *memory, rwda_precision kind, const rw_kernels *kernels, const float *b, size_t n, size_t k,
                         size_t stride_n, size_t stride_k)
{
    if (kind == RWDA_PRECISION_F32)
        rw_pack(memory, kernels, b, n, k, stride_n, stride_k);
    else
        pack_16(memory, kind == RWDA_PRECISION_F16 ? rw_f16_from_f32 : rw_bf16_from_f32, kernels, b, n, k, stride_n,
                stride_k);
    return (rw_matrix){ kind, n, k, memory };
}
