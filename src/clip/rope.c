#include "clip/rope.h"

#include <math.h>

#define ROWS_PER_ITEM 16

void rw_rope_table(float *table, size_t grid, size_t hd, int own_grid, int first)
{
    for (size_t row = 0; row < grid; row++)
        for (size_t column = 0; column < grid; column++)
            for (size_t pair = 0; pair < hd / 2; pair++, table += 2) {
                size_t bands = hd / 4, band = pair % bands;
                float  place = (float)((pair < bands ? column : row) + (size_t)first);
                float  rate  = 1.0f / powf(10000.0f, (float)band / (float)bands);
                float  angle = place / (float)grid * (float)own_grid * rate;

                table[0] = (float)cos((double)angle);
                table[1] = (float)sin((double)angle);
            }
}

typedef struct {
    float            *x;
    size_t            ld, rows, heads, hd;
    const uint32_t   *cells;
    const float      *table;
    const rw_kernels *kernels;
} turn_job;

static void turn_item(void *context, size_t item, int thread)
{
    const turn_job *job = context;
    size_t          end = (item + 1) * ROWS_PER_ITEM < job->rows ? (item + 1) * ROWS_PER_ITEM : job->rows;

    (void)thread;
    for (size_t row = item * ROWS_PER_ITEM; row < end; row++) {
        float       *x = job->x + row * job->ld;
        const float *turn;

        if (job->cells[row] == RW_NO_CELL)
            continue;
        turn = job->table + (size_t)job->cells[row] * job->hd;
        for (size_t head = 0; head < job->heads; head++, x += job->hd)
            job->kernels->turn_pairs(x, turn, job->hd);
    }
}

void rw_rope_turn(float *x, size_t ld, size_t rows, size_t heads, size_t hd, const uint32_t *cells, const float *table,
                  const rw_kernels *kernels, rw_thread_pool *pool)
{
    turn_job job = { x, ld, rows, heads, hd, cells, table, kernels };

    rw_thread_pool_run(pool, turn_item, &job, (rows + ROWS_PER_ITEM - 1) / ROWS_PER_ITEM);
}
