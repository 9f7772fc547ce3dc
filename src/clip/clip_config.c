#include "clip/clip_config.h"

#include "clip/family.h"

#include <math.h>
#include <stdio.h>
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
    else if (config->image_size < config->patch_size)
        r->status = rw_fail(r->err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%.200s: image size %d is below the patch size %d",
                            r->file, config->image_size, config->patch_size);
    else if (config->vision.heads < 1 || config->vision.width % config->vision.heads != 0)
        r->status = rw_fail(r->err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%.200s: vision width %d is not a multiple of %d heads",
                            r->file, config->vision.width, config->vision.heads);
    else if (config->text.width % config->text.heads != 0)
        r->status = rw_fail(r->err, RWDA_EMISMATCH, RWDA_NO_OFFSET, "%.200s: text width %d is not a multiple of %d heads",
                            r->file, config->text.width, config->text.heads);
    else if (config->text_parts.clip_tokenizer && config->vocab_size != RW_CLIP_VOCAB_SIZE)
        r->status = rw_fail(r->err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET,
                            "%.200s: vocabulary of %d tokens; CLIP's own tokenizer has %d", r->file, config->vocab_size,
                            RW_CLIP_VOCAB_SIZE);
    else if (config->towers != RWDA_TOWERS_TEXT && config->vision_parts.projection == RW_PROJECTION_NONE &&
             config->embed_dim != config->vision.width)
        r->status = rw_fail(r->err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                            "%.200s: embeddings of %d numbers, but the vision tower, which is not projected, has width %d",
                            r->file, config->embed_dim, config->vision.width);
    else if (config->towers != RWDA_TOWERS_IMAGE && config->text_parts.projection == RW_PROJECTION_NONE &&
             config->embed_dim != config->text.width)
        r->status = rw_fail(r->err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                            "%.200s: embeddings of %d numbers, but the text tower, which is not projected, has width %d",
                            r->file, config->embed_dim, config->text.width);
    else if (config->vision_parts.pooling == RW_POOL_ATTENTION &&
             config->vision.width % config->vision_parts.pool_heads != 0)
        r->status = rw_fail(r->err, RWDA_EMISMATCH, RWDA_NO_OFFSET,
                            "%.200s: vision width %d is not a multiple of %d heads of the pooling", r->file,
                            config->vision.width, config->vision_parts.pool_heads);
}

/* Parts of a family's description that follow the tower. */
static void complete_parts(rw_clip_config *config)
{
    rw_vision_parts *parts = &config->vision_parts;

    if (parts->pool_heads == 0)
        parts->pool_heads = config->vision.heads;
    if (parts->pool_mlp == 0)
        parts->pool_mlp = config->vision.mlp;
}

/* ---- OpenCLIP ------------------------------------------------------------------------------------------------------ */

static bool is_word(const json_t *object, const char *key, const char *word)
{
    const char *value = json_string_value(json_object_get(object, key));

    return value != NULL && strcmp(value, word) == 0;
}

/* Options of OpenCLIP's own towers that change what is computed, often with the same tensors: such a checkpoint must not load as plain CLIP.
 * Null, false, 0, {} and the value given here mean plain CLIP. */
static void refuse_variants(reader *r, const json_t *tower)
{
    static const struct {
        const char *key, *plain;
    } variants[] = {
        { "block_type", "default" },
        { "ls_init_value", NULL },
        { "no_ln_pre", NULL },
        { "attentional_pool", NULL },
        { "final_ln_after_pool", NULL },
        { "qk_norm", NULL },
        { "scaled_cosine_attn", NULL },
        { "scale_heads", NULL },
        { "scale_attn_inner", NULL },
        { "scale_attn", NULL },
        { "scale_fc", NULL },
        { "embed_cls", NULL },
        { "ln_post_emb", NULL },
        { "use_pad_mask", NULL },
        { "pos_embed_type", "learnable" },
    };

    for (size_t i = 0; i < RW_COUNTOF(variants); i++) {
        const json_t *value = json_object_get(tower, variants[i].key);

        if (!is_set(tower, variants[i].key) || (json_is_object(value) && json_object_size(value) == 0) ||
            (json_is_number(value) && json_number_value(value) == 0.0) ||
            (variants[i].plain != NULL && is_word(tower, variants[i].key, variants[i].plain)))
            continue;
        refuse(r, RWDA_EUNSUPPORTED, variants[i].key,
               "makes this a variant of CLIP that is not supported; use a plain checkpoint such as ViT-B-16");
    }
}

