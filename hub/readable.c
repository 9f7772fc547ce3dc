#include "hub/readable.h"

#include "common/paths.h"
#include "hub/snapshot.h"

#include <rwda.h>
#include <stdlib.h>

#define CONFIG_MAX ((size_t)1 << 20)

/* The config comes before the weights when a model is opened, and here there are none: then it was read.  The image tower alone is asked for, so
 * that no tokenizer is; RWDA_EINVAL says that there is none. */
rwda_status rw_hub_config_check(const char *path, rwda_error *err)
{
    rwda_model_options options = RWDA_MODEL_OPTIONS_INIT;
    rwda_model        *model   = NULL;
    char               nothing[RW_PATH_MAX];
    uint8_t           *text = NULL;
    rwda_status        status;

    RW_TRY(rw_file_read(&text, &options.config_len, path, CONFIG_MAX, err));
    if (!rw_path_format(nothing, "%s/none", path)) { /* in a file there is no file */
        status = rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.200s: path of over %d bytes", path, RW_PATH_MAX - 1);
        goto done;
    }
    options.config = (const char *)text;
    options.towers = RWDA_TOWERS_IMAGE;
    status         = rwda_model_open(&model, nothing, &options, err);
    if (status == RWDA_ENOTFOUND || status == RWDA_EINVAL)
        status = RWDA_OK;
done:
    rwda_model_free(model);
    free(text);
    return status;
}

rwda_status rw_hub_directory_check(const char *dir, rwda_error *err)
{
    char path[RW_PATH_MAX];

    for (size_t i = 0; i < RW_COUNTOF(rw_hub_layouts); i++)
        if (rw_path_is_file(dir, rw_hub_layouts[i].config) && rw_path_join(path, sizeof path, dir, rw_hub_layouts[i].config))
            return rw_hub_config_check(path, err);
    return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.200s: no config", dir);
}
