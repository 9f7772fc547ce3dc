#include "clip/clip_config.h"

#include <jansson.h>
#include <math.h>
#include <string.h>

static const float clip_mean[3] = { 0.48145466f, 0.4578275f, 0.40821073f };
static const float clip_std[3]  = { 0.26862954f, 0.26130258f, 0.27577711f };

/* ---- Reading numbers ---------------------------------------------------------------------------------------------- */

/* Keeps the first error, so that a list of reads is checked once. */
typedef struct {
    const char *file;
    rwda_error *err;
    rwda_status status;
} reader;

static void refuse(reader *r, rwda_status code, const char *what, const char *why)
{
    if (r->status == RWDA_OK)
        r->status = rw_fail(r->err, code, RWDA_NO_OFFSET, "%.200s: %s %s", r->file, what, why);
}

static int whole(reader *r, const json_t *object, const char *key, int fallback, int most)
{
    const json_t *value = json_object_get(object, key);

    if (value == NULL || json_is_null(value)) {
        if (fallback < 0)
            refuse(r, RWDA_EFORMAT, key, "is missing");
        return fallback;
    }
    if (!json_is_integer(value) || json_integer_value(value) < 1 || json_integer_value(value) > most) {
        if (r->status == RWDA_OK)
            r->status = rw_fail(r->err, RWDA_EFORMAT, RWDA_NO_OFFSET, "%.200s: %s is not a whole number in 1..%d", r->file,
                                key, most);
        return 1;
    }
    return (int)json_integer_value(value);
}

/* A side: a number, or [h, w] with both the same. */
static int square(reader *r, const json_t *object, const char *key, int fallback)
{
    const json_t *value = json_object_get(object, key);

    if (json_is_array(value)) {
        json_int_t h = json_integer_value(json_array_get(value, 0)), w = json_integer_value(json_array_get(value, 1));

        if (json_array_size(value) != 2 || h != w || h < 1 || h > RW_CLIP_IMAGE_MAX) {
            refuse(r, RWDA_EUNSUPPORTED, key, "is not square; only square inputs are supported");
            return 1;
        }
        return (int)h;
    }
    return whole(r, object, key, fallback, RW_CLIP_IMAGE_MAX);
}

static void triple(reader *r, float out[3], const json_t *object, const char *key, const float fallback[3], bool positive)
{
    const json_t *list = json_object_get(object, key);

    memcpy(out, fallback, 3 * sizeof *out);
    if (list == NULL || json_is_null(list))
        return;
    for (size_t i = 0; i < 3; i++) {
        const json_t *value = json_array_get(list, i);

        out[i] = (float)json_number_value(value);
        if (json_array_size(list) != 3 || !json_is_number(value) || !isfinite(out[i]) || (positive && out[i] <= 0.0f)) {
            refuse(r, RWDA_EFORMAT, key,
                   positive ? "is not a list of three positive numbers" : "is not a list of three numbers");
            return;
        }
    }
}

static bool is_set(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return value != NULL && !json_is_null(value) && !json_is_false(value);
}

static json_t *parse(reader *r, const char *text, size_t len)
{
    json_error_t where;
    json_t      *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &where);

    if (root == NULL)
        r->status = rw_fail(r->err, RWDA_EFORMAT, where.position, "%.200s: not JSON: %.160s (line %d)", r->file, where.text,
                            where.line);
    else if (!json_is_object(root))
        refuse(r, RWDA_EFORMAT, "the file", "holds no JSON object");
    return root;
}

/* Consistency of the numbers, for both layouts. */
static void check(reader *r, const rw_clip_config *config)
{
    if (r->status != RWDA_OK)
        return;
    if (config->vision.mlp < 1 || config->text.mlp < 1)
        r->status = rw_fail(r->err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%.200s: mlp_ratio leaves an MLP of width %d no unit",
                            r->file, config->vision.mlp < 1 ? config->vision.width : config->text.width);
    else if (config->image_size % config->patch_size != 0)
        r->status =
            rw_fail(r->err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%.200s: image size %d is not a multiple of patch size %d",
                    r->file, config->image_size, config->patch_size);
    else if (config->vision.heads < 1 || config->vision.width % config->vision.heads != 0)
        r->status = rw_fail(r->err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%.200s: vision width %d is not a multiple of %d heads",
                            r->file, config->vision.width, config->vision.heads);
    else if (config->text.width % config->text.heads != 0)
        r->status = rw_fail(r->err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%.200s: text width %d is not a multiple of %d heads",
                            r->file, config->text.width, config->text.heads);
    else if (config->vocab_size != RW_CLIP_VOCAB_SIZE)
        r->status = rw_fail(r->err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                            "%.200s: vocabulary of %d tokens; only CLIP's own tokenizer with %d is supported", r->file,
                            config->vocab_size, RW_CLIP_VOCAB_SIZE);
}