/* Of OpenCLIP's own towers. */
static void read_norm_and_activation(reader *r, rw_tower_config *out, const json_t *model, const json_t *tower)
{
    const json_t *norm = json_object_get(tower, "norm_kwargs"), *act = json_object_get(tower, "act_kwargs");
    const json_t *eps = json_object_get(norm, "eps");

    out->activation = is_set(model, "quick_gelu") ? RW_ACT_QUICK_GELU : RW_ACT_GELU;
    out->eps        = 1e-5f;
    if (eps != NULL) {
        out->eps = (float)json_number_value(eps);
        if (!json_is_number(eps) || !(out->eps >= 1e-12f && out->eps <= 1e-2f))
            refuse(r, RWDA_EFORMAT, "norm_kwargs", "has an eps that is not in 1e-12..1e-2");
    }
    if (json_object_size(norm) > (eps != NULL ? 1u : 0u))
        refuse(r, RWDA_EUNSUPPORTED, "norm_kwargs", "has a key that is not eps");
    if (json_object_size(act) == 0)
        return;
    if (json_object_size(act) != 1 || out->activation != RW_ACT_GELU || !is_word(act, "approximate", "tanh"))
        refuse(r, RWDA_EUNSUPPORTED, "act_kwargs", "is not {\"approximate\": \"tanh\"} of GELU");
    out->activation = RW_ACT_GELU_TANH;
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

/* A tower of timm: a family says what its name stands for. */
static void read_trunk(reader *r, rw_clip_config *out, const json_t *vision)
{
    const char      *name = json_string_value(json_object_get(vision, "timm_model_name"));
    const char      *pool = json_string_value(json_object_get(vision, "timm_pool"));
    const char      *proj = json_string_value(json_object_get(vision, "timm_proj"));
    const rw_family *family;
    const rw_trunk  *trunk = rw_trunk_find(&family, name != NULL ? name : "");

    if (trunk == NULL) {
        if (r->status == RWDA_OK)
            r->status = rw_fail(r->err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "%.200s: the timm vision tower %.80s %s", r->file,
                                name != NULL ? name : "without a name", rw_refusal_of(name != NULL ? name : ""));
        return;
    }
    if (strcmp(pool != NULL ? pool : "", trunk->pool) != 0)
        refuse(r, RWDA_EUNSUPPORTED, "timm_pool", "is not what this tower is published with");
    if (strcmp(proj != NULL ? proj : "", trunk->proj != NULL ? trunk->proj : "") != 0)
        refuse(r, RWDA_EUNSUPPORTED, "timm_proj", "is not what this tower is published with");
    out->family       = family->name;
    out->patch_size   = trunk->patch;
    out->vision       = trunk->tower;
    out->vision_parts = trunk->parts;
    out->vision_names = trunk->names;
}

static void read_openclip_vision(reader *r, rw_clip_config *out, const json_t *model, const json_t *vision)
{
    out->image_size = square(r, vision, "image_size", 224);
    if (json_is_array(json_object_get(vision, "layers")))
        refuse(r, RWDA_EUNSUPPORTED, "a ResNet vision tower", "is not supported; use a ViT such as ViT-B-16");
    if (is_set(vision, "timm_model_name")) {
        read_trunk(r, out, vision);
        return;
    }
    if (is_set(vision, "pool_type") && !is_word(vision, "pool_type", "tok"))
        refuse(r, RWDA_EUNSUPPORTED, "pool_type",
               "makes this a variant of CLIP that is not supported; use a plain checkpoint such as ViT-B-16");
    refuse_variants(r, vision);
    read_norm_and_activation(r, &out->vision, model, vision);
    out->family        = rw_family_clip.name;
    out->patch_size    = square(r, vision, "patch_size", 16);
    out->vision.width  = whole(r, vision, "width", 768, RW_CLIP_WIDTH_MAX);
    out->vision.layers = whole(r, vision, "layers", 12, RW_CLIP_LAYERS_MAX);
    out->vision.heads  = out->vision.width / whole(r, vision, "head_width", 64, RW_CLIP_WIDTH_MAX);
    out->vision.mlp    = mlp_width(r, vision, out->vision.width);
    out->vision_parts  = (rw_vision_parts){ .class_token = true, .ln_pre = true, .projection = RW_PROJECTION_RIGHT };
    out->vision_names  = &rw_openclip_vision;
}

static void read_openclip_text(reader *r, rw_clip_config *out, const json_t *model, const json_t *text)
{
    rw_text_parts *parts = &out->text_parts;
    bool           last  = is_word(text, "pool_type", "last");
    bool end = !is_set(text, "pool_type") || is_word(text, "pool_type", "argmax") || is_word(text, "pool_type", "eos");

    if (is_set(text, "hf_model_name"))
        refuse(r, RWDA_EUNSUPPORTED, "a Hugging Face text tower",
               "is not supported; use a checkpoint with CLIP's own text tower");
    refuse_variants(r, text);
    read_norm_and_activation(r, &out->text, model, text);
    out->context_length   = whole(r, text, "context_length", 77, RW_CLIP_CONTEXT_MAX);
    out->vocab_size       = whole(r, text, "vocab_size", RW_CLIP_VOCAB_SIZE, 1 << 24);
    out->text.width       = whole(r, text, "width", 512, RW_CLIP_WIDTH_MAX);
    out->text.heads       = whole(r, text, "heads", 8, RW_CLIP_WIDTH_MAX);
    out->text.layers      = whole(r, text, "layers", 12, RW_CLIP_LAYERS_MAX);
    out->text.mlp         = mlp_width(r, text, out->text.width);
    out->text_names       = &rw_openclip_text;
    parts->causal         = !is_set(text, "no_causal_mask");
    parts->clip_tokenizer = !is_set(text, "hf_tokenizer_name");
    if (parts->causal && !parts->clip_tokenizer)
        out->family = rw_family_metaclip.name; /* its vocabulary is all that tells it from CLIP */
    if (parts->clip_tokenizer && json_object_size(json_object_get(text, "tokenizer_kwargs")) > 0)
        refuse(r, RWDA_EUNSUPPORTED, "tokenizer_kwargs", "changes CLIP's tokenizer");
    if (parts->causal ? !end : !last)
        refuse(r, RWDA_EUNSUPPORTED, "pool_type",
               parts->causal ? "is neither argmax nor eos, though texts are causal"
                             : "is not last, though texts are not causal");
    parts->projection = is_set(text, "proj_bias") ? RW_PROJECTION_AFFINE : RW_PROJECTION_RIGHT;
    if (is_word(text, "proj_type", "none"))
        parts->projection = RW_PROJECTION_NONE;
    else if (is_set(text, "proj_type") && !is_word(text, "proj_type", "linear"))
        refuse(r, RWDA_EUNSUPPORTED, "proj_type", "is neither linear nor none");
}

static void read_openclip_towers(reader *r, rw_clip_config *out, const json_t *model)
{
    const json_t *vision = json_object_get(model, "vision_cfg"), *text = json_object_get(model, "text_cfg");

    if (!json_is_object(vision) || !json_is_object(text)) {
        refuse(r, RWDA_EFORMAT, "model_cfg", "lacks vision_cfg or text_cfg");
        return;
    }
    if (is_set(model, "multimodal_cfg"))
        refuse(r, RWDA_EUNSUPPORTED, "CoCa", "is not supported; use a CLIP such as ViT-L-14");
    out->logit_bias = is_set(model, "init_logit_bias");
    read_openclip_vision(r, out, model, vision);
    read_openclip_text(r, out, model, text);
    complete_parts(out);
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
        out->embed_dim = whole(&r, model, "embed_dim", -1, RW_CLIP_WIDTH_MAX);
        read_openclip_towers(&r, out, model);
        triple(&r, out->mean, preprocess, "mean", clip_mean, false);
        triple(&r, out->std, preprocess, "std", clip_std, true);
        mode   = json_string_value(json_object_get(preprocess, "resize_mode"));
        kernel = json_string_value(json_object_get(preprocess, "interpolation"));
        if (mode != NULL && strcmp(mode, "shortest") != 0 && strcmp(mode, "squash") != 0)
            refuse(&r, RWDA_EUNSUPPORTED, "resize_mode", "is neither shortest nor squash");
        out->resize = mode != NULL && strcmp(mode, "squash") == 0 ? RWDA_RESIZE_SQUASH : RWDA_RESIZE_SHORTEST;
        if (kernel != NULL && strcmp(kernel, "bicubic") != 0 && strcmp(kernel, "bilinear") != 0)
            refuse(&r, RWDA_EUNSUPPORTED, "interpolation", "is neither bicubic nor bilinear");
        out->filter = kernel != NULL && strcmp(kernel, "bilinear") == 0 ? RW_FILTER_BILINEAR : RW_FILTER_BICUBIC;
    }
    check(&r, out);
    json_decref(root);
    return r.status;
}

