/* scorers.c - which way of scoring did the request ask for?
 *
 * Making a scorer may encode 242 prompts; the last few are kept.  The cache belongs to the engine thread. */
#include "serve.h"

#include "../scoring.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define KEPT 16

static const char *const maps[] = { "none", "png", "regions" };

/* ---- Options -------------------------------------------------------------------------------------------------------------------- */

static bool choice(request *q, int *out, const char *name, const char *text, const char *const *names, size_t n)
{
    char known[120] = "";

    for (size_t i = 0; i < n; i++) {
        if (strcmp(text, names[i]) == 0) {
            *out = (int)i;
            return true;
        }
        (void)snprintf(known + strlen(known), sizeof known - strlen(known), " %s", names[i]);
    }
    reply_problem(q, 422, NULL, "%s: \"%.60s\" is none of%s", name, text, known);
    return false;
}

/* Numbers come as JSON numbers or, from a query or a form, as text. */
static bool number(request *q, float *out, const char *name, const json_t *value)
{
    const char *text = json_string_value(value);
    char       *end  = NULL;
    float       x    = text != NULL ? strtof(text, &end) : (float)json_number_value(value);

    if ((text != NULL && (end == text || *end != '\0')) || (text == NULL && !json_is_number(value)) || !isfinite(x)) {
        reply_problem(q, 422, NULL, "%s: \"%.60s\" is no number", name, text != NULL ? text : "?");
        return false;
    }
    *out = x;
    return true;
}

static bool one_option(request *q, const char *name, const json_t *value, const char **detector, int numbers[8])
{
    static const struct {
        const char        *name;
        const char *const *names;
        size_t             n;
    } choices[]      = { { "method", names_method, 6 }, { "prompts", names_prompts, 2 },  { "crops", names_crops, 4 },
                         { "pool", names_pool, 3 },     { "resize", names_resize, 4 },    { "map", maps, 3 },
                         { "names", names_names, 3 },   { "map_kind", names_map_kind, 3 } };
    const char *text = json_string_value(value);
    settings   *s    = &q->settings;

    if (strcmp(name, "threshold") == 0)
        return json_is_null(value) || number(q, &s->threshold, name, value);
    if (strcmp(name, "map_threshold") == 0)
        return number(q, &s->map_threshold, name, value);
    if (strcmp(name, "temperature") == 0)
        return number(q, &s->options.temperature, name, value);
    if (text == NULL) {
        reply_problem(q, 422, NULL, "%.60s: a string is wanted", name);
        return false;
    }
    for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++)
        if (strcmp(name, choices[i].name) == 0)
            return choice(q, &numbers[i], name, text, choices[i].names, choices[i].n);
    if (strcmp(name, "detector") == 0) {
        *detector = text;
    } else if (strcmp(name, "object") == 0) {
        if (strlen(text) >= sizeof s->object) {
            reply_problem(q, 422, NULL, "object: %zu bytes; the most is %zu", strlen(text), sizeof s->object - 1);
            return false;
        }
        strcpy(s->object, text);
        s->options.object = text[0] != '\0' ? s->object : NULL;
    } else if (strcmp(name, "name") != 0) {
        reply_problem(q, 422, NULL,
                      "no option \"%.60s\"; there are detector, method, object, names, prompts, temperature, crops, pool, "
                      "resize, threshold, map, map_kind, map_threshold, name",
                      name);
        return false;
    }
    return true;
}

bool settings_read(request *q)
{
    settings   *s        = &q->settings;
    const char *detector = NULL, *name;
    json_t     *value;
    int         numbers[8] = {
                -1, RWDA_PROMPTS_ENSEMBLE, RWDA_CROPS_ONE, RWDA_POOL_MEAN, -1, 0, RWDA_NAMES_SPACES, RWDA_MAP_PATCHES
    };
    bool prompts_only;

    s->options   = (rwda_scorer_options)RWDA_SCORER_OPTIONS_INIT;
    s->threshold = s->map_threshold = NAN;
    json_object_foreach(q->options, name, value) if (!one_option(q, name, value, &detector, numbers)) return false;
    prompts_only = numbers[0] >= 0 && !scoring_needs_detector((rwda_method)numbers[0]);
    if (!prompts_only)
        s->detector = detectors_hold(q->server->detectors, detector);
    if (s->detector == NULL && detector != NULL && !prompts_only) {
        reply_problem(q, 422, NULL, "no detector \"%.80s\"; GET /v1/detectors lists them", detector);
        return false;
    }
    if (s->detector == NULL && numbers[0] > RWDA_METHOD_CLIP && !prompts_only) {
        reply_problem(q, 422, NULL, "method %s needs a detector: start with --detector FILE, or train one",
                      names_method[numbers[0]]);
        return false;
    }
    if (numbers[0] < 0) /* the paper's network where there is one */
        numbers[0] = s->detector != NULL ? RWDA_METHOD_FNN : RWDA_METHOD_CLIP;
    if (numbers[0] == RWDA_METHOD_FNN && s->detector == NULL) {
        reply_problem(q, 422, NULL, "method fnn needs a detector: start with --detector FILE, or train one");
        return false;
    }
    if (numbers[4] < 0)
        numbers[4] = (int)scoring_resize((rwda_method)numbers[0]);
    s->options.method  = (rwda_method)numbers[0];
    s->options.prompts = (rwda_prompts)numbers[1];
    s->options.crops   = (rwda_crops)numbers[2];
    s->options.pool    = (rwda_pool)numbers[3];
    s->options.resize  = (rwda_resize)numbers[4];
    s->options.names   = (rwda_names)numbers[6];
    s->map             = numbers[5];
    if (s->map == MAP_REGIONS && isnan(s->map_threshold)) {
        reply_problem(q, 422, NULL, "map=regions wants map_threshold: the value from which on pixels belong to a region");
        return false;
    }
    s->map_kind = (rwda_map_mode)numbers[7];
    return true;
}

