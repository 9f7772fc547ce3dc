/* text_tower.c - from token ids to [n, D] unit embeddings?
 *
 * Sequences 0 .. n-1 are the texts, without the beginning that they share with others; the shared beginnings follow. */
#include "clip/beginnings.h"
#include "clip/block.h"
#include "clip/towers.h"

/* x [count, d] = token and position embeddings of ids [count], the first of which stands at place `first` of its text. */
static void embed_tokens(float *x, const rw_clip *clip, const int32_t *ids, size_t count, size_t first)
{
    const rw_text_weights *w       = &clip->text;
    size_t                 d       = (size_t)clip->config.text.width;
    size_t                 element = rw_number_bytes(w->tokens_kind);

    for (size_t t = 0; t < count; t++, x += d) {
        const float *position = w->positions + (first + t) * d;

        rw_widen(x, w->tokens_kind, (const char *)w->tokens + (size_t)ids[t] * d * element, d);
        for (size_t j = 0; j < d; j++)
            x[j] += position[j];
    }
}

rwda_status rw_text_encode(float *out, const rw_clip *clip, const int32_t *ids, const size_t *start, size_t n,
                           rw_arena *arena, rw_pool *pool, rwda_error *err)
{
    const rw_text_weights *w      = &clip->text;
    size_t                 d      = (size_t)clip->config.text.width;
    rw_arena_mark          mark   = rw_arena_save(arena);
    rwda_status            status = RWDA_OK;
    rw_beginnings          shared = { 0, 0, NULL, NULL };
    size_t                 sequences, *row, *pick, *before;
    float                 *x, *last;

    RW_TRY(rw_beginnings_find(&shared, ids, start, n, arena, err));
    sequences = n + shared.count;
    x         = rw_arena_array(arena, start[n], d * sizeof *x); /* sharing only takes rows away */
    last      = rw_arena_array(arena, sequences, d * sizeof *last);
    row       = rw_arena_array(arena, sequences + 1, sizeof *row);
    pick      = rw_arena_array(arena, sequences, sizeof *pick);
    before    = rw_arena_array(arena, sequences, sizeof *before);
    if (x == NULL || last == NULL || row == NULL || pick == NULL || before == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "text tower: %zu texts, %zu tokens", n, start[n]);
        goto done;
    }
    row[0] = 0;
    for (size_t i = 0; i < sequences; i++) {
        bool   text = i < n, begun = text && shared.of[i] != SIZE_MAX;
        size_t from  = text ? start[i] : start[shared.text[i - n]];
        size_t first = begun ? shared.length : 0;
        size_t count = text ? start[i + 1] - start[i] - first : shared.length;

        embed_tokens(x + row[i] * d, clip, ids + from + first, count, first);
        row[i + 1] = row[i] + count;
        pick[i]    = count - 1; /* of a text: the end token; attention is causal, nothing follows it */
        before[i]  = begun ? n + shared.of[i] : RW_NONE;
    }
    {
        rw_batch batch = { clip->kernels, pool, &clip->config.text, clip->config.activation, true, row, sequences, before };

        for (int layer = 0; layer + 1 < clip->config.text.layers; layer++)
            RW_TRY(rw_block_run(x, &batch, &w->blocks[layer], arena, err));
        RW_TRY(rw_block_run_last(last, x, pick, &batch, &w->blocks[clip->config.text.layers - 1], arena, err));
    }
    rw_layer_norm(last, last, w->ln_final_gain, w->ln_final_bias, n, d, clip->kernels, pool);
    rw_project_unit(out, last, &w->proj, n, clip->kernels, pool);
done:
    rw_arena_rewind(arena, mark);
    return status;
}
