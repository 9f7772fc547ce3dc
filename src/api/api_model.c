/* api_model.c - how does a checkpoint on disk become a model handle? */
#include "api/session.h"

#include "anomaly/look.h"
#include "base/versioned.h"
#include "kernels/int8.h"

#include <stdlib.h>

static size_t tower_bytes(const rw_weight_store *store)
{
    return store->buffer != NULL ? store->len : 0; /* left out: its slices were counted only */
}

static int from_cache(const rw_weight_store *store)
{
    return store->buffer == NULL || store->cached;
}

static const char *activation_name(rw_activation activation)
{
    return activation == RW_ACT_QUICK_GELU ? "quick_gelu" : activation == RW_ACT_GELU_TANH ? "gelu_tanh" : "gelu";
}

static void describe(rwda_model_info *info, const rw_clip *clip)
{
    const rw_clip_config  *config = &clip->config;
    const rw_tower_config  absent = { 0 };
    const bool             images = config->towers != RWDA_TOWERS_TEXT, texts = config->towers != RWDA_TOWERS_IMAGE;
    const rw_tower_config *vision = images ? &config->vision : &absent, *text = texts ? &config->text : &absent;

    *info = (rwda_model_info){
        .embed_dim      = config->embed_dim,
        .image_size     = images ? config->image_size : 0,
        .patch_size     = images ? config->patch_size : 0,
        .vision_width   = vision->width,
        .vision_layers  = vision->layers,
        .vision_heads   = vision->heads,
        .text_width     = text->width,
        .text_layers    = text->layers,
        .text_heads     = text->heads,
        .context_length = texts ? config->context_length : 0,
        .quick_gelu     = (images ? vision : text)->activation == RW_ACT_QUICK_GELU,
        .parameters     = clip->parameters,
        .mean           = { config->mean[0], config->mean[1], config->mean[2] },
        .std            = { config->std[0], config->std[1], config->std[2] },
        .logit_scale    = clip->logit_scale,
        .resize         = config->resize,
        .layout         = config->layout == RW_LAYOUT_OPENCLIP ? "openclip" : "huggingface",
        .weights_path   = clip->weights_path,
        .sha256         = clip->sha256,
        .cpu            = clip->kernels->name,
        .precision      = rwda_precision_name(clip->precision),
        .memory         = (int64_t)(tower_bytes(&clip->vision_store) + tower_bytes(&clip->text_store)),
        .towers         = clip->towers,
        .cached         = from_cache(&clip->vision_store) && from_cache(&clip->text_store),
        .warning        = config->warning,
        .family         = config->family,
        .activation     = activation_name((images ? vision : text)->activation),
        .filter         = config->filter == RW_FILTER_BILINEAR ? "bilinear" : "bicubic",
        .logit_bias     = clip->logit_bias,
        .sigmoid        = config->logit_bias,
        .tokenizer      = clip->tokenizer_id,
    };
}

rwda_status rwda_model_open(rwda_model **out, const char *path, const rwda_model_options *options, rwda_error *err)
{
    const rw_kernels  *kernels = NULL;
    rwda_model        *model   = NULL;
    rwda_model_options own;
    rw_clip_options    chosen;
    rwda_status        status = RWDA_OK;

    if (out == NULL)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "rwda_model_open: out is NULL");
    *out = NULL;
    if (path == NULL)
        return rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "rwda_model_open: path is NULL");
    RW_TRY(rw_model_options_read(&own, options, err));
    options = &own;
    model   = calloc(1, sizeof *model);
    if (model == NULL) {
        status = rw_fail(err, RWDA_ENOMEM, RWDA_NO_OFFSET, "model handle, %zu bytes", sizeof *model);
        goto done;
    }
    if ((unsigned)options->precision > RW_PRECISION_LAST) {
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "precision %d is not in 0..%d", (int)options->precision,
                         (int)RW_PRECISION_LAST);
        goto done;
    }
    if ((unsigned)options->towers > RWDA_TOWERS_TEXT) {
        status = rw_fail(err, RWDA_EINVAL, RWDA_NO_OFFSET, "towers %d is not in 0..%d", (int)options->towers,
                         (int)RWDA_TOWERS_TEXT);
        goto done;
    }
    RW_TRY(rw_kernels_find(&kernels, options->cpu, err));
    chosen =
        (rw_clip_options){ options->precision == RWDA_PRECISION_AUTO ? rw_precision_default(kernels) : options->precision,
                           options->image_size,
                           options->towers,
                           options->cache_dir,
                           options->config,
                           options->config_len,
                           options->verify_weights != 0 };
    RW_TRY(rw_clip_load(&model->clip, path, kernels, &chosen, err));
    describe(&model->info, model->clip);
    *out  = model;
    model = NULL;
done:
    rwda_model_free(model);
    return status;
}

void rwda_model_free(rwda_model *model)
{
    if (model == NULL)
        return;
    rw_clip_free(model->clip);
    free(model);
}

const rwda_model_info *rwda_model_get_info(const rwda_model *model)
{
    return &model->info;
}

const rwda_tokenizer *rwda_model_get_tokenizer(const rwda_model *model)
{
    return model->clip->tokenizer;
}

rwda_status rwda_model_preprocess(float *out, const rwda_model *model, const rwda_image *image, rwda_resize resize,
                                  rwda_crops crops, rwda_error *err)
{
    const rw_clip_config      *config = &model->clip->config;
    const rw_preprocess_config look   = rw_look_of(model->clip, config->image_size);

    if (config->towers == RWDA_TOWERS_TEXT)
        return rw_clip_require(model->clip, RWDA_TOWERS_IMAGE, err);
    return rw_preprocess(out, &look, image, resize == RWDA_RESIZE_CONFIG ? config->resize : resize, crops, err);
}
