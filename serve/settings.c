#include "serve/settings.h"

#include "common/names.h"
#include "common/scoring_defaults.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Options whose value is one of some names. */
enum { METHOD, PROMPTS, CROPS, POOL, RESIZE, MAP, NAMES, MAP_MODE, CHOICES };

static const char *const map_outputs[] = { "none", "png", "regions" };

static const struct {
    const char        *name;
    const char *const *values;
    size_t             n;
    int                unless_given; /* -1: it depends on others */
} choices[CHOICES] = {
    [METHOD]   = { "method", names_method, RW_COUNTOF(names_method), -1 },
    [PROMPTS]  = { "prompts", names_prompts, RW_COUNTOF(names_prompts), RWDA_PROMPTS_ENSEMBLE },
    [CROPS]    = { "crops", names_crops, RW_COUNTOF(names_crops), RWDA_CROPS_ONE },
    [POOL]     = { "pool", names_pool, RW_COUNTOF(names_pool), RWDA_POOL_MEAN },
    [RESIZE]   = { "resize", names_resize, RW_COUNTOF(names_resize), -1 },
    [MAP]      = { "map", map_outputs, RW_COUNTOF(map_outputs), MAP_NONE },
    [NAMES]    = { "names", names_names, RW_COUNTOF(names_names), RWDA_NAMES_SPACES },
    [MAP_MODE] = { "map_kind", names_map_kind, RW_COUNTOF(names_map_kind), RWDA_MAP_PATCHES },
};

/* What was read so far. */
typedef struct {
    settings   *out;
    reply      *reply;
    int         chosen[CHOICES];
    const char *detector; /* NULL: none was named */
} reading;

static bool read_choice(reading *g, int which, const char *text)
{
    char known[120] = "";

    for (size_t i = 0; i < choices[which].n; i++) {
        if (strcmp(text, choices[which].values[i]) == 0) {
            g->chosen[which] = (int)i;
            return true;
        }
        (void)snprintf(known + strlen(known), sizeof known - strlen(known), " %s", choices[which].values[i]);
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
        reply_problem(g->reply, 422, NULL, "%s: \"%.60s\" is no number", name, text != NULL ? text : "?");
        return false;
    }
    *out = x;
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
    s->options.object = text[0] != '\0' ? s->object : NULL;
    return true;
}

static bool read_text(reading *g, const char *name, const char *text)
{
    for (int i = 0; i < CHOICES; i++)
        if (strcmp(name, choices[i].name) == 0)
            return read_choice(g, i, text);
    if (strcmp(name, "object") == 0)
        return read_object(g, text);
    if (strcmp(name, "detector") == 0) {
        g->detector = text;
    } else if (strcmp(name, "name") != 0) {
        reply_problem(g->reply, 422, NULL,
                      "no option \"%.60s\"; there are detector, method, object, names, prompts, temperature, crops, pool, "
                      "resize, threshold, map, map_kind, map_threshold, name",
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
    if (strcmp(name, "temperature") == 0)
        return read_number(g, &s->options.temperature, name, value);
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
    bool      prompts_only = *method >= 0 && !scoring_needs_detector((rwda_method)*method);

    if (prompts_only)
        return true;
    s->detector = detectors_hold(registry, g->detector);
    if (s->detector == NULL && g->detector != NULL) {
        reply_problem(g->reply, 422, NULL, "no detector \"%.80s\"; GET /v1/detectors lists them", g->detector);
        return false;
    }
    if (s->detector == NULL && *method >= 0) {
        reply_problem(g->reply, 422, NULL, "method %s needs a detector: start with --detector FILE, or train one",
                      names_method[*method]);
        return false;
    }
    if (*method < 0)
        *method = s->detector != NULL ? RWDA_METHOD_FNN : RWDA_METHOD_CLIP;
    return true;
}

bool settings_read(settings *out, reply *r, const json_t *options, detectors *registry)
{
    reading     g = { .out = out, .reply = r };
    const char *name;
    json_t     *value;

    *out = (settings){ .options = RWDA_SCORER_OPTIONS_INIT, .threshold = NAN, .map_threshold = NAN };
    for (int i = 0; i < CHOICES; i++)
        g.chosen[i] = choices[i].unless_given;
    json_object_foreach((json_t *)(uintptr_t)options, name, value)
    {
        if (!read_option(&g, name, value))
            return false;
    }
    if (!choose_method(&g, registry))
        return false;
    out->options.method  = (rwda_method)g.chosen[METHOD];
    out->options.prompts = (rwda_prompts)g.chosen[PROMPTS];
    out->options.crops   = (rwda_crops)g.chosen[CROPS];
    out->options.pool    = (rwda_pool)g.chosen[POOL];
    out->options.resize  = g.chosen[RESIZE] >= 0 ? (rwda_resize)g.chosen[RESIZE] : scoring_resize(out->options.method);
    out->options.names   = (rwda_names)g.chosen[NAMES];
    out->map             = (map_output)g.chosen[MAP];
    out->map_mode        = (rwda_map_kind)g.chosen[MAP_MODE];
    if (out->map == MAP_REGIONS && isnan(out->map_threshold)) {
        reply_problem(r, 422, NULL, "map=regions wants map_threshold: the value from which on pixels belong to a region");
        return false;
    }
    return true;
}
