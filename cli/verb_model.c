/* verb_model.c - rwda model: checkpoints known by name, and what is in one. */
#include "cli/cli.h"
#include "common/model_names.h"

#include <dirent.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

static cli_engine  engine;
static bool        json;
static const char *sha256;

static const cli_option options[] = {
    { "json", NULL, "as one JSON object", NULL, &json, 0 },
    { "sha256", "HEX", "verify: what the weights file must hash to", &sha256, NULL, 0 },
    CLI_ENGINE_OPTIONS(engine),
};

static const cli_verb verb = {
    "model",
    "ls: models that have a name.  path: where one lies.  info: what it is.  verify: whether it can be used (shapes and "
    "values\n"
    "of all tensors, and the sha256 you name).\n"
    "Models that lie in ~/.local/share/rwda/models (or $XDG_DATA_HOME/rwda/models) can be called by their folder's name.",
    "ls|path|info|verify [OPTIONS] [DIR|NAME]",
    "  rwda model ls\n"
    "  rwda model info\n"
    "  rwda model info ViT-B-16-plus-240/ --json\n"
    "  rwda model verify ViT-B-16-plus-240/ --sha256 \"$(cat weights.sha256)\"\n",
    options,
    sizeof options / sizeof options[0],
};

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static void list_models(void)
{
    char    folder[RW_PATH_MAX], path[RW_PATH_MAX];
    json_t *list = json_array();

    for (int i = 0; model_names_folder(folder, i); i++) {
        struct dirent **entries = NULL;
        int             n       = folder[0] != '\0' ? scandir(folder, &entries, not_hidden, alphasort) : 0;

        for (int j = 0; j < n; j++) {
            if (model_names_has(path, folder, entries[j]->d_name)) {
                if (!json)
                    printf("%-24s %s\n", entries[j]->d_name, path);
                json_array_append_new(list, json_pack("{s:s, s:s}", "name", entries[j]->d_name, "path", path));
            }
            free(entries[j]);
        }
        free(entries);
    }
    if (json) {
        (void)cli_put_json(json_incref(list), JSON_COMPACT);
    }
    json_decref(list);
}

/* Opening has checked the tensors. */
static int verify(const rwda_model_info *info)
{
    bool fine = sha256 == NULL || strcasecmp(sha256, info->sha256) == 0;

    if (json) {
        json_t *root = json_pack("{s:s, s:s, s:s, s:b}", "schema", "rwda.verify/1", "weights", info->weights_path, "sha256",
                                 info->sha256, "ok", (int)fine);

        (void)cli_put_json(root, JSON_COMPACT);
    } else if (fine) {
        printf("ok  sha256:%s  %s\n", info->sha256, info->weights_path);
    }
    if (!fine)
        cli_error("%s: its sha256 is %s, not %s", info->weights_path, info->sha256, sha256);
    return fine ? EXIT_DONE : EXIT_MODEL;
}

static void print_info(const rwda_model_info *info)
{
    json_t *root = json_pack(
        "{s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:[i,i,i], s:[i,i,i], s:i, s:s, s:I, s:f, s:s, s:s, s:s, s:I, s:s, s:s}", "schema",
        "rwda.model/1", "weights", info->weights_path, "sha256", info->sha256, "layout", info->layout, "embed_dim",
        info->embed_dim, "image_size", info->image_size, "patch_size", info->patch_size, "vision_width_layers_heads",
        info->vision_width, info->vision_layers, info->vision_heads, "text_width_layers_heads", info->text_width,
        info->text_layers, info->text_heads, "context_length", info->context_length, "activation",
        info->activation, "parameters", (json_int_t)info->parameters, "logit_scale",
        (double)info->logit_scale, "resize", info->resize == RWDA_RESIZE_SQUASH ? "squash" : "shortest", "cpu", info->cpu,
        "precision", info->precision, "memory", (json_int_t)info->memory, "family", info->family, "filter", info->filter);

    if (info->sigmoid)
        json_object_set_new(root, "logit_bias", json_real((double)info->logit_bias));
    if (json) {
        (void)cli_put_json(json_incref(root), JSON_COMPACT);
    } else {
        const char *key;
        json_t     *value;

        json_object_foreach(root, key, value)
        {
            printf("%-26s ", key);
            if (json_is_string(value))
                printf("%s\n", json_string_value(value));
            else {
                (void)cli_put_json(json_incref(value), JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
            }
        }
    }
    json_decref(root);
}

int verb_model(int argc, char **argv)
{
    rwda_model            *model   = NULL;
    rwda_session          *session = NULL;
    const rwda_model_info *info;
    const char            *origin, *what;
    int                    first, code = cli_parse(&verb, argc, argv, &first);

    if (code >= 0)
        return code;
    if (first + 1 == argc && strcmp(argv[first], "ls") == 0) {
        list_models();
        return EXIT_DONE;
    }
    if (first + 2 == argc)
        engine.model = argv[first + 1];
    if (first < argc && first + 2 >= argc && strcmp(argv[first], "path") == 0) {
        what = cli_model_path(engine.model, &origin);
        if (access(what, F_OK) != 0) {
            cli_error("%s: neither a directory nor a name that 'rwda model ls' knows", what);
            return EXIT_MODEL;
        }
        puts(what);
        return EXIT_DONE;
    }
    what = first < argc && first + 2 >= argc ? argv[first] : "";
    if (strcmp(what, "info") != 0 && strcmp(what, "verify") != 0) {
        cli_error("model needs 'ls', 'path', 'info' or 'verify'; 'rwda model --help' shows examples");
        return EXIT_USAGE;
    }
    if (strcmp(what, "verify") == 0 || engine.cache == NULL)
        engine.no_cache = true; /* the checkpoint itself is looked at, and nothing is scored with it */
    code = cli_engine_open(&model, &session, &engine);
    if (code != 0)
        return code;
    info = rwda_model_get_info(model);
    if (strcmp(what, "verify") == 0)
        code = verify(info);
    else
        print_info(info);
    rwda_session_free(session);
    rwda_model_free(model);
    return code;
}
