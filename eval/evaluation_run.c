/* evaluation_run.c - a whole evaluation by its options: detectors, embeddings, runs, maps. */
#include "base/memory.h"
#include "base/versioned.h"
#include "eval/embeddings.h"

#include <rwda_eval.h>

#include <stdlib.h>
#include <string.h>

/* ---- Options ------------------------------------------------------------------------------------------------------------ */

void rwda_eval_options_default(rwda_eval_options *out, size_t size)
{
    rwda_eval_options o = { .size = size, .names = RWDA_NAMES_CLEAN, .seeds = 5, .draws = 5, .fuse = 0.15 };

    memset(out, 0, size);
    memcpy(out, &o, size < sizeof o ? size : sizeof o);
}

#define SHOTS_MOST 1000

static const rwda_crops one_plan    = RWDA_CROPS_ONE;
static const int        few_shots[] = { 1, 4, 16 };

/* Options with every default filled in: `own` and `train` hold what the caller left to them. */
typedef struct {
    rwda_eval_options       o;
    const rwda_eval_method *own[16];                    /* all methods by words, but "random" */
    int                     shots[RWDA_EVAL_SHOTS_MAX]; /* ascending, each once */
    rwda_train_options      train;
} settings;

/* The caller's fields over the defaults; fields that this library does not know must be 0. */
static rwda_status copy_options(rwda_eval_options *out, const rwda_eval_options *given, rwda_error *err)
{
    rwda_eval_options_default(out, sizeof *out);
    return rw_versioned_read(out, sizeof *out, RW_SIZE_TO(rwda_eval_options, cache_dir), given, "rwda_eval_options", err);
}

static bool is_value(rwda_enum which, int value)
{
    return value >= 0 && value < rwda_enum_count(which);
}

static rwda_status check_values(const rwda_eval_options *o, rwda_error *err)
{
    bool fine = is_value(RWDA_ENUM_RESIZE, (int)o->resize) && is_value(RWDA_ENUM_POOL, (int)o->pool) &&
                is_value(RWDA_ENUM_NAMES, (int)o->names) &&
                (o->object == RWDA_EVAL_OBJECT_UNKNOWN || o->object == RWDA_EVAL_OBJECT_KNOWN);

    for (size_t i = 0; i < o->n_plans; i++)
        fine &= is_value(RWDA_ENUM_CROPS, (int)o->plans[i]);
    for (size_t i = 0; i < o->n_methods; i++)
        fine &= o->methods[i] != NULL;
    for (size_t i = 0; i < o->n_maps; i++)
        fine &= o->maps[i] != NULL;
    return fine ? RWDA_OK : rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "an option of the evaluation is none of its values");
}

static rwda_status read_shots(settings *s, rwda_error *err)
{
    rwda_eval_options *o = &s->o;
    size_t             n = 0;

    if (o->shots == NULL) {
        o->shots   = few_shots;
        o->n_shots = RW_COUNTOF(few_shots);
    }
    for (size_t i = 0; i < o->n_shots; i++) {
        int    k = o->shots[i];
        size_t at;

        if (k < 1 || k > SHOTS_MOST)
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "shots: %d is not in 1..%d", k, SHOTS_MOST);
        for (at = 0; at < n && s->shots[at] < k; at++)
            ;
        if (at < n && s->shots[at] == k)
            continue;
        if (n == RWDA_EVAL_SHOTS_MAX)
            return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "shots: more than %d different numbers", RWDA_EVAL_SHOTS_MAX);
        memmove(s->shots + at + 1, s->shots + at, (n - at) * sizeof *s->shots);
        s->shots[at] = k;
        n++;
    }
    o->shots   = s->shots;
    o->n_shots = n;
    if (n == 0)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "shots: at least one number is needed");
    if (o->draws < 1 || o->draws > RWDA_EVAL_SEEDS_MAX)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "draws: %d is not in 1..%d", o->draws, RWDA_EVAL_SEEDS_MAX);
    if (!(o->fuse >= 0.0 && o->fuse <= 1.0))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "fuse: %g is not in 0..1", o->fuse);
    return RWDA_OK;
}

