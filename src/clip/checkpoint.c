#include "clip/checkpoint.h"

#include "clip/clip_config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIG_MAX ((size_t)1 << 20)

/* *text is NULL when the directory has no such file. */
static rwda_status read_optional(char **text, size_t *len, char file[RW_PATH_MAX], const char *dir, const char *name,
                                 rwda_error *err)
{
    rwda_error  ignored;
    uint8_t    *bytes = NULL;
    rwda_status status;

    *text = NULL;
    *len  = 0;
    if (!rw_path_join(file, RW_PATH_MAX, dir, name))
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.200s: path of over %d bytes", dir, RW_PATH_MAX - 1);
    status = rw_file_read(&bytes, len, file, CONFIG_MAX, err != NULL ? err : &ignored);
    *text  = (char *)bytes;
    return status == RWDA_ENOTFOUND ? RWDA_OK : status;
}

static bool has_file(char file[RW_PATH_MAX], const char *dir, const char *name)
{
    return rw_path_join(file, RW_PATH_MAX, dir, name) && access(file, F_OK) == 0;
}

static rwda_status find_weights(char weights_path[RW_PATH_MAX], const char *dir, rw_layout layout, rwda_error *err)
{
    static const char *const names[2][3] = {
        [RW_LAYOUT_OPENCLIP] = { "open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "model.safetensors" },
        [RW_LAYOUT_HUGGINGFACE] = { "model.safetensors", NULL, NULL },
    };
    static const char *const pickles[] = { "open_clip_pytorch_model.bin", "pytorch_model.bin", "open_clip_model.pt" };
    char                     other[RW_PATH_MAX];

    for (size_t i = 0; i < 3 && names[layout][i] != NULL; i++)
        if (has_file(weights_path, dir, names[layout][i]))
            return RWDA_OK;
    for (size_t i = 0; i < RW_COUNTOF(pickles); i++)
        if (has_file(other, dir, pickles[i]))
            return rw_fail(
                err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                "%.300s: a pickle can run code when it is read, so it is not; get the .safetensors of the same repository",
                other);
    return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.200s: no %s beside the config", dir, names[layout][0]);
}

rwda_status rw_checkpoint_find(rw_clip_config *config, char weights_path[RW_PATH_MAX], const char *path, rwda_error *err)
{
    char        file[RW_PATH_MAX], other[RW_PATH_MAX];
    char       *text = NULL, *preprocessor = NULL;
    size_t      len = 0, preprocessor_len = 0;
    rwda_status status = RWDA_OK;

    if (!rw_is_directory(path))
        return access(path, F_OK) == 0
                   ? rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                             "%.300s: weights alone do not say which CLIP they are; give the directory with the config "
                             "beside them",
                             path)
                   : rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.300s: no such model directory", path);
    RW_TRY(read_optional(&text, &len, file, path, "open_clip_config.json", err));
    if (text != NULL) {
        RW_TRY(rw_clip_config_openclip(config, text, len, file, err));
        RW_TRY(find_weights(weights_path, path, RW_LAYOUT_OPENCLIP, err));
        goto done;
    }
    RW_TRY(read_optional(&text, &len, file, path, "config.json", err));
    if (text == NULL) {
        status = rw_fail(
            err, RWDA_ENOTFOUND, RWDA_NO_OFFSET,
            "%.200s: neither open_clip_config.json nor config.json; weights without a config are not guessed at", path);
        goto done;
    }
    RW_TRY(read_optional(&preprocessor, &preprocessor_len, other, path, "preprocessor_config.json", err));
    RW_TRY(rw_clip_config_huggingface(config, text, len, preprocessor, preprocessor_len, file, err));
    RW_TRY(find_weights(weights_path, path, RW_LAYOUT_HUGGINGFACE, err));
done:
    free(text);
    free(preprocessor);
    return status;
}
