/* test_memory_bank.c - is every byte that a memory's file should not have refused? */
#include "anomaly/memory_bank.h"

#include "base/file.h"
#include "tests/unit/memory_rig.h"

#include <jansson.h>
#include <math.h>
#include <stdbool.h>

#define IMAGES 4

static rwda_model   *model;
static rwda_session *session;
static rig_image     images[IMAGES];

static const rwda_memory_options defaults = RWDA_MEMORY_OPTIONS_INIT;

static int set_up(void **state)
{
    if (rig_begin(state) != 0)
        return 1;
    model   = rig_model(0, RWDA_CPU_AUTO);
    session = rig_session(model, 1, 16);
    rig_images_make(images, IMAGES);
    return 0;
}

static int tear_down(void **state)
{
    rwda_session_free(session);
    rwda_model_free(model);
    return rig_end(state);
}

static rwda_memory *memory_of(rwda_precision storage, float keep)
{
    rwda_memory_options o = defaults;

    o.storage = storage;
    o.keep    = keep;
    return rig_memory(session, &o, images, IMAGES);
}

static void another_models_memory_is_refused(void **state)
{
    rwda_memory         *m = memory_of(RWDA_PRECISION_F32, 1.0f), *out = POISON;
    rwda_model          *demo;
    rwda_session        *other;
    rwda_scorer         *scorer  = POISON;
    rwda_memory_builder *builder = POISON;
    rwda_scorer_options  o       = RWDA_SCORER_OPTIONS_INIT;
    size_t               len;
    const void          *bytes = rwda_memory_file(m, &len);
    rwda_error           err   = { 0 };

    (void)state;
    assert_ok(rwda_model_open(&demo, RWDA_TEST_DIR "/model", NULL, &err), err);
    other = rig_session(demo, 1, 1);
    assert_refused("decode", rwda_memory_decode(&out, demo, bytes, len, 0, &err), RWDA_EMISMATCH, &err,
                   rwda_model_get_info(demo)->sha256);
    assert_non_null(strstr(err.message, rwda_model_get_info(model)->sha256));
    assert_null(out);
    assert_refused("builder", rwda_memory_builder_new(&builder, other, m, NULL, &err), RWDA_EMISMATCH, &err,
                   rwda_model_get_info(demo)->sha256);
    assert_null(builder);
    o.memory = m;
    assert_refused("scorer", rwda_scorer_new(&scorer, other, NULL, &o, &err), RWDA_EMISMATCH, &err,
                   "the memory was made with");
    assert_null(scorer);
    rwda_session_free(other);
    rwda_model_free(demo);
    rwda_memory_free(m);
}

/* The same checkpoint, opened with another input side: patches are seen at the memory's side, embeddings would be others. */
static void another_input_side_is_refused(void **state)
{
    rwda_model         *large = rig_model(24, RWDA_CPU_AUTO), *larger = rig_model(32, RWDA_CPU_AUTO);
    rwda_memory        *m = memory_of(RWDA_PRECISION_F32, 1.0f), *out = POISON, *plain, *again;
    rwda_memory_options o = defaults;
    size_t              len;
    const void         *bytes = rwda_memory_file(m, &len);
    rwda_error          err   = { 0 };

    (void)state;
    assert_refused("embeddings", rwda_memory_decode(&out, large, bytes, len, 0, &err), RWDA_EMISMATCH, &err,
                   "made with the model at input side 16, it is open at 24");
    assert_null(out);
    {
        rwda_session        *other   = rig_session(large, 1, 1);
        rwda_scorer_options  scoring = RWDA_SCORER_OPTIONS_INIT;
        rwda_memory_builder *b       = POISON;
        rwda_scorer         *scorer  = POISON;

        scoring.memory = m;
        assert_refused("builder", rwda_memory_builder_new(&b, other, m, NULL, &err), RWDA_EMISMATCH, &err,
                       "it is open at 24");
        assert_refused("scorer", rwda_scorer_new(&scorer, other, NULL, &scoring, &err), RWDA_EMISMATCH, &err,
                       "it is open at 24");
        assert_true(b == NULL && scorer == NULL);
        rwda_session_free(other);
    }
    rwda_memory_free(m);
    o.words = 0; /* without them: 24 is the memory's side too */
    plain   = rig_memory(session, &o, images, IMAGES);
    bytes   = rwda_memory_file(plain, &len);
    assert_ok(rwda_memory_decode(&again, large, bytes, len, 0, &err), err);
    assert_memory_equal(again->view.vision.positions, plain->view.vision.positions, 10 * 16 * sizeof(float));
    rwda_memory_free(again);
    assert_refused("twice", rwda_memory_decode(&out, larger, bytes, len, 0, &err), RWDA_EMISMATCH, &err,
                   "at input side 24, the model was opened with 32 instead of its own 16");
    assert_null(out);
    rwda_memory_free(plain);
    rwda_model_free(large);
    rwda_model_free(larger);
}

