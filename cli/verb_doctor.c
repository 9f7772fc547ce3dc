/* verb_doctor.c - rwda doctor: a self-test on golden numbers. */
#include "cli/cli.h"

#include "cli/golden.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LARGEST 2e-6 /* between unit embeddings in float32 and in float64 (docs/parity.md) */

static cli_engine engine;
static bool       json;

static const cli_option options[] = {
    { "json", NULL, "as one JSON object", NULL, &json, 0 },
    { "model", "DIR|NAME", "OpenCLIP or Hugging Face directory (default: $RWDA_MODEL, else the model shipped with rwda)",
      &engine.model, NULL, 'm' },
};

static const cli_verb verb = {
    "doctor",
    "Says what rwda uses on this machine, and tests itself: token ids against OpenCLIP's, embeddings of every kernel set "
    "against\n"
    "golden numbers (for another model than the shipped one: against the plain-C kernels), bytes for any threads and "
    "batch.\n"
    "Exit code 1: a check failed.",
    "[OPTIONS]",
    "  rwda doctor\n"
    "  rwda doctor --model ViT-B-16-plus-240/ --json\n",
    options,
    sizeof options / sizeof options[0],
};

/* What was found: printed line by line, or gathered for one JSON object. */
typedef struct {
    json_t *facts, *checks;
    size_t  failed;
} report;

static void __attribute__((format(printf, 3, 4))) say_fact(report *r, const char *name, const char *format, ...)
{
    char    text[RW_PATH_MAX + 256];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    json_object_set_new(r->facts, name, json_string(text));
    if (!json)
        printf("%-10s %s\n", name, text);
}

static void __attribute__((format(printf, 4, 5))) say_check(report *r, const char *name, bool fine, const char *format, ...)
{
    char    text[1024];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    r->failed += !fine;
    json_array_append_new(r->checks, json_pack("{s:s, s:b, s:s}", "name", name, "ok", (int)fine, "detail", text));
    if (!json)
        printf("%-7s %s: %s\n", fine ? "ok" : "FAILED", name, text);
}

/* Ids by the open-clip-torch package. */
static void check_tokenizer(report *r)
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
    say_check(r, "tokenizer", right == n, "%zu of %zu texts have OpenCLIP's ids%s%s", right, n,
              err.message[0] != '\0' ? "; " : "", err.message);
}

