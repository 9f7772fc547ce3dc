#include "clip/checkpoint.h"

#include "clip/clip_config.h"
#include "clip/preprocessor_config.h"
#include "format/safetensors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CONFIG_MAX ((size_t)1 << 20)

rwda_status rw_checkpoint_config(char **text, size_t *len, char file[RW_PATH_MAX], const char *dir, const char *name,
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
    return rw_path_join(file, RW_PATH_MAX, dir, name) && rw_path_exists(file);
}

/* ---- Weights ---------------------------------------------------------------------------------------------------------- */

/* The first is what the layout's own program writes; Hugging Face's variants have their type in the name. */
static const char *const names_of[2][7] = {
    [RW_LAYOUT_OPENCLIP]    = { "open_clip_model.safetensors", "open_clip_pytorch_model.safetensors", "model.safetensors",
                                "open_clip_model.safetensors.index.json", "model.safetensors.index.json" },
    [RW_LAYOUT_HUGGINGFACE] = { "model.safetensors", "model.safetensors.index.json", "model.fp16.safetensors",
                                "model.safetensors.index.fp16.json", "model.bf16.safetensors",
                                "model.safetensors.index.bf16.json" },
};
static const char *const config_of[2] = {
    [RW_LAYOUT_OPENCLIP]    = "open_clip_config.json",
    [RW_LAYOUT_HUGGINGFACE] = "config.json",
};

/* Both layouts have a model.safetensors, or an index of its parts; the names of its tensors tell whose it is. */
static rwda_status layout_of(rw_layout *layout, const char *path, rwda_error *err)
{
    rw_safetensors *file   = NULL;
    rwda_status     status = rw_safetensors_open(&file, path, err);

    *layout = RW_LAYOUT_OPENCLIP;
    for (size_t i = 0; status == RWDA_OK && i < rw_safetensors_count(file); i++) {
        const char *name = rw_safetensors_at(file, i)->name;

        if (strncmp(name, "vision_model.", 13) == 0 || strncmp(name, "text_model.", 11) == 0 ||
            strncmp(name, "encoder.layers.", 15) == 0)
            *layout = RW_LAYOUT_HUGGINGFACE;
    }
    rw_safetensors_close(file);
    return status;
}

/* The weights of a layout in dir; RWDA_ENOTFOUND: none, without a message. */
static rwda_status weights_of(char weights_path[RW_PATH_MAX], const char *dir, rw_layout layout, rwda_error *err)
{
    rw_layout   inside;
    rwda_status status;

    for (size_t i = 0; names_of[layout][i] != NULL; i++) {
        if (!has_file(weights_path, dir, names_of[layout][i]))
            continue;
        if (strncmp(names_of[layout][i], "model.safetensors", 17) != 0)
            return RWDA_OK;
        status = layout_of(&inside, weights_path, err);
        if (status == RWDA_ENOTFOUND) /* a part: who opens it says which */
            return RWDA_OK;
        if (status != RWDA_OK || inside == layout)
            return status;
    }
    return RWDA_ENOTFOUND;
}

/* Says what lies there instead of the weights of config_of[layout]. */
static rwda_status refuse_weights(const char *dir, rw_layout layout, rwda_error *err)
{
    static const char *const pickles[] = { "open_clip_pytorch_model.bin", "pytorch_model.bin", "open_clip_model.pt",
                                           "pytorch_model.bin.index.json" };
    rw_layout                other     = layout == RW_LAYOUT_OPENCLIP ? RW_LAYOUT_HUGGINGFACE : RW_LAYOUT_OPENCLIP;
    char                     path[RW_PATH_MAX];
    rwda_status              status = weights_of(path, dir, other, err);

    if (status == RWDA_OK)
        return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET,
                       "%.300s: these weights are in the layout that %s describes, which is missing; there is %s only", path,
                       config_of[other], config_of[layout]);
    if (status != RWDA_ENOTFOUND)
        return status;
    for (size_t i = 0; i < RW_COUNTOF(pickles); i++)
        if (has_file(path, dir, pickles[i]))
            return rw_fail(
                err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                "%.300s: a pickle can run code when it is read, so it is not; get the .safetensors of the same repository",
                path);
    return rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.200s: no %s beside the config", dir, names_of[layout][0]);
}

