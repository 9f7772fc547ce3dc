/* route_embed.c - POST /v1/embed: which unit vectors belong to these texts, or to these pictures? */
#include "serve/serve.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define TEXT_MAX 4096 /* bytes; CLIP reads 77 tokens of it */

static bool take_texts(request *q, const json_t *list)
{
    size_t n = json_array_size(list);

    if (!json_is_array(list) || n == 0 || n > (size_t)q->server->limits.pictures) {
        reply_problem(q, 422, NULL, "\"texts\" is a list of 1..%d strings", q->server->limits.pictures);
        return false;
    }
    q->texts = calloc(n, sizeof *q->texts);
    if (q->texts == NULL || !body_items(q, 1)) {
        if (q->reply.status == 0)
            reply_problem(q, 503, "RWDA_ENOMEM", "no memory for %zu texts", n);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *text = json_array_get(list, i);

        if (!json_is_string(text) || json_string_length(text) > TEXT_MAX) {
            reply_problem(q, 422, NULL, "texts[%zu]: a string of at most %d bytes is wanted", i, TEXT_MAX);
            return false;
        }
        q->texts[i] = json_string_value(text);
    }
    q->n_texts = n;
    return true;
}

/* Only how pictures are cut matters here. */
static bool only_cuts(request *q)
{
    const char *name;
    json_t     *value;

    json_object_foreach(q->options, name,
                        value) if (strcmp(name, "crops") != 0 && strcmp(name, "resize") != 0 && strcmp(name, "name") != 0)
    {
        reply_problem(q, 422, NULL, "no option \"%.60s\" here; there are crops, resize, name", name);
        return false;
    }
    return settings_read(q);
}

bool prepare_embed(request *q)
{
    if (strncasecmp(q->type, "application/json", 16) == 0) {
        json_t *root = body_json(q);

        if (root == NULL || json_object_get(root, "texts") != NULL)
            return root != NULL && take_texts(q, json_object_get(root, "texts"));
    }
    return body_pictures(q) && only_cuts(q);
}

static json_t *vector(const float *x, size_t dim)
{
    json_t *list = json_array();

    for (size_t i = 0; i < dim; i++)
        (void)json_array_append_new(list, json_number(x[i]));
    return list;
}

/* embeddings [n, dim]; the crops of picture i are crops[i] rows. */
void finish_embed(request *q)
{
    size_t  dim  = (size_t)rwda_model_get_info(q->server->model)->embed_dim;
    json_t *rows = json_array(), *crops = json_array(), *root;
    char    model[80];

    if (q->n_texts == 0)
        metrics_pictures(q->server->metrics, q->n_items, 0);
    for (size_t i = 0; i < q->n_items; i++) {
        const item *one = &q->items[i];

        if (one->err.code != RWDA_OK) {
            reply_error(q, &one->err);
            json_decref(rows);
            json_decref(crops);
            return;
        }
        for (size_t k = 0; k < one->crops; k++)
            (void)json_array_append_new(rows, vector(one->x + k * dim, dim));
        (void)json_array_append_new(crops, json_integer((json_int_t)one->crops));
    }
    (void)snprintf(model, sizeof model, "sha256:%s", rwda_model_get_info(q->server->model)->sha256);
    root = json_pack("{s:s, s:s, s:I, s:o}", "schema", "rwda.embed/1", "model", model, "dim", (json_int_t)dim, "embeddings",
                     rows);
    if (q->n_texts == 0)
        (void)json_object_set(root, "crops", crops);
    json_decref(crops);
    reply_json(q, root != NULL ? 200 : 503, root);
}
