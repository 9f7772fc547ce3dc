#include "anomaly/memory_builder.h"

#include "anomaly/coreset.h"
#include "base/name_text.h"
#include "clip/layer_tokens.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static size_t layers_of(const rwda_memory_builder *b)
{
    return rw_memory_layers(&b->options);
}

static size_t width_of(const rwda_memory_builder *b)
{
    return (size_t)b->view.config.vision.width;
}

static size_t number_bytes(const rwda_memory_builder *b)
{
    return b->options.storage == RWDA_PRECISION_F32 ? 4 : b->options.storage == RWDA_PRECISION_F16 ? 2 : 1;
}

/* ---- Images ------------------------------------------------------------------------------------------------------------ */

void rw_remembered_free(rw_remembered *r)
{
    for (size_t i = 0; i < RWDA_MEMORY_LAYERS_MAX; i++)
        free(r->kept[i]);
    free(r->embeddings);
    free(r->name);
    *r = (rw_remembered){ .score = NAN };
}

static void free_row(rw_token_row *row)
{
    free(row->tokens);
    free(row->scales);
    *row = (rw_token_row){ .count = 0 };
}

void rw_memory_builder_empty(rwda_memory_builder *b)
{
    for (size_t i = 0; i < b->count; i++)
        rw_remembered_free(&b->images[i]);
    for (size_t i = 0; i < RWDA_MEMORY_LAYERS_MAX; i++)
        free_row(&b->rows[i]);
    b->count = 0;
}

bool rw_memory_builder_push(rwda_memory_builder *b, const rw_remembered *image)
{
    if (!rw_array_reserve((void **)&b->images, &b->capacity, b->count, 1, sizeof *b->images))
        return false;
    b->images[b->count++] = *image;
    for (size_t i = 0; i < layers_of(b); i++)
        b->rows[i].count += image->counts[i];
    return true;
}

void rw_memory_builder_pop(rwda_memory_builder *b, size_t n)
{
    for (; n > 0; n--) {
        rw_remembered *last = &b->images[--b->count];

        for (size_t i = 0; i < layers_of(b); i++)
            b->rows[i].count -= last->counts[i];
        rw_remembered_free(last);
    }
}

/* Moves an image's tokens to the end of its row: everything behind was dropped or follows. */
static void move_tokens(rwda_memory_builder *b, rw_remembered *r, size_t i)
{
    rw_token_row *row = &b->rows[i];
    size_t        d   = width_of(b) * number_bytes(b);

    if (r->first[i] != row->count)
        memmove(row->tokens + row->count * d, row->tokens + r->first[i] * d, r->counts[i] * d);
    if (r->first[i] != row->count && row->scales != NULL)
        memmove(row->scales + row->count, row->scales + r->first[i], r->counts[i] * sizeof *row->scales);
    r->first[i] = row->count;
    row->count += r->counts[i];
}

size_t rw_memory_builder_remove(rwda_memory_builder *b, bool (*chosen)(const rw_remembered *image, const char *text),
                                const char          *text)
{
    size_t left = 0, before = b->count;

    for (size_t i = 0; i < layers_of(b); i++)
        b->rows[i].count = 0;
    for (size_t image = 0; image < before; image++) {
        if (chosen(&b->images[image], text)) {
            rw_remembered_free(&b->images[image]);
            continue;
        }
        b->images[left] = b->images[image];
        for (size_t i = 0; i < layers_of(b); i++)
            move_tokens(b, &b->images[left], i);
        left++;
    }
    b->count = left;
    return before - left;
}

/* At most RW_MEMORY_NAME_MAX bytes of UTF-8 without control characters; NULL: no memory. */
static char *clean_name(const char *name)
{
    char  *text = rw_name_to_text(name, true);
    size_t cut  = RW_MEMORY_NAME_MAX;

    if (text == NULL || strlen(text) <= cut)
        return text;
    while (cut > 0 && ((unsigned char)text[cut] & 0xC0) == 0x80)
        cut--;
    text[cut] = '\0';
    return text;
}