/* ---- Doubts ------------------------------------------------------------------------------------------------------------ */

/* Upper and lower case are the same.  Neither strcasestr() nor memmem() is on every system. */
static bool has_word(const char *text, const char *const *words)
{
    for (; *words != NULL; words++)
        for (const char *at = text; *at != '\0'; at++)
            if (strncasecmp(at, *words, strlen(*words)) == 0)
                return true;
    return false;
}

/* The name of a repository: the directory's own, or of a download cache "models--openai--clip-vit-base-patch32/snapshots/1a2b". */
static const char *repository_name(char path[RW_PATH_MAX], const char *dir)
{
    char *name, *above;

    if (!rw_real_path(path, dir))
        return "";
    name  = strrchr(path, '/');
    *name = '\0';
    above = strrchr(path, '/');
    if (above == NULL || strcmp(above, "/snapshots") != 0)
        return name + 1;
    *above = '\0';
    name   = strrchr(path, '/');
    return name != NULL ? name + 1 : "";
}

static bool quick(const rw_clip_config *config)
{
    return config->vision.activation == RW_ACT_QUICK_GELU;
}

/* OpenAI's weights and some others were trained with QuickGELU, most of LAION's with the exact one; the tensors do not tell, and configs
 * get it wrong.  A warning, or NULL. */
static const char *doubt_activation(const rw_clip_config *config, const char *dir)
{
    static const char *const quick_words[] = { "quickgelu",  "quick_gelu", "openai", "metaclip-b",
                                               "metaclip-l", "metaclip-h", NULL };
    static const char *const exact_words[] = { "laion", "datacomp", "commonpool", NULL };
    char                     path[RW_PATH_MAX];
    const char              *name  = repository_name(path, dir);
    bool                     exact = config->vision.activation == RW_ACT_GELU;
    bool                     told  = has_word(name, quick_words) || has_word(config->repository, quick_words);

    if (exact && told)
        return "its config says exact GELU, but weights of that name (openai, quickgelu, metaclip) were trained with "
               "QuickGELU: "
               "embeddings differ if the config is wrong";
    if (quick(config) && !told && (has_word(name, exact_words) || has_word(config->repository, exact_words)))
        return "its config says QuickGELU, but weights of that name (laion, datacomp) were trained with exact GELU: "
               "embeddings differ if "
               "the config is wrong";
    return NULL;
}

/* ---- Directories ------------------------------------------------------------------------------------------------------- */

static rwda_status read_config(rw_clip_config *config, bool *found, const char *dir, rw_layout layout, rwda_error *err)
{
    char        file[RW_PATH_MAX];
    char       *text   = NULL;
    size_t      len    = 0;
    rwda_status status = rw_checkpoint_config(&text, &len, file, dir, config_of[layout], err);

    *found = text != NULL;
    if (text != NULL)
        status = layout == RW_LAYOUT_OPENCLIP ? rw_clip_config_openclip(config, text, len, file, err)
                                              : rw_clip_config_huggingface(config, text, len, file, err);
    free(text);
    return status;
}

static rwda_status read_pixels(rw_clip_config *config, bool *found, const char *dir, const char *name, bool nested,
                               rwda_error *err)
{
    char        file[RW_PATH_MAX];
    char       *text   = NULL;
    size_t      len    = 0;
    rwda_status status = rw_checkpoint_config(&text, &len, file, dir, name, err);

    *found = false;
    if (text != NULL)
        status = rw_preprocessor_config(config, found, nested, text, len, file, err);
    free(text);
    return status;
}

