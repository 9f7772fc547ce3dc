/* embeddings.c - embeddings of a data set's images, cached by category.
 *
 * A category's embeddings are cached as <category>.<plan>.npy beside <category>.<plan>.txt, which says what they are of: model, kernel
 * set, precision, view, and each image's size, date and rows. */
#include "common/embedding_rows.h"
#include "common/events.h"
#include "common/image_stream.h"
#include "common/npy.h"
#include "common/text_stream.h"
#include "eval/cache.h"
#include "eval/embeddings.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HEAD_LINES 8 /* of a description, before its images */

/* What holds for all categories. */
typedef struct {
    const rwda_evaluation *e;
    rwda_session          *session;
    const rwda_eval_view  *view;
    rwda_resize            resize; /* in effect */
    const char            *cache_dir;
    rw_image_reading      *reading;
    const rwda_events     *events;
    bool                  *unlucky; /* set: an image of this category failed that may not fail another time */
} maker;

/* ---- The cache ---------------------------------------------------------------------------------------------------------- */

/* What a category's embeddings depend on; the caller's to free.  rows [n]: crops of each image, or 0 for a broken one. */
static char *description(const maker *m, const rwda_eval_category *category, const size_t *rows)
{
    const rwda_model_info *model = m->e->model;
    char                  *text  = NULL;
    size_t                 len   = 0;
    FILE                  *out   = rw_text_stream(&text, &len);
    char                   key[RW_READING_KEY];

    if (out == NULL)
        return NULL;
    rw_image_reading_key(key, &m->reading->options);
    fprintf(out, "%s\nmodel %s\ncpu %s\nprecision %s\nimage %d\nresize %s\ncrops %s\nchange %s\n", key, model->sha256,
            model->cpu, model->precision, model->image_size, rwda_enum_name(RWDA_ENUM_RESIZE, m->resize),
            rwda_enum_name(RWDA_ENUM_CROPS, m->view->plan),
            m->view->corruption != NULL ? m->view->corruption->name : "none");
    for (size_t i = category->first; i < category->last; i++) {
        rw_eval_cache_stamp(out, m->e->data->items[i].path);
        if (rows != NULL)
            fprintf(out, " %zu", rows[i - category->first]);
        fputc('\n', out);
    }
    if (!rw_text_stream_close(out)) {
        free(text);
        return NULL;
    }
    return text;
}

static bool cache_path(char out[RW_PATH_MAX], const maker *m, const rwda_eval_category *category, const char *ending)
{
    const rwda_eval_corruption *corruption = m->view->corruption;
    bool                        other      = m->resize != m->e->resize;
    char                        what[96];

    (void)snprintf(what, sizeof what, "%s%s%s%s%s", rwda_enum_name(RWDA_ENUM_CROPS, m->view->plan), other ? "-" : "",
                   other ? rwda_enum_name(RWDA_ENUM_RESIZE, m->resize) : "", corruption != NULL ? "." : "",
                   corruption != NULL ? corruption->name : "");
    return rw_eval_cache_path(out, m->cache_dir, category, what, ending);
}

/* Rows of each image from a cached description that matches `wanted` (made without rows); false: nothing of use is cached. */
static bool read_rows(size_t *rows, size_t n, const char *path, const char *wanted)
{
    FILE  *in   = rw_file_stream_own(path);
    char  *line = NULL;
    size_t room = 0, image = 0;
    bool   same = in != NULL;
    int    head = HEAD_LINES;

    while (same && getline(&line, &room, in) > 0) {
        const char *end = strchr(wanted, '\n');
        size_t      len = end != NULL ? (size_t)(end - wanted) : 0;

        same = end != NULL && strncmp(line, wanted, len) == 0;
        if (same && head > 0)
            head--;
        else if (same)
            same = image < n && sscanf(line + len, " %zu", &rows[image++]) == 1;
        wanted = end != NULL ? end + 1 : wanted;
    }
    free(line);
    if (in != NULL)
        fclose(in);
    return same && image == n && *wanted == '\0';
}

/* Damaged numbers are not taken: every embedding has length 1. */
static bool are_unit_rows(const float *x, size_t n, size_t dim)
{
    bool fine = true;

    for (size_t i = 0; i < n && fine; i++) {
        double square = 0;

        for (size_t j = 0; j < dim; j++)
            square += (double)x[i * dim + j] * (double)x[i * dim + j];
        fine = square > 0.999 && square < 1.001;
    }
    return fine;
}