/* ---- OpenCLIP ------------------------------------------------------------------------------------------------------ */

/* OpenCLIP options that change what a tower computes, often with the same tensors: such a checkpoint must not load as plain CLIP.  Null,
 * false, 0, {} and the value given here mean plain CLIP. */
static void refuse_variants(reader *r, const json_t *tower, const char *pool)
{
    static const struct {
        const char *key, *plain;
    } variants[] = {
        { "pool_type", NULL },        { "proj_type", "linear" },
        { "block_type", "default" },  { "act_kwargs", NULL },
        { "norm_kwargs", NULL },      { "tokenizer_kwargs", NULL },
        { "ls_init_value", NULL },    { "no_ln_pre", NULL },
        { "attentional_pool", NULL }, { "final_ln_after_pool", NULL },
        { "qk_norm", NULL },          { "scaled_cosine_attn", NULL },
        { "scale_heads", NULL },      { "scale_attn_inner", NULL },
        { "scale_attn", NULL },       { "scale_fc", NULL },
        { "no_causal_mask", NULL },   { "embed_cls", NULL },
        { "proj_bias", NULL },        { "ln_post_emb", NULL },
    };

    for (size_t i = 0; i < RW_COUNTOF(variants); i++) {
        const json_t *value = json_object_get(tower, variants[i].key);
        const char   *word = json_string_value(value), *plain = variants[i].plain != NULL ? variants[i].plain : pool;

        if (!is_set(tower, variants[i].key) || (json_is_object(value) && json_object_size(value) == 0) ||
            (json_is_number(value) && json_number_value(value) == 0.0) || (word != NULL && strcmp(word, plain) == 0))
            continue;
        refuse(r, RWDA_EUNSUPPORTED, variants[i].key,
               "makes this a variant of CLIP that is not supported; use a plain checkpoint such as ViT-B-16");
    }
}

/* Hidden units of the MLP. */
static int mlp_width(reader *r, const json_t *tower, int width)
{
    const json_t *value = json_object_get(tower, "mlp_ratio");
    double        ratio = json_is_number(value) ? json_number_value(value) : 4.0;

    if (ratio > 0.0 && ratio <= 16.0)
        return (int)(width * ratio);
    refuse(r, RWDA_EFORMAT, "mlp_ratio", "is not in 0..16");
    return width;
}

