/* coreset.c - k-centre selection in which rows wait until they look farthest
 *
 * The distance of a row to its nearest centre only falls as centres are added: what it was some centres ago is a bound.  So rows wait in a
 * heap by their bounds, and only those at its top are compared with the centres that came since; a row at the top that has seen them
 * all is the farthest of all rows.  Most rows never see most centres.  Rows that are compared together are sorted by what they have seen, and
 * are multiplied with panels of centres, some at a time.  How many changes the work, not the answer: a product is the same in any company. */
#include "anomaly/coreset.h"

#include "kernels/nearest.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define ITEM_ROWS     12 /* of a work item; as many a thread are compared at first, */
#define DOUBLINGS_MAX 5  /* and twice as many each time until the farthest is found */

typedef struct {
    const float      *x; /* [n, k] */
    size_t            k;
    const rw_kernels *kernels;
    float            *packed;  /* the centres, as columns of a matrix */
    size_t            chosen;  /* how many */
    float            *nearest; /* [n]: the largest dot product with the centres seen so far */
    uint32_t         *seen;    /* [n]: how many centres; PICKED: the row is one */
    uint32_t         *heap;    /* rows that are not picked, the farthest first */
    size_t            waiting;
    uint64_t         *taken;    /* rows of the heap that are compared together: what they have seen, and their number */
    size_t            count;    /* of them */
    float            *gathered; /* these rows [., k], one after the other */
    uint8_t          *scratch;  /* [threads, scratch_bytes] */
    size_t            scratch_bytes;
} coreset;

#define PICKED UINT32_MAX

/* ---- Distances ---------------------------------------------------------------------------------------------------- */

