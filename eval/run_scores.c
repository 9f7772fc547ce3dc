/* run_scores.c - scores of a run, one column a seed. */
#include "base/random.h"
#include "base/status.h"
#include "eval/object_word.h"

#include <rwda_eval.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

/* A number in [0, 1) from a place and a seed, one that a float holds. */
static double random_number(size_t i, int seed)
{
    uint64_t state = (uint64_t)i * 0x9e3779b97f4a7c15u + (uint64_t)seed * 0xd1b54a32d192ed03u;

    return (double)(rw_splitmix64(&state) >> 40) / 16777216.0;
}

static void score_at_random(rwda_eval_run *run, int seed, size_t seed_at, size_t count, const size_t *first)
{
    for (size_t i = 0; i < count; i++)
        run->scores[seed_at + i] = run->shown[seed_at + i] = first[i + 1] > first[i] ? random_number(i, seed) : NAN;
}

/* Items first .. last of one seed with one scorer. */
static rwda_status score_range(rwda_eval_run *run, size_t seed_at, size_t first, size_t last, rwda_session *session,
                               const rwda_scorer *scorer, const rwda_eval_embeddings *x, size_t dim, rwda_error *err)
{
    for (size_t i = first; i < last; i++) {
        rwda_score one   = { NAN, NAN, NAN, 0, NAN };
        size_t     crops = x->first[i + 1] - x->first[i];

        if (crops > 0) {
            rwda_status status = rwda_scorer_score_embeddings(&one, session, scorer, x->x + x->first[i] * dim, crops, err);

            if (status != RWDA_OK)
                return status;
        }
        run->scores[seed_at + i] = (double)one.logit; /* scores near 1 tie in float32, logits do not */
        run->shown[seed_at + i]  = (double)one.score;
        if (run->fnn != NULL) {
            run->fnn[seed_at + i]  = (double)one.score_fnn;
            run->clip[seed_at + i] = (double)one.score_clip;
        }
    }
    return RWDA_OK;
}

/* Names in prompts: a scorer for each category. */
static rwda_status score_seed(rwda_eval_run *run, size_t seed_at, const rwda_evaluation *e, rwda_session *session,
                              const rwda_eval_embeddings *x, const rwda_detector *detector, rwda_error *err)
{
    bool                known   = e->object == RWDA_EVAL_OBJECT_KNOWN && rwda_eval_method_takes_object(run->method);
    rwda_scorer_options options = RWDA_SCORER_OPTIONS_INIT;
    rwda_status         status  = RWDA_OK;

    options.method      = run->method->method;
    options.prompts     = run->method->prompts;
    options.resize      = x->view.resize;
    options.crops       = run->plan;
    options.pool        = run->pool;
    options.names       = e->names;
    options.orientation = e->images.orientation;
    options.depth       = e->images.depth;
    for (size_t c = 0; c < (known ? e->n_categories : 1) && status == RWDA_OK; c++) {
        rwda_scorer *scorer = NULL;

        options.object = known ? object_word(e->categories[c].name) : NULL;
        status         = rwda_scorer_new(&scorer, session, detector, &options, err);
        if (status == RWDA_OK)
            status =
                score_range(run, seed_at, known ? e->categories[c].first : 0, known ? e->categories[c].last : e->data->count,
                            session, scorer, x, (size_t)e->model->embed_dim, err);
        rwda_scorer_free(scorer);
    }
    return status;
}

static void free_scores(rwda_eval_run *run)
{
    free(run->scores);
    free(run->shown);
    free(run->fnn);
    free(run->clip);
    run->scores = run->shown = run->fnn = run->clip = NULL;
}

static bool new_scores(rwda_eval_run *run, size_t n, bool parts)
{
    run->scores = calloc(n, sizeof *run->scores);
    run->shown  = calloc(n, sizeof *run->shown);
    run->fnn    = parts ? calloc(n, sizeof *run->fnn) : NULL;
    run->clip   = parts ? calloc(n, sizeof *run->clip) : NULL;
    return run->scores != NULL && run->shown != NULL && (!parts || (run->fnn != NULL && run->clip != NULL));
}

rwda_status rwda_eval_run_score(rwda_eval_run *run, const rwda_evaluation *e, rwda_session *session,
                                const rwda_eval_embeddings *x, const rwda_detector *const *detectors, int parts,
                                rwda_error *err)
{
    bool        trained = rwda_eval_method_needs_detector(run->method);
    rwda_status status  = RWDA_OK;

    free_scores(run);
    if (run->method->evidence != RWDA_EVAL_WORDS)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s: does not score embeddings", run->method->title);
    if (run->seeds < 1 || run->seeds > RWDA_EVAL_SEEDS_MAX)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "seeds: %d is not in 1..%d", run->seeds, RWDA_EVAL_SEEDS_MAX);
    if (trained && detectors == NULL)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s: needs a detector", run->method->title);
    if (!new_scores(run, (size_t)run->seeds * e->data->count, parts)) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %d x %zu scores", run->seeds, e->data->count);
        goto done;
    }
    for (int seed = 0; seed < run->seeds; seed++) {
        size_t seed_at = (size_t)seed * e->data->count;

        if (run->method->random)
            score_at_random(run, seed, seed_at, e->data->count, x->first);
        else
            RW_TRY(score_seed(run, seed_at, e, session, x, trained ? detectors[seed] : NULL, err));
    }
done:
    if (status != RWDA_OK)
        free_scores(run);
    return status == RWDA_OK || status == RWDA_ENOMEM ? status : rw_fail_prefix(err, status, run->method->title);
}
