/* route_memories.c - /v1/memories: making memories of normal images, and the files and threshold files of those there are.  layer: serve */
#include "serve/route_handlers.h"

#include "serve/context.h"
#include "serve/images.h"
#include "serve/memories.h"
#include "serve/metrics.h"

#include <float.h>
#include <math.h>
#include <string.h>

#define NAME_MAX 64 /* bytes of a memory's name */

/* ---- What is asked for ----------------------------------------------------------------------------------------------------------------- */

#define AT(member) offsetof(rwda_memory_options, member)
#define OF_MODEL   (-1) /* MEMORY_SIDE_MAX times the model's input side */

/* Options of a memory that a client may choose.  What the library checks has no bounds here; `most` of an INT is the service's own. */
static const struct {
    const char     *name;
    rwda_field_type type;
    size_t          offset;
    int             most;
    rwda_enum       names; /* of an ENUM */
} options_taken[] = {
    { "image_size", RWDA_FIELD_INT, AT(image_size), OF_MODEL, 0 },
    { "tiles", RWDA_FIELD_INT, AT(tiles), MEMORY_TILES_MAX, 0 },
    { "neighbourhood", RWDA_FIELD_INT, AT(neighbourhood), 7, 0 },
    { "rotations", RWDA_FIELD_INT, AT(rotations), 1, 0 },
    { "share", RWDA_FIELD_FLOAT, AT(share), 0, 0 },
    { "robust", RWDA_FIELD_FLOAT, AT(robust), 0, 0 },
    { "class_weight", RWDA_FIELD_FLOAT, AT(class_weight), 0, 0 },
    { "keep", RWDA_FIELD_FLOAT, AT(keep), 0, 0 },
    { "storage", RWDA_FIELD_ENUM, AT(storage), 0, RWDA_ENUM_PRECISION },
    { "resize", RWDA_FIELD_ENUM, AT(resize), 0, RWDA_ENUM_RESIZE },
    { "crops", RWDA_FIELD_ENUM, AT(crops), 0, RWDA_ENUM_CROPS },
};

/* Numbers come as JSON numbers or, from a query or a form, as text. */
static bool number_of(double *out, const json_t *value)
{
    const char *text = json_string_value(value);
    char       *end  = NULL;

    *out = text != NULL ? strtod(text, &end) : json_number_value(value);
    return isfinite(*out) && (text != NULL ? end != text && *end == '\0' : json_is_number(value));
}

static void read_enum(request *r, size_t which, const json_t *value)
{
    const char *name = options_taken[which].name;
    int         chosen;
    rwda_error  err;

    if (!json_is_string(value))
        reply_problem(&r->reply, 422, NULL, "%s: a string is wanted", name);
    else if (rwda_enum_parse(&chosen, options_taken[which].names, json_string_value(value), &err) != RWDA_OK)
        reply_problem(&r->reply, 422, NULL, "%s: %s", name, err.message);
    else
        memcpy((uint8_t *)&r->work.order.options + options_taken[which].offset, &chosen, sizeof chosen);
}

static void read_whole(request *r, size_t which, const json_t *value)
{
    int    most = options_taken[which].most != OF_MODEL ? options_taken[which].most
                                                        : MEMORY_SIDE_MAX * rwda_model_get_info(r->service->model)->image_size;
    int    whole;
    double number;

    if (!number_of(&number, value) || !(number >= 0 && number <= most) || number > floor(number)) {
        reply_problem(&r->reply, 422, NULL, "%s: a whole number in 0..%d is wanted", options_taken[which].name, most);
        return;
    }
    whole = (int)number;
    memcpy((uint8_t *)&r->work.order.options + options_taken[which].offset, &whole, sizeof whole);
}

static void read_real(request *r, size_t which, const json_t *value)
{
    double number;
    float  real;

    if (!number_of(&number, value) || fabs(number) > FLT_MAX) {
        reply_problem(&r->reply, 422, NULL, "%s: a number is wanted", options_taken[which].name);
        return;
    }
    real = (float)number;
    memcpy((uint8_t *)&r->work.order.options + options_taken[which].offset, &real, sizeof real);
}

static bool read_option(request *r, size_t which, const json_t *value)
{
    switch (options_taken[which].type) {
    case RWDA_FIELD_ENUM: read_enum(r, which, value); break;
    case RWDA_FIELD_INT: read_whole(r, which, value); break;
    default: read_real(r, which, value); break;
    }
    return r->reply.status == 0;
}

static bool take_name(request *r, const json_t *value)
{
    const char *name = json_string_value(value);

    if (name == NULL || name[0] == '\0' || json_string_length(value) > NAME_MAX ||
        strlen(name) != json_string_length(value)) {
        reply_problem(&r->reply, 422, NULL, "name: text of 1..%d bytes is wanted", NAME_MAX);
        return false;
    }
    for (const char *at = name; *at != '\0'; at++)
        if ((unsigned char)*at < 0x20 || *at == 0x7f) {
            reply_problem(&r->reply, 422, NULL, "name: there is a control character in it");
            return false;
        }
    if (!memories_may_be_called(r->service->memories, name)) {
        reply_problem(&r->reply, 409, NULL, "memory \"%.80s\" was given at the start; it stays", name);
        return false;
    }
    strcpy(r->work.order.name, name);
    return true;
}

