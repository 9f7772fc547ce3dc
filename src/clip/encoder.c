#include "clip/encoder.h"

#include "clip/tokenizer.h"
#include "clip/towers.h"

#include <math.h>
#include <string.h>

#define TEXT_ROWS 2048 /* rows a text pass: large enough for the matrix product's full rate, a few MB a layer */
/* Texts that are tokenised and sorted together: more texts share longer prefixes.  At most 20 MB of ids with CLIP's 77 tokens; a training
 * has 20,000 prompts. */
#define TEXTS_MAX 65536
#define CROP_ROWS 800 /* tokens of crops, likewise: vision towers are wide, and each token takes 5 widths of scratch */

/* Weights were checked when loaded; an overflow on the way is caught here, before a ReLU can hide it. */
static rwda_status check_finite(const float *x, size_t n, const rw_clip *clip, const char *what, rwda_error *err)
{
    size_t dim = (size_t)clip->config.embed_dim;

    for (size_t i = 0; i < n; i++)
        if (!isfinite(clip->kernels->dot(x + i * dim, x + i * dim, dim)))
            return rw_fail(err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.200s: the embedding of %s is not finite",
                           clip->weights_path, what);
    return RWDA_OK;
}

static rwda_status check_ids(const rw_text *text, size_t number, const rw_clip_config *config, rwda_error *err)
{
    size_t context = (size_t)config->context_length;

    if (text->length < 1 || text->length > context || (!config->text_parts.causal && text->length != context))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "text %zu has %zu token ids; the context is %zu%s", number,
                       text->length, context, config->text_parts.causal ? "" : ", pads included");
    for (size_t i = 0; i < text->length; i++)
        if (text->ids[i] < 0 || text->ids[i] >= config->vocab_size)
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "text %zu: token id %d is not below the vocabulary's %d",
                           number, text->ids[i], config->vocab_size);
    return RWDA_OK;
}

/* Ids of a text as the tower reads them: padded where attention is not causal, else without what follows the end. */
static rwda_status encode_text(int32_t *ids, size_t *count, const rw_clip *clip, const char *text, size_t len,
                               rwda_error *err)
{
    const rw_tokenizer_rules *rules   = rw_tokenizer_get_rules(clip->tokenizer);
    size_t                    context = (size_t)clip->config.context_length, end = 0;
    rwda_status               status = rw_tokenizer_encode(ids, count, context, NULL, clip->tokenizer, text, len, err);

    if (status != RWDA_OK || clip->config.text_parts.clip_tokenizer)
        return status;
    if (!clip->config.text_parts.causal)
        return rw_tokenizer_pad(ids, count, context, clip->tokenizer, err);
    while (end < *count && ids[end] != rules->end_id)
        end++;
    if (end == *count)
        return rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                       "\"%.60s\": the tokenizer gave no end token %d, at which the model reads a text", text,
                       rules->end_id);
    *count = end + 1;
    return RWDA_OK;
}

/* Tokens of n texts into `texts`, whose numbers count from `first`; ids has room for n whole contexts. */
static rwda_status tokenise(rw_text *texts, int32_t *ids, const rw_clip *clip, const char *const *strings,
                            const size_t *lens, size_t n, size_t first, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    for (size_t i = 0; i < n; i++) {
        texts[i] = (rw_text){ ids, 0, i };
        RW_TRY(encode_text(ids, &texts[i].length, clip, strings[i], lens != NULL ? lens[i] : strlen(strings[i]), err));
        RW_TRY(check_ids(&texts[i], first + i, &clip->config, err));
        ids += texts[i].length;
    }
done:
    return status;
}

/* Removes duplicates of sorted texts -> how many are left.  Text i then stands for the given texts of[texts[i].number] ..
 * of[texts[i + 1].number - 1]. */
static size_t deduplicate(rw_text *texts, size_t *of, size_t n)
{
    size_t unique = 0;

    for (size_t i = 0; i < n; i++) {
        of[i] = texts[i].number;
        if (unique > 0 && rw_texts_equal(&texts[unique - 1], &texts[i]))
            continue;
        texts[unique]          = texts[i];
        texts[unique++].number = i;
    }
    texts[unique].number = n;
    return unique;
}

/* How many of n sorted texts one pass takes.  A text adds the rows that it does not share with its predecessor: all, where attention is not
 * causal. */
static size_t texts_of_pass(const rw_text *texts, size_t n, bool causal)
{
    size_t rows = texts[0].length, count = 1;

    while (count < n) {
        rows += texts[count].length - (causal ? rw_texts_common_prefix(&texts[count - 1], &texts[count]) : 0);
        if (rows > TEXT_ROWS)
            break;
        count++;
    }
    return count;
}

typedef struct {
    rw_text *texts; /* [n + 1] */
    size_t  *of;    /* [n] */
    int32_t *ids;   /* [n, context] */
    float   *rows;  /* [texts of a pass, D] */
} text_work;

