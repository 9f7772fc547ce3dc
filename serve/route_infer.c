/* route_infer.c - /v2: scores for clients of the Open Inference Protocol (KServe, Triton).              layer: serve
 *
 * One input "image", BYTES [n]: n encoded images, in JSON as base64, or as binary tensor data (the extension that Triton's client
 * uses by default): after the JSON, each element as its length (4 bytes, little-endian) and its bytes.  Outputs "score", "score_fnn",
 * "score_clip" and "score_memory", FP32 [n], and "label", BYTES [n].  The model "rwda" scores as a request that names nothing; every detector
 * is a model by its name or id.  Options of /v1/score are parameters of the request. */
#include "serve/route_handlers.h"

#include "common/json_watch.h"
#include "common/text.h"
#include "common/text_stream.h"
#include "serve/context.h"
#include "serve/images.h"
#include "serve/metrics.h"
#include "serve/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum { SCORE, SCORE_FNN, SCORE_CLIP, LABEL, SCORE_MEMORY, OUTPUTS } output_tensor;

static const char *const output_names[OUTPUTS] = { "score", "score_fnn", "score_clip", "label", "score_memory" };

/* ---- What is there ------------------------------------------------------------------------------------------------------------ */

void answer_v2(request *r)
{
    reply_json(
        &r->reply, 200,
        json_pack("{s:s, s:s, s:[s]}", "name", "rwda", "version", rwda_version(), "extensions", "binary_tensor_data"));
}

static bool model_known(request *r)
{
    detector_entry *entry;

    if (r->target.variables[1][0] != '\0' && strcmp(r->target.variables[1], "1") != 0) {
        reply_problem(&r->reply, 404, NULL, "model \"%.80s\" has the version 1 only", r->target.variables[0]);
        return false;
    }
    if (strcmp(r->target.variables[0], "rwda") == 0)
        return true;
    entry = detectors_hold(r->service->detectors, r->target.variables[0]);
    if (entry == NULL) {
        reply_problem(&r->reply, 404, NULL, "no model \"%.80s\"; there are rwda and the detectors of /v1/detectors",
                      r->target.variables[0]);
        return false;
    }
    detectors_release(r->service->detectors, entry);
    return true;
}

void answer_v2_model(request *r)
{
    json_t *outputs;

    if (!model_known(r))
        return;
    outputs = json_array();
    for (int i = 0; i < OUTPUTS; i++)
        (void)json_array_append_new(outputs, json_pack("{s:s, s:s, s:[i]}", "name", output_names[i], "datatype",
                                                       i == LABEL ? "BYTES" : "FP32", "shape", -1));
    reply_json(&r->reply, 200,
               json_pack("{s:s, s:[s], s:s, s:[{s:s, s:s, s:[i]}], s:o}", "name", r->target.variables[0], "versions", "1",
                         "platform", "rwda", "inputs", "name", "image", "datatype", "BYTES", "shape", -1, "outputs",
                         outputs));
}

void answer_v2_model_ready(request *r)
{
    if (!model_known(r))
        return;
    if (r->service->draining)
        reply_problem(&r->reply, 503, NULL, "the service is stopping");
    else
        reply_json(&r->reply, 200, json_pack("{s:s, s:b}", "name", r->target.variables[0], "ready", 1));
}

/* ---- The request ---------------------------------------------------------------------------------------------------------------- */

/* [n] or [n, 1]; 0 where it is neither. */
static size_t count_of(const json_t *shape)
{
    json_int_t n = 1;

    if (!json_is_array(shape) || json_array_size(shape) == 0 || json_array_size(shape) > 4)
        return 0;
    for (size_t i = 0; i < json_array_size(shape); i++) {
        json_int_t dim = json_integer_value(json_array_get(shape, i));

        if (dim < 1 || dim > 1000000 || (i > 0 && dim != 1))
            return 0;
        n *= dim;
    }
    return (size_t)n;
}

static bool take_json(request *r, const json_t *data)
{
    for (size_t i = 0; i < r->work.n_items; i++) {
        const json_t *one = json_array_get(data, i);

        while (json_array_size(one) == 1) /* [n, 1] */
            one = json_array_get(one, 0);
        r->work.items[i].bytes = json_is_string(one) ? body_base64(&r->body, json_string_value(one), json_string_length(one),
                                                                   &r->work.items[i].len)
                                                     : NULL;
        if (r->work.items[i].bytes == NULL) {
            reply_problem(&r->reply, 422, NULL, "input image: data[%zu] is not base64 of an image", i);
            return false;
        }
    }
    return true;
}

