#include "diagnostics/checks.h"

#include "base/status.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LARGEST 2e-6 /* between unit embeddings in float32 and in float64 (docs/parity.md) */

static void RW_PRINTF(4, 5) say(const check_listener *to, const char *name, bool fine, const char *format, ...)
{
    char    text[1024];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    to->said(to->user, name, fine, text);
}

void check_tokenizer(const check_listener *to)
{
    static const struct {
        const char *text;
        size_t      n;
        int32_t     ids[16];
    } known[]                 = { { "a photo of a cat", 7, { 49406, 320, 1125, 539, 320, 2368, 49407 } },
                                  { "It's 2023, 100% OK", 13, { 49406, 585, 568, 273, 271, 273, 274, 267, 272, 271, 271, 260, 2481 } },
                                  { "flawless", 3, { 49406, 15531, 49407 } } };
    const size_t    n         = sizeof known / sizeof known[0];
    rwda_tokenizer *tokenizer = NULL;
    rwda_error      err       = { RWDA_OK, RWDA_NO_OFFSET, "" };
    size_t          right     = 0;

    if (rwda_tokenizer_new(&tokenizer, &err) == RWDA_OK)
        for (size_t i = 0; i < n; i++) {
            int32_t ids[77];
            size_t  count = 0;

            right += rwda_tokenizer_encode(ids, &count, 77, NULL, tokenizer, known[i].text, strlen(known[i].text), &err) ==
                         RWDA_OK &&
                     count >= known[i].n && memcmp(ids, known[i].ids, known[i].n * sizeof *ids) == 0;
        }
    rwda_tokenizer_free(tokenizer);
    say(to, "tokenizer", right == n, "CLIP's, which is built in: %zu of %zu texts have OpenCLIP's ids%s%s", right, n,
        right < n && err.code != RWDA_OK ? "; " : "", right < n && err.code != RWDA_OK ? err.message : "");
}

static size_t rows_of(const golden *g, check_scope scope)
{
    return (scope.images ? GOLDEN_IMAGES : 0) + (scope.texts ? g->n_texts : 0);
}

/* Embeddings of the golden images and texts with one kernel set, threads and batch -> *out [rows, dim], the caller's. */
static rwda_status embed(float **out, const char *path, rwda_cpu cpu, int threads, int batch, const golden *g,
                         check_scope scope, rwda_error *err)
{
    const size_t         n_images        = scope.images ? GOLDEN_IMAGES : 0;
    rwda_model_options   model_options   = RWDA_MODEL_OPTIONS_INIT;
    rwda_session_options session_options = RWDA_SESSION_OPTIONS_INIT;
    rwda_image           drawn[GOLDEN_IMAGES];
    const rwda_image    *images[GOLDEN_IMAGES];
    rwda_model          *model   = NULL;
    rwda_session        *session = NULL;
    unsigned char       *pixels  = NULL;
    size_t               dim, side;
    rwda_status          status;

    *out                    = NULL;
    model_options.cpu       = cpu;
    model_options.precision = RWDA_PRECISION_F32; /* what the golden numbers are of */
    model_options.towers    = !scope.texts ? RWDA_TOWERS_IMAGE : !scope.images ? RWDA_TOWERS_TEXT : RWDA_TOWERS_BOTH;
    session_options.threads = threads;
    session_options.batch   = batch;
    status                  = rwda_model_open(&model, path, &model_options, err);
    if (status == RWDA_OK)
        status = rwda_session_new(&session, model, &session_options, err);
    if (status != RWDA_OK)
        goto done;
    dim    = (size_t)rwda_model_get_info(model)->embed_dim;
    side   = (size_t)rwda_model_get_info(model)->image_size;
    pixels = golden_images(scope.images ? side : 1);
    *out   = calloc(rows_of(g, scope) * dim, sizeof **out);
    if (pixels == NULL || *out == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for an image");
        goto done;
    }
    for (size_t i = 0; i < n_images; i++) {
        drawn[i]  = (rwda_image){ (int)side, (int)side, 3 * side, pixels + i * 3 * side * side };
        images[i] = &drawn[i];
    }
    if (scope.images)
        status = rwda_session_embed_images(*out, session, images, n_images, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, err);
    if (status == RWDA_OK && scope.texts)
        status =
            rwda_session_embed_texts(*out + n_images * dim, session, (const char *const *)g->texts, NULL, g->n_texts, err);
done:
    if (status != RWDA_OK) {
        free(*out);
        *out = NULL;
    }
    free(pixels);
    rwda_session_free(session);
    rwda_model_free(model);
    return status;
}

static double farthest(const float *x, const double *golden_values, const float *reference, size_t n)
{
    double most = 0.0;

    for (size_t i = 0; i < n; i++) {
        double d = fabs((double)x[i] - (golden_values != NULL ? golden_values[i] : (double)reference[i]));

        most = d <= most ? most : d; /* NaN stays */
    }
    return most;
}

void check_kernel_sets(const check_listener *to, const char *path, const golden *g, check_scope scope,
                       const rwda_model_info *info)
{
    bool       whole = scope.images && scope.texts;
    bool       known = whole && strcmp(info->sha256, g->model) == 0 && (size_t)info->embed_dim == g->dim;
    size_t     n     = rows_of(g, scope) * (size_t)info->embed_dim;
    double     bound = known ? LARGEST : 2 * LARGEST; /* two approximations of one number */
    float     *plain = NULL;
    rwda_error err;

    for (int cpu = RWDA_CPU_REF; cpu <= RWDA_CPU_NEON; cpu++) {
        float      *x    = NULL;
        rwda_status got  = embed(&x, path, (rwda_cpu)cpu, 0, 16, g, scope, &err);
        double      away = got == RWDA_OK ? farthest(x, known ? g->values : NULL, plain != NULL ? plain : x, n) : 0.0;

        if (got == RWDA_OK && (known || cpu != RWDA_CPU_REF))
            say(to, rwda_enum_name(RWDA_ENUM_CPU, cpu), away <= bound, "embeddings at most %.1e from %s (allowed: %.0e)",
                away, known ? "the golden ones" : "the plain-C kernels'", bound);
        else if (got != RWDA_OK && got != RWDA_EUNSUPPORTED) /* this CPU lacks the set */
            say(to, rwda_enum_name(RWDA_ENUM_CPU, cpu), false, "%s", err.message);
        if (cpu == RWDA_CPU_REF)
            plain = x;
        else
            free(x);
    }
    free(plain);
}

void check_bytes(const check_listener *to, const char *path, const golden *g, check_scope scope, const rwda_model_info *info)
{
    static const struct {
        int threads, batch;
    } ways[]         = { { 1, 1 }, { 2, 16 }, { 3, 2 } };
    size_t     n     = rows_of(g, scope) * (size_t)info->embed_dim;
    float     *first = NULL;
    size_t     same  = 0;
    rwda_error err, why = { RWDA_OK, RWDA_NO_OFFSET, "" }; /* a call that does well may leave a message too */

    for (size_t i = 0; i < 3; i++) {
        float *x = NULL;

        if (embed(&x, path, RWDA_CPU_AUTO, ways[i].threads, ways[i].batch, g, scope, &err) == RWDA_OK)
            same += first == NULL || memcmp(first, x, n * sizeof *x) == 0;
        else
            why = err;
        if (first == NULL)
            first = x;
        else
            free(x);
    }
    free(first);
    say(to, "repeatable", same == 3, "%zu of 3 settings of threads and batch give the same bytes%s%s", same,
        why.message[0] != '\0' ? "; " : "", why.message);
}