static rwda_status read_options(settings *s, const rwda_eval_options *given, rwda_error *err)
{
    rwda_eval_options *o = &s->o;
    rwda_status        status;

    RW_TRY(copy_options(o, given, err));
    if (o->methods == NULL) {
        o->n_methods = 0;
        for (size_t i = 0; rwda_eval_method_at(i) != NULL && o->n_methods < RW_COUNTOF(s->own); i++)
            if (!rwda_eval_method_at(i)->random && rwda_eval_method_at(i)->evidence == RWDA_EVAL_WORDS)
                s->own[o->n_methods++] = rwda_eval_method_at(i);
        o->methods = s->own;
    }
    if (o->plans == NULL) {
        o->plans   = &one_plan;
        o->n_plans = 1;
    }
    if (o->maps == NULL)
        o->n_maps = 0;
    RW_TRY(check_values(o, err));
    RW_TRY(read_shots(s, err));
    if (o->n_methods == 0 || o->n_plans == 0)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%zu methods and %zu crop plans: at least one of each is needed",
                       o->n_methods, o->n_plans);
    if (o->detector != NULL)
        o->seeds = 1;
    if (o->seeds < 1 || o->seeds > RWDA_EVAL_SEEDS_MAX)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "seeds: %d is not in 1..%d", o->seeds, RWDA_EVAL_SEEDS_MAX);
    if (o->train != NULL)
        s->train = *o->train;
    else
        RW_TRY(rwda_train_options_preset(&s->train, "paper", err));
    if (o->detectors == NULL)
        o->detectors = o->detector != NULL ? "given" : s->train.preset;
done:
    return status;
}

/* ---- Detectors ---------------------------------------------------------------------------------------------------------- */

static bool needs_detectors(const rwda_eval_options *o)
{
    bool needs = false;

    for (size_t i = 0; i < o->n_methods; i++)
        needs |= rwda_eval_method_needs_detector(o->methods[i]);
    for (size_t i = 0; i < o->n_maps; i++)
        needs |= rwda_eval_map_needs_detector(o->maps[i]);
    return needs;
}

/* Trained ones into `own`, which is the caller's; all that are used into `used`. */
static rwda_status get_detectors(rwda_detector **own, const rwda_detector **used, rwda_session *session, settings *s,
                                 const rwda_events *events, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    used[0] = s->o.detector;
    if (s->o.detector != NULL)
        return RWDA_OK;
    for (int seed = 0; seed < s->o.seeds; seed++) {
        s->train.seed = (uint64_t)seed + 1;
        RW_TRY(rwda_detector_train(&own[seed], session, &s->train, events != NULL ? events->progress : NULL,
                                   events != NULL ? events->user : NULL, err));
        used[seed] = own[seed];
    }
done:
    return status;
}

/* ---- Runs --------------------------------------------------------------------------------------------------------------- */

/* What all runs share. */
typedef struct {
    rwda_evaluation            *e;
    const rwda_eval_options    *o;
    rwda_session               *session;
    const rwda_detector *const *detectors;
    const rwda_events          *events;
    bool                       *told; /* what the images' files say */
} runner;

/* Whether a method sees images in a way of its own. */
static bool has_own_view(const rwda_eval_method *method, const runner *r)
{
    return r->o->resize == RWDA_RESIZE_CONFIG && method->resize != RWDA_RESIZE_CONFIG &&
           method->resize != r->e->model->resize;
}

