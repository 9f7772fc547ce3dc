/* evidence_runs.c - runs by memories of normal images, by a batch and by WinCLIP+, all in one pass over a category. */
#include "common/embedding_rows.h"
#include "common/events.h"
#include "common/image_stream.h"
#include "eval/cache.h"
#include "eval/evidence_cache.h"
#include "eval/object_word.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOGETHER ((int64_t)2 << 30) /* bytes of memories held at a time, one draw's at least */
#define ALL      (-1)               /* no draw: of every image */

/* One run's scores of one draw, and what gives them. */
typedef struct {
    rwda_eval_run             *run;
    int                        draw;
    rwda_scorer               *scorer; /* owned; NULL: WinCLIP+ */
    const rwda_windows *const *normal; /* [run->shots] */
} column;

/* One category's work. */
typedef struct {
    rw_evidence           v;
    rwda_eval_run *const *runs; /* [n] */
    size_t                n;
    const rwda_detector  *detector;
    rw_normals            normals;
    uint32_t             *order;    /* [draws, normals] */
    bool                 *left_out; /* [draws, images] */
    size_t               *used;     /* [draws] of the order, not for testing */
    int                   draws, most;
    bool                 *failed;   /* [images] */
    rwda_scorer          *words;    /* WinCLIP's; NULL: not made yet */
    rwda_windows        **windows;  /* [normals]; NULL: not seen yet */
    const rwda_windows  **drawn;    /* [draws, most]: those of each draw, in its order */
    column               *columns;  /* [n_columns] of this pass ... */
    rwda_memory         **memories; /* [n_memories] ... and the memories behind them */
    size_t                n_columns, n_memories;
    const rwda_scorer   **scorers; /* scratch [columns] ... */
    rwda_score           *scores;  /* [columns, RW_GROUP] */
    size_t               *which;   /* ... and the columns that they are of */
} work;

static size_t images_of(const work *w)
{
    return w->v.category->last - w->v.category->first;
}

static rwda_eval_source *source_of(const work *w, const rwda_eval_run *run)
{
    return &run->sources[w->v.category - w->v.e->categories];
}

/* ---- What scores ---------------------------------------------------------------------------------------------------------- */

static rwda_status new_scorer(rwda_scorer **out, const work *w, const rwda_eval_run *run, const rwda_memory *memory,
                              rwda_error *err)
{
    const rwda_evaluation *e       = w->v.e;
    bool                   known   = e->object == RWDA_EVAL_OBJECT_KNOWN && rwda_eval_method_takes_object(run->method);
    rwda_scorer_options    options = RWDA_SCORER_OPTIONS_INIT;
    rwda_status            status;

    options.method      = run->method->method;
    options.prompts     = run->method->prompts;
    options.resize      = e->resize;
    options.crops       = run->plan;
    options.pool        = run->pool;
    options.names       = e->names;
    options.object      = known ? object_word(w->v.category->name) : NULL;
    options.memory      = memory;
    options.orientation = w->v.reading.options.orientation;
    options.depth       = w->v.reading.options.depth;
    options.fuse        = memory != NULL && run->method->fused ? e->fuse : 0.0;
    status =
        rwda_scorer_new(out, w->v.session, rwda_eval_method_needs_detector(run->method) ? w->detector : NULL, &options, err);
    return status == RWDA_OK || status == RWDA_ENOMEM ? status : rw_fail_prefix(err, status, run->method->title);
}

/* A column of a run beside a memory; a memory that cannot fuse is a reason, not a failure. */
static rwda_status add_memory_column(work *w, rwda_eval_run *run, int draw, const rwda_memory *memory, const char *missing,
                                     rwda_error *err)
{
    rwda_eval_source *source = source_of(w, run);
    column           *added  = &w->columns[w->n_columns];

    if (memory == NULL)
        source->missing = missing;
    else if (run->method->fused && rwda_memory_get_info(memory)->images < 2)
        source->missing = rw_eval_one_normal;
    if (source->missing != NULL)
        return RWDA_OK;
    *added = (column){ run, draw, NULL, NULL };
    w->n_columns++;
    return new_scorer(&added->scorer, w, run, memory, err);
}