static bool take_binary(request *r, size_t stated)
{
    size_t      left = r->body.n_parts > 0 && r->body.json_len >= 0 ? r->body.parts[0].len - (size_t)r->body.json_len : 0;
    const char *at   = left > 0 ? r->body.parts[0].bytes + r->body.json_len : NULL;

    if (stated != left) {
        reply_problem(&r->reply, 400, NULL, "input image: binary_data_size is %zu, after the JSON there are %zu bytes",
                      stated, left);
        return false;
    }
    for (size_t i = 0; i < r->work.n_items; i++) {
        size_t len = 0;

        for (int k = 3; left >= 4 && k >= 0; k--)
            len = len << 8 | (unsigned char)at[k];
        if (left < 4 || len > left - 4) {
            reply_problem(&r->reply, 400, NULL, "input image: element %zu is cut off", i);
            return false;
        }
        r->work.items[i].bytes = at + 4;
        r->work.items[i].len   = len;
        at += 4 + len;
        left -= 4 + len;
    }
    if (left > 0)
        reply_problem(&r->reply, 400, NULL, "input image: %zu bytes follow the last element", left);
    return left == 0;
}

static bool take_input(request *r, const json_t *inputs)
{
    const json_t *input = json_array_get(inputs, 0), *size;
    const char   *name  = json_string_value(json_object_get(input, "name")),
               *type    = json_string_value(json_object_get(input, "datatype"));
    const json_t *data  = json_object_get(input, "data");
    size_t        n     = count_of(json_object_get(input, "shape"));

    if (json_array_size(inputs) != 1 || name == NULL || strcmp(name, "image") != 0) {
        reply_problem(&r->reply, 422, NULL, "one input is wanted, \"image\"");
        return false;
    }
    if (type == NULL || strcmp(type, "BYTES") != 0 || n == 0) {
        reply_problem(&r->reply, 422, NULL, "input image: datatype BYTES and shape [n] are wanted");
        return false;
    }
    size = json_object_get(json_object_get(input, "parameters"), "binary_data_size");
    if (size == NULL && json_array_size(data) != n) {
        reply_problem(&r->reply, 422, NULL, "input image: shape says %zu elements, data has %zu", n, json_array_size(data));
        return false;
    }
    if (!request_new_items(r, n))
        return false;
    return size != NULL ? take_binary(r, json_is_integer(size) ? (size_t)json_integer_value(size) : 0) : take_json(r, data);
}

static bool output_known(const json_t *output)
{
    const char *name = json_string_value(json_object_get(output, "name"));

    for (int i = 0; name != NULL && i < OUTPUTS; i++)
        if (strcmp(name, output_names[i]) == 0)
            return true;
    return false;
}

bool prepare_infer(request *r)
{
    static const char *const of_protocol[] = { "binary_data_output", "sequence_id", "sequence_start",
                                               "sequence_end",       "priority",    "timeout" };
    json_t                  *root, *value, *output;
    const char              *name;
    size_t                   i;

    if (!model_known(r) || (root = body_json(&r->body)) == NULL || !take_input(r, json_object_get(root, "inputs")))
        return false;
    json_array_foreach(json_object_get(root, "outputs"), i, output) if (!output_known(output))
    {
        reply_problem(&r->reply, 422, NULL, "outputs[%zu] is none of score, score_fnn, score_clip, label, score_memory", i);
        return false;
    }
    if (strcmp(r->target.variables[0], "rwda") != 0)
        (void)json_object_set_new(r->options, "detector", json_string(r->target.variables[0]));
    json_object_foreach(json_object_get(root, "parameters"), name, value)
    {
        bool skip = false;

        for (size_t k = 0; k < sizeof of_protocol / sizeof of_protocol[0]; k++)
            skip = skip || strcmp(name, of_protocol[k]) == 0;
        if (!skip)
            (void)json_object_set(r->options, name, value);
    }
    if (!request_read_settings(r))
        return false;
    if (r->settings.map != MAP_NONE)
        reply_problem(&r->reply, 422, NULL, "map: /v1/score draws the map of one image");
    else if (r->settings.kinds[0] != '\0')
        reply_problem(&r->reply, 422, NULL, "kinds: /v1/score and /v1/score:batch rank them");
    return r->reply.status == 0;
}

/* ---- The answer ------------------------------------------------------------------------------------------------------------------ */

static const char *label_of(const item *i)
{
    const char *label = item_label(i);

    return label != NULL ? label : "";
}

static float value_of(const item *i, output_tensor which)
{
    switch (which) {
    case SCORE_FNN: return i->score.score_fnn;
    case SCORE_CLIP: return i->score.score_clip;
    case SCORE_MEMORY: return i->score.score_memory;
    default: return i->score.score;
    }
}

static json_t *data_json(const request *r, output_tensor which)
{
    json_t *data = json_array();

    for (size_t i = 0; i < r->work.n_items; i++)
        (void)json_array_append_new(data, which == LABEL ? json_string(label_of(&r->work.items[i]))
                                                         : rw_json_number(value_of(&r->work.items[i], which)));
    return data;
}