/* transformers 5 reads processor_config.json first, transformers 4 preprocessor_config.json. */
static rwda_status read_preprocessing(rw_clip_config *config, const char *dir, rwda_error *err)
{
    rw_clip_config older = *config;
    bool           in_processor, in_preprocessor;
    rwda_status    status = RWDA_OK;

    RW_TRY(read_pixels(config, &in_processor, dir, "processor_config.json", true, err));
    RW_TRY(read_pixels(&older, &in_preprocessor, dir, "preprocessor_config.json", false, err));
    if (in_processor && in_preprocessor &&
        (config->resize != older.resize || config->filter != older.filter || config->shortest != older.shortest ||
         config->scale != older.scale || memcmp(config->mean, older.mean, sizeof older.mean) != 0 ||
         memcmp(config->std, older.std, sizeof older.std) != 0))
        status = rw_fail(
            err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
            "%.200s: processor_config.json and preprocessor_config.json say different things about images; transformers 5 "
            "follows the first, 4 the second: remove one",
            dir);
    if (in_preprocessor && !in_processor)
        *config = older;
done:
    return status;
}

rwda_status rw_checkpoint_find(rw_clip_config *config, char weights_path[RW_PATH_MAX], const char *path, rwda_error *err)
{
    rw_clip_config huggingface;
    bool           openclip, other, doubtful = false;
    rw_layout      layout = RW_LAYOUT_OPENCLIP;
    rwda_status    status = RWDA_OK, found = RWDA_ENOTFOUND;

    if (!rw_is_directory(path))
        return rw_path_exists(path)
                   ? rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                             "%.300s: weights alone do not say which CLIP they are; give the directory with the config "
                             "beside them",
                             path)
                   : rw_fail(err, RWDA_ENOTFOUND, RWDA_NO_OFFSET, "%.300s: no such model directory", path);
    RW_TRY(read_config(config, &openclip, path, RW_LAYOUT_OPENCLIP, err));
    if (openclip)
        found = weights_of(weights_path, path, RW_LAYOUT_OPENCLIP, err);
    if (openclip && found == RWDA_OK) { /* the other config may tell something, and may be of anything */
        rwda_error ignored;

        doubtful = read_config(&huggingface, &other, path, RW_LAYOUT_HUGGINGFACE, &ignored) == RWDA_OK && other &&
                   quick(&huggingface) != quick(config);
    } else if (found == RWDA_ENOTFOUND) {
        RW_TRY(read_config(&huggingface, &other, path, RW_LAYOUT_HUGGINGFACE, err));
        if (!openclip && !other) {
            status = rw_fail(
                err, RWDA_ENOTFOUND, RWDA_NO_OFFSET,
                "%.200s: neither open_clip_config.json nor config.json; weights without a config are not guessed at", path);
            goto done;
        }
        if (other) {
            layout   = RW_LAYOUT_HUGGINGFACE;
            doubtful = openclip && quick(&huggingface) != quick(config);
            *config  = huggingface;
            RW_TRY(read_preprocessing(config, path, err));
            found = weights_of(weights_path, path, layout, err);
        }
    }
    RW_TRY(found == RWDA_ENOTFOUND ? refuse_weights(path, layout, err) : found);
    config->warning =
        doubtful
            ? "config.json and open_clip_config.json disagree on QuickGELU: embeddings differ if the one that is used is "
              "wrong"
            : doubt_activation(config, path);
done:
    return status;
}

rwda_status rw_checkpoint_take(rw_clip_config *config, char weights_path[RW_PATH_MAX], const char *path, const char *text,
                               size_t len, rwda_error *err)
{
    static const char key[] = "\"model_cfg\""; /* OpenCLIP's config lies under it */
    size_t            at    = 0;

    if (len > CONFIG_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "config of %zu bytes is over the limit of %zu", len, CONFIG_MAX);
    if ((size_t)snprintf(weights_path, RW_PATH_MAX, "%s", path) >= RW_PATH_MAX)
        return rw_fail(err, RWDA_ELIMIT, RWDA_NO_OFFSET, "%.200s: path of over %d bytes", path, RW_PATH_MAX - 1);
    while (at + sizeof key - 1 <= len && memcmp(text + at, key, sizeof key - 1) != 0)
        at++;
    return at + sizeof key - 1 <= len ? rw_clip_config_openclip(config, text, len, "config", err)
                                      : rw_clip_config_huggingface(config, text, len, "config", err);
}
