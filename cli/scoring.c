#include "cli/scoring.h"

#include "common/model_needs.h"
#include "common/ready_detector.h"
#include "common/scoring_defaults.h"

/* With a memory alone words play no part: an option about them would be ignored. */
static int refuse_words(const scoring_options *g)
{
    const struct {
        const char *name, *text;
    } of_words[] = { { "detector", g->detector },
                     { "method", g->method },
                     { "object", g->named ? NULL : g->object },
                     { "names", g->named ? NULL : g->names },
                     { "prompts", g->prompts },
                     { "crops", g->crops },
                     { "pool", g->pool },
                     { "resize", g->resize },
                     { "temperature", g->temperature } };

    for (size_t i = 0; i < sizeof of_words / sizeof of_words[0]; i++)
        if (of_words[i].text != NULL) {
            cli_error("--%s is about words, which a memory alone does not use: add --fuse W, or leave it out",
                      of_words[i].name);
            return EXIT_USAGE;
        }
    return 0;
}

int scoring_read(rwda_scorer_options *o, const scoring_options *given)
{
    rwda_image_options images = RWDA_IMAGE_OPTIONS_INIT;
    int                method = o->method, prompts = o->prompts, pool = o->pool, name = o->names;

    if (!cli_enum(&method, "method", given->method, RWDA_ENUM_METHOD) ||
        !cli_enum(&name, "names", given->names, RWDA_ENUM_NAMES) ||
        !cli_enum(&prompts, "prompts", given->prompts, RWDA_ENUM_PROMPTS) ||
        !cli_view(&o->resize, &o->crops, given->resize, given->crops) ||
        !cli_enum(&pool, "pool", given->pool, RWDA_ENUM_POOL) ||
        !cli_float(&o->temperature, "temperature", given->temperature))
        return EXIT_USAGE;
    o->method  = (rwda_method)method;
    o->prompts = (rwda_prompts)prompts;
    o->pool    = (rwda_pool)pool;
    o->names   = (rwda_names)name;
    o->object  = given->object;
    if (cli_image_options_read(&images, &given->images) != 0)
        return EXIT_USAGE;
    o->orientation = images.orientation;
    o->depth       = images.depth;
    if (memory_options_read(&o->fuse, &given->memory) != 0)
        return EXIT_USAGE;
    if (given->resize == NULL)
        o->resize = scoring_resize(o->method);
    if (memory_options_given(&given->memory) && o->fuse == 0.0)
        return refuse_words(given);
    if (given->detector == NULL && !given->ready && rwda_method_needs_detector(o->method)) {
        cli_error(
            "--method %s needs --detector FILE here: the one that made the scores (JSON lines of 'rwda score' name it)",
            rwda_enum_name(RWDA_ENUM_METHOD, method));
        return EXIT_USAGE;
    }
    return 0;
}

bool scoring_given(const scoring_options *g)
{
    return g->detector != NULL || g->method != NULL || g->object != NULL || g->names != NULL || g->prompts != NULL ||
           g->crops != NULL || g->pool != NULL || g->resize != NULL || g->temperature != NULL ||
           g->images.orientation != NULL || g->images.depth != NULL || memory_options_given(&g->memory);
}

/* What a memory that is made now is like: with --fuse its images are seen as the words see them.  That of normal images is the one that
 * 'rwda remember' makes, to the byte, so that a threshold file of either fits both. */
static rwda_memory_options memory_made(const rwda_scorer_options *options, bool normal)
{
    rwda_memory_options made = RWDA_MEMORY_OPTIONS_INIT;

    made.words       = normal || options->fuse > 0.0;
    made.resize      = options->resize;
    made.crops       = options->fuse > 0.0 ? options->crops : RWDA_CROPS_ONE;
    made.orientation = options->orientation;
    made.depth       = options->depth;
    return made;
}

static int train_detector(rwda_detector **out, const cli_engine *engine, bool kept)
{
    rwda_train_options options;
    cli_engine         text    = *engine;
    rwda_model        *model   = NULL;
    rwda_session      *session = NULL;
    rwda_error         err;
    int                code;

    if (rwda_train_options_preset(&options, RW_READY_PRESET, &err) != RWDA_OK)
        return cli_fail(&err, EXIT_MODEL);
    text.towers       = RWDA_TOWERS_TEXT;
    text.image_size   = NULL;
    options.cache_dir = cli_cache_folder(engine);
    code              = cli_engine_open(&model, &session, &text);
    if (code == 0 && rw_model_needs_texts(model, session, &err) != RWDA_OK)
        code = cli_fail(&err, EXIT_MODEL);
    if (code == 0)
        cli_note("no detector was given: one is trained for this model now, as 'rwda train' does it%s",
                 kept ? ", and kept" : "");
    if (code == 0 && rwda_detector_train(out, session, &options, cli_progress, NULL, &err) != RWDA_OK)
        code = cli_fail(&err, EXIT_MODEL);
    rwda_session_free(session);
    rwda_model_free(model);
    return code;
}

