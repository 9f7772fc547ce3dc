/* nearest.c - products, panel by panel, reduced to running maxima
 *
 * A work item is a block of rows times a group of panels.  A panel is multiplied with all row tiles of the block while it is in L2, as the
 * block is; its products, block rows times one panel, are reduced to the rows' running maxima before the next panel takes their place.
 * Items of one group lie side by side, so that threads share its panels in the last cache.
 *
 * Items never write to the same place: the item with the first column of a segment writes to `best`; what it finds for a segment that began
 * in an earlier group it writes to its own `heads`, and these are merged when all is done. */
#include "kernels/nearest.h"

#include "base/memory.h"
#include "kernels/kernel_sets.h"
#include "kernels/tiles.h"

#include <math.h>

#define BLOCK_BYTES      (400 << 10) /* of a block of x */
#define BLOCK_ROWS       128         /* its most rows: products of a panel are 16 KB */
#define GROUP_BYTES      (4 << 20)   /* of the panels of a group */
#define COLUMNS_MAX      32          /* of a panel in any kernel set */
#define ITEMS_PER_THREAD 16

typedef struct {
    const rw_bank    *bank;
    const rw_kernels *kernels;
    rw_tiles          tiles;
    const float      *x;
    size_t            ldx, rows;
    rw_int8_rows      quantised; /* INT8: x */
    size_t            row_tiles, row_blocks;
    size_t            first_panel, panels, groups;
    float            *best;
    float            *heads; /* [groups, rows]: of the segment that began before the group */
} nearest_job;

/* Rows cut into blocks, panels with columns that are searched into groups. */
static nearest_job plan(const rw_bank *bank, size_t rows, const rw_kernels *kernels, const rw_thread_pool *pool)
{
    nearest_job job  = { .bank = bank, .kernels = kernels, .tiles = rw_tiles_of(&bank->columns, kernels), .rows = rows };
    size_t      from = bank->starts[0], to = bank->starts[bank->segments], mr = job.tiles.mr, nr = job.tiles.nr;
    size_t      row_bytes = bank->columns.k * (job.tiles.int8 != NULL ? 1 : sizeof(float)) + 1; /* never 0 */
    size_t      most      = GROUP_BYTES / (job.tiles.steps * job.tiles.step_bytes + 1) + 1;     /* panels of a group */
    size_t      block     = BLOCK_BYTES / row_bytes < BLOCK_ROWS ? BLOCK_BYTES / row_bytes : BLOCK_ROWS;
    size_t      threads   = (size_t)rw_thread_pool_threads(pool);
    size_t      items     = threads > 1 ? ITEMS_PER_THREAD * threads : 1; /* an idle thread waits for one item at most */

    if (rows == 0 || from >= to)
        return job;
    block           = block < mr ? 1 : block / mr; /* tiles */
    job.row_tiles   = rows / mr + (rows % mr != 0);
    job.row_blocks  = (job.row_tiles + block - 1) / block;
    job.first_panel = from / nr;
    job.panels      = (to - 1) / nr + 1 - job.first_panel;
    job.groups      = (items + job.row_blocks - 1) / job.row_blocks;
    if (job.groups < job.panels / most + (job.panels % most != 0))
        job.groups = job.panels / most + (job.panels % most != 0);
    job.groups = job.groups < job.panels ? job.groups : job.panels;
    return job;
}

/* Columns first .. end - 1 of a group, of those that are searched. */
static void group_columns(size_t *first, size_t *end, const nearest_job *job, size_t group)
{
    size_t from = job->bank->starts[0], to = job->bank->starts[job->bank->segments];

    *first = (job->first_panel + rw_split(job->panels, job->groups, group)) * job->tiles.nr;
    *end   = (job->first_panel + rw_split(job->panels, job->groups, group + 1)) * job->tiles.nr;
    *first = *first > from ? *first : from;
    *end   = *end < to ? *end : to;
}