/* Whether run r draws normals into a memory of the same kind as run `first`, which is the first of this kind. */
static bool of_kind(const work *w, size_t first, size_t r)
{
    const rwda_eval_method *one = w->runs[first]->method, *other = w->runs[r]->method;

    return other->evidence == RWDA_EVAL_MEMORY && !(one->class_weight < other->class_weight) &&
           !(one->class_weight > other->class_weight);
}

static bool is_first_of_kind(const work *w, size_t r)
{
    for (size_t i = 0; i < r; i++)
        if (w->runs[i]->method->evidence == RWDA_EVAL_MEMORY && of_kind(w, i, r))
            return false;
    return w->runs[r]->method->evidence == RWDA_EVAL_MEMORY;
}

/* Numbers of shots that runs of a kind want and can have, ascending -> shots [RWDA_EVAL_SHOTS_MAX]; how many. */
static size_t shots_of_kind(int *shots, bool *words, const work *w, size_t first)
{
    size_t n = 0, i;

    *words = false;
    for (size_t r = 0; r < w->n; r++) {
        int k = w->runs[r]->shots;

        if (!of_kind(w, first, r) || source_of(w, w->runs[r])->missing != NULL)
            continue;
        *words |= w->runs[r]->method->fused != 0;
        for (i = 0; i < n && shots[i] < k; i++)
            ;
        if ((i < n && shots[i] == k) || n == RWDA_EVAL_SHOTS_MAX)
            continue;
        memmove(shots + i + 1, shots + i, (n - i) * sizeof *shots);
        shots[i] = k;
        n++;
    }
    return n;
}

/* Memories of a draw, and the columns of the runs of this kind; *bytes grows by theirs. */
static rwda_status add_kind(work *w, int64_t *bytes, size_t first, int draw, rwda_error *err)
{
    int                 shots[RWDA_EVAL_SHOTS_MAX];
    bool                words;
    size_t              n = shots_of_kind(shots, &words, w, first), used = 0;
    rwda_memory       **memories = w->memories + w->n_memories;
    const char         *missing;
    rwda_memory_options options =
        rw_evidence_options(w->v.e, w->runs[first]->method->class_weight, words, w->runs[first]->plan);
    rwda_status status;

    RW_TRY(rw_evidence_remember(memories, &missing, &used, &w->v, &options, &w->normals,
                                w->order + (size_t)draw * w->normals.count, shots, n, err));
    w->n_memories += n;
    w->used[draw] = used > w->used[draw] ? used : w->used[draw];
    for (size_t i = 0; i < n; i++) {
        if (memories[i] != NULL)
            *bytes += rwda_memory_get_info(memories[i])->bytes;
        for (size_t r = 0; r < w->n; r++)
            if (of_kind(w, first, r) && w->runs[r]->shots == shots[i] && draw < w->runs[r]->seeds)
                RW_TRY(add_memory_column(w, w->runs[r], draw, memories[i], missing, err));
    }
done:
    return status;
}

static rwda_status add_windows(work *w, int draw, rwda_error *err)
{
    const rwda_windows **drawn = w->drawn + (size_t)draw * (size_t)w->most;
    size_t               most = 0, have = 0, used = 0;
    rwda_status          status = RWDA_OK;

    for (size_t r = 0; r < w->n; r++)
        if (w->runs[r]->method->evidence == RWDA_EVAL_WINDOWS && source_of(w, w->runs[r])->missing == NULL &&
            (size_t)w->runs[r]->shots > most)
            most = (size_t)w->runs[r]->shots;
    RW_TRY(rw_evidence_look(drawn, &have, &used, w->windows, &w->v, &w->normals, w->order + (size_t)draw * w->normals.count,
                            most, err));
    w->used[draw] = used > w->used[draw] ? used : w->used[draw];
    for (size_t r = 0; r < w->n; r++) {
        rwda_eval_run    *run    = w->runs[r];
        rwda_eval_source *source = source_of(w, run);

        if (run->method->evidence != RWDA_EVAL_WINDOWS || source->missing != NULL || draw >= run->seeds)
            continue;
        if ((size_t)run->shots > have)
            source->missing = rw_eval_few_normals;
        else
            w->columns[w->n_columns++] = (column){ run, draw, NULL, drawn };
        if (w->words == NULL)
            RW_TRY(new_scorer(&w->words, w, run, NULL, err));
    }
done:
    return status;
}

