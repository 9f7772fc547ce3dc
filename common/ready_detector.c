#include "common/ready_detector.h"

#include "common/paths.h"

#include <string.h>

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
static bool kept_path(char path[RW_PATH_MAX], const rwda_model_info *model, const char *cache)
{
    path[0] = '\0';
    return cache != NULL && rw_path_format(path, "%s/detectors/%s%s%.16s-" RW_READY_PRESET "-%s-%s-%s.safetensors", cache,
                                           model->sha256, model->tokenizer[0] != '\0' ? "-" : "", model->tokenizer,
                                           model->precision, model->cpu, rwda_version());
}

bool rw_ready_detector_find(rwda_detector **out, char kept[RW_PATH_MAX], const rwda_model_info *model, const char *cache)
{
    char beside[RW_PATH_MAX];
    bool keeps = kept_path(kept, model, cache);

    return (beside_weights(beside, model) && load(out, beside, model)) || (keeps && load(out, kept, model));
}

rwda_status rw_ready_detector_keep(const rwda_detector *detector, char kept[RW_PATH_MAX], rwda_error *err)
{
    rwda_status status = rw_path_make_folders(kept, err);

    return status == RWDA_OK ? rwda_detector_save(detector, kept, 1, err) : status;
}