/* Room for `count` tokens behind those of layer i; false: no memory. */
static bool reserve_tokens(rwda_memory_builder *b, size_t i, size_t count)
{
    rw_token_row *row = &b->rows[i];

    return rw_array_reserve((void **)&row->tokens, &row->room, row->count, count, width_of(b) * number_bytes(b)) &&
           (b->options.storage != RWDA_PRECISION_INT8 ||
            rw_array_reserve((void **)&row->scales, &row->scale_room, row->count, count, sizeof *row->scales));
}

/* x [count, width] -> tokens first .. of layer i, as they are stored. */
static void store(rwda_memory_builder *b, size_t i, size_t first, const float *x, size_t count)
{
    size_t   d  = width_of(b);
    uint8_t *to = b->rows[i].tokens + first * d * number_bytes(b);

    if (b->options.storage != RWDA_PRECISION_INT8) {
        rw_narrow(to, b->options.storage, x, count * d);
        return;
    }
    for (size_t t = 0; t < count; t++) {
        const float *row  = x + t * d;
        float        most = 0.0f;

        for (size_t j = 0; j < d; j++)
            most = fabsf(row[j]) > most ? fabsf(row[j]) : most;
        b->rows[i].scales[first + t] = most / 127.0f;
        for (size_t j = 0; j < d; j++)
            to[t * d + j] = (uint8_t)(int8_t)rintf(row[j] * (127.0f / most));
    }
}

/* The inverse: tokens first .. first + count - 1 -> out. */
static void recall(float *out, const rwda_memory_builder *b, size_t i, size_t first, size_t count)
{
    size_t         d    = width_of(b);
    const uint8_t *from = b->rows[i].tokens + first * d * number_bytes(b);

    if (b->options.storage != RWDA_PRECISION_INT8)
        rw_widen(out, b->options.storage, from, count * d);
    else
        for (size_t t = 0; t < count; t++)
            for (size_t j = 0; j < d; j++)
                out[t * d + j] = (float)(int8_t)from[t * d + j] * b->rows[i].scales[first + t];
}

rwda_status rw_memory_remember(rw_remembered *out, float **embedding, rwda_memory_builder *b, const rw_encoder *encoder,
                               const rwda_image *image, const char *name, const char sha256[65], rwda_error *err)
{
    size_t      side = rw_memory_grid(&b->options, &b->view), cells = side * side, turns = b->options.rotations ? 4 : 1;
    size_t      pixels    = 3 * (size_t)image->width * (size_t)image->height;
    uint8_t    *turned[2] = { NULL, NULL };
    rwda_image  seen      = *image;
    rwda_status status    = RWDA_OK;

    *out       = (rw_remembered){ .score = NAN };
    *embedding = NULL;
    memcpy(out->sha256, sha256, sizeof out->sha256);
    out->name = clean_name(name);
    for (size_t k = 0; k < 2 && turns > 1; k++)
        turned[k] = rw_new_array(pixels, 1);
    for (size_t i = 0; i < layers_of(b); i++) {
        out->first[i]  = b->rows[i].count;
        out->counts[i] = turns * cells;
        if (!reserve_tokens(b, i, turns * cells) || out->name == NULL ||
            (turns > 1 && (turned[0] == NULL || turned[1] == NULL))) {
            status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "memory of an image of %zu patches", turns * cells);
            goto done;
        }
    }
    for (size_t turn = 0; turn < turns; turn++) {
        rw_arena_mark     mark = rw_arena_save(encoder->arena);
        const rwda_image *of   = &seen;
        rw_memory_look    look;

        if (turn > 0) {
            uint8_t *to = turned[turn % 2];

            rw_image_quarter_turn(to, &seen);
            seen = (rwda_image){ seen.height, seen.width, 3 * (size_t)seen.height, to };
        }
        RW_TRY(rw_memory_look_at(&look, &b->options, &b->view, encoder, &of, 1, err));
        for (size_t i = 0; i < layers_of(b); i++)
            store(b, i, out->first[i] + turn * cells, look.tokens[i], cells);
        if (turn == 0)
            *embedding = look.embedding; /* stays in the arena */
        else
            rw_arena_rewind(encoder->arena, mark);
    }
