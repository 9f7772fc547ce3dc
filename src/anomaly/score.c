/* score.c - how do the embeddings of crops become one score? */
#include "anomaly/score.h"

#include "anomaly/prompts.h"

#include <math.h>
#include <string.h>

/* What a method's score is made of. */
typedef struct {
    bool network, prompts, discriminant;
} ingredients;

static const ingredients *what_of(rwda_method method)
{
    static const ingredients of[] = {
        [RWDA_METHOD_FNN]             = { .network = true },
        [RWDA_METHOD_CLIP]            = { .prompts = true },
        [RWDA_METHOD_BOTH]            = { .network = true, .prompts = true },
        [RWDA_METHOD_LDA]             = { .discriminant = true },
        [RWDA_METHOD_MEAN_DIFFERENCE] = { .discriminant = true },
        [RWDA_METHOD_WINCLIP]         = { .prompts = true },
    };
    static const ingredients none = { 0 };

    return (unsigned)method < RW_COUNTOF(of) ? &of[method] : &none;
}

int rwda_method_needs_detector(rwda_method method)
{
    return what_of(method)->network || what_of(method)->discriminant;
}

int rwda_method_needs_prompts(rwda_method method)
{
    return what_of(method)->prompts;
}

/* A prompt that the model would cut has lost its end, the object's name perhaps. */
static rwda_status check_lengths(const rw_prompts *prompts, const rw_encoder *encoder, rwda_error *err)
{
    size_t      context = (size_t)encoder->clip->config.context_length, count = 0;
    int32_t    *ids    = rw_arena_array(encoder->arena, context, sizeof *ids);
    int         cut    = 0;
    rwda_status status = rw_clip_require_tokenizer(encoder->clip, err);

    if (ids == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu token ids", context);
    for (size_t i = 0; i < prompts->count && status == RWDA_OK; i++) {
        const char *text = prompts->texts[i];

        status = rw_tokenizer_encode(ids, &count, context, &cut, encoder->clip->tokenizer, text, strlen(text), err);
        if (status == RWDA_OK && cut)
            return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET,
                           "prompt \"%.200s\" is longer than the model's %zu tokens; a shorter name of the object is needed",
                           text, context);
    }
    return status;
}

/* out [D]: unit mean of a class's prompt embeddings. */
static rwda_status prototype(float *out, bool anomalous, const rwda_scorer_options *options, const rw_encoder *encoder,
                             rwda_error *err)
{
    size_t        dim     = (size_t)encoder->clip->config.embed_dim;
    rw_arena_mark mark    = rw_arena_save(encoder->arena);
    rw_prompts    prompts = { NULL, NULL, 0 };
    double        square  = 0.0;
    float        *x;
    rwda_status   status;

    RW_TRY(rw_prompts_zero_shot(&prompts, anomalous, options->prompts, options->object, options->names, err));
    x = rw_arena_array(encoder->arena, prompts.count, dim * sizeof *x);
    if (x == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%zu prompt embeddings", prompts.count);
        goto done;
    }
    RW_TRY(check_lengths(&prompts, encoder, err));
    RW_TRY(rw_encode_texts(x, encoder, (const char *const *)prompts.texts, NULL, prompts.count, NULL, NULL, err));
    for (size_t j = 0; j < dim; j++) {
        double sum = 0.0;

        for (size_t i = 0; i < prompts.count; i++)
            sum += (double)x[i * dim + j];
        out[j] = (float)(sum / (double)prompts.count);
        square += (double)out[j] * (double)out[j];
    }
    for (size_t j = 0; j < dim; j++)
        out[j] = (float)(out[j] / sqrt(square));
done:
    rw_arena_rewind(encoder->arena, mark);
    rw_prompts_free(&prompts);
    return status;
}

rwda_status rw_score_prototypes(rwda_scorer *scorer, const rw_encoder *encoder, rwda_error *err)
{
    size_t        dim = (size_t)encoder->clip->config.embed_dim;
    float         tau = scorer->options.temperature > 0.0f ? scorer->options.temperature : 1.0f / encoder->clip->logit_scale;
    rw_arena_mark mark   = rw_arena_save(encoder->arena);
    float        *both   = rw_arena_array(encoder->arena, 2, dim * sizeof *both);
    rwda_status   status = rw_clip_require_tokenizer(encoder->clip, err);

    if (status == RWDA_OK && !isfinite(tau)) /* a text tower alone has no scale */
        status = rw_clip_require(encoder->clip, RWDA_TOWERS_IMAGE, err);
    if (status != RWDA_OK)
        goto done;
    scorer->direction = rw_new_array(dim, sizeof *scorer->direction);
    if (both == NULL || scorer->direction == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "prototypes of %zu dimensions", dim);
        goto done;
    }
    RW_TRY(prototype(both, false, &scorer->options, encoder, err));
    RW_TRY(prototype(both + dim, true, &scorer->options, encoder, err));
    for (size_t j = 0; j < dim; j++)
        scorer->direction[j] = (both[dim + j] - both[j]) / tau;