/* The segment that has this column. */
static size_t segment_of(const rw_bank *bank, size_t column)
{
    size_t low = 0, high = bank->segments;

    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;

        if (bank->starts[middle] <= column)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* products [rows of the tiles, nr] := all row tiles of a block times the panel that starts at `column`. */
static void multiply_panel(float *products, const nearest_job *job, size_t first_tile, size_t end_tile, size_t column)
{
    const rw_tiles  *tiles = &job->tiles;
    const rw_matrix *b     = &job->bank->columns;
    size_t           bytes = tiles->steps * tiles->step_bytes, row = rw_split(job->rows, job->row_tiles, first_tile), end;
    const char      *panel = (const char *)b->panels + column / tiles->nr * bytes;
    rw_prefetch next = { column + tiles->nr < b->n ? panel + bytes : panel, tiles->step_bytes / (end_tile - first_tile) };

    for (size_t tile = first_tile; tile < end_tile; tile++, row = end, next.at += tiles->steps * next.stride) {
        end = rw_split(job->rows, job->row_tiles, tile + 1);
        if (tiles->int8 != NULL)
            tiles->int8->tile(products, &job->quantised, row, end - row, b, column, next);
        else
            tiles->tile(products, tiles->nr, job->x + row * job->ldx, job->ldx, panel, end - row, tiles->nr, b->k, false,
                        next);
        products += (end - row) * tiles->nr;
    }
}

static void nearest_item(void *context, size_t item, int thread)
{
    const nearest_job *job  = context;
    const rw_bank     *bank = job->bank;
    size_t             nr = job->tiles.nr, block = item % job->row_blocks, group = item / job->row_blocks;
    size_t             first_tile = rw_split(job->row_tiles, job->row_blocks, block),
           end_tile               = rw_split(job->row_tiles, job->row_blocks, block + 1);
    size_t row = rw_split(job->rows, job->row_tiles, first_tile), rows = rw_split(job->rows, job->row_tiles, end_tile) - row;
    _Alignas(RW_ALIGNMENT) float products[BLOCK_ROWS * COLUMNS_MAX];
    float                        most[BLOCK_ROWS];
    size_t                       first, end, segment, column, to;
    float                       *out;
    size_t                       stride;

    (void)thread;
    group_columns(&first, &end, job, group);
    segment = segment_of(bank, first);
    out     = job->best + row * bank->segments + segment;
    stride  = bank->segments;
    if (bank->starts[segment] < first) {
        out    = job->heads + group * job->rows + row;
        stride = 1;
    }
    for (size_t i = 0; i < rows; i++)
        most[i] = -INFINITY;
    for (column = first; column < end; column = to) {
        size_t panel = column / nr * nr;
        size_t stop  = bank->starts[segment + 1] < end ? bank->starts[segment + 1] : end;

        if (column == first || column == panel)
            multiply_panel(products, job, first_tile, end_tile, panel);
        to = stop < panel + nr ? stop : panel + nr;
        job->kernels->row_max(most, products + (column - panel), nr, rows, to - column);
        if (to < stop)
            continue;
        for (size_t i = 0; i < rows; i++) {
            out[i * stride] = most[i] + 0.0f; /* of the two zeros, which count as equal, always the positive one */
            most[i]         = -INFINITY;
        }
        if (to < end) {
            segment = segment_of(bank, to);
            out     = job->best + row * bank->segments + segment;
            stride  = bank->segments;
        }
    }
}

/* A group's first segment, where it began earlier. */
static void merge_heads(const nearest_job *job)
{
    for (size_t group = 1; group < job->groups; group++) {
        size_t       first, end, segment;
        const float *head = job->heads + group * job->rows;

        group_columns(&first, &end, job, group);
        segment = segment_of(job->bank, first);
        if (job->bank->starts[segment] == first)
            continue;
        for (size_t row = 0; row < job->rows; row++) {
            float *best = &job->best[row * job->bank->segments + segment];

            *best = head[row] > *best ? head[row] : *best;
        }
    }
}

/* Scratch: x quantised, then the heads. */
bool rw_nearest_scratch(size_t *bytes, const rw_bank *bank, size_t rows, const rw_kernels *kernels,
                        const rw_thread_pool *pool)
{
    nearest_job job = plan(bank, rows, kernels, pool);
    size_t      quantised, heads;

    return rw_gemm_scratch(&quantised, &bank->columns, rows) && rw_size_mul(&heads, job.groups, rows) &&
           rw_size_mul(&heads, heads, sizeof(float)) && rw_size_add(bytes, quantised, heads);
}

void rw_nearest(float *best, const float *x, size_t ldx, size_t rows, const rw_bank *bank, void *scratch,
                const rw_kernels *kernels, rw_thread_pool *pool)
{
    nearest_job job       = plan(bank, rows, kernels, pool);
    size_t      quantised = 0;

    for (size_t i = 0; i < rows * bank->segments; i++)
        best[i] = -INFINITY; /* of empty segments; others are written once more */
    if (job.groups == 0)
        return;
    (void)rw_gemm_scratch(&quantised, &bank->columns, rows);
    job.x     = x;
    job.ldx   = ldx;
    job.best  = best;
    job.heads = (float *)(void *)((char *)scratch + quantised);
    if (job.tiles.int8 != NULL)
        job.quantised = rw_quantise_rows(scratch, x, ldx, rows, bank->columns.k, job.tiles.int8, pool);
    rw_thread_pool_run(pool, nearest_item, &job, job.groups * job.row_blocks);
    merge_heads(&job);
}