/* Takes a category's cached embeddings; false: there are none of use, and no row was added. */
static bool take_cached(rw_rows *x, size_t *rows, const maker *m, const rwda_eval_category *category)
{
    size_t n = category->last - category->first, total = 0;
    char   path[RW_PATH_MAX], *wanted                  = description(m, category, NULL);
    bool   cached = wanted != NULL && cache_path(path, m, category, "txt") && read_rows(rows, n, path, wanted);

    free(wanted);
    for (size_t i = 0; cached && i < n; i++) {
        cached = rows[i] <= RWDA_CROPS_MAX;
        total += rows[i];
    }
    if (!cached || !rw_rows_reserve(x, total) || !cache_path(path, m, category, "npy") ||
        !rw_npy_load(x->x + x->count * x->dim, total * x->dim, path) ||
        !are_unit_rows(x->x + x->count * x->dim, total, x->dim))
        return false;
    x->count += total;
    for (size_t i = 0; i < n; i++)
        if (rows[i] == 0)
            rw_warn(m->events, "%s: could not be decoded when it was tried; left out",
                    m->e->data->items[category->first + i].path);
    return true;
}

/* The cache is a help, not a promise: what cannot be written is encoded again next time.  An old description goes before its numbers do:
 * where one is, its numbers are. */
static void cache(const rw_rows *x, size_t from, const size_t *rows, const maker *m, const rwda_eval_category *category)
{
    const size_t shape[] = { x->count - from, x->dim };
    char         npy[RW_PATH_MAX], txt[RW_PATH_MAX], *text = description(m, category, rows);
    rwda_error   err;

    if (text != NULL && cache_path(npy, m, category, "npy") && cache_path(txt, m, category, "txt")) {
        (void)unlink(txt);
        if (rw_npy_save(npy, x->x + from * x->dim, shape, 2, &err) != RWDA_OK ||
            rw_eval_cache_write(txt, text, &err) != RWDA_OK)
            rw_warn(m->events, "%s", err.message);
    }
    free(text);
}

/* ---- Encoding ----------------------------------------------------------------------------------------------------------- */

/* Images on their way through the encoder together. */
typedef struct {
    rw_decoded   decoded[RW_GROUP];
    rwda_image  *corrupted[RW_GROUP]; /* NULL: encoded as decoded */
    rw_rows_item items[RW_GROUP];
    size_t       count;
} group;

static void add_to_group(group *g, rw_decoded decoded, const rwda_eval_corruption *corruption, size_t number)
{
    size_t i = g->count++;

    g->decoded[i]   = decoded;
    g->corrupted[i] = NULL;
    g->items[i]     = (rw_rows_item){ decoded.image, 0, &g->decoded[i].err };
    if (corruption == NULL || decoded.image == NULL)
        return;
    g->corrupted[i]   = corruption->apply(decoded.image, corruption->how, number);
    g->items[i].image = g->corrupted[i];
    if (g->corrupted[i] == NULL)
        g->decoded[i].err = (rwda_error){ RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the corrupted image" };
}

static void empty_group(group *g)
{
    for (size_t i = 0; i < g->count; i++) {
        rw_decoded_free(&g->decoded[i]);
        free(g->corrupted[i]);
    }
    g->count = 0;
}

static rwda_status embed_group(rw_rows *x, size_t *rows, group *g, const maker *m, rwda_error *err)
{
    rwda_status status = rw_rows_embed(x, g->items, g->count, m->session, m->view->resize, m->view->plan, err);

    for (size_t i = 0; status == RWDA_OK && i < g->count; i++) {
        rows[i] = g->items[i].crops;
        if (rows[i] > 0)
            continue;
        rw_warn(m->events, "%s; left out", g->decoded[i].err.message);
        *m->unlucky |= g->decoded[i].err.code == RWDA_ENOMEM || g->decoded[i].err.code == RWDA_EIO;
    }
    empty_group(g);
    return status;
}

static rwda_status embed_stream(rw_rows *x, size_t *rows, rw_image_stream *stream, const maker *m,
                                const rwda_eval_category *category, rwda_error *err)
{
    const rwda_eval_corruption *corruption = m->view->corruption;
    size_t                      n = category->last - category->first, done = 0;
    group                       g = { .count = 0 };
    rw_decoded                  decoded;
    char                        stage[48];
    rwda_status                 status = RWDA_OK;

    (void)snprintf(stage, sizeof stage, "images, %.10s%s%.20s", rwda_enum_name(RWDA_ENUM_CROPS, m->view->plan),
                   corruption != NULL ? ", " : "", corruption != NULL ? corruption->name : "");
    while (done < n) {
        RW_TRY(rw_image_stream_next(stream, &decoded, err));
        add_to_group(&g, decoded, corruption, category->first + done + g.count);
        if (g.count < RW_GROUP && done + g.count < n)
            continue;
        done += g.count;
        RW_TRY(embed_group(x, rows + done - g.count, &g, m, err));
        if (rw_progress(m->events, stage, category->first + done, m->e->data->count) != 0) {
            status = rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "cancelled at %zu of %zu images", category->first + done,
                             m->e->data->count);
            goto done;
        }
    }
done:
    empty_group(&g);
    return status;
}

