/* tiny_clip.h - a complete CLIP checkpoint of a few megabytes, in both layouts, for tests that damage it?
 *
 * 16 px images, patch 8, vision 16 x 2 layers with 2 heads, text 8 x 1 layer with 2 heads, embedding 12.  Values follow from the
 * OpenCLIP name of a tensor, so both layouts hold the same numbers. */
#ifndef TINY_CLIP_H
#define TINY_CLIP_H

#include "base/file.h"
#include "base/memory.h"
#include "base/random.h"
#include "format/safetensors.h"
#include "tests/unit/check.h"

#define TINY_MOST 256
#define TINY_CONFIG                                                                                                         \
    "{\"model_cfg\":{\"embed_dim\":12,\"vision_cfg\":{\"image_size\":16,\"layers\":2,\"width\":16,\"head_width\":8,"        \
    "\"patch_size\":8},"                                                                                                    \
    "\"text_cfg\":{\"context_length\":77,\"vocab_size\":49408,\"width\":8,\"heads\":2,\"layers\":1}}}"
#define TINY_CONFIG_HUGGINGFACE                                                                                             \
    "{\"model_type\":\"clip\",\"projection_dim\":12,\"text_config\":{\"hidden_size\":8,\"intermediate_size\":32,\"num_"     \
    "hidden_layers\":1,"                                                                                                    \
    "\"num_attention_heads\":2,\"hidden_act\":\"gelu\"},\"vision_config\":{\"hidden_size\":16,\"intermediate_size\":64,"    \
    "\"num_hidden_layers\":2,\"num_attention_heads\":2,\"image_size\":16,\"patch_size\":8,\"hidden_act\":\"gelu\"}}"

typedef struct {
    rw_tensor_out tensors[TINY_MOST];
    char          names[TINY_MOST][96];
    float        *data[TINY_MOST];
    size_t        count;
} tiny_clip;

static inline float *tiny_add(tiny_clip *t, const char *name, int ndim, size_t a, size_t b, size_t c, size_t d)
{
    size_t    n = a * b * c * d, i = t->count++;
    rw_random random =
        rw_random_init(strlen(name), (uint64_t)name[strlen(name) / 2] * 256 + (uint64_t)name[strlen(name) - 3]);

    assert_true(i < TINY_MOST);
    assert_true(strlen(name) < sizeof t->names[i]);
    memcpy(t->names[i], name, strlen(name) + 1);
    t->data[i] = rw_new_array(n, sizeof(float));
    assert_non_null(t->data[i]);
    for (size_t j = 0; j < n; j++)
        t->data[i][j] =
            0.6f * (rw_random_unit(&random) - 0.5f) + (strstr(name, "ln_") && strstr(name, "weight") ? 1.0f : 0.0f);
    t->tensors[i] = (rw_tensor_out){ t->names[i], t->data[i], ndim, { a, b, c, d } };
    return t->data[i];
}

static inline void tiny_norm(tiny_clip *t, const char *name, size_t d)
{
    char full[128];

    (void)snprintf(full, sizeof full, "%s.weight", name);
    tiny_add(t, full, 1, d, 1, 1, 1);
    (void)snprintf(full, sizeof full, "%s.bias", name);
    tiny_add(t, full, 1, d, 1, 1, 1);
}

static inline void tiny_linear(tiny_clip *t, const char *block, const char *name, const char *joint, size_t n, size_t k)
{
    char full[128];

    (void)snprintf(full, sizeof full, "%s.%s%sweight", block, name, joint);
    tiny_add(t, full, 2, n, k, 1, 1);
    (void)snprintf(full, sizeof full, "%s.%s%sbias", block, name, joint);
    tiny_add(t, full, 1, n, 1, 1, 1);
}

static inline void tiny_blocks(tiny_clip *t, const char *prefix, size_t layers, size_t d)
{
    char block[64], norm[96];

    for (size_t i = 0; i < layers; i++) {
        (void)snprintf(block, sizeof block, "%s.resblocks.%zu", prefix, i);
        for (int n = 1; n <= 2; n++) {
            (void)snprintf(norm, sizeof norm, "%s.ln_%d", block, n);
            tiny_norm(t, norm, d);
        }
        tiny_linear(t, block, "attn.in_proj", "_", 3 * d, d);
        tiny_linear(t, block, "attn.out_proj", ".", d, d);
        tiny_linear(t, block, "mlp.c_fc", ".", 4 * d, d);
        tiny_linear(t, block, "mlp.c_proj", ".", d, 4 * d);
    }
}

/* All tensors under OpenCLIP's names. */
static inline void tiny_make(tiny_clip *t)
{
    t->count = 0;
    tiny_add(t, "visual.class_embedding", 1, 16, 1, 1, 1);
    tiny_add(t, "visual.positional_embedding", 2, 5, 16, 1, 1);
    tiny_add(t, "visual.proj", 2, 16, 12, 1, 1);
    tiny_add(t, "visual.conv1.weight", 4, 16, 3, 8, 8);
    tiny_norm(t, "visual.ln_pre", 16);
    tiny_norm(t, "visual.ln_post", 16);
    tiny_blocks(t, "visual.transformer", 2, 16);
    tiny_add(t, "token_embedding.weight", 2, 49408, 8, 1, 1);
    tiny_add(t, "positional_embedding", 2, 77, 8, 1, 1);
    tiny_blocks(t, "transformer", 1, 8);
    tiny_norm(t, "ln_final", 8);
    tiny_add(t, "text_projection", 2, 8, 12, 1, 1);
    *tiny_add(t, "logit_scale", 0, 1, 1, 1, 1) = 2.5f;
}