static rwda_status add_draw(work *w, int64_t *bytes, int draw, rwda_error *err)
{
    rwda_status status = RWDA_OK;

    for (size_t r = 0; r < w->n; r++)
        if (is_first_of_kind(w, r))
            RW_TRY(add_kind(w, bytes, r, draw, err));
    RW_TRY(add_windows(w, draw, err));
    for (size_t k = 0; w->normals.from_test && k < w->used[draw]; k++)
        w->left_out[(size_t)draw * images_of(w) + w->order[(size_t)draw * w->normals.count + k]] = true;
done:
    return status;
}

/* Runs that compare test images with each other. */
static rwda_status add_batch(work *w, rwda_error *err)
{
    rwda_memory        **memory = &w->memories[w->n_memories];
    const rwda_eval_run *any    = NULL;
    const char          *missing;
    bool                 words = false;
    rwda_memory_options  options;
    rwda_status          status = RWDA_OK;

    for (size_t r = 0; r < w->n; r++)
        if (w->runs[r]->method->evidence == RWDA_EVAL_MUTUAL) {
            any = w->runs[r];
            words |= any->method->fused != 0;
        }
    if (any == NULL)
        return RWDA_OK;
    options = rw_evidence_options(w->v.e, any->method->class_weight, words, any->plan);
    RW_TRY(rw_evidence_remember_batch(memory, &missing, &w->v, &options, err));
    w->n_memories++;
    for (size_t r = 0; r < w->n; r++)
        if (w->runs[r]->method->evidence == RWDA_EVAL_MUTUAL) {
            RW_TRY(add_memory_column(w, w->runs[r], ALL, *memory, missing, err));
            source_of(w, w->runs[r])->normals = *memory != NULL ? rwda_memory_get_info(*memory)->images : 0;
        }
done:
    return status;
}

static void drop_columns(work *w)
{
    for (size_t i = 0; i < w->n_columns; i++)
        rwda_scorer_free(w->columns[i].scorer);
    for (size_t i = 0; i < w->n_memories; i++)
        rwda_memory_free(w->memories[i]);
    w->n_columns = w->n_memories = 0;
}

/* ---- A pass over the test images ------------------------------------------------------------------------------------------ */

static void put(const work *w, const column *c, size_t image, const rwda_score *score)
{
    size_t at = (c->draw > 0 ? (size_t)c->draw : 0) * w->v.e->data->count + w->v.category->first + image;

    c->run->scores[at] = (double)score->logit;
    c->run->shown[at]  = (double)score->score;
}

static rwda_status score_by_windows(work *w, size_t number, const rwda_image *image, rwda_error *err)
{
    rwda_windows *seen   = NULL;
    rwda_status   status = RWDA_OK;

    for (size_t i = 0; i < w->n_columns; i++) {
        const column *c = &w->columns[i];
        rwda_score    score;

        if (c->normal == NULL || w->left_out[(size_t)c->draw * images_of(w) + number])
            continue;
        if (seen == NULL)
            RW_TRY(rwda_windows_new(&seen, w->v.session, image, err));
        RW_TRY(rwda_windows_score(&score, NULL, w->v.session, w->words, seen, c->normal, (size_t)c->run->shots, err));
        put(w, c, number, &score);
    }
done:
    rwda_windows_free(seen);
    return status;
}

/* images [n] with these numbers in the category, by every column. */
static rwda_status score_images(work *w, const size_t *numbers, const rwda_image *const *images, size_t n, rwda_error *err)
{
    size_t      n_scorers = 0;
    rwda_status status;

    for (size_t i = 0; i < w->n_columns; i++)
        if (w->columns[i].scorer != NULL) {
            w->scorers[n_scorers] = w->columns[i].scorer;
            w->which[n_scorers++] = i;
        }
    RW_TRY(rwda_scorer_score_many(w->scores, w->v.session, w->scorers, n_scorers, images, n, err));
    for (size_t k = 0; k < n_scorers; k++)
        for (size_t i = 0; i < n; i++) {
            const column *c = &w->columns[w->which[k]];

            if (c->draw == ALL || !w->left_out[(size_t)c->draw * images_of(w) + numbers[i]])
                put(w, c, numbers[i], &w->scores[k * n + i]);
        }
    for (size_t i = 0; i < n; i++)
        RW_TRY(score_by_windows(w, numbers[i], images[i], err));
done:
    return status;
}