static void read_openclip_towers(reader *r, rw_clip_config *out, const json_t *model)
{
    const json_t *vision = json_object_get(model, "vision_cfg"), *text = json_object_get(model, "text_cfg");
    int           head_width;

    if (!json_is_object(vision) || !json_is_object(text)) {
        refuse(r, RWDA_EFORMAT, "model_cfg", "lacks vision_cfg or text_cfg");
        return;
    }
    if (is_set(vision, "timm_model_name"))
        refuse(r, RWDA_EUNSUPPORTED, "a timm vision tower (ConvNeXt, SigLIP, ...)",
               "is not supported; use a ViT checkpoint such as ViT-B-16");
    if (json_is_array(json_object_get(vision, "layers")))
        refuse(r, RWDA_EUNSUPPORTED, "a ResNet vision tower", "is not supported; use a ViT checkpoint such as ViT-B-16");
    if (is_set(model, "multimodal_cfg"))
        refuse(r, RWDA_EUNSUPPORTED, "CoCa", "is not supported; use a plain CLIP checkpoint such as ViT-B-16");
    if (is_set(text, "hf_model_name") || is_set(text, "hf_tokenizer_name"))
        refuse(r, RWDA_EUNSUPPORTED, "a Hugging Face text tower",
               "is not supported; use a checkpoint with CLIP's own text tower");
    if (is_set(model, "init_logit_bias"))
        refuse(r, RWDA_EUNSUPPORTED, "SigLIP", "is not supported; use a plain CLIP checkpoint such as ViT-B-16");
    out->image_size     = square(r, vision, "image_size", 224);
    out->patch_size     = square(r, vision, "patch_size", 16);
    out->vision.width   = whole(r, vision, "width", 768, RW_CLIP_WIDTH_MAX);
    out->vision.layers  = whole(r, vision, "layers", 12, RW_CLIP_LAYERS_MAX);
    head_width          = whole(r, vision, "head_width", 64, RW_CLIP_WIDTH_MAX);
    out->vision.heads   = out->vision.width / head_width;
    out->vision.mlp     = mlp_width(r, vision, out->vision.width);
    out->context_length = whole(r, text, "context_length", 77, RW_CLIP_CONTEXT_MAX);
    out->vocab_size     = whole(r, text, "vocab_size", RW_CLIP_VOCAB_SIZE, 1 << 24);
    out->text.width     = whole(r, text, "width", 512, RW_CLIP_WIDTH_MAX);
    out->text.heads     = whole(r, text, "heads", 8, RW_CLIP_WIDTH_MAX);
    out->text.layers    = whole(r, text, "layers", 12, RW_CLIP_LAYERS_MAX);
    out->text.mlp       = mlp_width(r, text, out->text.width);
    refuse_variants(r, vision, "tok");
    refuse_variants(r, text, "argmax");
}

rwda_status rw_clip_config_openclip(rw_clip_config *out, const char *text, size_t len, const char *name, rwda_error *err)
{
    reader        r     = { name, err, RWDA_OK };
    json_t       *root  = parse(&r, text, len);
    const json_t *model = json_object_get(root, "model_cfg"), *preprocess = json_object_get(root, "preprocess_cfg");
    const char   *mode, *kernel;

    *out = (rw_clip_config){ .layout = RW_LAYOUT_OPENCLIP };
    if (r.status == RWDA_OK && !json_is_object(model))
        refuse(&r, RWDA_EFORMAT, "model_cfg", "is missing");
    if (r.status == RWDA_OK) {
        out->embed_dim  = whole(&r, model, "embed_dim", -1, RW_CLIP_WIDTH_MAX);
        out->activation = is_set(model, "quick_gelu") ? RW_ACT_QUICK_GELU : RW_ACT_GELU;
        read_openclip_towers(&r, out, model);
        triple(&r, out->mean, preprocess, "mean", clip_mean, false);
        triple(&r, out->std, preprocess, "std", clip_std, true);
        mode   = json_string_value(json_object_get(preprocess, "resize_mode"));
        kernel = json_string_value(json_object_get(preprocess, "interpolation"));
        if (mode != NULL && strcmp(mode, "shortest") != 0 && strcmp(mode, "squash") != 0)
            refuse(&r, RWDA_EUNSUPPORTED, "resize_mode", "is neither shortest nor squash");
        out->resize = mode != NULL && strcmp(mode, "squash") == 0 ? RWDA_RESIZE_SQUASH : RWDA_RESIZE_SHORTEST;
        if (kernel != NULL && strcmp(kernel, "bicubic") != 0)
            refuse(&r, RWDA_EUNSUPPORTED, "interpolation", "is not bicubic");
    }
    check(&r, out);
    json_decref(root);
    return r.status;
}

/* ---- Hugging Face: what a key left out means is transformers' CLIPConfig --------------------------------------------- */

static rw_activation read_activation(reader *r, const json_t *tower)
{
    const char *name = json_string_value(json_object_get(tower, "hidden_act"));

    if (name == NULL || strcmp(name, "quick_gelu") == 0)
        return RW_ACT_QUICK_GELU;
    if (strcmp(name, "gelu") != 0)
        refuse(r, RWDA_EUNSUPPORTED, "hidden_act", "is neither gelu nor quick_gelu");
    return RW_ACT_GELU;
}