done:
    rw_arena_rewind(encoder->arena, mark);
    return status;
}

static bool is_utf8(const char *text)
{
    json_t *string = json_string(text);
    bool    fine   = string != NULL;

    json_decref(string);
    return fine;
}

/* What a memory adds to a description.  Of a batch's memory, which is another one each time, the recipe counts. */
static int describe_memory(json_t *settings, const rwda_scorer *scorer)
{
    const rwda_scorer_options *o = &scorer->options;
    const rwda_memory         *m = o->memory;
    char                       name[80];
    json_t                    *memory;
    int                        failed = 0;

    if (o->fuse == 0.0) /* words play no part */
        failed |=
            json_object_set_new(settings, "crops", json_string(rwda_enum_name(RWDA_ENUM_CROPS, RWDA_CROPS_ONE))) |
            json_object_set_new(settings, "pool", json_string(rwda_enum_name(RWDA_ENUM_POOL, RWDA_POOL_MEAN))) |
            json_object_set_new(settings, "resize", json_string(rwda_enum_name(RWDA_ENUM_RESIZE, RWDA_RESIZE_SQUASH))) |
            json_object_set_new(settings, "image_size", json_integer(m->options.image_size));
    else
        failed |= json_object_set_new(settings, "words", json_string(rwda_enum_name(RWDA_ENUM_METHOD, o->method))) |
                  json_object_set_new(settings, "fuse", json_real(o->fuse));
    (void)snprintf(name, sizeof name, "%s%s", m->options.mutual ? "mutual" : "memory", o->fuse > 0.0 ? "+words" : "");
    failed |= json_object_set_new(settings, "method", json_string(name));
    (void)snprintf(name, sizeof name, "sha256:%s", m->sha256);
    memory = m->options.mutual ? json_loads(m->recipe, 0, NULL) : json_string(name);
    (void)json_object_del(memory, "orientation"); /* said beside it */
    (void)json_object_del(memory, "depth");
    return failed | json_object_set_new(settings, "memory", memory);
}

rwda_status rw_score_describe(rwda_scorer *scorer, const rw_clip *clip, rwda_error *err)
{
    const rwda_scorer_options *o        = &scorer->options;
    bool                       prompted = scorer->direction != NULL;
    bool                       detected = rwda_method_needs_detector(o->method) && (o->memory == NULL || o->fuse > 0.0);
    float                      tau      = o->temperature > 0.0f ? o->temperature : 1.0f / clip->logit_scale;
    rwda_resize                resize   = o->resize != RWDA_RESIZE_CONFIG ? o->resize : clip->config.resize;
    json_t *depth = o->depth == 0 ? json_null() : o->depth == RWDA_DEPTH_AUTO ? json_string("auto") : json_integer(o->depth);
    char    model[80], detector[80];

    (void)snprintf(model, sizeof model, "sha256:%s", clip->sha256);
    (void)snprintf(detector, sizeof detector, "sha256:%s", scorer->detector != NULL ? scorer->detector->sha256 : "");
    scorer->settings =
        json_pack("{s:s, s:s?, s:s?, s:s?, s:o, s:s, s:s, s:s, s:i, s:s, s:s, s:o, s:i, s:s?, s:s}", "method",
                  rwda_enum_name(RWDA_ENUM_METHOD, o->method), "object", prompted ? o->object : NULL, "names",
                  prompted && o->object != NULL ? rwda_enum_name(RWDA_ENUM_NAMES, o->names) : NULL, "prompts",
                  prompted ? rwda_enum_name(RWDA_ENUM_PROMPTS, o->prompts) : NULL, "temperature",
                  prompted ? json_real((double)tau) : json_null(), "crops", rwda_enum_name(RWDA_ENUM_CROPS, o->crops),
                  "pool", rwda_enum_name(RWDA_ENUM_POOL, o->pool), "resize", rwda_enum_name(RWDA_ENUM_RESIZE, resize),
                  "image_size", clip->config.image_size, "precision", rwda_precision_name(clip->precision), "orientation",
                  rwda_enum_name(RWDA_ENUM_ORIENTATION, o->orientation), "depth", depth, "preprocessing", RWDA_PREPROCESSING,
                  "detector", detected ? detector : NULL, "model", model);
    if (scorer->settings != NULL && (o->memory == NULL || describe_memory(scorer->settings, scorer) == 0))
        scorer->description = json_dumps(scorer->settings, JSON_COMPACT | JSON_REAL_PRECISION(9));
    if (scorer->description == NULL && prompted && o->object != NULL && !is_utf8(o->object))
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "the object's name is not UTF-8");
    if (scorer->description == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "%.200s: no memory for the description of a scorer",
                       clip->weights_path);
    return RWDA_OK;
}

