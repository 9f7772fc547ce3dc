/* winclip.c - how do window scores become a map? */
#include "anomaly/winclip.h"

#include "clip/towers.h"
#include "clip/window_pass.h"

void rw_winclip_aggregate(float *map, const float *scores, size_t grid, size_t side)
{
    size_t across = grid - side + 1;

    for (size_t y = 0; y < grid; y++)
        for (size_t x = 0; x < grid; x++) {
            size_t top = y + 1 > side ? y + 1 - side : 0, bottom = y < across ? y : across - 1;
            size_t left = x + 1 > side ? x + 1 - side : 0, right = x < across ? x : across - 1;
            double sum = 0.0;

            for (size_t v = top; v <= bottom; v++)
                for (size_t u = left; u <= right; u++)
                    sum += 1.0 / (double)scores[v * across + u]; /* 1 / 0 is infinite, and n / infinite is 0 */
            map[y * grid + x] = (float)((double)((bottom - top + 1) * (right - left + 1)) / sum);
        }
}

void rw_winclip_combine(float *map, const float *maps, size_t n, size_t cells)
{
    for (size_t i = 0; i < cells; i++) {
        double sum = 0.0;

        for (size_t s = 0; s < n; s++)
            sum += 1.0 / (double)maps[s * cells + i];
        map[i] = (float)((double)n / sum);
    }
}

size_t rw_winclip_windows(size_t grid)
{
    return rw_window_count(grid, 2) + rw_window_count(grid, 3) + 1;
}

rwda_status rw_winclip_encode(float *x, const rw_encoder *encoder, const float *tokens, rwda_error *err)
{
    size_t sides[] = { 2, 3, rw_vision_grid(encoder->clip) };

    return rw_windows_encode(x, encoder->clip, tokens, sides, RW_COUNTOF(sides), RW_WINDOW_ROWS, encoder->arena,
                             encoder->pool, err);
}

rwda_status rw_winclip_map(float *map, const rwda_scorer *scorer, const rw_encoder *encoder, const float *tokens,
                           rwda_error *err)
{
    size_t        total  = rw_winclip_windows(rw_vision_grid(encoder->clip));
    rw_arena_mark mark   = rw_arena_save(encoder->arena);
    float        *x      = rw_arena_array(encoder->arena, total, scorer->dim * sizeof *x);
    rwda_status   status = RWDA_OK;

    if (x == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu windows", total);
    RW_TRY(rw_winclip_encode(x, encoder, tokens, err));
    RW_TRY(rw_winclip_score(map, scorer, encoder, x, err));
done:
    rw_arena_rewind(encoder->arena, mark);
    return status;
}

rwda_status rw_winclip_score(float *map, const rwda_scorer *scorer, const rw_encoder *encoder, const float *x,
                             rwda_error *err)
{
    size_t        grid = rw_vision_grid(encoder->clip), cells = grid * grid, total = rw_winclip_windows(grid), scales = 0;
    size_t        sides[] = { 2, 3, grid };
    rw_arena_mark mark    = rw_arena_save(encoder->arena);
    float        *scores  = rw_arena_array(encoder->arena, total, sizeof *scores);
    float        *maps    = rw_arena_array(encoder->arena, RW_COUNTOF(sides), cells * sizeof *maps);
    rwda_status   status  = RWDA_OK;

    if (scores == NULL || maps == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "scores of %zu windows", total);
        goto done;
    }
    RW_TRY(rw_score_rows(scores, scorer, x, total, encoder->clip->kernels, encoder->arena, encoder->pool, err));
    for (size_t i = 0; i < RW_COUNTOF(sides); i++) {
        if (rw_window_count(grid, sides[i]) == 0)
            continue;
        rw_winclip_aggregate(maps + scales++ * cells, scores, grid, sides[i]);
        scores += rw_window_count(grid, sides[i]);
    }
    rw_winclip_combine(map, maps, scales, cells);
done:
    rw_arena_rewind(encoder->arena, mark);
    return status;
}