/* Decoded images [n], numbers `first` and on; one that fails has its reason, and no image. */
static void score_group(work *w, rw_decoded *group, size_t n, size_t first)
{
    const rwda_image *images[RW_GROUP];
    size_t            numbers[RW_GROUP], good = 0;
    rwda_error        err;

    for (size_t i = 0; i < n; i++)
        if (group[i].image != NULL) {
            numbers[good]  = first + i;
            images[good++] = group[i].image;
        }
    if (score_images(w, numbers, images, good, &err) == RWDA_OK)
        return;
    for (size_t i = 0; i < good; i++) { /* one of them failed: each by itself */
        rw_decoded *one    = &group[numbers[i] - first];
        rwda_status status = score_images(w, &numbers[i], &images[i], 1, &one->err);

        if (status == RWDA_OK)
            continue;
        (void)rw_fail_prefix(&one->err, status, one->name);
        rwda_image_free(one->image);
        one->image = NULL;
    }
}

static void clear(const work *w, rwda_eval_run *run, size_t number)
{
    for (size_t seed = 0; seed < (size_t)run->seeds; seed++) {
        size_t at = seed * w->v.e->data->count + w->v.category->first + number;

        run->scores[at] = run->shown[at] = NAN;
    }
}

static void end_group(work *w, rw_decoded *group, size_t n, size_t first)
{
    for (size_t i = 0; i < n; i++) {
        if (group[i].image == NULL && !w->failed[first + i])
            rw_evidence_warn(&w->v, &group[i].err, "");
        w->failed[first + i] |= group[i].image == NULL;
        for (size_t r = 0; w->failed[first + i] && r < w->n; r++) /* without all of its scores it has none */
            clear(w, w->runs[r], first + i);
        rw_decoded_free(&group[i]);
    }
}

static rwda_status score_stream(work *w, rw_image_stream *stream, rwda_error *err)
{
    size_t      n = images_of(w), first = w->v.category->first, some;
    rw_decoded  group[RW_GROUP];
    rwda_status status = RWDA_OK;

    for (size_t done = 0; done < n; done += some) {
        for (some = 0; some < RW_GROUP && done + some < n && status == RWDA_OK; some += status == RWDA_OK)
            status = rw_image_stream_next(stream, &group[some], err);
        if (status == RWDA_OK)
            score_group(w, group, some, done);
        end_group(w, group, some, done);
        if (status == RWDA_OK && rw_progress(w->v.events, "images, memory", first + done + some, w->v.e->data->count) != 0)
            status = rw_fail(err, RWDA_ECANCELLED, RWDA_NO_OFFSET, "cancelled at %zu of %zu images", first + done + some,
                             w->v.e->data->count);
        if (status != RWDA_OK)
            return status;
    }
    return status;
}

static rwda_status pass(work *w, rwda_error *err)
{
    size_t           n      = images_of(w);
    char           **paths  = calloc(n, sizeof *paths);
    rw_image_source *source = NULL;
    rw_image_stream *stream = NULL;
    rwda_status      status;

    for (size_t i = 0; paths != NULL && i < n; i++)
        paths[i] = w->v.e->data->items[w->v.category->first + i].path;
    source = paths != NULL ? rw_image_source_list(paths, n) : NULL;
    stream = rw_image_stream_new(source, &w->v.reading, rwda_session_threads(w->v.session), (size_t)2 * RW_GROUP);
    status = stream != NULL
                 ? score_stream(w, stream, err)
                 : rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.200s: no memory for its images", w->v.category->name);
    rw_image_stream_free(stream);
    rw_image_source_free(source);
    free(paths);
    return status;
}

/* ---- A category ----------------------------------------------------------------------------------------------------------- */