/* ---- Hostile files ------------------------------------------------------------------------------------------------------- */

/* A memory's file in its parts, to be changed and put together again. */
typedef struct {
    rw_tensor_out tensors[16];
    char          names[16][32];
    uint8_t      *data[16]; /* with room for more */
    size_t        bytes[16], count;
    const char   *metadata[8][2];
    size_t        n_metadata;
    rwda_memory  *memory; /* whose strings these are */
} parts;

static void parts_take(parts *p, rwda_precision storage, float keep)
{
    static const char *const keys[] = { "format",    "recipe",       "model_sha256", "model_size",
                                        "precision", "rwda_version", "preprocessing" };
    const rw_safetensors    *file;

    *p       = (parts){ .memory = memory_of(storage, keep) };
    file     = p->memory->file;
    p->count = rw_safetensors_count(file);
    for (size_t i = 0; i < p->count; i++) {
        const rw_tensor_view *view = rw_safetensors_at(file, i);

        (void)snprintf(p->names[i], sizeof p->names[i], "%s", view->name);
        p->data[i]  = rw_new_array(view->nbytes + 4096, 1);
        p->bytes[i] = view->nbytes;
        memcpy(p->data[i], view->data, view->nbytes);
        p->tensors[i] = (rw_tensor_out){
            p->names[i], p->data[i], view->ndim, { view->shape[0], view->ndim > 1 ? view->shape[1] : 0 }, view->dtype
        };
    }
    for (size_t i = 0; i < RW_COUNTOF(keys); i++) {
        p->metadata[i][0] = keys[i];
        p->metadata[i][1] = rw_safetensors_metadata(file, keys[i]);
    }
    p->n_metadata = RW_COUNTOF(keys);
}

static void parts_free(parts *p)
{
    for (size_t i = 0; i < RW_COUNTOF(p->data); i++)
        free(p->data[i]);
    rwda_memory_free(p->memory);
}

static size_t find(const parts *p, const char *name)
{
    for (size_t i = 0; i < p->count; i++)
        if (strcmp(p->names[i], name) == 0)
            return i;
    fail_msg("no tensor %s", name);
    return 0;
}

static rwda_status parts_decode(rwda_memory **out, const parts *p, rwda_error *err)
{
    uint8_t    *bytes;
    size_t      len;
    guarded     g;
    rwda_status status;

    assert_ok(rw_safetensors_build(&bytes, &len, p->tensors, p->count, p->metadata, p->n_metadata, err), *err);
    g      = guarded_copy(bytes, len);
    *out   = POISON;
    status = rwda_memory_decode(out, model, g.bytes, g.len, 0, err);
    if (status != RWDA_OK)
        assert_null(*out);
    guarded_free(&g);
    free(bytes);
    return status;
}

static void refuse(const char *what, const parts *p, rwda_status wanted, const char *says)
{
    rwda_memory *m;
    rwda_error   err = { 0 };

    assert_refused(what, parts_decode(&m, p, &err), wanted, &err, says);
}