/* The probability of "anomalous" and that of "normal", each with all its digits: 1 - p would round away what tells two clear cases
 * apart. */
typedef struct {
    double anomalous, normal;
} chance;

static chance chance_of(double logit)
{
    double e     = exp(-fmin(fabs(logit), 700.0)); /* a double holds exp(-700), not much less */
    chance clear = { 1.0 / (1.0 + e), e / (1.0 + e) };

    return logit > 0.0 ? clear : (chance){ clear.normal, clear.anomalous };
}

static chance mean_of(chance a, chance b)
{
    return (chance){ 0.5 * (a.anomalous + b.anomalous), 0.5 * (a.normal + b.normal) };
}

static chance pooled(const chance *crops, size_t n, rwda_pool pool)
{
    chance result = pool == RWDA_POOL_MAX ? crops[0] : (chance){ 0.0, 0.0 };
    double logit  = 0.0;

    for (size_t i = 0; i < n; i++)
        if (pool == RWDA_POOL_MAX)
            result = crops[i].normal < result.normal || crops[i].anomalous > result.anomalous ? crops[i] : result;
        else if (pool == RWDA_POOL_LOGIT)
            logit += log(crops[i].anomalous / crops[i].normal) / (double)n;
        else
            result =
                (chance){ result.anomalous + crops[i].anomalous / (double)n, result.normal + crops[i].normal / (double)n };
    return pool == RWDA_POOL_LOGIT ? chance_of(logit) : result;
}

/* The method's chance of each row, and its two ingredients where it has them: fnn and clip [n] are scratch where it has not. */
static rwda_status score_rows(chance *final, chance *fnn, chance *clip, const rwda_scorer *scorer, const float *x, size_t n,
                              const rw_kernels *kernels, rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    rwda_method         method   = scorer->options.method;
    bool                with_fnn = what_of(method)->network;
    float              *logits   = rw_arena_array(arena, n, sizeof *logits);
    const rw_direction *line     = NULL;
    rwda_status         status   = RWDA_OK;

    if (final == NULL || fnn == NULL || clip == NULL || logits == NULL)
        return rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "scores of %zu embeddings", n);
    if (method == RWDA_METHOD_LDA)
        line = &scorer->detector->lda;
    else if (method == RWDA_METHOD_MEAN_DIFFERENCE)
        line = &scorer->detector->mean_difference;
    if (with_fnn)
        RW_TRY(rw_detector_logits(logits, scorer->detector, x, n, kernels, arena, pool, err));
    for (size_t i = 0; i < n; i++) {
        const float *row = x + i * scorer->dim;
        float        sum = kernels->dot(row, row, scorer->dim); /* and of its logits: finite if each number is */

        if (with_fnn) {
            sum += logits[i];
            final[i] = fnn[i] = chance_of((double)logits[i]);
        }
        if (scorer->direction != NULL) {
            float logit = kernels->dot(row, scorer->direction, scorer->dim);

            sum += logit;
            final[i] = clip[i] = chance_of((double)logit);
        }
        if (method == RWDA_METHOD_BOTH)
            final[i] = mean_of(fnn[i], clip[i]);
        if (line != NULL) {
            float logit = kernels->dot(row, line->weight, scorer->dim) + line->bias;

            sum += logit;
            final[i] = chance_of((double)logit);
        }
        if (!isfinite(sum)) {
            status =
                rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "crop %zu of %zu: its embedding or its logit is not finite", i, n);
            goto done;
        }
    }
done:
    return status;
}

rwda_status rw_score_rows(float *out, const rwda_scorer *scorer, const float *x, size_t n, const rw_kernels *kernels,
                          rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    rw_arena_mark mark  = rw_arena_save(arena);
    chance       *fnn   = rw_arena_array(arena, n, sizeof *fnn);
    chance       *clip  = rw_arena_array(arena, n, sizeof *clip);
    chance       *final = rw_arena_array(arena, n, sizeof *final);
    rwda_status   status;

    RW_TRY(score_rows(final, fnn, clip, scorer, x, n, kernels, arena, pool, err));
    for (size_t i = 0; i < n; i++)
        out[i] = (float) final[i].anomalous;
done:
    rw_arena_rewind(arena, mark);
    return status;
}

