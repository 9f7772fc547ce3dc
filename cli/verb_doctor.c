/* verb_doctor.c - rwda doctor: a self-test on golden numbers. */
#include "cli/cli.h"

#include "common/arrow_writer.h"
#include "common/model_needs.h"
#include "diagnostics/checks.h"

#include <jansson.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

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
    json_t *facts, *checks, *skipped;
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

static void say_check(void *user, const char *name, bool fine, const char *detail)
{
    report *r = user;

    r->failed += !fine;
    json_array_append_new(r->checks, json_pack("{s:s, s:b, s:s}", "name", name, "ok", (int)fine, "detail", detail));
    if (!json)
        printf("%-7s %s: %s\n", fine ? "ok" : "FAILED", name, detail);
}

static void say_skipped(report *r, const char *name, const char *reason)
{
    json_array_append_new(r->skipped, json_pack("{s:s, s:s}", "name", name, "reason", reason));
    if (!json)
        printf("skipped %s: %s\n", name, reason);
}

/* What of the model can be tested; of the rest the reason why not. */
static check_scope scope_of(report *r, const rwda_model *model, rwda_session *session)
{
    check_scope scope = { false, false };
    rwda_error  err;

    scope.images = rw_model_needs_images(model, session, &err) == RWDA_OK;
    if (!scope.images)
        say_skipped(r, "images", err.message);
    scope.texts = rw_model_needs_texts(model, session, &err) == RWDA_OK;
    if (!scope.texts)
        say_skipped(r, "texts", err.message);
    else if (rwda_model_get_info(model)->tokenizer[0] != '\0')
        say_skipped(r, "the model's tokenizer", "is not CLIP's, and other ids are not known here");
    return scope;
}

static void say_machine(report *r, const rwda_session *session, const rwda_model_info *info, const char *path,
                        const char *origin)
{
    const char *cache = cli_cache_folder(&(cli_engine){ .no_cache = false });

    say_fact(r, "rwda", "%s, %s build, compiler %s", rwda_version(), RWDA_BUILD_TYPE, __VERSION__);
    say_fact(r, "Arrow", "%s", rw_arrow_built() != NULL ? rw_arrow_built() : "none (built without)");
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
    report                 r       = { json_object(), json_array(), json_array(), 0 };
    const check_listener   to      = { say_check, &r };
    rwda_model            *model   = NULL;
    rwda_session          *session = NULL;
    const rwda_model_info *info;
    const char            *origin, *path;
    golden                 g;
    check_scope            scope;
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
    check_tokenizer(&to);
    scope = scope_of(&r, model, session);
    if (scope.images || scope.texts) {
        check_kernel_sets(&to, path, &g, scope, info);
        check_bytes(&to, path, &g, scope, info);
    } else {
        say_skipped(&r, "kernels", "nothing can be embedded");
    }
    golden_free(&g);
    if (json) {
        json_t *root = json_pack("{s:s, s:O, s:O, s:O, s:b}", "schema", "rwda.doctor/1", "facts", r.facts, "checks",
                                 r.checks, "skipped", r.skipped, "ok", r.failed == 0);

        (void)cli_put_json(root, JSON_COMPACT);
    } else {
        printf("%s\n", r.failed > 0                     ? "this build or machine must not be trusted: see the lines above"
                       : json_array_size(r.skipped) > 0 ? "all checks passed that there are for this model"
                                                        : "all checks passed");
    }
    code = r.failed == 0 ? EXIT_DONE : EXIT_SOME_FAILED;
done:
    json_decref(r.facts);
    json_decref(r.checks);
    json_decref(r.skipped);
    rwda_session_free(session);
    rwda_model_free(model);
    return code;
}
