#include "serve/images.h"

#include <stdio.h>
#include <string.h>

/* {"image": BASE64, "name": NAME} -> an item; `where` names it in messages. */
static bool json_image(request *r, item *i, const json_t *object, const char *where)
{
    const json_t *image = json_object_get(object, "image"), *name = json_object_get(object, "name");

    if (!json_is_string(image) || (name != NULL && !json_is_string(name))) {
        reply_problem(&r->reply, 422, NULL, "%s: \"image\" is the image in base64, \"name\" (optional) a string", where);
        return false;
    }
    i->name  = json_string_value(name);
    i->bytes = body_base64(&r->body, json_string_value(image), json_string_length(image), &i->len);
    if (i->bytes == NULL)
        reply_problem(&r->reply, 422, NULL, "%s: \"image\" is not base64", where);
    return i->bytes != NULL;
}

static bool is_image_key(const char *key)
{
    return strcmp(key, "images") == 0 || strcmp(key, "image") == 0;
}

static bool json_images(request *r)
{
    json_t     *root = body_json(&r->body), *list, *value;
    const char *key;

    if (root == NULL)
        return false;
    list = json_object_get(root, "images");
    if (list != NULL && !json_is_array(list)) {
        reply_problem(&r->reply, 422, NULL, "\"images\" is not a list");
        return false;
    }
    if (!request_new_items(r, list != NULL ? json_array_size(list) : 1))
        return false;
    for (size_t i = 0; i < r->work.n_items; i++) {
        char where[32] = "the body";

        if (list != NULL)
            (void)snprintf(where, sizeof where, "images[%zu]", i);
        if (!json_image(r, &r->work.items[i], list != NULL ? json_array_get(list, i) : root, where))
            return false;
    }
    json_object_foreach(root, key, value)
    {
        if (!is_image_key(key) && (list != NULL || strcmp(key, "name") != 0)) /* beside one image: its name */
            (void)json_object_set(r->options, key, value);
    }
    return true;
}

static bool is_image_field(const body_part *part)
{
    return part->file != NULL || is_image_key(part->name) || strcmp(part->name, "file") == 0;
}

static bool form_images(request *r)
{
    const request_body *b = &r->body;
    size_t              n = 0;
    item               *next;

    if (!body_form_end(&r->body))
        return false;
    for (size_t i = 0; i < b->n_parts; i++)
        n += is_image_field(&b->parts[i]);
    if (!request_new_items(r, n))
        return false;
    next = r->work.items;
    for (size_t i = 0; i < b->n_parts; i++) {
        const body_part *part = &b->parts[i];

        if (is_image_field(part)) {
            next->name  = part->file;
            next->bytes = part->bytes;
            next->len   = part->len;
            next++;
        } else if (json_object_set_new(r->options, part->name,
                                       json_stringn(part->bytes != NULL ? part->bytes : "", part->len)) != 0) {
            reply_problem(&r->reply, 400, NULL, "a field of the form is not UTF-8");
            return false;
        }
    }
    return true;
}

/* curl --data-binary calls its bytes application/x-www-form-urlencoded unless told otherwise: taken as an image too. */
static bool may_be_an_image(const request_body *b)
{
    return b->type[0] == '\0' || body_is_type(b, "image/") || body_is_type(b, "application/octet-stream") ||
           body_is_type(b, "application/x-www-form-urlencoded");
}

bool request_read_images(request *r)
{
    if (r->body.form != NULL)
        return form_images(r);
    if (body_is_type(&r->body, "application/json"))
        return json_images(r);
    if (!may_be_an_image(&r->body)) {
        reply_problem(&r->reply, 415, NULL, "Content-Type %.60s is not an image, form or JSON", r->body.type);
        return false;
    }
    if (r->body.n_parts == 0) {
        reply_problem(&r->reply, 422, NULL, "the body is empty: it should be an image");
        return false;
    }
    if (!request_new_items(r, 1))
        return false;
    r->work.items[0].name  = json_string_value(json_object_get(r->options, "name"));
    r->work.items[0].bytes = r->body.parts[0].bytes;
    r->work.items[0].len   = r->body.parts[0].len;
    return true;
}