/* ---- Hugging Face: what a key left out means is transformers' CLIPConfig --------------------------------------------- */

static rw_activation read_activation(reader *r, const json_t *tower, rw_activation fallback)
{
    static const struct {
        const char   *name;
        rw_activation act;
    } acts[] = { { "quick_gelu", RW_ACT_QUICK_GELU },
                 { "gelu", RW_ACT_GELU },
                 { "gelu_pytorch_tanh", RW_ACT_GELU_TANH },
                 { "gelu_new", RW_ACT_GELU_TANH } };

    if (!is_set(tower, "hidden_act"))
        return fallback;
    for (size_t i = 0; i < RW_COUNTOF(acts); i++)
        if (is_word(tower, "hidden_act", acts[i].name))
            return acts[i].act;
    refuse(r, RWDA_EUNSUPPORTED, "hidden_act", "is none of gelu, quick_gelu and gelu_pytorch_tanh");
    return fallback;
}

/* What `tower` leaves out is in *out already. */
static void read_tower(reader *r, rw_tower_config *out, const json_t *tower)
{
    const json_t *eps = json_object_get(tower, "layer_norm_eps");

    out->width      = whole(r, tower, "hidden_size", out->width, RW_CLIP_WIDTH_MAX);
    out->layers     = whole(r, tower, "num_hidden_layers", out->layers, RW_CLIP_LAYERS_MAX);
    out->heads      = whole(r, tower, "num_attention_heads", out->heads, RW_CLIP_WIDTH_MAX);
    out->mlp        = whole(r, tower, "intermediate_size", out->mlp, 16 * RW_CLIP_WIDTH_MAX);
    out->activation = read_activation(r, tower, out->activation);
    if (json_is_number(eps))
        out->eps = (float)json_number_value(eps);
    if (!(out->eps >= 1e-12f && out->eps <= 1e-2f))
        refuse(r, RWDA_EFORMAT, "layer_norm_eps", "is not in 1e-12..1e-2");
}