static void read_tower(reader *r, rw_tower_config *out, const json_t *tower, int width, int heads, int mlp)
{
    const json_t *eps = json_object_get(tower, "layer_norm_eps");

    out->width  = whole(r, tower, "hidden_size", width, RW_CLIP_WIDTH_MAX);
    out->layers = whole(r, tower, "num_hidden_layers", 12, RW_CLIP_LAYERS_MAX);
    out->heads  = whole(r, tower, "num_attention_heads", heads, RW_CLIP_WIDTH_MAX);
    out->mlp    = whole(r, tower, "intermediate_size", mlp, 16 * RW_CLIP_WIDTH_MAX);
    if (json_is_number(eps) && fabs(json_number_value(eps) - 1e-5) > 1e-9)
        refuse(r, RWDA_EUNSUPPORTED, "layer_norm_eps", "is not 1e-5, as CLIP's is");
}

/* A tower's keys.  An old name of theirs replaces all of them, defaults included, as in transformers. */
static const json_t *tower_of(const json_t *root, const char *key, const char *old_key)
{
    const json_t *old = json_object_get(root, old_key);

    return old != NULL && !json_is_null(old) ? old : json_object_get(root, key);
}

/* 2 is what files of before 2023 have: the token with the largest number is read then, which is the end token. */
static void check_end_token(reader *r, const json_t *words)
{
    const json_t *end = json_object_get(words, "eos_token_id");

    if (end != NULL && json_integer_value(end) != 2 && json_integer_value(end) != RW_CLIP_EOT)
        refuse(r, RWDA_EUNSUPPORTED, "eos_token_id", "is neither 2 nor 49407, the end token of CLIP's tokenizer");
}

rwda_status rw_clip_config_huggingface(rw_clip_config *out, const char *text, size_t len, const char *name, rwda_error *err)
{
    reader        r      = { name, err, RWDA_OK };
    json_t       *root   = parse(&r, text, len);
    const json_t *vision = tower_of(root, "vision_config", "vision_config_dict");
    const json_t *words  = tower_of(root, "text_config", "text_config_dict");
    const char   *type = json_string_value(json_object_get(root, "model_type"));

    *out = (rw_clip_config){ .layout = RW_LAYOUT_HUGGINGFACE };
    if (r.status == RWDA_OK && type != NULL && strcmp(type, "clip") != 0)
        r.status = rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                           "%.200s: model_type \"%.40s\" is not supported; use a CLIPModel checkpoint", name, type);
    if (r.status == RWDA_OK) {
        if (is_set(root, "_name_or_path") && json_is_string(json_object_get(root, "_name_or_path")))
            (void)snprintf(out->repository, sizeof out->repository, "%s",
                           json_string_value(json_object_get(root, "_name_or_path")));
        out->embed_dim      = whole(&r, root, "projection_dim", 512, RW_CLIP_WIDTH_MAX);
        out->image_size     = square(&r, vision, "image_size", 224);
        out->patch_size     = square(&r, vision, "patch_size", 32);
        out->context_length = whole(&r, words, "max_position_embeddings", 77, RW_CLIP_CONTEXT_MAX);
        out->vocab_size     = whole(&r, words, "vocab_size", RW_CLIP_VOCAB_SIZE, 1 << 24);
        read_tower(&r, &out->vision, vision, 768, 12, 3072);
        read_tower(&r, &out->text, words, 512, 8, 2048);
        out->activation = read_activation(&r, vision);
        if (read_activation(&r, words) != out->activation)
            refuse(&r, RWDA_EUNSUPPORTED, "hidden_act", "differs between the towers");
        check_end_token(&r, words);
        if (whole(&r, vision, "num_channels", 3, RW_CLIP_WIDTH_MAX) != 3)
            refuse(&r, RWDA_EUNSUPPORTED, "num_channels", "is not 3");
        if (is_set(root, "quantization_config"))
            refuse(&r, RWDA_EUNSUPPORTED, "quantization_config", "makes this a quantized model, which is not supported");
        memcpy(out->mean, clip_mean, sizeof clip_mean);
        memcpy(out->std, clip_std, sizeof clip_std);
        out->resize     = RWDA_RESIZE_SHORTEST;
        out->crop_floor = true;
        out->scale      = 1.0 / 255.0;
    }
    check(&r, out);
    json_decref(root);
    return r.status;
}