/* ---- The kept scorers -------------------------------------------------------------------------------------------------------------- */

typedef struct {
    rwda_scorer        *scorer;
    rwda_scorer_options options; /* object: of the copy below */
    char                object[201];
    detector_entry     *detector; /* held */
    uint64_t            used;
} kept;

struct scorers {
    kept       entries[KEPT];
    uint64_t   clock;
    detectors *registry;
};

scorers *scorers_new(detectors *registry)
{
    scorers *cache = calloc(1, sizeof *cache);

    if (cache != NULL)
        cache->registry = registry;
    return cache;
}

static void drop(scorers *cache, kept *k)
{
    rwda_scorer_free(k->scorer);
    if (k->detector != NULL)
        detectors_release(cache->registry, k->detector);
    *k = (kept){ 0 };
}

void scorers_free(scorers *cache)
{
    for (size_t i = 0; cache != NULL && i < KEPT; i++)
        drop(cache, &cache->entries[i]);
    free(cache);
}

static bool same(const kept *k, const settings *wanted)
{
    const rwda_scorer_options *a = &k->options, *b = &wanted->options;

    return k->scorer != NULL && k->detector == wanted->detector && a->method == b->method && a->prompts == b->prompts &&
           !(a->temperature < b->temperature) && !(a->temperature > b->temperature) && a->resize == b->resize &&
           a->crops == b->crops && a->names == b->names && a->pool == b->pool && strcmp(k->object, wanted->object) == 0;
}

rwda_status scorers_get(const rwda_scorer **out, server *s, const settings *wanted, rwda_error *err)
{
    scorers    *cache  = s->scorers;
    kept       *oldest = &cache->entries[0];
    rwda_status status;

    for (size_t i = 0; i < KEPT; i++) {
        kept *k = &cache->entries[i];

        if (same(k, wanted)) {
            k->used = ++cache->clock;
            *out    = k->scorer;
            return RWDA_OK;
        }
        if (k->used < oldest->used)
            oldest = k;
    }
    drop(cache, oldest);
    status = rwda_scorer_new(&oldest->scorer, s->session, wanted->detector != NULL ? wanted->detector->detector : NULL,
                             &wanted->options, err);
    if (status != RWDA_OK)
        return status;
    oldest->options = wanted->options;
    oldest->used    = ++cache->clock;
    strcpy(oldest->object, wanted->object);
    if (wanted->detector != NULL)
        oldest->detector = detectors_hold(cache->registry, wanted->detector->id);
    *out = oldest->scorer;
    return RWDA_OK;
}

/* ---- Records ------------------------------------------------------------------------------------------------------------------------ */

json_t *json_number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *name_of(const item *i)
{
    json_t *name = i->name != NULL ? json_string(i->name) : NULL;

    return name != NULL ? name : json_null();
}

const char *item_label(const item *i)
{
    float threshold = i->request->settings.threshold;

    if (i->decided)
        return decision_label(&i->request->server->decision, (double)i->score.score);
    return !isfinite(threshold) ? NULL : i->score.score >= threshold ? "anomalous" : "normal";
}

json_t *score_record(const item *i)
{
    const server   *s   = i->request->server;
    const settings *set = &i->request->settings;
    char            model[80], detector[80] = "";
    const decision *d = i->decided ? &s->decision : NULL;

    if (i->err.code != RWDA_OK) {
        json_t *message = json_string(i->err.message);

        return json_pack("{s:s, s:o, s:{s:s, s:o}}", "schema", "rwda.score/1", "path", name_of(i), "error", "code",
                         rwda_status_name(i->err.code), "message", message != NULL ? message : json_string("?"));
    }
    (void)snprintf(model, sizeof model, "sha256:%s", rwda_model_get_info(s->model)->sha256);
    if (set->detector != NULL)
        (void)snprintf(detector, sizeof detector, "sha256:%s", rwda_detector_sha256(set->detector->detector));
    return json_pack("{s:s, s:o, s:i, s:i, s:o, s:o, s:o, s:o, s:s?, s:o, s:o, s:s?, s:s, s:O, s:{s:f, s:f, s:f}}", "schema",
                     "rwda.score/1", "path", name_of(i), "width", i->width, "height", i->height, "score",
                     json_number(i->score.score), "logit", json_number(i->score.logit), "score_fnn",
                     json_number(i->score.score_fnn), "score_clip", json_number(i->score.score_clip), "label", item_label(i),
                     "threshold", json_number(d != NULL ? d->threshold : (double)set->threshold), "p_value",
                     json_number(d != NULL ? decision_p_value(d, (double)i->score.score) : NAN), "detector",
                     detector[0] != '\0' ? detector : NULL, "model", model, "scoring", i->request->scoring, "ms", "decode",
                     i->decode_ms, "encode", i->encode_ms, "total", i->decode_ms + i->encode_ms);
}