static void every_tensor_must_be_there_and_fit(void **state)
{
    static const rwda_precision storages[] = { RWDA_PRECISION_F32, RWDA_PRECISION_F16, RWDA_PRECISION_INT8 };

    (void)state;
    for (size_t s = 0; s < RW_COUNTOF(storages); s++) {
        parts        p, changed;
        rwda_memory *m;
        rwda_error   err = { 0 };

        parts_take(&p, storages[s], 1.0f);
        assert_ok(parts_decode(&m, &p, &err), err);
        assert_same_memory("put together again", m, p.memory);
        rwda_memory_free(m);
        for (size_t i = 0; i < p.count; i++) {
            bool list = strcmp(p.names[i], "images") == 0;

            changed = p; /* missing */
            changed.count--;
            changed.tensors[i] = p.tensors[p.count - 1];
            refuse(p.names[i], &changed, RWDA_EFORMAT, list ? "list of images" : p.names[i]);
            changed                 = p; /* renamed: one is missing, one is too many */
            changed.tensors[i].name = "other";
            refuse(p.names[i], &changed, RWDA_EFORMAT, list ? "list of images" : p.names[i]);
            for (int dtype = RW_F32; dtype <= RW_BOOL; dtype++) { /* of another type */
                changed = p;
                if ((rw_dtype)dtype == p.tensors[i].dtype ||
                    rw_dtype_bytes((rw_dtype)dtype) * p.bytes[i] > p.bytes[i] + 4096)
                    continue;
                changed.tensors[i].dtype = (rw_dtype)dtype;
                refuse(p.names[i], &changed, list ? RWDA_EFORMAT : RWDA_EMISMATCH, list ? "list of images" : p.names[i]);
            }
            for (size_t shape = 0; shape < 6 && !list; shape++) { /* of another shape */
                rw_tensor_out *t = &changed.tensors[i];

                changed = p;
                if (shape == 0)
                    t->shape[0]++;
                else if (shape == 1)
                    t->shape[0]--;
                else if (shape == 2)
                    t->shape[0] = 0;
                else if (shape == 3 && t->ndim == 2)
                    t->shape[1]++;
                else if (shape == 3)
                    *t = (rw_tensor_out){ t->name, t->data, 2, { t->shape[0], 1 }, t->dtype };
                else if (shape == 4 && t->ndim == 2)
                    *t = (rw_tensor_out){ t->name, t->data, 1, { t->shape[0] * t->shape[1] }, t->dtype };
                else if (shape == 4)
                    t->ndim = 0;
                else if (t->ndim == 2)
                    *t = (rw_tensor_out){ t->name, t->data, 2, { t->shape[1], t->shape[0] }, t->dtype };
                else
                    *t = (rw_tensor_out){ t->name, t->data, 3, { t->shape[0], 1, 1 }, t->dtype };
                refuse(p.names[i], &changed, RWDA_EMISMATCH, p.names[i]);
            }
        }
        changed                        = p; /* one too many */
        changed.tensors[changed.count] = (rw_tensor_out){ "more", p.data[0], 1, { 4 }, RW_F32 };
        changed.count++;
        refuse("more", &changed, RWDA_EMISMATCH, "the recipe wants");
        parts_free(&p);
    }
}

