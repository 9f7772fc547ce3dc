/* route_embed.c - POST /v1/embed: the unit vectors of texts or images.                                  layer: serve */
#include "serve/route_handlers.h"

#include "common/text.h"
#include "serve/context.h"
#include "serve/images.h"
#include "serve/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 4096 /* bytes; CLIP reads 77 tokens of it */

static bool take_texts(request *r, const json_t *list)
{
    size_t n = json_array_size(list);

    if (!json_is_array(list) || n == 0 || n > (size_t)r->service->limits.images) {
        reply_problem(&r->reply, 422, NULL, "\"texts\" is a list of 1..%d strings", r->service->limits.images);
        return false;
    }
    r->work.mode  = WORK_TEXTS;
    r->work.texts = calloc(n, sizeof *r->work.texts);
    r->work.cut   = calloc(n, sizeof *r->work.cut);
    if (r->work.texts == NULL || r->work.cut == NULL || !request_new_items(r, 1)) {
        if (r->reply.status == 0)
            reply_problem(&r->reply, 503, "RWDA_ENOMEM", "no memory for %zu texts", n);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *text = json_array_get(list, i);

        if (!json_is_string(text) || json_string_length(text) > TEXT_MAX) {
            reply_problem(&r->reply, 422, NULL, "texts[%zu]: a string of at most %d bytes is wanted", i, TEXT_MAX);
            return false;
        }
        r->work.texts[i] = json_string_value(text);
    }
    r->work.n_texts = n;
    return true;
}

/* Only how images are cut matters here. */
static bool only_cuts(request *r)
{
    const service_context *c = r->service;
    const char            *name;
    json_t                *value;

    json_object_foreach(r->options, name, value)
    {
        if (strcmp(name, "crops") != 0 && strcmp(name, "resize") != 0 && strcmp(name, "name") != 0) {
            reply_problem(&r->reply, 422, NULL, "no option \"%.60s\" here; there are crops, resize, name", name);
            return false;
        }
    }
    return settings_read(&r->settings, &r->reply, r->options, c->detectors, c->memories, NULL, &c->limits);
}

bool prepare_embed(request *r)
{
    r->work.mode = WORK_EMBEDDINGS;
    if (body_is_type(&r->body, "application/json")) {
        json_t *root = body_json(&r->body);

        if (root == NULL || json_object_get(root, "texts") != NULL)
            return root != NULL && take_texts(r, json_object_get(root, "texts"));
    }
    return request_read_images(r) && only_cuts(r);
}

static json_t *vector(const float *x, size_t dim)
{
    json_t *list = json_array();

    for (size_t i = 0; i < dim; i++)
        (void)json_array_append_new(list, rw_json_number((double)x[i]));
    return list;
}

/* Numbers of the texts that are longer than the model's context. */
static json_t *cut_texts(const request_work *work)
{
    json_t *list = json_array();

    for (size_t i = 0; i < work->n_texts; i++)
        if (work->cut[i])
            (void)json_array_append_new(list, json_integer((json_int_t)i));
    return list;
}

/* embeddings [n, dim]; the crops of image i are crops[i] rows. */
void finish_embed(request *r)
{
    size_t  dim  = (size_t)rwda_model_get_info(r->service->model)->embed_dim;
    json_t *rows = json_array(), *crops = json_array(), *root;
    char    model[80];

    if (r->work.mode == WORK_EMBEDDINGS)
        metrics_images(r->service->metrics, r->work.n_items, 0);
    for (size_t i = 0; i < r->work.n_items; i++) {
        const item *one = &r->work.items[i];

        if (one->err.code != RWDA_OK) {
            reply_error(&r->reply, &one->err);
            json_decref(rows);
            json_decref(crops);
            return;
        }
        for (size_t k = 0; k < one->crops; k++)
            (void)json_array_append_new(rows, vector(one->x + k * dim, dim));
        (void)json_array_append_new(crops, json_integer((json_int_t)one->crops));
    }
    (void)snprintf(model, sizeof model, "sha256:%s", rwda_model_get_info(r->service->model)->sha256);
    root = json_pack("{s:s, s:s, s:I, s:o}", "schema", "rwda.embed/1", "model", model, "dim", (json_int_t)dim, "embeddings",
                     rows);
    if (r->work.mode == WORK_EMBEDDINGS)
        (void)json_object_set(root, "crops", crops);
    json_decref(crops);
    if (r->work.n_cut > 0)
        (void)json_object_set_new(root, "cut", cut_texts(&r->work));
    reply_json(&r->reply, root != NULL ? 200 : 503, root);
}
