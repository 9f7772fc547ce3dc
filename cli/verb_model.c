/* verb_model.c - rwda model: checkpoints known by name, and what is in one. */
#include "cli/cli.h"
#include "common/model_names.h"
#include "common/model_needs.h"
#include "common/paths.h"
#include "hub/catalog.h"
#include "hub/http.h"
#include "hub/snapshot.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static cli_engine  engine;
static bool        json, plan_only;
static const char *sha256, *revision;

static const cli_option options[] = {
    { "json", NULL, "as one JSON object (not path)", NULL, &json, 0, .of = "ls pull info verify rm" },
    { "sha256", "HEX", "verify: what the weights file must hash to", &sha256, NULL, 0, .of = "verify" },
    { "revision", "REV", "a branch, tag or commit of a repository (main; rm: all of them)", &revision, NULL, 0,
      .of = "pull path info verify rm" },
    { "dry-run", NULL, "pull, rm: say what would be fetched, and fetch config and README alone; or what would be removed",
      NULL, &plan_only, 0, .of = "pull rm" },
    { "model", "DIR|NAME", "path, info, verify: the same as the argument; " CLI_MODEL_HELP, &engine.model, NULL, 'm',
      .of = "path info verify" },
    CLI_WEIGHTS_OPTIONS(engine, "info verify"),
    CLI_CACHE_OPTIONS(engine, "info"),
};

static const cli_verb verb = {
    "model",
    "ls: models that have a name (MB ?: not known; pull --dry-run asks).  path: where one lies.  info: what it is.\n"
    "verify: whether it can be used (shapes and values of all tensors, its files' hashes, and the sha256 you name).\n"
    "pull: fetches one into the hub's cache, where other programs find it too; rm: removes it from there.  Nothing else in\n"
    "rwda uses the network of itself.\n"
    "NAME: of 'rwda model ls', or ORG/NAME of the hub; folders in ~/.local/share/rwda/models (or "
    "$XDG_DATA_HOME/rwda/models) are\n"
    "called by their name.  HF_HUB_CACHE, HF_HOME, HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE mean what they do elsewhere "
    "(docs/models.md).",
    "ls|pull|path|info|verify|rm [OPTIONS] [DIR|NAME]",
    "  rwda model ls\n"
    "  rwda model pull ViT-B-16-plus-240\n"
    "  rwda score --model ViT-B-16-plus-240 --method clip images/\n"
    "  rwda model info ViT-B-16-plus-240 --json\n"
    "  rwda model verify ViT-B-16-plus-240/ --sha256 \"$(cat weights.sha256)\"\n",
    options,
    sizeof options / sizeof options[0],
    "ls pull path info verify rm",
};

/* The tower that a checkpoint has alone, opened with both asked for; NULL: it has both. */
static const char *tower_alone(const rwda_model_info *info)
{
    return info->towers == RWDA_TOWERS_IMAGE ? "image" : info->towers == RWDA_TOWERS_TEXT ? "text" : NULL;
}

/* Weights in several parts have the digest of a list (docs/formats.md). */
static bool in_parts(const rwda_model_info *info)
{
    return rw_path_ends_in(info->weights_path, ".json");
}
#define OF_PARTS "of its parts, as 'sha256sum PART... | sha256sum' has it"

/* "": texts can be read, or there is no text tower. */
static const char *refusal_of_texts(rwda_error *err, const rwda_model *model, rwda_session *session)
{
    err->message[0] = '\0';
    if (rwda_model_get_info(model)->towers != RWDA_TOWERS_IMAGE && rw_model_needs_texts(model, session, err) == RWDA_OK)
        err->message[0] = '\0';
    return err->message;
}

/* Opening has checked the tensors. */
static int verify(const rwda_model_info *info, const char *dir, const char *no_texts)
{
    rwda_error err;
    size_t     linked = 0;
    bool       right = sha256 == NULL || strcasecmp(sha256, info->sha256) == 0, fine = right && no_texts[0] == '\0';

    if (rw_hub_snapshot_check(&linked, dir, &err) != RWDA_OK)
        return cli_fail(&err, EXIT_MODEL);
    if (linked > 0)
        cli_note("%zu files have the hashes that the hub's cache has them by", linked);
    if (json) {
        json_t *root =
            json_pack("{s:s, s:s, s:s, s:b, s:s*, s:s*, s:s*}", "schema", "rwda.verify/1", "weights", info->weights_path,
                      "sha256", info->sha256, "ok", (int)fine, "tower_alone", tower_alone(info), "sha256_of",
                      in_parts(info) ? "parts" : NULL, "no_texts", no_texts[0] != '\0' ? no_texts : NULL);

        (void)cli_put_json(root, JSON_COMPACT);
    } else if (fine) {
        printf("ok  sha256:%s  %s%s%s%s%s\n", info->sha256, info->weights_path,
               in_parts(info) ? "  (sha256 " OF_PARTS ")" : "", tower_alone(info) != NULL ? "  (" : "",
               tower_alone(info) != NULL ? tower_alone(info) : "", tower_alone(info) != NULL ? " tower alone)" : "");
    }
    if (!right)
        cli_error("%s: its sha256%s is %s, not %s", info->weights_path, in_parts(info) ? ", " OF_PARTS "," : "",
                  info->sha256, sha256);
    if (no_texts[0] != '\0')
        cli_error("%s: its weights are whole, but %s", dir, no_texts);
    return fine ? EXIT_DONE : EXIT_MODEL;
}

/* What the catalog knows, of a model that need not be here. */
static void add_terms(json_t *root, const rw_hub_model *model)
{
    json_t *terms = model == NULL
                        ? json_object()
                        : json_pack("{s:s, s:s, s:s?, s:s, s:s}", "name", model->name, "repository", model->repository,
                                    "licence", rw_hub_catalog_licence(model), "limits", model->limits, "use", model->use);

    json_object_update(root, terms);
    json_decref(terms);
}

