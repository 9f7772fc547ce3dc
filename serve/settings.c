#include "serve/settings.h"

#include "common/kind_words.h"
#include "common/scoring_defaults.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Options whose value is one of some names. */
enum { METHOD, PROMPTS, CROPS, POOL, RESIZE, MAP, NAMES, MAP_MODE, CHOICES };

static const char *const map_outputs[] = { "none", "png", "regions" };

#define OWN (-1) /* of this file, not of the library */

static const struct {
    const char *name;
    int         which;        /* rwda_enum, or OWN */
    int         unless_given; /* -1: it depends on others */
} choices[CHOICES] = {
    [METHOD]   = { "method", RWDA_ENUM_METHOD, -1 },
    [PROMPTS]  = { "prompts", RWDA_ENUM_PROMPTS, RWDA_PROMPTS_ENSEMBLE },
    [CROPS]    = { "crops", RWDA_ENUM_CROPS, RWDA_CROPS_ONE },
    [POOL]     = { "pool", RWDA_ENUM_POOL, RWDA_POOL_MEAN },
    [RESIZE]   = { "resize", RWDA_ENUM_RESIZE, -1 },
    [MAP]      = { "map", OWN, MAP_NONE },
    [NAMES]    = { "names", RWDA_ENUM_NAMES, RWDA_NAMES_SPACES },
    [MAP_MODE] = { "map_kind", RWDA_ENUM_MAP_MODE, -1 },
};

static int count_of(int choice)
{
    return choices[choice].which == OWN ? (int)RW_COUNTOF(map_outputs) : rwda_enum_count((rwda_enum)choices[choice].which);
}

static const char *name_of(int choice, int value)
{
    return choices[choice].which == OWN ? map_outputs[value] : rwda_enum_name((rwda_enum)choices[choice].which, value);
}

/* What was read so far. */
typedef struct {
    settings   *out;
    reply      *reply;
    int         chosen[CHOICES];
    const char *detector, *memory; /* NULL: none was named */
    const char *about_words;       /* the name of an option that is; NULL: none was given */
    const char *about_prompts;     /* of one that kinds take too, object or names */
} reading;

static bool read_choice(reading *g, int which, const char *text)
{
    char known[120] = "";

    if (which == NAMES)
        g->about_prompts = choices[which].name;
    else if (which != MAP && which != MAP_MODE)
        g->about_words = choices[which].name;
    if (choices[which].which != OWN &&
        rwda_enum_parse(&g->chosen[which], (rwda_enum)choices[which].which, text, NULL) == RWDA_OK)
        return true;
    for (int i = 0; i < count_of(which); i++) {
        if (strcmp(text, name_of(which, i)) == 0) {
            g->chosen[which] = i;
            return true;
        }
        (void)snprintf(known + strlen(known), sizeof known - strlen(known), " %s", name_of(which, i));
    }
    reply_problem(g->reply, 422, NULL, "%s: \"%.60s\" is none of%s", choices[which].name, text, known);
    return false;
}

/* Numbers come as JSON numbers or, from a query or a form, as text. */
static bool read_number(reading *g, float *out, const char *name, const json_t *value)
{
    const char *text = json_string_value(value);
    char       *end  = NULL;
    float       x    = text != NULL ? strtof(text, &end) : (float)json_number_value(value);

    if ((text != NULL && (end == text || *end != '\0')) || (text == NULL && !json_is_number(value)) || !isfinite(x)) {
        reply_problem(g->reply, 422, NULL, "%s: \"%.60s\" is not a number", name, text != NULL ? text : "?");
        return false;
    }
    *out = x;
    return true;
}

static bool read_fuse(reading *g, const json_t *value)
{
    float fuse = 0.0f;

    if (!read_number(g, &fuse, "fuse", value))
        return false;
    if (!(fuse >= 0.0f && fuse <= 1.0f)) {
        reply_problem(g->reply, 422, NULL, "fuse: %g is not in 0..1, the weight of the words beside a memory", (double)fuse);
        return false;
    }
    g->out->options.fuse = json_is_number(value) ? json_number_value(value) : strtod(json_string_value(value), NULL);
    return true;
}