static void free_work(work *w)
{
    drop_columns(w);
    rw_evidence_forget(w->windows, &w->normals);
    rwda_scorer_free(w->words);
    free(w->drawn);
    free(w->order);
    free(w->left_out);
    free(w->used);
    free(w->failed);
    free(w->columns);
    free(w->memories);
    free(w->scorers);
    free(w->scores);
    free(w->which);
}

/* No scores yet, and why there will be none. */
static void begin_runs(work *w)
{
    for (size_t r = 0; r < w->n; r++) {
        rwda_eval_run    *run    = w->runs[r];
        rwda_eval_source *source = source_of(w, run);

        *source = (rwda_eval_source){ 0 };
        for (size_t i = 0; i < images_of(w); i++)
            clear(w, run, i);
        if (run->shots == 0)
            continue;
        source->normals   = w->normals.count;
        source->from_test = w->normals.from_test;
        if (!rw_normals_suffice(&w->normals, run->shots))
            source->missing = rw_eval_few_normals;
    }
}

static bool begin(work *w)
{
    size_t columns = 0, normals;

    w->normals = rw_normals_of(w->v.e, w->v.category);
    for (size_t r = 0; r < w->n; r++) {
        int most = w->runs[r]->shots > 0 ? rw_normals_most(&w->normals, w->v.e, w->runs[r]->shots) : 0;

        w->most  = most > w->most ? most : w->most;
        w->draws = w->runs[r]->shots > 0 && w->runs[r]->seeds > w->draws ? w->runs[r]->seeds : w->draws;
        columns += (size_t)w->runs[r]->seeds;
    }
    normals     = w->normals.count + 1;
    w->order    = calloc((size_t)w->draws + 1, normals * sizeof *w->order);
    w->left_out = calloc((size_t)w->draws + 1, images_of(w) * sizeof *w->left_out);
    w->used     = calloc((size_t)w->draws + 1, sizeof *w->used);
    w->failed   = calloc(images_of(w), sizeof *w->failed);
    w->windows  = calloc(normals, sizeof *w->windows);
    w->drawn    = calloc((size_t)w->draws + 1, ((size_t)w->most + 1) * sizeof *w->drawn);
    w->columns  = calloc(columns, sizeof *w->columns);
    w->memories = calloc(columns, sizeof *w->memories);
    w->scorers  = calloc(columns, sizeof *w->scorers);
    w->scores   = calloc(columns, RW_GROUP * sizeof *w->scores);
    w->which    = calloc(columns, sizeof *w->which);
    if (w->order == NULL || w->left_out == NULL || w->used == NULL || w->failed == NULL || w->windows == NULL ||
        w->drawn == NULL || w->columns == NULL || w->memories == NULL || w->scorers == NULL || w->scores == NULL ||
        w->which == NULL)
        return false;
    for (int draw = 0; draw < w->draws; draw++) {
        rw_normals_draw(w->order + (size_t)draw * w->normals.count, &w->normals, draw);
        w->used[draw] = (size_t)w->most;
    }
    begin_runs(w);
    return true;
}

static rwda_status score_category(work *w, rwda_error *err)
{
    int         draw   = 0;
    rwda_status status = RWDA_OK;

    do {
        int64_t bytes = 0;

        if (draw == 0)
            RW_TRY(add_batch(w, err));
        for (; draw < w->draws && bytes < TOGETHER; draw++)
            RW_TRY(add_draw(w, &bytes, draw, err));
        if (w->n_columns > 0)
            RW_TRY(pass(w, err));
        drop_columns(w);
    } while (draw < w->draws);
    for (size_t r = 0; r < w->n; r++) {
        rwda_eval_source *source = source_of(w, w->runs[r]);

        for (size_t i = 0; source->missing != NULL && i < images_of(w); i++) /* for one draw, perhaps: then for all */
            clear(w, w->runs[r], i);
        for (int k = 0; k < w->runs[r]->seeds && source->from_test && source->missing == NULL; k++)
            source->left_out = w->used[k] > source->left_out ? w->used[k] : source->left_out;
    }
done:
    return status;
}