static void metadata_must_be_right(void **state)
{
    static const struct {
        const char *key, *value; /* NULL: missing */
        rwda_status status;
        const char *says;
    } cases[] = {
        { "format", NULL, RWDA_EFORMAT, "is not a memory: metadata \"format\" is \"\"" },
        { "format", "rwda.memory/2", RWDA_EFORMAT, "rwda.memory/2" },
        { "format", "rwda.detector/1", RWDA_EFORMAT, "expected \"rwda.memory/1\"" },
        { "recipe", NULL, RWDA_EFORMAT, "missing" },
        { "recipe", "", RWDA_EFORMAT, "not a JSON object" },
        { "recipe", "{}", RWDA_EFORMAT, "0 settings" },
        { "model_sha256", NULL, RWDA_EFORMAT, "model_sha256" },
        { "model_sha256", "abc", RWDA_EFORMAT, "model_sha256" },
        { "model_sha256", "X123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", RWDA_EFORMAT, "model_sha256" },
        { "model_sha256", "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", RWDA_EMISMATCH,
          "0123456789abcdef" },
        { "model_size", NULL, RWDA_EFORMAT, "model_size" },
        { "model_size", "", RWDA_EFORMAT, "model_size" },
        { "model_size", "0", RWDA_EFORMAT, "model_size" },
        { "model_size", "-16", RWDA_EFORMAT, "model_size" },
        { "model_size", "16x", RWDA_EFORMAT, "model_size" },
        { "model_size", "4294967312", RWDA_EFORMAT, "model_size" },
        { "model_size", "24", RWDA_EMISMATCH, "input side 24" },
        { "precision", NULL, RWDA_EFORMAT, "precision" },
        { "precision", "auto", RWDA_EFORMAT, "precision" },
        { "precision", "f64", RWDA_EFORMAT, "precision" },
        { "preprocessing", "0", RWDA_EFORMAT, "preprocessing \"0\" is not in 1..2" },
        { "preprocessing", "two", RWDA_EFORMAT, "preprocessing \"two\"" },
        { "preprocessing", "2x", RWDA_EFORMAT, "preprocessing \"2x\"" },
        { "preprocessing", "3", RWDA_EUNSUPPORTED, "preprocessing \"3\" is not in 1..2, the versions that rwda" },
    };
    parts p;

    (void)state;
    parts_take(&p, RWDA_PRECISION_F32, 1.0f);
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        parts  changed = p;
        size_t at      = 0;

        while (strcmp(p.metadata[at][0], cases[i].key) != 0)
            at++;
        changed.metadata[at][1] = cases[i].value;
        if (cases[i].value == NULL) {
            changed.n_metadata--;
            memcpy(changed.metadata[at], changed.metadata[changed.n_metadata], sizeof changed.metadata[at]);
        }
        refuse(cases[i].key, &changed, cases[i].status, cases[i].says);
    }
    parts_free(&p);
}

/* Files of preprocessing 1 do not say it, nor how their images were read: they fit every way. */
static void files_from_before_are_read(void **state)
{
    parts        p;
    char         recipe[512];
    const char  *text;
    rwda_memory *m;
    rwda_error   err = { 0 };

    (void)state;
    parts_take(&p, RWDA_PRECISION_F32, 1.0f);
    assert_int_equal(rwda_memory_get_info(p.memory)->preprocessing, RWDA_PREPROCESSING);
    text = p.metadata[1][1];
    (void)snprintf(recipe, sizeof recipe, "%.*s}", (int)(strstr(text, ",\"orientation\"") - text), text);
    p.metadata[1][1] = recipe;
    p.n_metadata--; /* preprocessing is the last */
    assert_ok(parts_decode(&m, &p, &err), err);
    assert_int_equal(rwda_memory_get_info(m)->preprocessing, 1);
    assert_ok(rw_memory_check_reading(m, RWDA_ORIENTATION_STORED, 12, &err), err);
    assert_ok(rw_memory_check_reading(m, RWDA_ORIENTATION_TURNED, 0, &err), err);
    rwda_memory_free(m);
    p.metadata[1][1] = text; /* as a builder writes what began with such a file */
    assert_ok(parts_decode(&m, &p, &err), err);
    assert_int_equal(rwda_memory_get_info(m)->preprocessing, 1);
    rwda_memory_free(m);
    parts_free(&p);
}