static bool read_object(reading *g, const char *text)
{
    settings *s = g->out;

    if (strlen(text) > OBJECT_MAX) {
        reply_problem(g->reply, 422, NULL, "object: %zu bytes; the most is %d", strlen(text), OBJECT_MAX);
        return false;
    }
    strcpy(s->object, text);
    if (text[0] != '\0')
        g->about_prompts = "object";
    s->options.object = text[0] != '\0' ? s->object : NULL;
    return true;
}

static bool read_kinds(reading *g, const char *text)
{
    if (strlen(text) > KINDS_MAX)
        reply_problem(g->reply, 422, NULL, "kinds: %zu bytes; the most is %d", strlen(text), KINDS_MAX);
    else
        strcpy(g->out->kinds, text);
    return g->reply->status == 0;
}

/* Once the object is known, which stands in the same prompts. */
static bool check_kinds(const settings *s, reply *r)
{
    rwda_kinds_options options = RWDA_KINDS_OPTIONS_INIT;
    kind_words         words;
    rwda_error         err;

    if (s->kinds[0] == '\0')
        return true;
    options.object = s->options.object;
    options.names  = s->options.names;
    if (kind_words_read(&words, s->kinds, &options, &err) != RWDA_OK)
        reply_problem(r, err.code == RWDA_ENOMEM ? 503 : 422, rwda_status_name(err.code), "kinds: %s", err.message);
    else if (words.count > KINDS_WORDS_MAX)
        reply_problem(r, 422, NULL, "kinds: %zu words; the most is %d", words.count, KINDS_WORDS_MAX);
    else if (s->map == MAP_PNG)
        reply_problem(r, 422, NULL, "kinds: the image of map=png has no place for them");
    kind_words_free(&words);
    return r->status == 0;
}

static bool read_text(reading *g, const char *name, const char *text)
{
    for (int i = 0; i < CHOICES; i++)
        if (strcmp(name, choices[i].name) == 0)
            return read_choice(g, i, text);
    if (strcmp(name, "object") == 0)
        return read_object(g, text);
    if (strcmp(name, "kinds") == 0)
        return read_kinds(g, text);
    if (strcmp(name, "detector") == 0) {
        g->detector    = text;
        g->about_words = name;
    } else if (strcmp(name, "memory") == 0) {
        g->memory = text;
    } else if (strcmp(name, "name") != 0) {
        reply_problem(g->reply, 422, NULL,
                      "no option \"%.60s\"; there are detector, method, object, names, prompts, temperature, crops, pool, "
                      "resize, memory, fuse, threshold, map, map_kind, map_threshold, kinds, name",
                      name);
        return false;
    }
    return true;
}

static bool read_option(reading *g, const char *name, const json_t *value)
{
    settings *s = g->out;

    if (strcmp(name, "threshold") == 0)
        return json_is_null(value) || read_number(g, &s->threshold, name, value);
    if (strcmp(name, "map_threshold") == 0)
        return read_number(g, &s->map_threshold, name, value);
    if (strcmp(name, "temperature") == 0) {
        g->about_words = name;
        return read_number(g, &s->options.temperature, name, value);
    }
    if (strcmp(name, "fuse") == 0)
        return read_fuse(g, value);
    if (!json_is_string(value)) {
        reply_problem(g->reply, 422, NULL, "%.60s: a string is wanted", name);
        return false;
    }
    return read_text(g, name, json_string_value(value));
}