static rwda_status run_words(rwda_eval_run *run, rwda_eval_embeddings *x, const runner *r, rwda_error *err)
{
    rwda_eval_view   view    = { has_own_view(run->method, r) ? run->method->resize : r->o->resize, run->plan, NULL };
    rw_image_reading reading = rw_image_reading_of(&r->e->images);
    rwda_status      status  = RWDA_OK;

    if (x->first == NULL)
        RW_TRY(rw_eval_embeddings_make(x, r->e, r->session, &view, r->o->cache_dir, &reading, r->events, err));
    if (!*r->told && reading.images > 0) { /* the same in every view */
        rw_image_reading_warn(&reading, r->events);
        *r->told = true;
    }
    if (x->failed > r->e->failed) /* the same images fail in every view */
        r->e->failed = x->failed;
    RW_TRY(rwda_eval_run_score(run, r->e, r->session, x, r->detectors, 0, err));
    RW_TRY(rwda_eval_run_measure(run, r->e, err));
done:
    return status;
}

/* A run of a method, or one for each number of shots.  A memory alone sees no crops: it has runs with the first plan alone. */
static void add_runs(const rwda_eval_method *method, rwda_crops plan, const runner *r)
{
    bool   shots = rwda_eval_method_takes_shots(method), words = method->evidence == RWDA_EVAL_WORDS || method->fused;
    size_t n = !words && plan != r->o->plans[0] ? 0 : shots ? r->o->n_shots : 1;

    for (size_t i = 0; i < n; i++)
        r->e->runs[r->e->n_runs++] = (rwda_eval_run){ .method = method,
                                                      .plan   = words ? plan : RWDA_CROPS_ONE,
                                                      .pool   = r->o->pool,
                                                      .seeds  = shots                                ? r->e->draws
                                                                : rwda_eval_method_is_seeded(method) ? r->e->seeds
                                                                                                     : 1,
                                                      .shots  = shots ? r->o->shots[i] : 0 };
}