static void print_object(const json_t *root)
{
    const char *key;
    json_t     *value;

    if (json) {
        (void)cli_put_json(json_incref((json_t *)(uintptr_t)root), JSON_COMPACT);
        return;
    }
    json_object_foreach((json_t *)(uintptr_t)root, key, value)
    {
        printf("%-26s ", key);
        if (json_is_string(value))
            printf("%s\n", json_string_value(value));
        else {
            (void)cli_put_json(json_incref(value), JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
        }
    }
}

static int print_terms(const rw_hub_model *model)
{
    json_t *root = json_pack("{s:s, s:n, s:o, s:s, s:b}", "schema", "rwda.catalog/1", "path", "bytes",
                             model->bytes > 0 ? json_integer((json_int_t)model->bytes) : json_null(), "family",
                             model->family, "read", (int)model->read);

    add_terms(root, model);
    print_object(root);
    json_decref(root);
    return EXIT_DONE;
}

static void print_info(const rwda_model_info *info, const rw_hub_model *known, const char *no_texts)
{
    json_t *root = json_pack(
        "{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:[i,i,i], s:[i,i,i], s:i, s:s, s:I, s:f, s:s, s:s, s:s, s:I, s:s, s:s}",
        "schema", "rwda.model/1", "weights", info->weights_path, "sha256", info->sha256, "layout", info->layout, "embed_dim",
        info->embed_dim, "image_size", info->image_size, "patch_size", info->patch_size, "vision_width_layers_heads",
        info->vision_width, info->vision_layers, info->vision_heads, "text_width_layers_heads", info->text_width,
        info->text_layers, info->text_heads, "context_length", info->context_length, "activation", info->activation,
        "parameters", (json_int_t)info->parameters, "logit_scale", (double)info->logit_scale, "resize",
        info->resize == RWDA_RESIZE_SQUASH ? "squash" : "shortest", "cpu", info->cpu, "precision", info->precision, "memory",
        (json_int_t)info->memory, "family", info->family, "filter", info->filter);
    if (tower_alone(info) != NULL)
        json_object_set_new(root, "tower_alone", json_string(tower_alone(info)));
    if (in_parts(info))
        json_object_set_new(root, "sha256_of", json_string("parts"));
    if (no_texts[0] != '\0')
        json_object_set_new(root, "no_texts", json_string(no_texts));
    else if (info->towers != RWDA_TOWERS_IMAGE)
        json_object_set_new(root, "tokenizer",
                            info->tokenizer[0] != '\0' ? json_sprintf("sha256:%s", info->tokenizer) : json_string("clip"));
    if (info->sigmoid)
        json_object_set_new(root, "logit_bias", json_real((double)info->logit_bias));
    add_terms(root, known);
    print_object(root);
    json_decref(root);
}

static int print_path(void)
{
    const char *path;

    if (!cli_model_find(&path, engine.model))
        return EXIT_MODEL;
    puts(path);
    return EXIT_DONE;
}

/* 'path', 'info' or 'verify' of engine.model. */
static int look(const char *what)
{
    rwda_model            *model   = NULL;
    rwda_session          *session = NULL;
    const rwda_model_info *info;
    const rw_hub_model    *known;
    const char            *origin, *path, *no_texts;
    rwda_error             err;
    int                    code;

    if (strcmp(what, "path") == 0)
        return print_path();
    path  = cli_model_path(engine.model, &origin);
    known = engine.model != NULL ? rw_hub_catalog_find(engine.model) : NULL;
    if (strcmp(what, "info") == 0 && known != NULL && access(path, F_OK) != 0)
        return print_terms(known);
    if (strcmp(what, "verify") == 0 || engine.cache == NULL)
        engine.no_cache = true; /* the checkpoint itself is looked at, and nothing is scored with it */
    code = cli_engine_open(&model, &session, &engine);
    if (code != 0)
        return code;
    info     = rwda_model_get_info(model);
    no_texts = refusal_of_texts(&err, model, session);
    if (strcmp(what, "verify") == 0)
        code = verify(info, path, no_texts);
    else
        print_info(info, known, no_texts);
    rwda_session_free(session);
    rwda_model_free(model);
    return code;
}

int verb_model(int argc, char **argv)
{
    const char *what, *name;
    char       *at = NULL;
    int         first, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    what = first < argc && first + 2 >= argc ? argv[first] : "";
    name = first + 2 == argc ? argv[first + 1] : NULL;
    if (strcmp(what, "ls") == 0 && name == NULL)
        return cli_model_list(json);
    if ((strcmp(what, "pull") == 0 || strcmp(what, "rm") == 0) && name != NULL)
        return what[0] == 'p' ? cli_model_pull(name, revision, plan_only, json)
                              : cli_model_remove(name, revision, plan_only, json);
    if (strcmp(what, "path") != 0 && strcmp(what, "info") != 0 && strcmp(what, "verify") != 0) {
        cli_error("model takes 'ls' alone, 'path', 'info' or 'verify' with or without one name, or 'pull' or 'rm' with one; "
                  "'rwda model --help' shows examples");
        return EXIT_USAGE;
    }
    if (name != NULL && engine.model != NULL) {
        cli_error("'%s' and --model %s: one model at a time", name, engine.model);
        return EXIT_USAGE;
    }
    if (name != NULL)
        engine.model = name;
    if (revision != NULL)
        code = cli_model_at(&at, engine.model, revision);
    if (code > 0)
        return code;
    if (at != NULL)
        engine.model = at;
    code = look(what);
    free(at);
    return code;
}