done:
    free(turned[0]);
    free(turned[1]);
    if (status != RWDA_OK)
        rw_remembered_free(out);
    return status;
}

bool rw_memory_builder_has(const rwda_memory_builder *b, const char sha256[65])
{
    for (size_t i = 0; i < b->count; i++)
        if (strcmp(b->images[i].sha256, sha256) == 0)
            return true;
    return false;
}

rwda_status rw_memory_builder_load(rwda_memory_builder *b, const rwda_memory *m, rwda_error *err)
{
    size_t dim = (size_t)m->view.config.embed_dim, n = m->info.images;
    bool   fine = rw_array_reserve((void **)&b->images, &b->capacity, 0, n, sizeof *b->images);

    b->changed = m->info.scores_exact == 0; /* once some scores are old they stay so */
    for (size_t i = 0; i < layers_of(b) && fine; i++) {
        const rw_tensor_view *tokens = rw_memory_tensor(m, "layer", i), *scales = rw_memory_tensor(m, "scale", i);

        fine = reserve_tokens(b, i, tokens->shape[0]);
        if (fine)
            memcpy(b->rows[i].tokens, tokens->data, tokens->nbytes);
        if (fine && scales != NULL)
            memcpy(b->rows[i].scales, scales->data, scales->nbytes);
    }
    for (size_t image = 0; image < n && fine; image++) {
        rw_remembered r = { .name   = rw_string_copy(m->images[image].name),
                            .score  = m->images[image].score,
                            .chosen = m->options.keep < 1.0f };

        memcpy(r.sha256, m->images[image].sha256, sizeof r.sha256);
        for (size_t i = 0; i < layers_of(b); i++) {
            r.first[i]  = m->starts[i][image];
            r.counts[i] = m->starts[i][image + 1] - m->starts[i][image];
        }
        if (m->crops > 0)
            r.embeddings = rw_new_array(m->crops, dim * sizeof *r.embeddings);
        if (r.embeddings != NULL)
            memcpy(r.embeddings, m->embeddings + image * m->crops * dim, m->crops * dim * sizeof *r.embeddings);
        fine = r.name != NULL && (m->crops == 0 || r.embeddings != NULL) && rw_memory_builder_push(b, &r);
        if (!fine)
            rw_remembered_free(&r);
    }
    return fine ? RWDA_OK : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "memory of %zu images", n);
}

/* ---- Coreset ----------------------------------------------------------------------------------------------------------- */

/* Rows of layer i, of the images that an earlier coreset thinned (`chosen`), or of all others -> x [n, width]; NULL: count only. */
static size_t gather(float *x, const rwda_memory_builder *b, size_t i, bool chosen)
{
    size_t n = 0;

    for (size_t image = 0; image < b->count; image++)
        if (b->images[image].chosen == chosen) {
            if (x != NULL)
                recall(x + n * width_of(b), b, i, b->images[image].first[i], b->images[image].counts[i]);
            n += b->images[image].counts[i];
        }
    return n;
}

/* picked [count], ascending, of the rows that gather() gives -> each image's own. */
static bool hand_out(rwda_memory_builder *b, size_t i, const uint32_t *picked, size_t count)
{
    size_t next = 0, first = 0;

    for (size_t image = 0; image < b->count; image++) {
        rw_remembered *r    = &b->images[image];
        size_t         from = next;

        if (r->chosen)
            continue;
        while (next < count && picked[next] < first + r->counts[i])
            next++;
        r->n_kept[i] = next - from;
        r->kept[i]   = rw_new_array(r->n_kept[i], sizeof *r->kept[i]);
        if (r->kept[i] == NULL)
            return false;
        for (size_t k = from; k < next; k++)
            r->kept[i][k - from] = picked[k] - (uint32_t)first;
        first += r->counts[i];
    }
    return true;
}