/* Runs from number `first` on by other evidence than words: those that see crops, or those that do not. */
static rwda_status run_evidence(size_t first, bool crops, const runner *r, rwda_error *err)
{
    rwda_eval_run **runs = calloc(r->e->n_runs - first + 1, sizeof *runs);
    size_t          n = 0, failed = 0;
    rwda_status     status = RWDA_OK;

    if (runs == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu runs", r->e->n_runs - first);
    for (size_t i = first; i < r->e->n_runs; i++)
        if (r->e->runs[i].method->evidence != RWDA_EVAL_WORDS && crops == (r->e->runs[i].plan != RWDA_CROPS_ONE))
            runs[n++] = &r->e->runs[i];
    RW_TRY(rwda_eval_runs_score(runs, n, &failed, r->e, r->session, r->detectors[0], r->o->cache_dir, r->events, err));
    if (failed > r->e->failed)
        r->e->failed = failed;
    for (size_t i = 0; i < n; i++)
        RW_TRY(rwda_eval_run_measure(runs[i], r->e, err));
done:
    free(runs);
    return status;
}

static rwda_status run_plan(rwda_crops plan, const runner *r, rwda_error *err)
{
    rwda_eval_embeddings shared = { .first = NULL }, own = { .first = NULL };
    size_t               first  = r->e->n_runs;
    rwda_status          status = RWDA_OK;

    for (size_t i = 0; i < r->o->n_methods; i++)
        add_runs(r->o->methods[i], plan, r);
    for (size_t i = first; i < r->e->n_runs; i++)
        if (r->e->runs[i].method->evidence == RWDA_EVAL_WORDS)
            RW_TRY(run_words(&r->e->runs[i], has_own_view(r->e->runs[i].method, r) ? &own : &shared, r, err));
    RW_TRY(run_evidence(first, false, r, err));
    RW_TRY(run_evidence(first, true, r, err));
done:
    rwda_eval_embeddings_free(&shared);
    rwda_eval_embeddings_free(&own);
    return status;
}

static rwda_status run_maps(const runner *r, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    for (size_t i = 0; i < r->o->n_maps; i++) {
        rwda_eval_evidence evidence = r->o->maps[i]->evidence;
        bool               shots    = evidence == RWDA_EVAL_MEMORY || evidence == RWDA_EVAL_WINDOWS;

        for (size_t k = 0; k < (shots ? r->o->n_shots : 1); k++) {
            rwda_eval_pixel_run *run = &r->e->pixel_runs[r->e->n_pixel_runs++];

            *run = (rwda_eval_pixel_run){ .map = r->o->maps[i], .shots = shots ? r->o->shots[k] : 0 };
            RW_TRY(rwda_eval_pixel_run_measure(run, r->e, r->session, r->detectors[0], r->o->cache_dir, r->events, err));
        }
    }
done:
    return status;
}

/* ---- An evaluation ------------------------------------------------------------------------------------------------------ */

static rwda_status prepare(rwda_evaluation **out, const rwda_dataset *data, const rwda_model *model,
                           const rwda_eval_options *o, rwda_error *err)
{
    rwda_evaluation *e;
    rwda_status      status = rwda_evaluation_new(out, data, err);

    if (status != RWDA_OK)
        return status;
    e             = *out;
    e->model      = rwda_model_get_info(model);
    e->object     = o->object;
    e->names      = o->names;
    e->seeds      = o->seeds;
    e->resize     = o->resize != RWDA_RESIZE_CONFIG ? o->resize : e->model->resize;
    e->pool       = o->pool;
    e->draws      = o->draws;
    e->fuse       = o->fuse;
    e->n_shots    = o->n_shots;
    e->detectors  = rw_string_copy(o->detectors);
    e->runs       = calloc(o->n_plans * o->n_methods, o->n_shots * sizeof *e->runs);
    e->pixel_runs = calloc(o->n_maps + 1, o->n_shots * sizeof *e->pixel_runs);
    memcpy(e->shots, o->shots, o->n_shots * sizeof *o->shots);
    if (e->detectors == NULL || e->runs == NULL || e->pixel_runs == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu runs", o->n_plans * o->n_methods + o->n_maps);
    status = rw_image_options_read(&e->images, o->images, err);
    if (status != RWDA_OK)
        return status;
    rwda_memory_options_default(&e->memory, sizeof e->memory);
    return rw_versioned_read(&e->memory, sizeof e->memory, RW_SIZE_TO(rwda_memory_options, scores), o->memory,
                             "rwda_memory_options", err);
}

rwda_status rwda_evaluation_run(rwda_evaluation **out, const rwda_dataset *data, const rwda_model *model,
                                rwda_session *session, const rwda_eval_options *options, const rwda_events *events,
                                rwda_error *err)
{
    rwda_detector       *own[RWDA_EVAL_SEEDS_MAX]  = { NULL };
    const rwda_detector *used[RWDA_EVAL_SEEDS_MAX] = { NULL };
    rwda_evaluation     *e                         = NULL;
    settings             s;
    runner               r;
    bool                 told = false;
    rwda_status          status;

    *out = NULL;
    RW_TRY(read_options(&s, options, err));
    RW_TRY(prepare(&e, data, model, &s.o, err));
    if (needs_detectors(&s.o)) {
        RW_TRY(get_detectors(own, used, session, &s, events, err));
        e->recipe = rw_string_copy(rwda_detector_recipe(used[0]));
        if (e->recipe == NULL) {
            status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for the recipe");
            goto done;
        }
    }
    r = (runner){ e, &s.o, session, used, events, &told };
    for (size_t p = 0; p < s.o.n_plans; p++)
        RW_TRY(run_plan(s.o.plans[p], &r, err));
    RW_TRY(run_maps(&r, err));
    *out = e;
    e    = NULL;
done:
    rwda_evaluation_free(e);
    for (int seed = 0; seed < RWDA_EVAL_SEEDS_MAX; seed++)
        rwda_detector_free(own[seed]);
    return status;
}
