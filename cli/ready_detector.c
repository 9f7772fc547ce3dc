#include "cli/ready_detector.h"

#include "common/paths.h"

#include <string.h>

#define PRESET "paper" /* of 'rwda train' */

/* A detector of this model; another's, or a damaged one, is as good as none. */
static bool load(rwda_detector **out, const char *path, const rwda_model_info *model)
{
    if (!rw_path_is_file(path, "") || rwda_detector_load(out, path, NULL) != RWDA_OK)
        return false;
    if (strcmp(rwda_detector_model_sha256(*out), model->sha256) == 0)
        return true;
    rwda_detector_free(*out);
    *out = NULL;
    return false;
}

static bool beside_weights(char path[RW_PATH_MAX], const rwda_model_info *model)
{
    return rw_path_format(path, "%.*s/detector.safetensors",
                          (int)(rw_path_base(model->weights_path) - model->weights_path - 1), model->weights_path);
}

/* Everything that its bytes depend on is in its name: what an earlier call was like must not show in a later one's scores. */
static bool kept(char path[RW_PATH_MAX], const rwda_model_info *model, const cli_engine *engine)
{
    const char *cache = cli_cache_folder(engine);

    path[0] = '\0';
    return cache != NULL && rw_path_format(path, "%s/detectors/%s%s%.16s-" PRESET "-%s-%s-%s.safetensors", cache,
                                           model->sha256, model->tokenizer[0] != '\0' ? "-" : "", model->tokenizer,
                                           model->precision, model->cpu, rwda_version());
}

static int train(rwda_detector **out, const cli_engine *engine)
{
    rwda_train_options options;
    cli_engine         text    = *engine;
    rwda_model        *model   = NULL;
    rwda_session      *session = NULL;
    rwda_error         err;
    int                code;

    if (rwda_train_options_preset(&options, PRESET, &err) != RWDA_OK)
        return cli_fail(&err, EXIT_MODEL);
    text.towers       = RWDA_TOWERS_TEXT;
    text.image_size   = NULL;
    options.cache_dir = cli_cache_folder(engine);
    code              = cli_engine_open(&model, &session, &text);
    if (code == 0 && rwda_detector_train(out, session, &options, cli_progress, NULL, &err) != RWDA_OK)
        code = cli_fail(&err, EXIT_MODEL);
    rwda_session_free(session);
    rwda_model_free(model);
    return code;
}

int ready_detector_open(rwda_detector **out, const rwda_model_info *model, const cli_engine *engine)
{
    char       path[RW_PATH_MAX];
    rwda_error err;
    int        code;

    if (beside_weights(path, model) && load(out, path, model))
        return 0;
    if (kept(path, model, engine) && load(out, path, model))
        return 0;
    cli_note("no detector was given: one is trained for this model now, as 'rwda train' does it%s",
             path[0] != '\0' ? ", and kept" : "");
    code = train(out, engine);
    if (code == 0 && path[0] != '\0' &&
        (rw_path_make_folders(path, &err) != RWDA_OK || rwda_detector_save(*out, path, 1, &err) != RWDA_OK))
        cli_note("%s; the detector is not kept", err.message);
    return code;
}