static rwda_status choose_layer(rwda_memory_builder *b, size_t i, const rw_encoder *encoder, rwda_progress_fn progress,
                                void *user, rwda_error *err)
{
    size_t n = gather(NULL, b, i, false), m = gather(NULL, b, i, true),
           want        = n > 0 ? rw_share_of((double)b->options.keep, n) : 0;
    float      *x      = rw_new_array(n + m, width_of(b) * sizeof *x);
    uint32_t   *picked = rw_new_array(want, sizeof *picked);
    rwda_status status = RWDA_OK;

    if (x == NULL || picked == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "coreset of %zu tokens", n);
        goto done;
    }
    (void)gather(x, b, i, false);
    (void)gather(x + n * width_of(b), b, i, true);
    if (n > 0)
        RW_TRY(rw_coreset(picked, &want, x, n, width_of(b), want, m > 0 ? x + n * width_of(b) : NULL, m, b->view.kernels,
                          encoder->arena, encoder->pool, progress, user, err));
    if (!hand_out(b, i, picked, want))
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "coreset of %zu tokens", want);
done:
    free(x);
    free(picked);
    return status;
}

/* ---- The file ---------------------------------------------------------------------------------------------------------- */

static size_t kept_of(const rw_remembered *r, size_t i)
{
    return r->kept[i] != NULL ? r->n_kept[i] : r->counts[i];
}

static char *list_images(const rwda_memory_builder *b)
{
    json_t *list = json_array();
    bool    fine = list != NULL;
    char   *text;

    for (size_t image = 0; image < b->count && fine; image++) {
        const rw_remembered *r      = &b->images[image];
        json_t              *counts = json_array();

        for (size_t i = 0; i < layers_of(b); i++)
            fine = json_array_append_new(counts, json_integer((json_int_t)kept_of(r, i))) == 0 && fine;
        fine = fine && json_array_append_new(
                           list, json_pack("{s:s, s:s, s:O}", "name", r->name, "sha256", r->sha256, "tokens", counts)) == 0;
        json_decref(counts);
    }
    text = fine ? json_dumps(list, JSON_COMPACT) : NULL;
    json_decref(list);
    return text;
}

/* Copies the tokens of one layer into the file, and lets go of them where nothing needs them any more. */
static void fill_layer(uint8_t *tokens, uint8_t *scales, rwda_memory_builder *b, size_t i)
{
    size_t d = width_of(b) * number_bytes(b);

    for (size_t image = 0; image < b->count; image++) {
        const rw_remembered *r = &b->images[image];

        for (size_t k = 0; k < kept_of(r, i); k++) {
            size_t t = r->first[i] + (r->kept[i] != NULL ? r->kept[i][k] : k);

            memcpy(tokens, b->rows[i].tokens + t * d, d);
            tokens += d;
            if (scales != NULL) {
                memcpy(scales, &b->rows[i].scales[t], sizeof(float));
                scales += sizeof(float);
            }
        }
    }
    if (b->options.keep >= 1.0f) /* else all of them are asked once more, for leave-one-out */
        free_row(&b->rows[i]);
}

/* Where the tensor of that name lies in the file's bytes; NULL: there is none. */
static uint8_t *place_of(uint8_t *bytes, const rw_safetensors *file, const char *kind, int layer)
{
    char                  name[32];
    const rw_tensor_view *view;

    (void)snprintf(name, sizeof name, layer > 0 ? "%s.%d" : "%s", kind, layer);
    view = rw_safetensors_find(file, name);
    return view != NULL ? bytes + (view->data - bytes) : NULL;
}

typedef struct {
    rw_tensor_out tensors[2 * RWDA_MEMORY_LAYERS_MAX + 3];
    char          names[2 * RWDA_MEMORY_LAYERS_MAX][32];
    size_t        count;
} contents;

