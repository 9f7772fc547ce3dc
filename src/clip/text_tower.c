/* text_tower.c - CLIP's text tower: token ids to unit embeddings [n, D]
 *
 * Sequences 0 .. n-1 are the texts without their shared prefixes, which follow as sequences of their own (prefix_tree.h). */
#include "clip/block.h"
#include "clip/towers.h"

/* x [count, d] = token and position embeddings of ids [count], which start at position `first` of their text. */
static void embed_tokens(float *x, const rw_clip *clip, const int32_t *ids, size_t count, size_t first)
{
    const rw_text_weights *w       = &clip->text;
    size_t                 d       = (size_t)clip->config.text.width;
    size_t                 element = rw_element_bytes(w->tokens_dtype);

    for (size_t t = 0; t < count; t++, x += d) {
        const float *position = w->positions + (first + t) * d;

        rw_widen(x, w->tokens_dtype, (const char *)w->tokens + (size_t)ids[t] * d * element, d);
        for (size_t j = 0; j < d; j++)
            x[j] += position[j];
    }
}

rwda_status rw_text_encode(float *out, const rw_clip *clip, const rw_text *texts, size_t n, rw_arena *arena,
                           rw_thread_pool *pool, rwda_error *err)
{
    const rw_text_weights *w      = &clip->text;
    size_t                 d      = (size_t)clip->config.text.width;
    rw_arena_mark          mark   = rw_arena_save(arena);
    rwda_status            status = RWDA_OK;
    rw_prefix_tree         tree;
    size_t                *row, *pick;
    float                 *x, *last;

    RW_TRY(rw_prefix_tree_build(&tree, texts, n, clip->config.text_parts.causal, arena, err));
    row  = rw_arena_array(arena, tree.n + 1, sizeof *row);
    pick = rw_arena_array(arena, n, sizeof *pick);
    last = rw_arena_array(arena, n, d * sizeof *last);
    if (row == NULL || pick == NULL || last == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "text tower: %zu texts", n);
        goto done;
    }
    row[0] = 0;
    for (size_t i = 0; i < tree.n; i++)
        row[i + 1] = row[i] + tree.end[i] - tree.first[i];
    for (size_t i = 0; i < n; i++)
        pick[i] =
            row[i + 1] - row[i] - 1; /* the end token (attention is causal, nothing follows it), or the last position */
    x = rw_arena_array(arena, row[tree.n], d * sizeof *x);
    if (x == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "text tower: %zu texts, %zu rows", n, row[tree.n]);
        goto done;
    }
    for (size_t i = 0; i < tree.n; i++)
        embed_tokens(x + row[i] * d, clip, texts[tree.text[i]].ids + tree.first[i], row[i + 1] - row[i], tree.first[i]);
    {
        rw_batch batch = { .kernels = clip->kernels,
                           .pool    = pool,
                           .config  = &clip->config.text,
                           .causal  = clip->config.text_parts.causal,
                           .start   = row,
                           .n       = tree.n,
                           .parent  = tree.parent };

        for (int layer = 0; layer + 1 < clip->config.text.layers; layer++)
            RW_TRY(rw_block_run(x, &batch, &w->blocks[layer], arena, err));
        RW_TRY(rw_block_run_last(last, x, pick, n, &batch, &w->blocks[clip->config.text.layers - 1], arena, err));
    }
    rw_layer_norm(last, last, w->ln_final_gain, w->ln_final_bias, n, &clip->config.text, clip->kernels, pool);
    rw_project_unit(out, last, &w->proj, w->proj_bias, n, d, clip->kernels, pool);
done:
    rw_arena_rewind(arena, mark);
    return status;
}
