#include "clip/window_pass.h"

#include "clip/towers.h"

#include <string.h>

size_t rw_window_count(size_t grid, size_t side)
{
    return side >= 1 && side <= grid ? (grid - side + 1) * (grid - side + 1) : 0;
}

/* x [prefix + side*side, d]: the class token, if there is one, and the patches of window number `index`; cells: their places (NULL: not
 * wanted). */
static void gather(float *x, uint32_t *cells, const float *tokens, size_t prefix, size_t grid, size_t side, size_t index,
                   size_t d)
{
    size_t across = grid - side + 1, top = index / across, left = index % across;

    memcpy(x, tokens, prefix * d * sizeof *x);
    for (size_t y = 0; y < side; y++)
        memcpy(x + (prefix + y * side) * d, tokens + (prefix + (top + y) * grid + left) * d, side * d * sizeof *x);
    if (cells == NULL)
        return;
    for (size_t i = 0; i < prefix; i++)
        cells[i] = RW_NO_CELL;
    for (size_t i = 0; i < side * side; i++)
        cells[prefix + i] = (uint32_t)((top + i / side) * grid + left + i % side);
}

static rwda_status encode(float *out, float *x, const size_t *start, const uint32_t *cells, size_t n, const rw_clip *clip,
                          rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    rw_sequences windows = { start, cells, n };

    return rw_vision_encode_sequences(out, x, &windows, clip, arena, pool, err);
}

rwda_status rw_windows_encode(float *out, const rw_clip *clip, const float *tokens, const size_t *sides, size_t n_sides,
                              size_t rows, rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    size_t d = (size_t)clip->config.vision.width, grid = rw_vision_grid(clip), widest = 0, total = 0,
           prefix        = rw_vision_prefix(clip);
    rw_arena_mark mark   = rw_arena_save(arena);
    rwda_status   status = RWDA_OK;
    float        *x;
    size_t       *start, waiting = 0;
    uint32_t     *cells = NULL;

    for (size_t i = 0; i < n_sides; i++) {
        size_t tall = rw_window_count(grid, sides[i]) > 0 ? prefix + sides[i] * sides[i] : 0;

        widest = tall > widest ? tall : widest;
        total += rw_window_count(grid, sides[i]) * tall;
    }
    rows  = rows < widest ? widest : rows > total ? total : rows;
    x     = rw_arena_array(arena, rows, d * sizeof *x);
    start = rw_arena_array(arena, rows + 1, sizeof *start); /* a window takes a token or more */
    if (clip->vision.rope != NULL)
        cells = rw_arena_array(arena, rows, sizeof *cells);
    if (x == NULL || start == NULL || (clip->vision.rope != NULL && cells == NULL)) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "windows: %zu tokens of width %zu", rows, d);
        goto done;
    }
    start[0] = 0;
    for (size_t i = 0; i < n_sides; i++)
        for (size_t w = 0, count = rw_window_count(grid, sides[i]); w < count; w++) {
            size_t tall = prefix + sides[i] * sides[i];

            if (start[waiting] + tall > rows) {
                RW_TRY(encode(out, x, start, cells, waiting, clip, arena, pool, err));
                out += waiting * (size_t)clip->config.embed_dim;
                waiting = 0;
            }
            gather(x + start[waiting] * d, cells != NULL ? cells + start[waiting] : NULL, tokens, prefix, grid, sides[i], w,
                   d);
            start[waiting + 1] = start[waiting] + tall;
            waiting++;
        }
    if (waiting > 0)
        RW_TRY(encode(out, x, start, cells, waiting, clip, arena, pool, err));
done:
    rw_arena_rewind(arena, mark);
    return status;
}