/* A tower's keys: the root's where it is alone, none where the other is.  An old name of theirs replaces all of them, defaults included, as
 * in transformers. */
static const json_t *tower_of(const json_t *root, rwda_towers there, rwda_towers tower, const char *key, const char *old_key)
{
    const json_t *old = json_object_get(root, old_key);

    if (there != RWDA_TOWERS_BOTH)
        return there == tower ? root : NULL;
    return old != NULL && !json_is_null(old) ? old : json_object_get(root, key);
}

/* 2 is what files of before 2023 have: the token with the largest number is read then, which is the end token. */
static void check_end_token(reader *r, const json_t *words)
{
    const json_t *end = json_object_get(words, "eos_token_id");

    if (end != NULL && json_integer_value(end) != 2 && json_integer_value(end) != RW_CLIP_EOT)
        refuse(r, RWDA_EUNSUPPORTED, "eos_token_id", "is neither 2 nor 49407, the end token of CLIP's tokenizer");
}

/* "clip_vision_model" is CLIP's image tower alone, whose keys lie at the root: type is "clip" then. */
static rwda_towers read_type(char type[64], const json_t *root)
{
    static const struct {
        const char *ending;
        rwda_towers towers;
    } alone[]         = { { "_vision_model", RWDA_TOWERS_IMAGE }, { "_text_model", RWDA_TOWERS_TEXT } };
    const char *value = json_string_value(json_object_get(root, "model_type"));

    (void)snprintf(type, 64, "%s", value != NULL ? value : "clip");
    for (size_t i = 0; i < RW_COUNTOF(alone); i++) {
        size_t len = strlen(type), tail = strlen(alone[i].ending);

        if (len > tail && strcmp(type + len - tail, alone[i].ending) == 0) {
            type[len - tail] = '\0';
            return alone[i].towers;
        }
    }
    return RWDA_TOWERS_BOTH;
}