static void put_le(FILE *out, uint32_t bits)
{
    for (int k = 0; k < 4; k++)
        fputc((int)(bits >> (8 * k) & 255), out);
}

static void data_binary(FILE *out, const request *r, output_tensor which)
{
    for (size_t i = 0; i < r->work.n_items; i++) {
        float    x    = value_of(&r->work.items[i], which);
        uint32_t bits = 0;

        memcpy(&bits, &x, sizeof bits);
        if (which == LABEL) {
            const char *label = label_of(&r->work.items[i]);

            put_le(out, (uint32_t)strlen(label));
            fputs(label, out);
        } else {
            put_le(out, bits);
        }
    }
}

/* One output, its data in JSON or behind it. */
static json_t *output_of(request *r, output_tensor which, bool binary, FILE *out)
{
    json_t *output = json_pack("{s:s, s:s, s:[I]}", "name", output_names[which], "datatype",
                               which == LABEL ? "BYTES" : "FP32", "shape", (json_int_t)r->work.n_items);
    long    before = ftell(out);

    if (binary) {
        data_binary(out, r, which);
        (void)json_object_set_new(output, "parameters",
                                  json_pack("{s:I}", "binary_data_size", (json_int_t)(ftell(out) - before)));
    } else {
        (void)json_object_set_new(output, "data", data_json(r, which));
    }
    return output;
}

static json_t *outputs_of(request *r, FILE *out)
{
    const json_t *asked = json_object_get(r->body.json, "outputs");
    bool    all_binary  = json_is_true(json_object_get(json_object_get(r->body.json, "parameters"), "binary_data_output"));
    json_t *outputs     = json_array(), *one;
    size_t  i;

    if (json_array_size(asked) == 0) {
        (void)json_array_append_new(outputs, output_of(r, SCORE, all_binary, out));
        if (isfinite(r->settings.threshold) || !isnan(r->service->decision.threshold) ||
            (r->settings.memory != NULL && !isnan(r->settings.memory->decision.threshold)))
            (void)json_array_append_new(outputs, output_of(r, LABEL, all_binary, out));
        return outputs;
    }
    json_array_foreach(asked, i, one)
    {
        const json_t *binary = json_object_get(json_object_get(one, "parameters"), "binary_data");

        for (output_tensor which = SCORE; which < OUTPUTS; which++)
            if (strcmp(json_string_value(json_object_get(one, "name")), output_names[which]) == 0)
                (void)json_array_append_new(outputs,
                                            output_of(r, which, binary != NULL ? json_is_true(binary) : all_binary, out));
    }
    return outputs;
}

/* JSON, then the binary data: one body. */
static void reply_infer(request *r, json_t *root, const char *binary, size_t len)
{
    char  *text = root != NULL ? json_dumps(root, REPLY_JSON_FLAGS) : NULL;
    size_t n    = text != NULL ? strlen(text) : 0;
    char  *body = text != NULL && len > 0 ? realloc(text, n + len) : text;

    if (rw_json_lost() || body == NULL) {
        free(body != NULL ? body : text);
        reply_problem(&r->reply, 503, "RWDA_ENOMEM", "no memory for the answer");
        return;
    }
    if (len > 0)
        memcpy(body + n, binary, len);
    reply_bytes(&r->reply, len > 0 ? "application/octet-stream" : "application/json", body, n + len);
    if (len > 0)
        reply_header(&r->reply, "Inference-Header-Content-Length", "%zu", n);
}

/* The protocol has no place for one failed image among good ones: the request fails with the first. */
void finish_infer(request *r)
{
    const char *id     = json_string_value(json_object_get(r->body.json, "id"));
    char       *binary = NULL;
    size_t      len = 0, bad = 0;
    FILE       *out;
    json_t     *outputs, *root;

    for (size_t i = 0; i < r->work.n_items; i++)
        if (r->work.items[i].err.code != RWDA_OK && bad++ == 0)
            reply_error(&r->reply, &r->work.items[i].err);
    metrics_images(r->service->metrics, r->work.n_items - bad, bad);
    if (bad > 0)
        return;
    out = rw_text_stream(&binary, &len);
    if (out == NULL) {
        reply_problem(&r->reply, 503, "RWDA_ENOMEM", "no memory for the answer");
        return;
    }
    outputs = outputs_of(r, out);
    root    = json_pack("{s:s, s:s, s:s*, s:o}", "model_name", r->target.variables[0], "model_version", "1", "id", id,
                        "outputs", outputs);
    if (rw_text_stream_close(out))
        reply_infer(r, root, binary, len);
    else
        reply_problem(&r->reply, 503, "RWDA_ENOMEM", "no memory for the answer");
    json_decref(root);
    free(binary);
}