/* Which detector and method go together: the paper's network where there is a detector and nothing else was asked for. */
static bool choose_method(reading *g, detectors *registry)
{
    settings *s            = g->out;
    int      *method       = &g->chosen[METHOD];
    bool      prompts_only = *method >= 0 && !rwda_method_needs_detector((rwda_method)*method);

    if (prompts_only)
        return true;
    s->detector = detectors_hold(registry, g->detector);
    if (s->detector == NULL && g->detector != NULL) {
        reply_problem(g->reply, 422, NULL, "no detector \"%.80s\"; GET /v1/detectors lists them", g->detector);
        return false;
    }
    if (s->detector == NULL && *method >= 0) {
        reply_problem(g->reply, 422, NULL, "method %s needs a detector: start with --detector FILE, or train one",
                      rwda_enum_name(RWDA_ENUM_METHOD, *method));
        return false;
    }
    if (*method < 0)
        *method = s->detector != NULL ? RWDA_METHOD_FNN : RWDA_METHOD_CLIP;
    return true;
}

static bool choose_memory(reading *g, memories *registry, const char *unnamed)
{
    settings *s = g->out;

    if (g->memory == NULL && (s->options.fuse > 0.0 || (g->detector == NULL && g->chosen[METHOD] < 0)))
        g->memory = unnamed;
    if (g->memory == NULL && s->options.fuse > 0.0) {
        reply_problem(g->reply, 422, NULL, "fuse: the words weigh beside a memory, and none was named");
        return false;
    }
    if (g->memory == NULL)
        return true;
    s->memory = memories_hold(registry, g->memory);
    if (s->memory == NULL) {
        reply_problem(g->reply, 422, NULL, "no memory \"%.80s\"; GET /v1/memories lists them", g->memory);
        return false;
    }
    s->options.memory = s->memory->memory;
    if (g->about_words == NULL && s->kinds[0] == '\0')
        g->about_words = g->about_prompts;
    if (g->about_words == NULL || s->options.fuse > 0.0)
        return true;
    reply_problem(g->reply, 422, NULL, "%s is about words, which a memory alone does not use: %sadd fuse, or leave it out",
                  g->about_words, g->memory == unnamed ? "name a method, " : "");
    return false;
}

static void choose_words(reading *g)
{
    rwda_scorer_options *o = &g->out->options;

    o->method  = (rwda_method)g->chosen[METHOD];
    o->prompts = (rwda_prompts)g->chosen[PROMPTS];
    o->crops   = (rwda_crops)g->chosen[CROPS];
    o->pool    = (rwda_pool)g->chosen[POOL];
    o->resize  = g->chosen[RESIZE] >= 0 ? (rwda_resize)g->chosen[RESIZE] : scoring_resize(o->method);
}

bool settings_read(settings *out, reply *r, const json_t *options, detectors *registry, memories *remembered,
                   const char *unnamed, const service_limits *limits)
{
    reading     g = { .out = out, .reply = r };
    const char *name;
    json_t     *value;

    *out                     = (settings){ .options = RWDA_SCORER_OPTIONS_INIT, .threshold = NAN, .map_threshold = NAN };
    out->options.orientation = (rwda_orientation)limits->orientation;
    out->options.depth       = limits->depth;
    for (int i = 0; i < CHOICES; i++)
        g.chosen[i] = choices[i].unless_given;
    json_object_foreach((json_t *)(uintptr_t)options, name, value)
    {
        if (!read_option(&g, name, value))
            return false;
    }
    if (!choose_memory(&g, remembered, unnamed))
        return false;
    if (out->memory == NULL || out->options.fuse > 0.0) {
        if (!choose_method(&g, registry))
            return false;
        choose_words(&g);
    }
    out->options.names = (rwda_names)g.chosen[NAMES];
    out->map           = (map_output)g.chosen[MAP];
    out->map_mode      = g.chosen[MAP_MODE] >= 0 ? (rwda_map_mode)g.chosen[MAP_MODE]
                         : out->memory != NULL   ? RWDA_MAP_MEMORY
                                                 : RWDA_MAP_PATCHES;
    if (out->map == MAP_REGIONS && isnan(out->map_threshold)) {
        reply_problem(r, 422, NULL, "map=regions wants map_threshold: the value from which on pixels belong to a region");
        return false;
    }
    return check_kinds(out, r);
}
