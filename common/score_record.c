#include "common/score_record.h"

#include "common/text.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "rwda.score/1"

static const char *prefixed(char out[80], const char *sha256)
{
    (void)snprintf(out, 80, "sha256:%s", sha256 != NULL ? sha256 : "");
    return sha256 != NULL ? out : NULL;
}

/* What the distance to a memory is called in a record of this scoring. */
static const char *memory_key(const json_t *scoring)
{
    const char *method = json_string_value(json_object_get(scoring, "method"));

    return method != NULL && strncmp(method, "mutual", strlen("mutual")) == 0 ? "score_mutual" : "score_memory";
}

json_t *score_record_json(const score_record *r)
{
    char    model[80], detector[80];
    json_t *memory = isnan(r->score->score_memory) ? NULL : rw_json_number((double)r->score->score_memory);

    return json_pack(
        "{s:s, s:o, s:i, s:i, s:o, s:o, s:o, s:o, s:o*, s:s?, s:o, s:o, s:o*, s:o*, s:o*, s:s?, s:s, s:O, s:O*, "
        "s:{s:f, s:f, s:f}}",
        "schema", SCHEMA, "path", rw_json_text(r->name), "width", r->width, "height", r->height, "score",
        rw_json_number((double)r->score->score), "logit", rw_json_number((double)r->score->logit), "score_fnn",
        rw_json_number((double)r->score->score_fnn), "score_clip", rw_json_number((double)r->score->score_clip),
        memory_key(r->scoring), memory, "label", r->label, "threshold", rw_json_number(r->threshold), "p_value",
        rw_json_number(r->p_value), "map", r->map, "kinds", r->kinds, "kinds_region", r->kinds_region, "detector",
        prefixed(detector, r->detector), "model", prefixed(model, r->model), "scoring", r->scoring, "given", r->given, "ms",
        "decode", r->decode_ms, "encode", r->encode_ms, "total", r->decode_ms + r->encode_ms);
}

json_t *score_record_failure(const char *name, const rwda_error *err, json_t *given)
{
    return json_pack("{s:s, s:o, s:{s:s, s:o}, s:O*}", "schema", SCHEMA, "path", rw_json_text(name), "error", "code",
                     rwda_status_name(err->code), "message", rw_json_text(err->message), "given", given);
}

json_t *score_record_scoring(const rwda_scorer *scorer)
{
    json_t *root = json_loads(rwda_scorer_describe(scorer), 0, NULL);

    (void)json_object_del(root, "detector");
    (void)json_object_del(root, "model");
    return root;
}

/* A record names the detector that was given; the description only one that its method uses. */
static bool uses_detector(const json_t *scoring)
{
    const char *words  = json_string_value(json_object_get(scoring, "words")); /* beside a memory */
    const char *name   = words != NULL ? words : json_string_value(json_object_get(scoring, "method"));
    int         method = 0;

    return name != NULL && rwda_enum_parse(&method, RWDA_ENUM_METHOD, name, NULL) == RWDA_OK &&
           rwda_method_needs_detector((rwda_method)method);
}

json_t *score_record_described(const json_t *record)
{
    const json_t *scoring = json_object_get(record, "scoring");
    json_t       *whole   = json_is_object(scoring) ? json_copy((json_t *)(uintptr_t)scoring) : NULL;

    (void)json_object_del(whole, "compared_with"); /* how many, of a batch: each batch is another one */
    if (json_object_get(whole, "method") != NULL) {
        json_object_set(whole, "detector", uses_detector(scoring) ? json_object_get(record, "detector") : json_null());
        json_object_set(whole, "model", json_object_get(record, "model"));
    }
    return whole;
}

json_t *score_record_regions(const rwda_region *regions, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count && i < SCORE_REGIONS_MAX; i++) {
        const rwda_region *r = &regions[i];

        json_array_append_new(list, json_pack("{s:i, s:i, s:i, s:i, s:I, s:f, s:i, s:i}", "x", r->x, "y", r->y, "width",
                                              r->width, "height", r->height, "area", (json_int_t)r->area, "peak",
                                              (double)r->peak, "peak_x", r->peak_x, "peak_y", r->peak_y));
    }
    return list;
}

/* ---- Of which settings? ------------------------------------------------------------------------------------------------------ */

/* As texts: numbers of a record have been rounded. */
static bool same(const json_t *a, const json_t *b)
{
    const size_t how = JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_COMPACT | JSON_REAL_PRECISION(9);
    char        *x = a != NULL ? json_dumps(a, how) : NULL, *y = b != NULL ? json_dumps(b, how) : NULL;
    bool         both = x != NULL && y != NULL && strcmp(x, y) == 0;

    free(x);
    free(y);
    return both;
}

static bool same_sum(const json_t *of_record, const json_t *of_settings)
{
    const char *text = json_string_value(of_record);
    char        wanted[80];

    if (of_settings == NULL) /* no detector */
        return json_is_null(of_record);
    return text != NULL && json_is_string(of_settings) &&
           strcmp(text, prefixed(wanted, json_string_value(of_settings))) == 0;
}

static double number_or_nan(const json_t *value)
{
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

bool score_record_is_of(const json_t *record, const json_t *settings)
{
    const decision d      = { .threshold = number_or_nan(json_object_get(settings, "threshold")),
                              .review    = number_or_nan(json_object_get(settings, "review")) };
    const char    *schema = json_string_value(json_object_get(record, "schema"));
    const char    *label  = json_string_value(json_object_get(record, "label")), *wanted;

    if (schema == NULL || strcmp(schema, SCHEMA) != 0 || json_object_get(settings, "scoring") == NULL ||
        json_object_get(settings, "kinds") != NULL) /* not all images have an opinion: whose words were they? */
        return false;
    if (json_object_get(record, "error") != NULL)
        return true;
    wanted = decision_label(&d, (double)(float)number_or_nan(json_object_get(record, "score")));
    return same_sum(json_object_get(record, "model"), json_object_get(settings, "model")) &&
           same_sum(json_object_get(record, "detector"), json_object_get(settings, "detector")) &&
           same(json_object_get(record, "scoring"), json_object_get(settings, "scoring")) &&
           same(json_object_get(record, "threshold"), json_object_get(settings, "threshold")) &&
           (label != NULL ? wanted != NULL && strcmp(label, wanted) == 0 : wanted == NULL) &&
           json_object_get(record, "kinds") == NULL && json_object_get(record, "ms") == NULL;
}