static int by_seen(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

/* The item's rows and the centres that its first row, which has seen the fewest, has not seen. */
static void compare_item(void *context, size_t item, int thread)
{
    const coreset *c     = context;
    size_t         first = item * ITEM_ROWS, rows = c->count - first < ITEM_ROWS ? c->count - first : ITEM_ROWS;
    float         *gathered  = c->gathered + first * c->k, best[ITEM_ROWS];
    size_t         starts[2] = { c->taken[first] >> 32, c->chosen };
    rw_bank        bank      = { rw_matrix_f32(c->packed, c->chosen, c->k), starts, 1 };

    for (size_t i = 0; i < rows; i++)
        memcpy(gathered + i * c->k, c->x + (size_t)(uint32_t)c->taken[first + i] * c->k, c->k * sizeof *gathered);
    rw_nearest(best, gathered, c->k, rows, &bank, c->scratch + (size_t)thread * c->scratch_bytes, c->kernels, NULL);
    for (size_t i = 0; i < rows; i++) {
        uint32_t row = (uint32_t)c->taken[first + i];

        c->nearest[row] = best[i] > c->nearest[row] ? best[i] : c->nearest[row];
        c->seen[row]    = (uint32_t)c->chosen;
    }
}

/* One more column of `packed`, in panels of nr columns. */
static void append_centre(coreset *c, uint32_t row)
{
    size_t nr    = c->kernels->nr;
    float *panel = c->packed + c->chosen / nr * nr * c->k;

    if (c->chosen % nr == 0)
        memset(panel, 0, nr * c->k * sizeof *panel);
    for (size_t i = 0; i < c->k; i++)
        panel[i * nr + c->chosen % nr] = c->x[(size_t)row * c->k + i];
    c->chosen++;
}

/* ---- The heap ----------------------------------------------------------------------------------------------------- */

static bool farther(const coreset *c, uint32_t a, uint32_t b)
{
    return c->nearest[a] < c->nearest[b] || (c->nearest[a] == c->nearest[b] && a < b);
}

static void sink(coreset *c, size_t at)
{
    uint32_t row = c->heap[at];

    for (size_t child; (child = 2 * at + 1) < c->waiting; at = child) {
        if (child + 1 < c->waiting && farther(c, c->heap[child + 1], c->heap[child]))
            child++;
        if (!farther(c, c->heap[child], row))
            break;
        c->heap[at] = c->heap[child];
    }
    c->heap[at] = row;
}

static uint32_t pop(coreset *c)
{
    uint32_t row = c->heap[0];

    c->heap[0] = c->heap[--c->waiting];
    sink(c, 0);
    return row;
}

static void push(coreset *c, uint32_t row)
{
    size_t at = c->waiting++;

    for (size_t parent; at > 0 && farther(c, row, c->heap[parent = (at - 1) / 2]); at = parent)
        c->heap[at] = c->heap[parent];
    c->heap[at] = row;
}

/* ---- Picking ------------------------------------------------------------------------------------------------------ */

/* Brings the farthest row to the top. */
static void find_farthest(coreset *c, size_t at_once, rw_thread_pool *pool)
{
    for (int round = 0; c->seen[c->heap[0]] < c->chosen; round++) {
        for (c->count = 0; c->count < at_once && c->waiting > 0; c->count++) {
            uint32_t row = pop(c);

            c->taken[c->count] = (uint64_t)c->seen[row] << 32 | row;
        }
        qsort(c->taken, c->count, sizeof *c->taken, by_seen);
        rw_thread_pool_run(pool, compare_item, c, (c->count + ITEM_ROWS - 1) / ITEM_ROWS);
        for (size_t i = 0; i < c->count; i++)
            push(c, (uint32_t)c->taken[i]);
        at_once *= round < DOUBLINGS_MAX ? 2 : 1;
    }
}

/* All that a selection of `want` of n rows needs, `most` of them compared at once; false: no memory. */
static bool coreset_new(coreset *c, size_t n, size_t want, size_t most, size_t m, rw_arena *arena,
                        const rw_thread_pool *pool)
{
    size_t  starts[2] = { 0, m + want }, floats;
    rw_bank bank      = { rw_matrix_f32(NULL, m + want, c->k), starts, 1 };

    if (!rw_packed_size(&floats, c->kernels, m + want, c->k) ||
        !rw_nearest_scratch(&c->scratch_bytes, &bank, ITEM_ROWS, c->kernels, NULL) ||
        !rw_size_add(&c->scratch_bytes, c->scratch_bytes, RW_ALIGNMENT))
        return false;
    c->scratch_bytes &= ~(size_t)(RW_ALIGNMENT - 1);
    c->packed   = rw_arena_array(arena, floats, sizeof *c->packed);
    c->nearest  = rw_arena_array(arena, n, sizeof *c->nearest);
    c->seen     = rw_arena_array(arena, n, sizeof *c->seen);
    c->heap     = rw_arena_array(arena, n, sizeof *c->heap);
    c->taken    = rw_arena_array(arena, most, sizeof *c->taken);
    c->gathered = rw_arena_array(arena, most, c->k * sizeof *c->gathered);
    c->scratch  = rw_arena_array(arena, (size_t)rw_thread_pool_threads(pool), c->scratch_bytes);
    return c->packed != NULL && c->nearest != NULL && c->seen != NULL && c->heap != NULL && c->taken != NULL &&
           c->gathered != NULL && c->scratch != NULL;
}

rwda_status rw_coreset(uint32_t *picked, size_t *count, const float *x, size_t n, size_t k, size_t want,
                       const float *centres, size_t m, const rw_kernels *kernels, rw_arena *arena, rw_thread_pool *pool,
                       rwda_progress_fn progress, void *user, rwda_error *err)
{
    rw_arena_mark mark    = rw_arena_save(arena);
    size_t        at_once = ITEM_ROWS * (size_t)rw_thread_pool_threads(pool), written = 0;
    rwda_status   status = RWDA_OK;
    coreset       c      = { .x = x, .k = k, .kernels = kernels, .chosen = m, .waiting = n };

    *count = 0;
    want   = want < n ? want : n;
    if (want == 0)
        return RWDA_OK;
    if (n >= PICKED || m >= PICKED - want)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                       "coreset of %zu rows beside %zu centres: fewer than %u are numbered", n, m, PICKED);
    if (!coreset_new(&c, n, want, at_once << DOUBLINGS_MAX, m, arena, pool)) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "coreset of %zu of %zu rows", want, n);
        goto done;
    }
    if (m > 0)
        rw_pack(c.packed, kernels, centres, m, k, k, 1);
    for (size_t row = 0; row < n; row++) { /* all as far as can be: a heap */
        c.nearest[row] = -INFINITY;
        c.seen[row]    = 0;
        c.heap[row]    = (uint32_t)row;
    }
    for (size_t number = 0; number < want; number++) {
        uint32_t row;

        find_farthest(&c, at_once, pool); /* without any centre: row 0 */
        row         = pop(&c);
        c.seen[row] = PICKED;
        append_centre(&c, row);
        if (progress != NULL && progress(user, "coreset", number + 1, want) != 0) {
            status =
                rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "coreset: stopped after row %zu of %zu", number + 1, want);
            goto done;
        }
    }
    for (size_t row = 0; row < n; row++)
        if (c.seen[row] == PICKED)
            picked[written++] = (uint32_t)row;
    *count = written;
done:
    rw_arena_rewind(arena, mark);
    return status;
}