/* work->texts [n], all at once -> out [n, D]; `done` of `total` were encoded before. */
static rwda_status encode_together(float *out, const rw_encoder *encoder, const text_work *work, size_t n, size_t done,
                                   size_t total, rwda_progress_fn progress, void *user, rwda_error *err)
{
    size_t      dim = (size_t)encoder->clip->config.embed_dim, unique, count;
    rwda_status status;

    rw_texts_sort(work->texts, n);
    unique = deduplicate(work->texts, work->of, n);
    for (size_t i = 0; i < unique; i += count) {
        const rw_text *pass = work->texts + i;

        count  = texts_of_pass(pass, unique - i, encoder->clip->config.text_parts.causal);
        status = rw_text_encode(work->rows, encoder->clip, pass, count, encoder->arena, encoder->pool, err);
        if (status == RWDA_OK)
            status = check_finite(work->rows, count, encoder->clip, "a text", err);
        if (status != RWDA_OK)
            return status;
        for (size_t t = 0; t < count; t++)
            for (size_t j = pass[t].number; j < pass[t + 1].number; j++)
                memcpy(out + work->of[j] * dim, work->rows + t * dim, dim * sizeof *out);
        if (progress != NULL && progress(user, "text embeddings", done + pass[count].number, total) != 0)
            return rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "stopped after %zu of %zu texts", done + pass[count].number,
                           total);
    }
    return RWDA_OK;
}

rwda_status rw_encode_texts(float *out, const rw_encoder *encoder, const char *const *texts, const size_t *lens, size_t n,
                            rwda_progress_fn progress, void *user, rwda_error *err)
{
    const rw_clip *clip    = encoder->clip;
    size_t         context = (size_t)clip->config.context_length, dim = (size_t)clip->config.embed_dim;
    size_t         chunk = n < TEXTS_MAX ? n : TEXTS_MAX, pass = chunk < TEXT_ROWS ? chunk : TEXT_ROWS;
    rw_arena_mark  mark   = rw_arena_save(encoder->arena);
    rwda_status    status = RWDA_OK;
    text_work      work;

    RW_TRY(rw_clip_require_tokenizer(clip, err));
    work = (text_work){ rw_arena_array(encoder->arena, chunk + 1, sizeof *work.texts),
                        rw_arena_array(encoder->arena, chunk, sizeof *work.of),
                        rw_arena_array(encoder->arena, chunk, context * sizeof *work.ids),
                        rw_arena_array(encoder->arena, pass, dim * sizeof *work.rows) }; /* a text has a row or more */
    if (work.texts == NULL || work.of == NULL || work.ids == NULL || work.rows == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu texts of up to %zu token ids", chunk, context);
        goto done;
    }
    for (size_t i = 0; i < n; i += chunk) {
        size_t some = n - i < chunk ? n - i : chunk;

        RW_TRY(tokenise(work.texts, work.ids, clip, texts + i, lens != NULL ? lens + i : NULL, some, i, err));
        RW_TRY(encode_together(out + i * dim, encoder, &work, some, i, n, progress, user, err));
    }
done:
    rw_arena_rewind(encoder->arena, mark);
    return status;
}

rwda_status rw_encode_ids(float *out, const rw_encoder *encoder, const rw_text *texts, size_t n, rwda_error *err)
{
    const rw_clip *clip = encoder->clip;
    size_t         dim = (size_t)clip->config.embed_dim, chunk = n < TEXTS_MAX ? n : TEXTS_MAX;
    rw_arena_mark  mark   = rw_arena_save(encoder->arena);
    rwda_status    status = RWDA_OK;
    text_work      work;

    RW_TRY(rw_clip_require(clip, RWDA_TOWERS_TEXT, err));
    work = (text_work){ .texts = rw_arena_array(encoder->arena, chunk + 1, sizeof *work.texts),
                        .of    = rw_arena_array(encoder->arena, chunk, sizeof *work.of),
                        .rows =
                            rw_arena_array(encoder->arena, chunk < TEXT_ROWS ? chunk : TEXT_ROWS, dim * sizeof *work.rows) };
    if (work.texts == NULL || work.of == NULL || work.rows == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu texts of token ids", chunk);
        goto done;
    }
    for (size_t i = 0; i < n; i += chunk) {
        size_t some = n - i < chunk ? n - i : chunk;

        for (size_t t = 0; t < some; t++) {
            RW_TRY(check_ids(&texts[i + t], i + t, &clip->config, err));
            work.texts[t] = (rw_text){ texts[i + t].ids, texts[i + t].length, t };
        }
        RW_TRY(encode_together(out + i * dim, encoder, &work, some, i, n, NULL, NULL, err));
    }
done:
    rw_arena_rewind(encoder->arena, mark);
    return status;
}

size_t rw_encoder_crops(const rw_encoder *encoder)
{
    size_t batch = (size_t)encoder->batch, tokens = rw_vision_token_count(encoder->clip);
    size_t room = CROP_ROWS > tokens ? CROP_ROWS / tokens : 1;

    return batch < room ? batch : room;
}

rwda_status rw_encode_crops(float *out, const rw_encoder *encoder, const float *crops, size_t n, rwda_error *err)
{
    const rw_clip_config *config      = &encoder->clip->config;
    size_t                crop_floats = 3 * (size_t)config->image_size * (size_t)config->image_size;
    size_t                batch       = rw_encoder_crops(encoder);
    rwda_status           status      = rw_clip_require(encoder->clip, RWDA_TOWERS_IMAGE, err);

    for (size_t i = 0; i < n && status == RWDA_OK; i += batch) {
        size_t some = n - i < batch ? n - i : batch;
        float *x    = out + i * (size_t)config->embed_dim;

        status = rw_vision_encode(x, encoder->clip, crops + i * crop_floats, some, encoder->arena, encoder->pool, err);
        if (status == RWDA_OK)
            status = check_finite(x, some, encoder->clip, "an image", err);
    }
    return status;
}
