#include "kernels/tiles.h"

#include "base/memory.h"

#define QUANTISE_ROWS 16 /* rows of a work item */

rw_tiles rw_tiles_of(const rw_matrix *b, const rw_kernels *kernels)
{
    rw_tiles tiles = { .mr = kernels->mr, .nr = kernels->nr, .tile = kernels->tile, .steps = b->k };

    tiles.step_bytes = tiles.nr * rw_element_bytes(b->dtype);
    if (b->dtype == RWDA_PRECISION_F16 || b->dtype == RWDA_PRECISION_BF16) {
        tiles.tile = b->dtype == RWDA_PRECISION_F16 ? kernels->tile_f16 : kernels->tile_bf16;
    } else if (b->dtype == RWDA_PRECISION_INT8) {
        tiles.int8       = rw_int8_find(kernels);
        tiles.mr         = tiles.int8->mr;
        tiles.nr         = RW_INT8_COLUMNS;
        tiles.steps      = rw_int8_groups(b->k);
        tiles.step_bytes = 4 * RW_INT8_COLUMNS;
    }
    return tiles;
}

/* Scratch: bytes [m, pitch], scales [m], zero points [m]. */
static bool row_pitch(size_t *pitch, size_t k)
{
    if (!rw_size_add(pitch, k, RW_ALIGNMENT - 1))
        return false;
    *pitch &= ~(size_t)(RW_ALIGNMENT - 1);
    return true;
}

bool rw_gemm_scratch(size_t *bytes, const rw_matrix *b, size_t m)
{
    size_t row;

    *bytes = 0;
    if (b->dtype != RWDA_PRECISION_INT8)
        return true;
    return row_pitch(&row, b->k) && rw_size_add(&row, row, sizeof(float) + sizeof(int32_t)) && rw_size_mul(bytes, m, row);
}

typedef struct {
    const rw_int8_kernels *int8;
    rw_int8_rows           rows;
    const float           *a;
    size_t                 lda, m, k;
} quantise_job;

static void quantise_item(void *context, size_t item, int thread)
{
    const quantise_job *job = context;
    size_t              end = (item + 1) * QUANTISE_ROWS < job->m ? (item + 1) * QUANTISE_ROWS : job->m;

    (void)thread;
    for (size_t row = item * QUANTISE_ROWS; row < end; row++)
        job->int8->quantise(&job->rows, row, job->a + row * job->lda, job->k);
}

rw_int8_rows rw_quantise_rows(void *memory, const float *a, size_t lda, size_t m, size_t k, const rw_int8_kernels *int8,
                              rw_thread_pool *pool)
{
    quantise_job job = { .int8 = int8, .rows.values = memory, .a = a, .lda = lda, .m = m, .k = k };

    (void)row_pitch(&job.rows.pitch, k); /* rw_gemm_scratch() has checked the overflow */
    job.rows.scales = (float *)(void *)(job.rows.values + m * job.rows.pitch);
    job.rows.zeros  = (int32_t *)(void *)(job.rows.scales + m);
    rw_thread_pool_run(pool, quantise_item, &job, (m + QUANTISE_ROWS - 1) / QUANTISE_ROWS);
    return job.rows;
}
