/* route_status.c - health, the API's description, and what the service is.                              layer: serve */
#include "serve/route_handlers.h"

#include "serve/context.h"
#include "serve/memories.h"

extern const unsigned char serve_openapi[];
extern const size_t        serve_openapi_size;

/* Open Inference Protocol: {"live": true}, {"ready": true}. */
void answer_live(request *r)
{
    reply_json(&r->reply, 200, json_pack("{s:b}", "live", 1));
}

void answer_ready(request *r)
{
    if (r->service->draining)
        reply_problem(&r->reply, 503, NULL, "the service is stopping");
    else
        reply_json(&r->reply, 200, json_pack("{s:b}", "ready", 1));
}

void answer_openapi(request *r)
{
    reply_fixed(&r->reply, "application/json", serve_openapi, serve_openapi_size);
}

static json_t *list_of(rwda_enum which)
{
    json_t *list = json_array();

    for (int i = 0; i < rwda_enum_count(which); i++)
        (void)json_array_append_new(list, json_string(rwda_enum_name(which, i)));
    return list;
}

void answer_info(request *r)
{
    const service_context *s      = r->service;
    const service_limits  *l      = &s->limits;
    const rwda_model_info *info   = rwda_model_get_info(s->model);
    detector_entry        *chosen = detectors_hold(s->detectors, NULL);
    json_t                *root;

    root = json_pack("{s:s, s:s, s:{s:s, s:s, s:i, s:i, s:I, s:s, s:s, s:I}, s:o, s:o, s:s?, s:o, s:b, s:b}", "schema",
                     "rwda.info/1", "version", rwda_version(), "model", "sha256", info->sha256, "layout", info->layout,
                     "image_size", info->image_size, "embed_dim", info->embed_dim, "parameters",
                     (json_int_t)info->parameters, "cpu", info->cpu, "precision", info->precision, "memory",
                     (json_int_t)info->memory, "methods", list_of(RWDA_ENUM_METHOD), "crops", list_of(RWDA_ENUM_CROPS),
                     "detector", chosen != NULL ? chosen->id : NULL, "detectors", detectors_describe(s->detectors), "maps",
                     1, "training", (int)l->training);
    if (root != NULL)
        (void)json_object_set_new(root, "orientation", json_string(rwda_enum_name(RWDA_ENUM_ORIENTATION, l->orientation)));
    if (root != NULL)
        (void)json_object_set_new(root, "limits",
                                  json_pack("{s:I, s:I, s:i, s:i, s:i, s:i, s:i}", "body_bytes", (json_int_t)l->body,
                                            "pixels", (json_int_t)l->pixels, "pictures", l->images, "queue", l->queue,
                                            "request_seconds", l->request_s, "batch", l->batch, "training_pairs",
                                            l->train_pairs));
    if (root != NULL) {
        json_t *limits = json_object_get(root, "limits");

        (void)json_object_set_new(root, "formats", json_string(rwda_image_formats()));
        (void)json_object_set_new(root, "memory", s->unnamed != NULL ? json_string(s->unnamed->id) : json_null());
        (void)json_object_set_new(root, "memories", memories_describe(s->memories));
        (void)json_object_set_new(limits, "kinds", json_integer(KINDS_WORDS_MAX));
        (void)json_object_set_new(limits, "memories", json_integer(l->memories));
        (void)json_object_set_new(limits, "memory_bytes", json_integer((json_int_t)l->memory_bytes));
    }
    if (chosen != NULL)
        detectors_release(s->detectors, chosen);
    reply_json(&r->reply, root != NULL ? 200 : 503, root);
}