rwda_status rw_score_crops(rwda_score *out, const rwda_scorer *scorer, const float *x, size_t crops,
                           const rw_kernels *kernels, rw_arena *arena, rw_thread_pool *pool, rwda_error *err)
{
    rw_arena_mark mark  = rw_arena_save(arena);
    chance       *fnn   = rw_arena_array(arena, crops, sizeof *fnn);
    chance       *clip  = rw_arena_array(arena, crops, sizeof *clip);
    chance       *final = rw_arena_array(arena, crops, sizeof *final);
    rwda_status   status;

    *out = (rwda_score){ NAN, NAN, NAN, crops, NAN, NAN };
    RW_TRY(score_rows(final, fnn, clip, scorer, x, crops, kernels, arena, pool, err));
    final[0]   = pooled(final, crops, scorer->options.pool);
    out->score = (float) final[0].anomalous;
    out->logit = (float)log(final[0].anomalous / final[0].normal);
    if (what_of(scorer->options.method)->network)
        out->score_fnn = (float)pooled(fnn, crops, scorer->options.pool).anomalous;
    if (scorer->direction != NULL)
        out->score_clip = (float)pooled(clip, crops, scorer->options.pool).anomalous;
done:
    rw_arena_rewind(arena, mark);
    return status;
}

/* ---- Beside a memory ---------------------------------------------------------------------------------------------------- */

#define STD_LEAST 1e-6 /* of the words' logits: images may be nearly the same */

rwda_status rw_score_standardise(rwda_scorer *scorer, const rw_kernels *kernels, rw_arena *arena, rw_thread_pool *pool,
                                 rwda_error *err)
{
    const rwda_memory         *m      = scorer->options.memory;
    const rwda_memory_options *made   = &m->options;
    rwda_resize                resize = scorer->options.resize;
    double                     sum = 0.0, square = 0.0;
    rwda_score                 score;
    rwda_status                status = RWDA_OK;

    resize = resize != RWDA_RESIZE_CONFIG ? resize : m->view.config.resize;
    if (m->embeddings == NULL)
        return rw_fail(err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                       "the memory keeps no image embeddings (words 0), which fusing with words needs: make it with them");
    if (made->crops != scorer->options.crops || made->resize != resize)
        return rw_fail(
            err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
            "the memory's image embeddings are of %s crops, resized %s, the words score %s crops, resized %s: make the "
            "memory with these",
            rwda_enum_name(RWDA_ENUM_CROPS, made->crops), rwda_enum_name(RWDA_ENUM_RESIZE, made->resize),
            rwda_enum_name(RWDA_ENUM_CROPS, scorer->options.crops), rwda_enum_name(RWDA_ENUM_RESIZE, resize));
    if (m->scored < 2)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET,
                       "a memory of %zu images with %zu leave-one-out scores cannot standardise: fusing needs 2 at least",
                       m->info.images, m->scored);
    for (size_t i = 0; i < m->info.images; i++) {
        RW_TRY(
            rw_score_crops(&score, scorer, m->embeddings + i * m->crops * scorer->dim, m->crops, kernels, arena, pool, err));
        sum += (double)score.logit;
        square += (double)score.logit * (double)score.logit;
    }
    scorer->words_mean = sum / (double)m->info.images;
    scorer->words_std  = sqrt(fmax(square - sum * scorer->words_mean, 0.0) / (double)(m->info.images - 1));
    scorer->words_std  = fmax(scorer->words_std, STD_LEAST);
done:
    return status;
}

void rw_score_fuse(rwda_score *out, const rwda_scorer *scorer, float memory, const rwda_score *words)
{
    const rwda_memory *m     = scorer->options.memory;
    double             value = (double)memory, fuse = scorer->options.fuse, logit = log(value / (1.0 - value));

    *out = words != NULL ? *words : (rwda_score){ NAN, NAN, NAN, 1, NAN, NAN };
    if (words != NULL) {
        logit = (1.0 - fuse) * (value - m->mean) / m->std +
                fuse * ((double)words->logit - scorer->words_mean) / scorer->words_std;
        value = chance_of(logit).anomalous;
    }
    out->score        = (float)value;
    out->logit        = (float)logit;
    out->score_memory = memory;
}