static void add_tensor(contents *c, const char *name, rw_dtype dtype, size_t rows, size_t columns, const void *data)
{
    c->tensors[c->count++] = (rw_tensor_out){ name, data, columns > 0 ? 2 : 1, { rows, columns }, dtype };
}

static rwda_status write_file(uint8_t **bytes, size_t *len, rwda_memory_builder *b, const rw_encoder *encoder,
                              rwda_error *err)
{
    char                  size[16], version[16];
    static const rw_dtype dtypes[] = {
        [RWDA_PRECISION_F32] = RW_F32, [RWDA_PRECISION_F16] = RW_F16, [RWDA_PRECISION_INT8] = RW_I8
    };
    size_t layers = layers_of(b), crops = rw_memory_embeddings(&b->options), dim = (size_t)b->view.config.embed_dim;
    char  *list = list_images(b), *recipe = rw_memory_recipe_write(&b->options);
    const char *const metadata[][2] = { { "format", RW_MEMORY_FORMAT },
                                        { "recipe", recipe },
                                        { "model_sha256", b->view.sha256 },
                                        { "model_size", size },
                                        { "precision", rwda_precision_name(b->view.precision) },
                                        { "rwda_version", RWDA_VERSION },
                                        { "preprocessing", version },
                                        { "scores", "some are from before images were added or dropped" } };
    bool              stale         = b->changed && b->options.keep < 1.0f;
    contents          c             = { .count = 0 };
    rw_safetensors   *file          = NULL;
    uint8_t          *at;
    rwda_status       status = RWDA_OK;

    *bytes = NULL;
    (void)snprintf(size, sizeof size, "%d", encoder->clip->config.image_size);
    (void)snprintf(version, sizeof version, "%d", b->preprocessing);
    if (list == NULL || recipe == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "list of %zu images", b->count);
        goto done;
    }
    for (size_t i = 0; i < layers; i++) {
        size_t n = 0;

        for (size_t image = 0; image < b->count; image++)
            n += kept_of(&b->images[image], i);
        (void)snprintf(c.names[2 * i], sizeof c.names[0], "layer.%d", b->options.layers[i]);
        (void)snprintf(c.names[2 * i + 1], sizeof c.names[0], "scale.%d", b->options.layers[i]);
        add_tensor(&c, c.names[2 * i], dtypes[b->options.storage], n, width_of(b), NULL);
        if (b->options.storage == RWDA_PRECISION_INT8)
            add_tensor(&c, c.names[2 * i + 1], RW_F32, n, 0, NULL);
    }
    if (crops > 0)
        add_tensor(&c, "embeddings", RW_F32, b->count * crops, dim, NULL);
    add_tensor(&c, "scores", RW_F32, b->count, 0, NULL);
    add_tensor(&c, "images", RW_U8, strlen(list), 0, list);
    RW_TRY(rw_safetensors_build(bytes, len, c.tensors, c.count, metadata, RW_COUNTOF(metadata) - (stale ? 0 : 1), err));
    RW_TRY(rw_safetensors_parse(&file, *bytes, *len, err));
    for (size_t i = 0; i < layers; i++)
        fill_layer(place_of(*bytes, file, "layer", b->options.layers[i]),
                   place_of(*bytes, file, "scale", b->options.layers[i]), b, i);
    at = place_of(*bytes, file, "embeddings", 0);
    for (size_t image = 0; image < b->count && crops > 0; image++)
        memcpy(at + image * crops * dim * sizeof(float), b->images[image].embeddings, crops * dim * sizeof(float));
    at = place_of(*bytes, file, "scores", 0);
    for (size_t image = 0; image < b->count; image++)
        memcpy(at + image * sizeof(float), &(float){ NAN }, sizeof(float));
done:
    rw_safetensors_close(file);
    free(list);
    free(recipe);
    return status;
}

/* ---- Leave-one-out ------------------------------------------------------------------------------------------------------ */