static inline size_t tiny_find(const tiny_clip *t, const char *name)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->names[i], name) == 0)
            return i;
    fail_msg("no tensor %s", name);
    return 0;
}

static inline void tiny_replace(char name[96], const char *from, const char *to)
{
    char *at = strstr(name, from), rest[96];

    if (at == NULL)
        return;
    (void)snprintf(rest, sizeof rest, "%s", at + strlen(from));
    (void)snprintf(at, 96 - (size_t)(at - name), "%s%s", to, rest);
}

static inline void tiny_transpose(tiny_clip *t, size_t i)
{
    size_t rows = t->tensors[i].shape[0], columns = t->tensors[i].shape[1];
    float *out = rw_new_array(rows * columns, sizeof *out);

    assert_non_null(out);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++)
            out[c * rows + r] = t->data[i][r * columns + c];
    free(t->data[i]);
    t->data[i]             = out;
    t->tensors[i].data     = out;
    t->tensors[i].shape[0] = columns;
    t->tensors[i].shape[1] = rows;
}

/* The same tensors under Hugging Face's names: q, k, v apart, projections transposed. */
static inline void tiny_to_huggingface(tiny_clip *t)
{
    static const char *const renamed[][2] = {
        { "visual.conv1.weight", "vision_model.embeddings.patch_embedding.weight" },
        { "visual.class_embedding", "vision_model.embeddings.class_embedding" },
        { "visual.positional_embedding", "vision_model.embeddings.position_embedding.weight" },
        { "token_embedding.weight", "text_model.embeddings.token_embedding.weight" },
        { "positional_embedding", "text_model.embeddings.position_embedding.weight" },
        { "visual.proj", "visual_projection.weight" },
        { "text_projection", "text_projection.weight" },
        { "visual.ln_pre.weight", "vision_model.pre_layrnorm.weight" },
        { "visual.ln_pre.bias", "vision_model.pre_layrnorm.bias" },
        { "visual.ln_post.weight", "vision_model.post_layernorm.weight" },
        { "visual.ln_post.bias", "vision_model.post_layernorm.bias" },
        { "ln_final.weight", "text_model.final_layer_norm.weight" },
        { "ln_final.bias", "text_model.final_layer_norm.bias" },
    };
    size_t before = t->count;

    tiny_transpose(t, tiny_find(t, "visual.proj"));
    tiny_transpose(t, tiny_find(t, "text_projection"));
    for (size_t i = 0; i < before; i++) {
        for (size_t r = 0; r < RW_COUNTOF(renamed); r++)
            if (strcmp(t->names[i], renamed[r][0]) == 0) {
                (void)snprintf(t->names[i], sizeof t->names[i], "%s", renamed[r][1]);
                break;
            }
        tiny_replace(t->names[i], "visual.transformer.resblocks.", "vision_model.encoder.layers.");
        tiny_replace(t->names[i], "transformer.resblocks.", "text_model.encoder.layers.");
        tiny_replace(t->names[i], ".ln_1.", ".layer_norm1.");
        tiny_replace(t->names[i], ".ln_2.", ".layer_norm2.");
        tiny_replace(t->names[i], ".attn.out_proj.", ".self_attn.out_proj.");
        tiny_replace(t->names[i], ".mlp.c_fc.", ".mlp.fc1.");
        tiny_replace(t->names[i], ".mlp.c_proj.", ".mlp.fc2.");
        if (strstr(t->names[i], ".attn.in_proj_") != NULL) { /* this entry keeps q; k and v are added behind */
            size_t d = t->tensors[i].shape[0] / 3, inner = t->tensors[i].ndim == 2 ? t->tensors[i].shape[1] : 1;

            t->tensors[i].shape[0] = d;
            for (size_t part = 1; part < 3; part++) {
                char   name[96];
                float *data;

                (void)snprintf(name, sizeof name, "%s", t->names[i]);
                tiny_replace(name, ".attn.in_proj_", part == 1 ? ".self_attn.k_proj." : ".self_attn.v_proj.");
                data = tiny_add(t, name, t->tensors[i].ndim, d, inner, 1, 1);
                memcpy(data, t->data[i] + part * d * inner, d * inner * sizeof *data);
            }
            tiny_replace(t->names[i], ".attn.in_proj_", ".self_attn.q_proj.");
        }
    }
}

static inline void tiny_write(const tiny_clip *t, const char *folder, const char *weights, const char *config_name,
                              const char *config)
{
    char       path[RW_PATH_MAX];
    uint8_t   *bytes;
    size_t     len;
    rwda_error err = { 0 };

    assert_ok(rw_safetensors_build(&bytes, &len, t->tensors, t->count, NULL, 0, &err), err);
    assert_true(rw_path_join(path, sizeof path, folder, weights));
    assert_ok(rw_file_write(path, bytes, len, true, &err), err);
    assert_true(rw_path_join(path, sizeof path, folder, config_name));
    assert_ok(rw_file_write(path, config, strlen(config), true, &err), err);
    free(bytes);
}

static inline void tiny_free(tiny_clip *t)
{
    for (size_t i = 0; i < t->count; i++)
        free(t->data[i]);
    t->count = 0;
}

#endif