static bool read_options(request *r)
{
    const char *name;
    json_t     *value;
    int64_t     bytes;
    rwda_error  err;

    json_object_foreach(r->options, name, value)
    {
        size_t i = 0;

        while (i < RW_COUNTOF(options_taken) && strcmp(name, options_taken[i].name) != 0)
            i++;
        if (i == RW_COUNTOF(options_taken) && strcmp(name, "name") != 0) {
            reply_problem(&r->reply, 422, NULL,
                          "no option \"%.60s\" here; there are image_size, tiles, neighbourhood, rotations, share, robust, "
                          "class_weight, keep, storage, resize, crops, name",
                          name);
            return false;
        }
        if (!(i == RW_COUNTOF(options_taken) ? take_name(r, value) : read_option(r, i, value)))
            return false;
    }
    if (rwda_memory_bytes(&bytes, r->service->model, &r->work.order.options, 1, &err) != RWDA_OK)
        reply_error(&r->reply, &err);
    return r->reply.status == 0;
}

static bool may_make(request *r)
{
    if (r->service->limits.memories > 0)
        return true;
    reply_problem(&r->reply, 403, NULL, "this service was started with --max-memories 0");
    return false;
}

/* POST: of the request's images. */
bool prepare_memory(request *r)
{
    r->work.mode                      = WORK_MEMORY;
    r->work.order.options             = (rwda_memory_options)RWDA_MEMORY_OPTIONS_INIT;
    r->work.order.options.orientation = (rwda_orientation)r->service->limits.orientation;
    r->work.order.options.depth       = r->service->limits.depth;
    r->work.order.options.max_bytes   = r->service->limits.memory_bytes;
    return may_make(r) && request_read_images(r) && read_options(r);
}

/* PUT: of a file, by the path's name. */
bool prepare_memory_file(request *r)
{
    const request_body *b    = &r->body;
    json_t             *name = json_string(r->target.variables[0]);
    bool                good = may_make(r) && take_name(r, name);

    json_decref(name);
    r->work.mode = WORK_MEMORY;
    if (good && b->form != NULL)
        reply_problem(&r->reply, 415, NULL, "the body is a form; the bytes of a memory's file are wanted");
    else if (good && (b->n_parts == 0 || b->parts[0].len == 0))
        reply_problem(&r->reply, 422, NULL, "the body is empty: it should be a memory's file");
    else if (good && json_object_size(r->options) > 0)
        reply_problem(&r->reply, 422, NULL, "a memory's file is as it was made: there are no options here");
    if (r->reply.status != 0)
        return false;
    r->work.order.file = b->parts[0].bytes;
    r->work.order.len  = b->parts[0].len;
    return true;
}

/* ---- Answers --------------------------------------------------------------------------------------------------------------------------- */

/* The memory is there, or the reply says why not. */
void finish_memory(request *r)
{
    const memory_entry *entry = r->settings.memory;
    json_t             *root;

    metrics_images(r->service->metrics, entry != NULL ? r->work.n_items : 0, entry != NULL ? 0 : r->work.n_items);
    if (entry == NULL)
        return;
    root = memories_describe_whole(entry);
    (void)json_object_set_new(root, "repeated", json_integer((json_int_t)r->work.order.repeated));
    reply_json(&r->reply, root != NULL ? 201 : 503, root);
    reply_header(&r->reply, "Location", "/v1/memories/%s", entry->id);
}

void answer_memories(request *r)
{
    reply_json(&r->reply, 200,
               json_pack("{s:s, s:o}", "schema", "rwda.memories/1", "memories", memories_describe(r->service->memories)));
}

/* Held until the answer is sent: by the request's settings. */
static const memory_entry *find(request *r)
{
    const char *id = r->target.variables[0];

    r->settings.memory = memories_hold(r->service->memories, id);
    if (r->settings.memory == NULL)
        reply_problem(&r->reply, 404, NULL, "no memory \"%.80s\"; GET /v1/memories lists them", id);
    return r->settings.memory;
}

/* The safetensors file, as 'rwda score --memory' reads it. */
void answer_memory(request *r)
{
    const memory_entry *entry = find(r);
    const void         *bytes;
    size_t              len;

    if (entry == NULL)
        return;
    bytes = rwda_memory_file(entry->memory, &len);
    reply_fixed(&r->reply, "application/octet-stream", bytes, len);
    reply_header(&r->reply, "Content-Disposition", "attachment; filename=\"memory-%s.safetensors\"", entry->id);
}

/* What 'rwda calibrate --memory' writes. */
void answer_memory_thresholds(request *r)
{
    const memory_entry *entry = find(r);
    const char         *text;

    if (entry == NULL)
        return;
    if (entry->decision.calibration == NULL) {
        reply_problem(&r->reply, 404, NULL,
                      "memory \"%.80s\" has no leave-one-out scores: two images are the least for some", entry->name);
        return;
    }
    text = rwda_thresholds_text(entry->decision.calibration);
    reply_fixed(&r->reply, "application/json", text, strlen(text));
    reply_header(&r->reply, "Content-Disposition", "attachment; filename=\"thresholds-%s.json\"", entry->id);
}

void answer_memory_delete(request *r)
{
    if (memories_remove(r->service->memories, r->target.variables[0]))
        reply_json(&r->reply, 200, json_pack("{s:s}", "removed", r->target.variables[0]));
    else if (find(r) != NULL)
        reply_problem(&r->reply, 409, NULL, "memory \"%.80s\" was given at the start; it stays", r->target.variables[0]);
}