static rwda_status score_one(float *score, const rwda_memory *m, const rwda_memory_builder *b, size_t image,
                             const rw_encoder *encoder, rwda_error *err)
{
    size_t         cells = (size_t)m->info.grid * (size_t)m->info.grid, dim = (size_t)m->view.config.embed_dim;
    const float   *embedding = m->crops > 0 ? m->embeddings + image * m->crops * dim : NULL;
    rw_arena_mark  mark      = rw_arena_save(encoder->arena);
    float         *grid      = rw_arena_array(encoder->arena, cells, sizeof *grid);
    bool           thinned   = m->options.keep < 1.0f;
    rw_memory_look look;
    rwda_status    status;

    RW_TRY(thinned ? rw_memory_look_new(&look, m, encoder->arena, err)
                   : rw_memory_recall(&look, m, image, encoder->arena, err));
    if (grid == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "distances of %zu patches", cells);
        goto done;
    }
    for (size_t i = 0; i < (size_t)m->info.layers && thinned; i++)
        recall(look.tokens[i], b, i, b->images[image].first[i], cells);
    RW_TRY(rw_memory_distances(grid, m, look.tokens, cells, image, encoder->arena, encoder->pool, err));
    RW_TRY(rw_memory_score(score, m, grid, cells, embedding, image, encoder->arena, err));
done:
    rw_arena_rewind(encoder->arena, mark);
    return status;
}

static rwda_status leave_one_out(rwda_memory *m, const rwda_memory_builder *b, const rw_encoder *encoder,
                                 rwda_progress_fn progress, void *user, rwda_error *err)
{
    size_t      n = m->info.images, most = (size_t)b->options.scores, count = n < most ? n : most;
    float      *scores = rw_new_array(n, sizeof *scores);
    rwda_status status = RWDA_OK;

    if (scores == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "scores of %zu images", n);
    for (size_t i = 0; i < n; i++)
        scores[i] = b->images[i].chosen ? b->images[i].score : NAN;
    for (size_t k = 0; k < count; k++) {
        size_t image = k * n / count;

        if (!b->images[image].chosen)
            RW_TRY(score_one(&scores[image], m, b, image, encoder, err));
        if (progress != NULL && progress(user, "leave-one-out scores", k + 1, count) != 0) {
            status = rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "stopped after %zu of %zu images", k + 1, count);
            goto done;
        }
    }
    rw_memory_set_scores(m, scores);
done:
    free(scores);
    return status;
}

static int by_sha256(const void *a, const void *b)
{
    return strcmp(((const rw_remembered *)a)->sha256, ((const rw_remembered *)b)->sha256);
}

rwda_status rw_memory_builder_finish(rwda_memory **out, rwda_memory_builder *b, const rw_encoder *encoder,
                                     rwda_progress_fn progress, void *user, rwda_error *err)
{
    size_t       least  = b->options.mutual ? 2 : 1, len;
    uint8_t     *bytes  = NULL;
    rwda_memory *m      = NULL;
    rwda_status  status = RWDA_OK;

    *out = NULL;
    if (b->count < least) {
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "memory of %zu images: at least %zu", b->count, least);
        goto done;
    }
    qsort(b->images, b->count, sizeof *b->images, by_sha256);
    for (size_t i = 0; i < layers_of(b) && b->options.keep < 1.0f; i++)
        RW_TRY(choose_layer(b, i, encoder, progress, user, err));
    RW_TRY(write_file(&bytes, &len, b, encoder, err));
    status = rw_memory_take(&m, encoder->clip, bytes, len, b->options.max_bytes, err);
    bytes  = NULL; /* taken, or freed */
    if (status == RWDA_OK)
        status = leave_one_out(m, b, encoder, progress, user, err);
    if (status == RWDA_OK) {
        *out = m;
        m    = NULL;
    }
done:
    free(bytes);
    rwda_memory_free(m);
    rw_memory_builder_empty(b);
    return status;
}