/* The model's own: found, or trained now and kept. */
static int open_own_detector(rwda_detector **out, const rwda_model_info *model, const cli_engine *engine)
{
    char       kept[RW_PATH_MAX];
    rwda_error err;
    int        code;

    if (rw_ready_detector_find(out, kept, model, cli_cache_folder(engine)))
        return 0;
    code = train_detector(out, engine, kept[0] != '\0');
    if (code == 0 && kept[0] != '\0' && rw_ready_detector_keep(*out, kept, &err) != RWDA_OK)
        cli_note("%s; the detector is not kept", err.message);
    return code;
}

int scoring_open(scoring *out, const rwda_scorer_options *options, const scoring_options *given, const cli_engine *engine,
                 char *const *paths, size_t n)
{
    cli_engine          chosen = *engine;
    rwda_scorer_options own    = *options;
    rwda_memory_options made   = memory_made(options, given->memory.normal != NULL);
    bool                memory = memory_options_given(&given->memory), words = !memory || options->fuse > 0.0;
    rwda_error          err;
    rwda_status         status = RWDA_OK;
    int                 code;

    *out = (scoring){ .reading = RW_IMAGE_READING_INIT, .resize = options->resize, .crops = options->crops };
    (void)cli_image_options_read(&out->reading.options, &given->images); /* scoring_read() has said what is wrong */
    chosen.towers =
        given->named || (words && rwda_method_needs_prompts(options->method)) ? RWDA_TOWERS_BOTH : RWDA_TOWERS_IMAGE;
    if (memory && engine->image_size != NULL) { /* the memory's side, not the words' */
        if (given->memory.memory != NULL) {
            cli_error("--image-size: %s has its own", given->memory.memory);
            return EXIT_USAGE;
        }
        if (!cli_int(&made.image_size, "image-size", engine->image_size, 1, 4096))
            return EXIT_USAGE;
        chosen.image_size = NULL;
    }
    code = cli_engine_open(&out->model, &out->session, &chosen);
    if (code == 0 &&
        (rw_model_needs_images(out->model, out->session, &err) != RWDA_OK ||
         (chosen.towers == RWDA_TOWERS_BOTH && rw_model_needs_texts(out->model, out->session, &err) != RWDA_OK)))
        code = cli_fail(&err, EXIT_MODEL); /* before a detector is trained */
    if (code == 0 && given->detector != NULL)
        status = rwda_detector_load(&out->detector, given->detector, &err);
    if (code == 0 && given->detector == NULL && given->ready && words && rwda_method_needs_detector(options->method))
        code = open_own_detector(&out->detector, rwda_model_get_info(out->model), engine);
    if (code == 0 && status == RWDA_OK && memory)
        code = memory_options_open(&out->memory, &given->memory, out->model, out->session, &made, &out->reading, paths, n);
    if (code != 0)
        return code;
    own.memory = out->memory;
    if (status == RWDA_OK)
        status = rwda_scorer_new(&out->scorer, out->session, out->detector, &own, &err);
    return status == RWDA_OK ? 0 : cli_fail(&err, cli_status_exit(status, EXIT_MODEL));
}

int scoring_decision(decision *out, const char *threshold, const char *review)
{
    rwda_error  err;
    rwda_status status = decision_read(out, threshold, review, &err);

    return status == RWDA_OK ? 0 : cli_fail(&err, out->named_file ? EXIT_MODEL : EXIT_USAGE);
}

int scoring_decision_check(const decision *d, const rwda_scorer *scorer)
{
    rwda_error err;

    if (decision_check(d, scorer, &err) != RWDA_OK)
        return cli_fail(&err, EXIT_MODEL);
    if (d->calibration == NULL &&
        (d->threshold < 0.0 || d->threshold > 1.0)) /* not of a file: just above the largest score may be so */
        cli_error("warning: --threshold %s: scores lie between 0 and 1: %s image reaches it", d->name,
                  d->threshold > 1.0 ? "no" : "each");
    if (d->calibration != NULL)
        rw_warn_preprocessing(cli_events(), d->name, rwda_thresholds_get_info(d->calibration)->preprocessing);
    return 0;
}

int scoring_all(scoring *s, rw_image_source *images, const scoring_sink *sink)
{
    rwda_error  err;
    int         code   = 0;
    rwda_status status = scoring_run(&code, s, images, sink, cli_events(), &err);

    if (status != RWDA_OK)
        code = cli_fail(&err, status == RWDA_EINVAL ? EXIT_USAGE : EXIT_SOME_FAILED);
    rw_image_reading_warn(&s->reading, cli_events());
    return code;
}