/* The recipe says one thing, the tensors another. */
static void recipes_and_tensors_must_agree(void **state)
{
    static const struct {
        const char *from, *to;
        rwda_status status;
    } cases[] = {
        { "\"layers\":[1,2]", "\"layers\":[1]", RWDA_EFORMAT },
        { "\"layers\":[1,2]", "\"layers\":[2]", RWDA_EFORMAT },
        { "\"image_size\":24", "\"image_size\":16", RWDA_EFORMAT },
        { "\"image_size\":24", "\"image_size\":4096", RWDA_EFORMAT },
        { "\"tiles\":1", "\"tiles\":2", RWDA_EFORMAT },
        { "\"rotations\":0", "\"rotations\":1", RWDA_EFORMAT },
        { "\"storage\":\"f32\"", "\"storage\":\"f16\"", RWDA_EMISMATCH },
        { "\"storage\":\"f32\"", "\"storage\":\"int8\"", RWDA_EMISMATCH },
        { "\"words\":1", "\"words\":0", RWDA_EMISMATCH },
        { "\"crops\":\"one\"", "\"crops\":\"2x2\"", RWDA_EMISMATCH },
    };
    parts p;

    (void)state;
    parts_take(&p, RWDA_PRECISION_F32, 1.0f);
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        parts       changed = p;
        char        recipe[512];
        const char *at = strstr(p.metadata[1][1], cases[i].from);

        assert_non_null(at);
        (void)snprintf(recipe, sizeof recipe, "%.*s%s%s", (int)(at - p.metadata[1][1]), p.metadata[1][1], cases[i].to,
                       at + strlen(cases[i].from));
        changed.metadata[1][1] = recipe;
        refuse(cases[i].to, &changed, cases[i].status, "memory");
    }
    parts_free(&p);
}

/* Replaces the list of images. */
static void set_list(parts *p, const char *text)
{
    size_t i = find(p, "images");

    free(p->data[i]);
    p->data[i]             = (uint8_t *)rw_string_copy(text);
    p->tensors[i].data     = p->data[i];
    p->tensors[i].shape[0] = strlen(text);
}

/* Refused before it is parsed, which would take a hundred times its bytes: by its first value it is no image, and the message is another. */
static void long_lists_are_not_parsed(void **state)
{
    static const char *const values[] = { "{},", "[],", "0,  ", "[[]" };
    enum { VALUES = 20000 };
    parts p;

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(values); i++) {
        size_t len  = strlen(values[i]);
        char  *text = malloc(len * VALUES + 2);

        assert_non_null(text);
        text[0] = '[';
        for (size_t k = 0; k < VALUES; k++)
            memcpy(text + 1 + k * len, values[i], len);
        text[len * VALUES]     = ']'; /* in place of the last comma */
        text[len * VALUES + 1] = '\0';
        parts_take(&p, RWDA_PRECISION_F32, 1.0f);
        set_list(&p, text);
        refuse(values[i], &p, RWDA_EFORMAT, "its list of images is missing, damaged");
        free(text);
        parts_free(&p);
    }
}

static void lists_of_images_must_fit(void **state)
{
    parts  p;
    char  *good;
    size_t at;

    (void)state;
    for (int thinned = 0; thinned < 2; thinned++) {
        static const struct {
            const char *key, *value; /* of image 1; NULL: missing */
        } cases[] = {
            { "name", NULL },
            { "name", "7" },
            { "name", "\"a\\u0001\"" },
            { "name", "\"\\u007f\"" },
            { "sha256", NULL },
            { "sha256", "1" },
            { "sha256", "\"ab\"" },
            { "tokens", NULL },
            { "tokens", "9" },
            { "tokens", "[9]" },
            { "tokens", "[]" },
            { "tokens", "[9,9,9]" },
            { "tokens", "[9,10]" },
            { "tokens", "[9,-1]" },
            { "tokens", "[9,\"9\"]" },
            { "tokens", "[9,9.0]" },
            { "tokens", "[9,9223372036854775807]" },
            { "tokens", "{\"0\":9,\"1\":9}" },
            { "sha256", "\"FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\"" },
        };
        static const char *const texts[] = { "",    "[",    "{}",   "[]",       "null",
                                             "[1]", "[[]]", "[{}]", "\xff\xfe", "[{\"name\":\"\xff\"}]" };

        parts_take(&p, RWDA_PRECISION_F32, thinned ? 0.5f : 1.0f);
        at   = find(&p, "images");
        good = strndup((const char *)p.data[at], p.bytes[at]);
        for (size_t i = 0; i < RW_COUNTOF(texts); i++) {
            set_list(&p, texts[i]);
            refuse(texts[i], &p, RWDA_EFORMAT, "list");
        }
        for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
            json_t *list = json_loads(good, 0, NULL), *image = json_array_get(list, 1);
            char   *text;

            if (cases[i].value == NULL)
                json_object_del(image, cases[i].key);
            else
                json_object_set_new(image, cases[i].key, json_loads(cases[i].value, JSON_DECODE_ANY, NULL));
            text = json_dumps(list, JSON_COMPACT);
            set_list(&p, text);
            refuse(cases[i].value, &p, RWDA_EFORMAT, "image 1 of its list");
            free(text);
            json_decref(list);
        }
        for (size_t way = 0; way < 5; way++) {
            json_t *list = json_loads(good, 0, NULL);
            char   *text;

            if (way == 0) /* out of order */
                json_array_append(list, json_array_get(list, 0));
            else if (way == 1) /* twice */
                json_array_insert(list, 1, json_array_get(list, 0));
            else if (way == 2) /* too few */
                json_array_remove(list, 3);
            else if (way == 3) { /* a name that is too long */
                char name[RW_MEMORY_NAME_MAX + 2];

                memset(name, 'x', sizeof name - 1);
                name[sizeof name - 1] = '\0';
                json_object_set_new(json_array_get(list, 0), "name", json_string(name));
            } else
                json_array_append_new(list, json_null());
            text = json_dumps(list, JSON_COMPACT);
            set_list(&p, text);
            refuse(text, &p, way == 2 ? RWDA_EMISMATCH : RWDA_EFORMAT, way == 2 ? "layer.1" : "of its list");
            free(text);
            json_decref(list);
        }
        free(good);
        parts_free(&p);
    }
}