static rwda_status run_category(work *w, size_t *failed, const char *cache_dir, rwda_error *err)
{
    char       *text = NULL, what[64], path[RW_PATH_MAX];
    bool        cached;
    rwda_error  why;
    rwda_status status = RWDA_OK;

    if (!begin(w)) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.200s: no memory for its scores", w->v.category->name);
        goto done;
    }
    text = rw_evidence_describe(w->runs, w->n, &w->v, &w->normals, w->detector);
    (void)snprintf(what, sizeof what, "%s-%s", w->runs[0]->method->name, rwda_enum_name(RWDA_ENUM_CROPS, w->runs[0]->plan));
    cached = text != NULL && cache_dir != NULL && rw_eval_cache_path(path, cache_dir, w->v.category, what, "txt");
    if (!cached || !rw_evidence_take(w->runs, w->n, w->failed, &w->v, path, text)) {
        begin_runs(w);
        memset(w->failed, 0, images_of(w) * sizeof *w->failed);
        RW_TRY(score_category(w, err));
        if (cached && !w->v.unlucky && rw_evidence_cache(w->runs, w->n, w->failed, &w->v, path, text, &why) != RWDA_OK)
            rw_warn(w->v.events, "%s", why.message);
    }
    for (size_t i = 0; i < images_of(w); i++)
        *failed += w->failed[i];
done:
    free(text);
    return status;
}

/* ---- All categories ------------------------------------------------------------------------------------------------------- */

static rwda_status check_run(const rwda_eval_run *run, const rwda_eval_run *first, const rwda_evaluation *e,
                             const rwda_detector *detector, rwda_error *err)
{
    const rwda_eval_method *m = run->method;

    if (m->evidence == RWDA_EVAL_WORDS || run->plan != first->plan || run->pool != first->pool)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s: by words, or of another crop plan than the others", m->title);
    if (run->seeds < 1 || run->seeds > RWDA_EVAL_SEEDS_MAX || (run->shots > 0) != rwda_eval_method_takes_shots(m) ||
        run->shots < 0)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s: %d draws of %d shots", m->title, run->seeds, run->shots);
    if (rwda_eval_method_needs_detector(m) && detector == NULL)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "%s: needs a detector", m->title);
    if (m->fused && e->resize == RWDA_RESIZE_TILES)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                       "%s: resize \"tiles\" gives every image another number of crops: config, shortest or squash",
                       m->title);
    return RWDA_OK;
}

static bool new_scores(rwda_eval_run *run, const rwda_evaluation *e)
{
    size_t n = (size_t)run->seeds * e->data->count;

    free(run->scores);
    free(run->shown);
    free(run->sources);
    run->scores  = calloc(n, sizeof *run->scores);
    run->shown   = calloc(n, sizeof *run->shown);
    run->sources = calloc(e->n_categories, sizeof *run->sources);
    return run->scores != NULL && run->shown != NULL && run->sources != NULL;
}

rwda_status rwda_eval_runs_score(rwda_eval_run *const *runs, size_t n, size_t *failed, const rwda_evaluation *e,
                                 rwda_session *session, const rwda_detector *detector, const char *cache_dir,
                                 const rwda_events *events, rwda_error *err)
{
    rw_image_reading reading = rw_image_reading_of(&e->images);
    bool             words   = false; /* embeddings for words tell the same */
    size_t           count   = 0;
    bool             used    = false;
    rwda_status      status  = RWDA_OK;

    for (size_t r = 0; r < n; r++) {
        RW_TRY(check_run(runs[r], runs[0], e, detector, err));
        used |= rwda_eval_method_needs_detector(runs[r]->method) != 0;
    }
    for (size_t r = 0; r < n; r++)
        if (!new_scores(runs[r], e))
            return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for %zu runs", n);
    for (size_t c = 0; c < e->n_categories && n > 0 && status == RWDA_OK; c++) {
        work w = { .v        = { e, &e->categories[c], session, events, reading, false },
                   .runs     = runs,
                   .n        = n,
                   .detector = used ? detector : NULL };

        status  = run_category(&w, &count, cache_dir, err);
        reading = w.v.reading;
        free_work(&w);
    }
    for (size_t r = 0; r < e->n_runs; r++)
        words |= e->runs[r].method->evidence == RWDA_EVAL_WORDS;
    if (!words)
        rw_image_reading_warn(&reading, events);
    if (failed != NULL)
        *failed = count;
done:
    return status;
}
