/* image_source_lines.c - a source of images: lines of standard input, each with an answer. */
#include "base/memory.h"
#include "common/input.h"
#include "common/json_watch.h"
#include "common/text.h"

#include <nettle/base64.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_LIMIT  ((size_t)64 << 10)
#define JSON_LIMIT  ((size_t)256 << 20) /* bytes of a line: an image in base64 */
#define JSON_VALUES 65536               /* of a line: parsed, each takes up to some hundred bytes */

typedef struct {
    rw_image_source base;
    bool            json;
    size_t          number; /* of lines so far */
    rw_line_input   lines;
} line_source;

/* What a line without a name is called. */
static rwda_status name_line(rw_image_entry *out, size_t number, rwda_error *err)
{
    char name[40];

    (void)snprintf(name, sizeof name, "line %zu", number);
    return rw_image_entry_name(out, name, err);
}

/* A line that names no image: an answer, and the run goes on. */
static rwda_status refuse(rw_image_entry *out, const char *why)
{
    (void)rw_fail(&out->refused, RWDA_EINVAL, RWDA_NO_OFFSET, "%.300s: %.200s", out->name, why);
    return RWDA_OK;
}

static rwda_status take_image(rw_image_entry *out, const json_t *image, rwda_error *err)
{
    struct base64_decode_ctx decoding;
    size_t                   len = json_string_length(image), room = BASE64_DECODE_LENGTH(len);

    out->bytes = malloc(room + 1);
    if (out->bytes == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.300s: no memory for an image of %zu bytes", out->name, room);
    out->len = room;
    base64_decode_init(&decoding);
    if (!json_is_string(image) || !base64_decode_update(&decoding, &out->len, out->bytes, len, json_string_value(image)) ||
        !base64_decode_final(&decoding))
        return refuse(out, "\"image\" is no base64");
    return RWDA_OK;
}

/* {"path": ..., "image": base64, anything else}: what else there is goes with the image. */
static rwda_status take_object(rw_image_entry *out, json_t *object, size_t number, rwda_error *err)
{
    const json_t *path  = json_object_get(object, "path");
    json_t       *image = json_incref(json_object_get(object, "image"));
    rwda_status   status;

    if (json_is_string(path) && image == NULL)
        RW_TRY(rw_image_entry_path(out, json_string_value(path), err));
    else if (json_is_string(path))
        RW_TRY(rw_image_entry_name(out, json_string_value(path), err));
    else
        RW_TRY(name_line(out, number, err));
    if (path != NULL && !json_is_string(path))
        status = refuse(out, "\"path\" is no text");
    else if (image != NULL)
        status = take_image(out, image, err);
    else if (path == NULL)
        status = refuse(out, "neither \"path\" nor \"image\"");
    RW_TRY(status);
    (void)json_object_del(object, "path");
    (void)json_object_del(object, "image");
    if (json_object_size(object) > 0)
        out->given = json_incref(object);
done:
    json_decref(image);
    return status;
}

/* How many values the line has, up to where it is no JSON: one, one more for each comma, and one for each [ or { that is not closed at once. */
static size_t count_values(const rw_line *line)
{
    size_t values = 1;
    bool   quoted = false, opened = false;

    for (const char *at = line->text, *end = at + line->len; at < end; at++) {
        if (quoted && *at == '\\') {
            at++; /* what is escaped ends no string */
        } else if (*at == '"') {
            quoted = !quoted;
            opened = false;
        } else if (!quoted && strchr(" \t\r\n", *at) == NULL) {
            values += *at == '[' || *at == '{' || *at == ',';
            values -= opened && (*at == ']' || *at == '}');
            opened = *at == '[' || *at == '{';
        }
    }
    return values;
}

static rwda_status take_json(rw_image_entry *out, const rw_line *line, size_t number, rwda_error *err)
{
    json_error_t why;
    json_t      *object = NULL;
    size_t       values = count_values(line);
    char         reason[sizeof why.text + 64];
    rwda_status  status;

    if (values > JSON_VALUES) {
        RW_TRY(name_line(out, number, err));
        (void)snprintf(reason, sizeof reason, "%zu values in its JSON, over the limit of %d", values, JSON_VALUES);
        return refuse(out, reason);
    }
    object = json_loadb(line->text, line->len, JSON_REJECT_DUPLICATES, &why);
    if (rw_json_lost()) { /* or what it says would be less */
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "line %zu: no memory for %zu bytes", number, line->len);
    } else if (json_is_object(object)) {
        status = take_object(out, object, number, err);
    } else {
        RW_TRY(name_line(out, number, err));
        (void)snprintf(reason, sizeof reason, "no JSON object: %s", object == NULL ? why.text : "another value");
        status = refuse(out, reason);
    }
done:
    json_decref(object);
    return status;
}

static rwda_status line_next(rw_image_source *source, rw_image_entry *out, rwda_error *err)
{
    line_source *s      = (line_source *)source;
    rwda_status  status = RWDA_OK;
    rw_line      line;
    char         why[64];

    RW_TRY(rw_line_next(&line, &s->lines, source, err));
    if (line.text == NULL)
        goto done;
    s->number++;
    if (s->json && !line.cut)
        return take_json(out, &line, s->number, err);
    if (line.len > 0 && !line.cut && strlen(line.text) == line.len)
        return rw_image_entry_path(out, line.text, err);
    RW_TRY(name_line(out, s->number, err));
    (void)snprintf(why, sizeof why, "longer than %zu bytes", s->lines.limit);
    status = refuse(out, line.cut ? why : line.len == 0 ? "empty" : "a NUL byte in a path");
done:
    return status;
}

static void line_free(rw_image_source *source)
{
    line_source *s = (line_source *)source;

    free(s->lines.line);
    free(s);
}

rw_image_source *rw_image_source_lines(bool json, bool nul_separated)
{
    line_source *s = calloc(1, sizeof *s);

    if (s == NULL)
        return NULL;
    s->base.next       = line_next;
    s->base.free       = line_free;
    s->json            = json;
    s->lines.separator = nul_separated ? '\0' : '\n';
    s->lines.limit     = json ? JSON_LIMIT : PATH_LIMIT;
    return &s->base;
}