/* A thinned memory in which no image has a token of one layer. */
static void a_layer_without_tokens_is_refused(void **state)
{
    parts   p;
    json_t *list;
    size_t  at, i;
    char   *text;

    (void)state;
    parts_take(&p, RWDA_PRECISION_F32, 0.5f);
    at   = find(&p, "images");
    list = json_loadb((const char *)p.data[at], p.bytes[at], 0, NULL);
    for (i = 0; i < json_array_size(list); i++)
        json_array_set_new(json_object_get(json_array_get(list, i), "tokens"), 0, json_integer(0));
    text = json_dumps(list, JSON_COMPACT);
    set_list(&p, text);
    p.tensors[find(&p, "layer.1")].shape[0] = 0;
    refuse("no tokens", &p, RWDA_EFORMAT, "no tokens of block 1");
    free(text);
    json_decref(list);
    parts_free(&p);
}

static void set_float(parts *p, const char *name, size_t element, float value)
{
    memcpy(p->data[find(p, name)] + element * sizeof value, &value, sizeof value);
}

static float get_float(const parts *p, const char *name, size_t element)
{
    float value;

    memcpy(&value, p->data[find(p, name)] + element * sizeof value, sizeof value);
    return value;
}

static void numbers_must_be_those_of_unit_vectors(void **state)
{
    static const float bad[] = { NAN, INFINITY, -INFINITY, 1.5f, -3.0f, 3e38f };
    parts              p;

    (void)state;
    parts_take(&p, RWDA_PRECISION_F32, 1.0f);
    for (size_t token = 0; token < IMAGES * 9; token += 7)
        for (size_t b = 0; b < RW_COUNTOF(bad); b++) {
            static const char *const names[] = { "layer.1", "layer.2" };

            for (size_t l = 0; l < 2; l++) {
                size_t element = token * 16 + (token + b) % 16;
                float  was     = get_float(&p, names[l], element);

                set_float(&p, names[l], element, bad[b]);
                refuse(names[l], &p, RWDA_EFORMAT, l == 0 ? "block 1 is not a unit" : "block 2 is not a unit");
                set_float(&p, names[l], element, was);
            }
        }
    for (size_t b = 0; b < RW_COUNTOF(bad); b++) {
        float was = get_float(&p, "embeddings", 13);

        set_float(&p, "embeddings", 13, bad[b]);
        refuse("embeddings", &p, RWDA_EFORMAT, isfinite(bad[b]) ? "embedding is not a unit" : "element 13 is not finite");
        set_float(&p, "embeddings", 13, was);
        set_float(&p, "scores", 2, isnan(bad[b]) ? -0.25f : bad[b]); /* NaN is a score that there is not */
        refuse("scores", &p, RWDA_EFORMAT, isinf(bad[b]) ? "element 2 is not finite" : "score 2 is");
        set_float(&p, "scores", 2, 0.5f);
    }
    for (size_t j = 0; j < 16; j++)
        set_float(&p, "layer.1", j, 0.0f);
    refuse("zeros", &p, RWDA_EFORMAT, "block 1 is not a unit");
    parts_free(&p);
    parts_take(&p, RWDA_PRECISION_F16, 1.0f);
    for (size_t i = 0; i < 3; i++) {
        static const uint16_t halves[] = { 0x7e00, 0x7c00, 0x4200 }; /* NaN, infinity, 3 */
        uint16_t             *at = (uint16_t *)(void *)p.data[find(&p, "layer.2")] + 40, was = *at;

        *at = halves[i];
        refuse("f16", &p, RWDA_EFORMAT, "block 2 is not a unit");
        *at = was;
    }
    parts_free(&p);
    parts_take(&p, RWDA_PRECISION_INT8, 1.0f);
    for (size_t b = 0; b < RW_COUNTOF(bad) + 1; b++) { /* scales that lie */
        float was = get_float(&p, "scale.1", 5);

        set_float(&p, "scale.1", 5, b < RW_COUNTOF(bad) ? bad[b] : 0.0f);
        refuse("scale", &p, RWDA_EFORMAT, "block 1 is not a unit");
        set_float(&p, "scale.1", 5, was);
    }
    memset(p.data[find(&p, "layer.1")], -128, 16); /* an integer that is never written: the token is too long */
    refuse("-128", &p, RWDA_EFORMAT, "block 1 is not a unit");
    parts_free(&p);
}

