#include "clip/window_pass.h"

#include "clip/towers.h"

#include <string.h>

size_t rw_window_count(size_t grid, size_t side)
{
    return side >= 1 && side <= grid ? (grid - side + 1) * (grid - side + 1) : 0;
}

/* x [1 + side*side, d]: the class token and the patches of window number `index`. */
static void gather(float *x, const float *tokens, size_t grid, size_t side, size_t index, size_t d)
{
    size_t across = grid - side + 1, top = index / across, left = index % across;

    memcpy(x, tokens, d * sizeof *x);
    for (size_t y = 0; y < side; y++)
        memcpy(x + (1 + y * side) * d, tokens + (1 + (top + y) * grid + left) * d, side * d * sizeof *x);
}

rwda_status rw_windows_encode(float *out, const rw_clip *clip, const float *tokens, const size_t *sides, size_t n_sides,
                              size_t rows, rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    size_t        d = (size_t)clip->config.vision.width, grid = rw_vision_grid(clip), widest = 0, total = 0;
    rw_arena_mark mark   = rw_arena_save(arena);
    rwda_status   status = RWDA_OK;
    float        *x;
    size_t       *start, waiting = 0;

    for (size_t i = 0; i < n_sides; i++) {
        size_t tall = rw_window_count(grid, sides[i]) > 0 ? 1 + sides[i] * sides[i] : 0;

        widest = tall > widest ? tall : widest;
        total += rw_window_count(grid, sides[i]) * tall;
    }
    rows  = rows < widest ? widest : rows > total ? total : rows;
    x     = rw_arena_array(arena, rows, d * sizeof *x);
    start = rw_arena_array(arena, rows + 1, sizeof *start); /* a window takes 2 tokens or more */
    if (x == NULL || start == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "windows: %zu tokens of width %zu", rows, d);
        goto done;
    }
    start[0] = 0;
    for (size_t i = 0; i < n_sides; i++)
        for (size_t w = 0, count = rw_window_count(grid, sides[i]); w < count; w++) {
            size_t tall = 1 + sides[i] * sides[i];

            if (start[waiting] + tall > rows) {
                RW_TRY(rw_vision_encode_classes(out, x, start, waiting, clip, arena, pool, err));
                out += waiting * (size_t)clip->config.embed_dim;
                waiting = 0;
            }
            gather(x + start[waiting] * d, tokens, grid, sides[i], w, d);
            start[waiting + 1] = start[waiting] + tall;
            waiting++;
        }
    if (waiting > 0)
        RW_TRY(rw_vision_encode_classes(out, x, start, waiting, clip, arena, pool, err));
done:
    rw_arena_rewind(arena, mark);
    return status;
}