/* Embeddings of the golden images and texts with one kernel set, threads and batch -> *out [rows, dim], the caller's. */
static rwda_status embed(float **out, const char *path, rwda_cpu cpu, int threads, int batch, const golden *g,
                         rwda_error *err)
{
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
    session_options.threads = threads;
    session_options.batch   = batch;
    status                  = rwda_model_open(&model, path, &model_options, err);
    if (status == RWDA_OK)
        status = rwda_session_new(&session, model, &session_options, err);
    if (status != RWDA_OK)
        goto done;
    dim    = (size_t)rwda_model_get_info(model)->embed_dim;
    side   = (size_t)rwda_model_get_info(model)->image_size;
    pixels = golden_images(side);
    *out   = calloc((GOLDEN_IMAGES + g->n_texts) * dim, sizeof **out);
    if (pixels == NULL || *out == NULL) {
        *err   = (rwda_error){ RWDA_ENOMEM, RWDA_NO_OFFSET, "no memory for an image" };
        status = RWDA_ENOMEM;
        goto done;
    }
    for (size_t i = 0; i < GOLDEN_IMAGES; i++) {
        drawn[i]  = (rwda_image){ (int)side, (int)side, 3 * side, pixels + i * 3 * side * side };
        images[i] = &drawn[i];
    }
    status = rwda_session_embed_images(*out, session, images, GOLDEN_IMAGES, RWDA_RESIZE_CONFIG, RWDA_CROPS_ONE, err);
    if (status == RWDA_OK)
        status = rwda_session_embed_texts(*out + GOLDEN_IMAGES * dim, session, (const char *const *)g->texts, NULL,
                                          g->n_texts, err);
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

/* Every kernel set this CPU has, against golden numbers where the model has them, else against plain C. */
static void check_kernel_sets(report *r, const char *path, const golden *g, const rwda_model_info *info)
{
    bool       known = strcmp(info->sha256, g->model) == 0 && (size_t)info->embed_dim == g->dim;
    size_t     n     = (GOLDEN_IMAGES + g->n_texts) * (size_t)info->embed_dim;
    double     bound = known ? LARGEST : 2 * LARGEST; /* two approximations of one number */
    float     *plain = NULL;
    rwda_error err;

    for (int cpu = RWDA_CPU_REF; cpu <= RWDA_CPU_NEON; cpu++) {
        float      *x    = NULL;
        rwda_status got  = embed(&x, path, (rwda_cpu)cpu, 0, 16, g, &err);
        double      away = got == RWDA_OK ? farthest(x, known ? g->values : NULL, plain != NULL ? plain : x, n) : 0.0;

        if (got == RWDA_OK && (known || cpu != RWDA_CPU_REF))
            say_check(r, rwda_enum_name(RWDA_ENUM_CPU, cpu), away <= bound,
                      "embeddings at most %.1e from %s (allowed: %.0e)", away,
                      known ? "the golden ones" : "the plain-C kernels'", bound);
        else if (got != RWDA_OK && got != RWDA_EUNSUPPORTED) /* this CPU lacks the set */
            say_check(r, rwda_enum_name(RWDA_ENUM_CPU, cpu), false, "%s", err.message);
        if (cpu == RWDA_CPU_REF)
            plain = x;
        else
            free(x);
    }
    free(plain);
}

static void check_bytes(report *r, const char *path, const golden *g, const rwda_model_info *info)
{
    static const struct {
        int threads, batch;
    } ways[]         = { { 1, 1 }, { 2, 16 }, { 3, 2 } };
    size_t     n     = (GOLDEN_IMAGES + g->n_texts) * (size_t)info->embed_dim;
    float     *first = NULL;
    size_t     same  = 0;
    rwda_error err   = { RWDA_OK, RWDA_NO_OFFSET, "" };

    for (size_t i = 0; i < 3; i++) {
        float *x = NULL;

        if (embed(&x, path, RWDA_CPU_AUTO, ways[i].threads, ways[i].batch, g, &err) == RWDA_OK)
            same += first == NULL || memcmp(first, x, n * sizeof *x) == 0;
        if (first == NULL)
            first = x;
        else
            free(x);
    }
    free(first);
    say_check(r, "repeatable", same == 3, "%zu of 3 settings of threads and batch give the same bytes%s%s", same,
              err.message[0] != '\0' ? "; " : "", err.message);
}

static void say_machine(report *r, const rwda_session *session, const rwda_model_info *info, const char *path,
                        const char *origin)
{
    const char *cache = cli_cache_folder(&(cli_engine){ .no_cache = false });

    say_fact(r, "rwda", "%s, %s build, compiler %s", rwda_version(), RWDA_BUILD_TYPE, __VERSION__);
    say_fact(r, "threads", "%d", rwda_session_threads(session));
    say_fact(r, "kernels", "%s; int8: %s", info->cpu, rwda_int8_name(RWDA_CPU_AUTO));
    say_fact(r, "precision", "%s", info->precision);
    say_fact(r, "model", "%s (%s)", path, origin);
    say_fact(r, "weights", "sha256:%s, %s layout, %.1f million parameters", info->sha256, info->layout,
             1e-6 * (double)info->parameters);
    say_fact(r, "cache", "%s%s", cache == NULL ? "none" : cache,
             cache != NULL && access(cache, W_OK) == 0
                 ? ""
                 : " (cannot be written: each start packs its weights, each training embeds its texts again)");
}

int verb_doctor(int argc, char **argv)
{
    report                 r       = { json_object(), json_array(), 0 };
    rwda_model            *model   = NULL;
    rwda_session          *session = NULL;
    const rwda_model_info *info;
    const char            *origin, *path;
    golden                 g;
    int                    first, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        goto done;
    code = EXIT_USAGE;
    if (first != argc) {
        cli_error("doctor takes no arguments beside its options");
        goto done;
    }
    engine.no_cache = true; /* the checkpoint itself is looked at */
    path            = cli_model_path(engine.model, &origin);
    code            = cli_engine_open(&model, &session, &engine);
    if (code != 0)
        goto done;
    code = EXIT_SOME_FAILED;
    if (!golden_read(&g)) {
        cli_error("the golden numbers in this program cannot be read");
        goto done;
    }
    info = rwda_model_get_info(model);
    say_machine(&r, session, info, path, origin);
    check_tokenizer(&r);
    check_kernel_sets(&r, path, &g, info);
    check_bytes(&r, path, &g, info);
    golden_free(&g);
    if (json) {
        json_t *root = json_pack("{s:s, s:O, s:O, s:b}", "schema", "rwda.doctor/1", "facts", r.facts, "checks", r.checks,
                                 "ok", r.failed == 0);

        (void)cli_put_json(root, JSON_COMPACT);
    } else {
        printf("%s\n",
               r.failed == 0 ? "all checks passed" : "this build or machine must not be trusted: see the lines above");
    }
    code = r.failed == 0 ? EXIT_DONE : EXIT_SOME_FAILED;
done:
    json_decref(r.facts);
    json_decref(r.checks);
    rwda_session_free(session);
    rwda_model_free(model);
    return code;
}