static const json_t *text_of(const json_t *root, rwda_towers towers)
{
    return tower_of(root, towers, RWDA_TOWERS_TEXT, "text_config", "text_config_dict");
}

const json_t *rw_clip_config_text(const json_t *root)
{
    char type[64];

    return text_of(root, read_type(type, root));
}

rwda_status rw_clip_config_huggingface(rw_clip_config *out, const char *text, size_t len, const char *name, rwda_error *err)
{
    reader               r    = { name, err, RWDA_OK };
    json_t              *root = parse(&r, text, len);
    char                 name_of_type[64];
    rwda_towers          towers = read_type(name_of_type, root);
    const json_t        *vision = tower_of(root, towers, RWDA_TOWERS_IMAGE, "vision_config", "vision_config_dict");
    const json_t        *words  = text_of(root, towers);
    const rw_family     *family = NULL;
    const rw_model_type *type   = rw_model_type_find(&family, name_of_type);

    *out = (rw_clip_config){ .layout = RW_LAYOUT_HUGGINGFACE, .towers = towers };
    if (r.status == RWDA_OK && type == NULL)
        r.status = rw_fail(err, RWDA_EUNSUPPORTED, RWDA_NO_OFFSET, "%.200s: model_type \"%.40s\" %s", name,
                           json_string_value(json_object_get(root, "model_type")), rw_refusal_of(name_of_type));
    if (r.status == RWDA_OK) {
        if (is_set(root, "_name_or_path") && json_is_string(json_object_get(root, "_name_or_path")))
            (void)snprintf(out->repository, sizeof out->repository, "%s",
                           json_string_value(json_object_get(root, "_name_or_path")));
        out->family         = family->name;
        out->vision         = type->vision;
        out->text           = type->text;
        out->vision_parts   = type->vision_parts;
        out->text_parts     = type->text_parts;
        out->vision_names   = type->vision_names;
        out->text_names     = type->text_names;
        out->logit_bias     = type->logit_bias;
        out->image_size     = square(&r, vision, "image_size", type->image_size);
        out->patch_size     = square(&r, vision, "patch_size", type->patch);
        out->context_length = whole(&r, words, "max_position_embeddings", type->context, RW_CLIP_CONTEXT_MAX);
        out->vocab_size     = whole(&r, words, "vocab_size", type->vocab, 1 << 24);
        read_tower(&r, &out->vision, vision);
        read_tower(&r, &out->text, words);
        out->embed_dim = type->embed_dim > 0 ? whole(&r, root, "projection_dim", type->embed_dim, RW_CLIP_WIDTH_MAX)
                         : towers == RWDA_TOWERS_IMAGE
                             ? out->vision.width
                             : whole(&r, words, "projection_size", out->text.width, RW_CLIP_WIDTH_MAX);
        if (json_is_false(json_object_get(vision, "vision_use_head")))
            refuse(&r, RWDA_EUNSUPPORTED, "vision_use_head", "is false: a vision tower without its pooling head");
        complete_parts(out);
        if (type->text_parts.clip_tokenizer)
            check_end_token(&r, words);
        if (whole(&r, vision, "num_channels", 3, RW_CLIP_WIDTH_MAX) != 3)
            refuse(&r, RWDA_EUNSUPPORTED, "num_channels", "is not 3");
        if (is_set(root, "quantization_config"))
            refuse(&r, RWDA_EUNSUPPORTED, "quantization_config", "makes this a quantized model, which is not supported");
        memcpy(out->mean, type->mean, sizeof type->mean);
        memcpy(out->std, type->std, sizeof type->std);
        out->resize     = type->resize;
        out->processor  = type->processor;
        out->crop_floor = true;
        out->scale      = 1.0 / 255.0;
    }
    check(&r, out);
    json_decref(root);
    return r.status;
}
