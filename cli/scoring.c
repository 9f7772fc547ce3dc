/* scoring.c - how do verbs turn pictures into scores? */
#include "scoring.h"

static bool needs_prompts(rwda_method method)
{
    return method == RWDA_METHOD_CLIP || method == RWDA_METHOD_BOTH || method == RWDA_METHOD_WINCLIP;
}

bool scoring_needs_detector(rwda_method method)
{
    return method != RWDA_METHOD_CLIP && method != RWDA_METHOD_WINCLIP;
}

rwda_resize scoring_resize(rwda_method method)
{
    return method == RWDA_METHOD_WINCLIP ? RWDA_RESIZE_SQUASH : RWDA_RESIZE_CONFIG;
}

#define GROUP 16 /* pictures that go through the encoder together */

int scoring_read(rwda_scorer_options *o, const scoring_options *given)
{
    int method = o->method, kind = o->prompts, pool = o->pool, name = o->names;

    if (!cli_choice(&method, "method", given->method, names_method, 6) ||
        !cli_choice(&name, "names", given->names, names_names, 3) ||
        !cli_choice(&kind, "prompts", given->prompts, names_prompts, 2) ||
        !cli_view(&o->resize, &o->crops, given->resize, given->crops) ||
        !cli_choice(&pool, "pool", given->pool, names_pool, 3) ||
        !cli_float(&o->temperature, "temperature", given->temperature))
        return EXIT_USAGE;
    o->method  = (rwda_method)method;
    o->prompts = (rwda_prompts)kind;
    o->pool    = (rwda_pool)pool;
    o->names   = (rwda_names)name;
    o->object  = given->object;
    if (given->resize == NULL)
        o->resize = scoring_resize(o->method);
    if (given->detector == NULL && scoring_needs_detector(o->method)) {
        cli_error("--method %s needs a detector: 'rwda train -o detector.safetensors', then --detector detector.safetensors",
                  names_method[method]);
        return EXIT_USAGE;
    }
    return 0;
}

bool scoring_given(const scoring_options *g)
{
    return g->detector != NULL || g->method != NULL || g->object != NULL || g->names != NULL || g->prompts != NULL ||
           g->crops != NULL || g->pool != NULL || g->resize != NULL || g->temperature != NULL;
}

int scoring_open(scoring *out, const rwda_scorer_options *options, const char *detector, const cli_engine *engine)
{
    cli_engine  chosen = *engine;
    rwda_error  err;
    rwda_status status = RWDA_OK;
    int         code;

    *out          = (scoring){ NULL, NULL, NULL, NULL };
    chosen.towers = needs_prompts(options->method) ? RWDA_TOWERS_BOTH : RWDA_TOWERS_IMAGE;
    code          = cli_engine_open(&out->model, &out->session, &chosen);
    if (code != 0)
        return code;
    if (detector != NULL)
        status = rwda_detector_load(&out->detector, detector, &err);
    if (status == RWDA_OK)
        status = rwda_scorer_new(&out->scorer, out->session, out->detector, options, &err);
    if (status != RWDA_OK) {
        cli_error("%s", err.message);
        return cli_status_exit(status, EXIT_MODEL);
    }
    return 0;
}

void scoring_close(scoring *s)
{
    rwda_scorer_free(s->scorer);
    rwda_detector_free(s->detector);
    rwda_session_free(s->session);
    rwda_model_free(s->model);
}

json_t *scoring_describe(const rwda_scorer *scorer)
{
    json_t *root = json_loads(rwda_scorer_describe(scorer), 0, NULL);

    (void)json_object_del(root, "detector");
    (void)json_object_del(root, "model");
    return root;
}

/* A group of decoded pictures goes through the encoder together; if the group fails, one by one, so that one cannot spoil others. */
static int score_group(const scoring *s, const scoring_sink *sink, decoded *group, char **paths, size_t n)
{
    const rwda_image *images[GROUP];
    rwda_score        scores[GROUP];
    size_t            where[GROUP], good = 0;
    double            start = pipeline_now_ms(), each;
    rwda_error        err;
    bool              together;
    int               code = 0;

    for (size_t i = 0; i < n; i++)
        if (group[i].image != NULL) {
            where[i]       = good;
            images[good++] = group[i].image;
        }
    together = rwda_scorer_score_images(scores, s->session, s->scorer, images, good, &err) == RWDA_OK;
    each     = good > 0 ? (pipeline_now_ms() - start) / (double)good : 0.0;
    for (size_t i = 0; i < n; i++) {
        rwda_status status = group[i].image != NULL ? RWDA_OK : group[i].err.code;

        if (status == RWDA_OK && !together) {
            status = rwda_scorer_score_images(&scores[where[i]], s->session, s->scorer, (const rwda_image *const *)&group[i].image,
                                       1, &group[i].err);
        }
        if (status == RWDA_OK)
            code = code == 0 ? sink->scored(sink->user, paths[i], &group[i], &scores[where[i]], each) : code;
        else if (code == 0)
            sink->failed(sink->user, paths[i], &group[i].err);
        rwda_image_free(group[i].image);
    }
    return code;
}

int scoring_run(const scoring *s, const cli_inputs *inputs, const scoring_sink *sink)
{
    pipeline *p = pipeline_new(inputs, rwda_session_threads(s->session), 2 * GROUP);
    decoded   group[GROUP];
    size_t    waiting = 0, done = 0;
    int       code = 0;

    if (p == NULL) {
        cli_error("no memory for decoding");
        return EXIT_SOME_FAILED;
    }
    while (code == 0 && pipeline_next(p, &group[waiting])) {
        if (++waiting < GROUP && done + waiting < inputs->count)
            continue;
        code = score_group(s, sink, group, inputs->paths + done, waiting);
        done += waiting;
        waiting = 0;
        (void)cli_progress(NULL, "pictures", done, inputs->count);
    }
    pipeline_free(p);
    return code;
}