/* The whole file, cut or changed anywhere. */
static void damaged_files_are_refused_or_whole(void **state)
{
    static const rwda_precision storages[] = { RWDA_PRECISION_F32, RWDA_PRECISION_F16, RWDA_PRECISION_INT8 };

    (void)state;
    for (size_t s = 0; s < RW_COUNTOF(storages); s++) {
        rwda_memory *m = memory_of(storages[s], s == 1 ? 0.5f : 1.0f), *read;
        size_t       len;
        const void  *bytes = rwda_memory_file(m, &len);
        rwda_error   err   = { 0 };

        assert_int_equal(rwda_memory_decode(&read, model, NULL, 0, 0, &err), RWDA_EFORMAT);
        for (size_t n = 0; n < len; n += n < 2048 ? 7 : 100) {
            guarded g = guarded_copy(bytes, n);

            read = POISON;
            if (rwda_memory_decode(&read, model, g.bytes, g.len, 0, &err) == RWDA_OK)
                fail_msg("%zu of %zu bytes are a memory", n, len);
            assert_null(read);
            guarded_free(&g);
        }
        for (size_t i = 0; i < len; i += i < 2048 ? 3 : 41) {
            guarded g = guarded_copy(bytes, len);

            g.bytes[i] ^= 0x91;
            if (rwda_memory_decode(&read, model, g.bytes, g.len, 0, NULL) == RWDA_OK) {
                rwda_scorer *scorer = rig_scorer(session, read);
                rwda_score   score  = rig_score(session, scorer, &images[0].image);

                assert_true(score.score >= 0.0f && score.score <= 1.0f);
                rwda_scorer_free(scorer);
                rwda_memory_free(read);
            }
            guarded_free(&g);
        }
        rwda_memory_free(m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_models_memory_is_refused),   cmocka_unit_test(another_input_side_is_refused),
        cmocka_unit_test(every_tensor_must_be_there_and_fit), cmocka_unit_test(metadata_must_be_right),
        cmocka_unit_test(files_from_before_are_read),         cmocka_unit_test(recipes_and_tensors_must_agree),
        cmocka_unit_test(lists_of_images_must_fit),           cmocka_unit_test(long_lists_are_not_parsed),
        cmocka_unit_test(a_layer_without_tokens_is_refused),  cmocka_unit_test(numbers_must_be_those_of_unit_vectors),
        cmocka_unit_test(damaged_files_are_refused_or_whole),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
