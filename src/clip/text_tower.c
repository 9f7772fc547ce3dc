/* text_tower.c - from token ids to [n, D] unit embeddings? */
#include "clip/block.h"
#include "clip/towers.h"

rwda_status rw_text_encode(float *out, const rw_clip *clip, const int32_t *ids, const size_t *start, size_t n,
                           rw_arena *arena, rw_pool *pool, rwda_error *err)
{
    const rw_text_weights *w      = &clip->text;
    size_t                 d      = (size_t)clip->config.text.width;
    size_t                 rows   = start[n];
    rw_arena_mark          mark   = rw_arena_save(arena);
    rwda_status            status = RWDA_OK;
    float                 *x      = rw_arena_array(arena, rows, d * sizeof *x);
    float                 *last   = rw_arena_array(arena, n, d * sizeof *last);
    size_t                *pick   = rw_arena_array(arena, n, sizeof *pick);
    rw_batch               batch  = { clip->kernels, pool, &clip->config.text, clip->config.activation, true, start, n };

    if (x == NULL || last == NULL || pick == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "text tower: %zu texts, %zu tokens", n, rows);
        goto done;
    }
    for (size_t i = 0; i < n; i++) {
        pick[i] = start[i + 1] - start[i] - 1; /* the end token: attention is causal, nothing follows it */
        for (size_t t = 0; t <= pick[i]; t++) {
            size_t       row      = start[i] + t;
            const float *token    = w->tokens + (size_t)ids[row] * d;
            const float *position = w->positions + t * d;

            for (size_t j = 0; j < d; j++)
                x[row * d + j] = token[j] + position[j];
        }
    }
    for (int layer = 0; layer + 1 < clip->config.text.layers; layer++)
        RW_TRY(rw_block_run(x, &batch, &w->blocks[layer], arena, err));
    RW_TRY(rw_block_run_last(last, x, pick, &batch, &w->blocks[clip->config.text.layers - 1], arena, err));
    rw_layer_norm(last, last, w->ln_final_gain, w->ln_final_bias, n, d, clip->kernels, pool);
    rw_project_unit(out, last, w->proj_packed, n, d, (size_t)clip->config.embed_dim, clip->kernels, pool);
done:
    rw_arena_rewind(arena, mark);
    return status;
}