static rwda_status embed_category(rw_rows *x, size_t *rows, const maker *m, const rwda_eval_category *category,
                                  rwda_error *err)
{
    size_t           n      = category->last - category->first;
    char           **paths  = calloc(n, sizeof *paths);
    rw_image_source *source = NULL;
    rw_image_stream *stream = NULL;
    rwda_status      status;

    for (size_t i = 0; paths != NULL && i < n; i++)
        paths[i] = m->e->data->items[category->first + i].path;
    if (paths != NULL)
        source = rw_image_source_list(paths, n);
    stream = rw_image_stream_new(source, m->reading, rwda_session_threads(m->session), (size_t)2 * RW_GROUP);
    status = stream != NULL ? embed_stream(x, rows, stream, m, category, err)
                            : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.200s: no memory for embeddings", category->name);
    rw_image_stream_free(stream);
    rw_image_source_free(source);
    free(paths);
    return status;
}

rwda_status rwda_eval_embeddings_make(rwda_eval_embeddings *out, const rwda_evaluation *e, rwda_session *session,
                                      const rwda_eval_view *view, const char *cache_dir, const rwda_events *events,
                                      rwda_error *err)
{
    rw_image_reading reading = rw_image_reading_of(&e->images);
    rwda_status      status  = rw_eval_embeddings_make(out, e, session, view, cache_dir, &reading, events, err);

    if (view->corruption == NULL)
        rw_image_reading_warn(&reading, events);
    return status;
}

rwda_status rw_eval_embeddings_make(rwda_eval_embeddings *out, const rwda_evaluation *e, rwda_session *session,
                                    const rwda_eval_view *view, const char *cache_dir, rw_image_reading *reading,
                                    const rwda_events *events, rwda_error *err)
{
    bool        unlucky;
    const maker m      = { e,         session, view,   view->resize != RWDA_RESIZE_CONFIG ? view->resize : e->model->resize,
                           cache_dir, reading, events, &unlucky };
    rw_rows     x      = { .dim = (size_t)e->model->embed_dim };
    size_t     *rows   = calloc(e->data->count, sizeof *rows);
    rwda_status status = RWDA_OK;

    *out = (rwda_eval_embeddings){ *view, NULL, calloc(e->data->count + 1, sizeof *out->first), 0 };
    if (rows == NULL || out->first == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu images", e->data->count);
        goto done;
    }
    for (size_t c = 0; c < e->n_categories; c++) {
        const rwda_eval_category *category = &e->categories[c];
        size_t                    from     = x.count;

        if (cache_dir != NULL && take_cached(&x, rows + category->first, &m, category))
            continue;
        unlucky = false;
        RW_TRY(embed_category(&x, rows + category->first, &m, category, err));
        if (cache_dir != NULL && !unlucky)
            cache(&x, from, rows + category->first, &m, category);
    }
    for (size_t i = 0; i < e->data->count; i++) {
        out->first[i + 1] = out->first[i] + rows[i];
        out->failed += rows[i] == 0;
    }
done:
    out->x = x.x;
    free(rows);
    if (status != RWDA_OK)
        rwda_eval_embeddings_free(out);
    return status;
}

void rwda_eval_embeddings_free(rwda_eval_embeddings *x)
{
    free(x->x);
    free(x->first);
    *x = (rwda_eval_embeddings){ .first = NULL };
}
