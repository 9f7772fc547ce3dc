/* write_model.c - writes a small model of a family with seeded random weights: write_model FAMILY FOLDER [BIAS]
 *
 * FAMILY is the name of a row below; without arguments the names are listed.  BIAS is that of SigLIP's logits (-12.5).  Towers whose
 * config has numbers are tiny; a timm tower has those of its name: PE-Core's is the smallest one, and SigLIP's in OpenCLIP's layout has
 * 86 million parameters, which are written in BF16.  Families with tokenizers of their own get one of tests/golden/tokenizers. */
#include "tests/unit/tiny_clip.h"

#include <math.h>
#include <sys/stat.h>

#define TOKENIZERS RWDA_TEST_DIR "/golden/tokenizers/"

/* ---- Configs --------------------------------------------------------------------------------------------------------- */

#define OPENCLIP(vision, text, look) "{\"model_cfg\":{" vision ",\"text_cfg\":{" text "}}" look "}"
#define TEXT(vocab, width)           "\"vocab_size\":" vocab ",\"width\":" width ",\"heads\":2,\"layers\":2"
#define TINY_VISION                                                                                                         \
    "\"embed_dim\":12,\"vision_cfg\":{\"image_size\":32,\"layers\":2,\"width\":16,\"head_width\":8,\"patch_size\":8}"
#define TIMM_VISION(dim, side, model, proj)                                                                                 \
    "\"embed_dim\":" dim ",\"custom_text\":true,\"vision_cfg\":{\"image_size\":" side ",\"timm_model_name\":\"" model       \
    "\",\"timm_pool\":\"map\",\"timm_proj\":" proj "}"
#define HALF(filter)                                                                                                        \
    ",\"preprocess_cfg\":{\"mean\":[0.5,0.5,0.5],\"std\":[0.5,0.5,0.5],\"resize_mode\":\"squash\",\"interpolation\":"       \
    "\"" filter "\"}"

#define TOWER "\"hidden_size\":16,\"intermediate_size\":64,\"num_hidden_layers\":2,\"num_attention_heads\":2"
#define HUGGINGFACE(type, text, more)                                                                                       \
    "{\"model_type\":\"" type "\",\"text_config\":{" TOWER "," text "},\"vision_config\":{" TOWER                           \
    ",\"image_size\":32,\"patch_size\":8}" more "}"

/* ---- Tensors --------------------------------------------------------------------------------------------------------- */

enum { TINY_D = 16, TINY_EMBED = 12, SIDE = 4 /* patches */ };

/* How a layout calls the parts of a block; q, k and v are one matrix with OpenCLIP and timm. */
typedef struct {
    const char *norm[2], *out, *fc, *proj;
    const char *qkv, *joint;
} block_names;

static const block_names openclip = { { "ln_1", "ln_2" }, "attn.out_proj", "mlp.c_fc", "mlp.c_proj", "attn.in_proj", "_" };
static const block_names timm     = { { "norm1", "norm2" }, "attn.proj", "mlp.fc1", "mlp.fc2", "attn.qkv", "." };
static const block_names apart = { { "layer_norm1", "layer_norm2" }, "self_attn.out_proj", "mlp.fc1", "mlp.fc2", NULL, "." };

/* Values of about [-0.3, 0.3], of a matrix with many columns smaller: towers of any width stay in bounds. */
static float *array(tiny_clip *t, const char *name, int ndim, size_t a, size_t b, size_t c, size_t d)
{
    float *x = tiny_add(t, name, ndim, a, b, c, d);

    for (size_t i = 0; ndim == 2 && b > 64 && i < a * b; i++)
        x[i] *= 8.0f / sqrtf((float)b);
    return x;
}

static void norm(tiny_clip *t, const char *prefix, const char *name, size_t n)
{
    char   full[96];
    float *gain;

    (void)snprintf(full, sizeof full, "%s%s.weight", prefix, name);
    gain = tiny_add(t, full, 1, n, 1, 1, 1);
    for (size_t i = 0; i < n && strstr(name, "ln_") == NULL; i++) /* theirs are around 1 already */
        gain[i] += 1.0f;
    (void)snprintf(full, sizeof full, "%s%s.bias", prefix, name);
    tiny_add(t, full, 1, n, 1, 1, 1);
}

static void linear(tiny_clip *t, const char *prefix, const char *name, const char *joint, size_t n, size_t k)
{
    char full[96];

    (void)snprintf(full, sizeof full, "%s%s%sweight", prefix, name, joint);
    array(t, full, 2, n, k, 1, 1);
    (void)snprintf(full, sizeof full, "%s%s%sbias", prefix, name, joint);
    tiny_add(t, full, 1, n, 1, 1, 1);
}

static void blocks(tiny_clip *t, const char *prefix, const block_names *names, size_t layers, size_t d)
{
    static const char *const parts[] = { "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj" };
    char                     block[64];

    for (size_t i = 0; i < layers; i++) {
        (void)snprintf(block, sizeof block, "%s%zu.", prefix, i);
        norm(t, block, names->norm[0], d);
        norm(t, block, names->norm[1], d);
        if (names->qkv != NULL)
            linear(t, block, names->qkv, names->joint, 3 * d, d);
        for (size_t p = 0; names->qkv == NULL && p < 3; p++)
            linear(t, block, parts[p], ".", d, d);
        linear(t, block, names->out, ".", d, d);
        linear(t, block, names->fc, ".", 4 * d, d);
        linear(t, block, names->proj, ".", d, 4 * d);
    }
}

static void scale_and_bias(tiny_clip *t, float bias)
{
    *tiny_add(t, "logit_scale", 0, 1, 1, 1, 1) = 3.0f; /* of BF16 too */
    if (bias != 0.0f)
        *tiny_add(t, "logit_bias", 0, 1, 1, 1, 1) = bias;
}

/* "" or "text." before the names; affine: the projection has a bias. */
static void openclip_text(tiny_clip *t, const char *prefix, size_t vocab, size_t context, size_t d, size_t embed,
                          bool affine)
{
    char name[64];

    (void)snprintf(name, sizeof name, "%stoken_embedding.weight", prefix);
    tiny_add(t, name, 2, vocab, d, 1, 1);
    (void)snprintf(name, sizeof name, "%spositional_embedding", prefix);
    tiny_add(t, name, 2, context, d, 1, 1);
    (void)snprintf(name, sizeof name, "%stransformer.resblocks.", prefix);
    blocks(t, name, &openclip, 2, d);
    norm(t, prefix, "ln_final", d);
    (void)snprintf(name, sizeof name, "%stext_projection", prefix);
    if (affine)
        linear(t, name, "", ".", embed, d);
    else
        tiny_add(t, name, 2, d, embed, 1, 1);
}

static void make_openclip(tiny_clip *t, size_t vocab, float bias)
{
    tiny_add(t, "visual.class_embedding", 1, TINY_D, 1, 1, 1);
    tiny_add(t, "visual.positional_embedding", 2, 1 + SIDE * SIDE, TINY_D, 1, 1);
    tiny_add(t, "visual.proj", 2, TINY_D, TINY_EMBED, 1, 1);
    tiny_add(t, "visual.conv1.weight", 4, TINY_D, 3, 8, 8);
    norm(t, "visual.", "ln_pre", TINY_D);
    norm(t, "visual.", "ln_post", TINY_D);
    blocks(t, "visual.transformer.resblocks.", &openclip, 2, TINY_D);
    openclip_text(t, "", vocab, 77, TINY_D, TINY_EMBED, false);
    (void)bias;
    scale_and_bias(t, 0.0f);
}

static void timm_vision(tiny_clip *t, size_t d, size_t patch, size_t tokens)
{
    tiny_add(t, "visual.trunk.patch_embed.proj.weight", 4, d, 3, patch, patch);
    tiny_add(t, "visual.trunk.pos_embed", 3, 1, tokens, d, 1);
    blocks(t, "visual.trunk.blocks.", &timm, 12, d);
    norm(t, "visual.trunk.", "norm", d);
    tiny_add(t, "visual.trunk.attn_pool.latent", 3, 1, 1, d, 1);
    linear(t, "visual.trunk.attn_pool.", "q", ".", d, d);
    linear(t, "visual.trunk.attn_pool.", "kv", ".", 2 * d, d);
    linear(t, "visual.trunk.attn_pool.", "proj", ".", d, d);
    norm(t, "visual.trunk.attn_pool.", "norm", d);
    linear(t, "visual.trunk.attn_pool.mlp.", "fc1", ".", 4 * d, d);
    linear(t, "visual.trunk.attn_pool.mlp.", "fc2", ".", d, 4 * d);
}

static void make_perception_encoder(tiny_clip *t, size_t vocab, float bias)
{
    timm_vision(t, 192, 16, 1 + SIDE * SIDE);
    tiny_add(t, "visual.trunk.cls_token", 3, 1, 1, 192, 1);
    norm(t, "visual.trunk.", "norm_pre", 192);
    linear(t, "visual.trunk.", "head", ".", TINY_EMBED, 192);
    openclip_text(t, "text.", vocab, 32, TINY_D, TINY_EMBED, false);
    (void)bias;
    scale_and_bias(t, 0.0f);
}

static void make_openclip_siglip(tiny_clip *t, size_t vocab, float bias)
{
    timm_vision(t, 768, 32, SIDE * SIDE);
    tiny_add(t, "visual.trunk.patch_embed.proj.bias", 1, 768, 1, 1, 1);
    openclip_text(t, "text.", vocab, 64, TINY_D, 768, true);
    scale_and_bias(t, bias);
}

static void huggingface_towers(tiny_clip *t, size_t vocab, size_t context, size_t tokens)
{
    tiny_add(t, "vision_model.embeddings.patch_embedding.weight", 4, TINY_D, 3, 8, 8);
    tiny_add(t, "vision_model.embeddings.position_embedding.weight", 2, tokens, TINY_D, 1, 1);
    blocks(t, "vision_model.encoder.layers.", &apart, 2, TINY_D);
    norm(t, "vision_model.", "post_layernorm", TINY_D);
    tiny_add(t, "text_model.embeddings.token_embedding.weight", 2, vocab, TINY_D, 1, 1);
    tiny_add(t, "text_model.embeddings.position_embedding.weight", 2, context, TINY_D, 1, 1);
    blocks(t, "text_model.encoder.layers.", &apart, 2, TINY_D);
    norm(t, "text_model.", "final_layer_norm", TINY_D);
}

static void make_huggingface(tiny_clip *t, size_t vocab, float bias)
{
    huggingface_towers(t, vocab, 77, 1 + SIDE * SIDE);
    tiny_add(t, "vision_model.embeddings.class_embedding", 1, TINY_D, 1, 1, 1);
    norm(t, "vision_model.", "pre_layrnorm", TINY_D);
    tiny_add(t, "visual_projection.weight", 2, TINY_EMBED, TINY_D, 1, 1);
    tiny_add(t, "text_projection.weight", 2, TINY_EMBED, TINY_D, 1, 1);
    (void)bias;
    scale_and_bias(t, 0.0f);
}

static void make_siglip(tiny_clip *t, size_t vocab, float bias)
{
    huggingface_towers(t, vocab, 64, SIDE * SIDE);
    tiny_add(t, "vision_model.embeddings.patch_embedding.bias", 1, TINY_D, 1, 1, 1);
    tiny_add(t, "vision_model.head.probe", 3, 1, 1, TINY_D, 1);
    linear(t, "vision_model.head.", "attention.in_proj", "_", 3 * TINY_D, TINY_D);
    linear(t, "vision_model.head.", "attention.out_proj", ".", TINY_D, TINY_D);
    norm(t, "vision_model.head.", "layernorm", TINY_D);
    linear(t, "vision_model.head.", "mlp.fc1", ".", 4 * TINY_D, TINY_D);
    linear(t, "vision_model.head.", "mlp.fc2", ".", TINY_D, 4 * TINY_D);
    linear(t, "text_model.", "head", ".", TINY_D, TINY_D);
    scale_and_bias(t, bias);
}

/* ---- Families -------------------------------------------------------------------------------------------------------- */

/* unigram.json has 162 tokens, pad 1, end 2; byte_fallback.json 436, pad 0, end 1. */
static const struct {
    const char *name, *config;
    bool        openclip;
    size_t      vocab;
    void (*make)(tiny_clip *t, size_t vocab, float bias);
    const char *tokenizer, *class; /* NULL: CLIP's own */
} families[] = {
    { "clip", OPENCLIP(TINY_VISION, TEXT("49408", "16"), ""), true, 49408, make_openclip, NULL, NULL },
    { "clip-huggingface", HUGGINGFACE("clip", "\"eos_token_id\":49407", ",\"projection_dim\":12"), false, 49408,
      make_huggingface, NULL, NULL },
    { "metaclip-2",
      OPENCLIP(TINY_VISION,
               TEXT("436", "16") ",\"hf_tokenizer_name\":\"x\",\"pool_type\":\"eos\",\"eos_id\":1,\"tokenizer_kwargs\":"
                                 "{\"clean\":\"canonicalize\"}",
               ""),
      true, 436, make_openclip, "byte_fallback.json", "T5TokenizerFast" },
    { "metaclip-2-huggingface",
      HUGGINGFACE("metaclip_2", "\"vocab_size\":162,\"eos_token_id\":2,\"hidden_act\":\"gelu\"", ",\"projection_dim\":12"),
      false, 162, make_huggingface, "unigram.json", "XLMRobertaTokenizerFast" },
    { "siglip-huggingface", HUGGINGFACE("siglip", "\"vocab_size\":162", ""), false, 162, make_siglip, "unigram.json",
      "SiglipTokenizer" },
    { "siglip-2-huggingface", HUGGINGFACE("siglip", "\"vocab_size\":436", ""), false, 436, make_siglip, "byte_fallback.json",
      "Siglip2Tokenizer" },
    { "siglip-2",
      OPENCLIP(
          TIMM_VISION("768,\"init_logit_bias\":-10", "128", "vit_base_patch32_siglip_256", "\"none\""),
          TEXT("436", "16") ",\"context_length\":64,\"hf_tokenizer_name\":\"x\",\"tokenizer_kwargs\":{\"clean\":"
                            "\"canonicalize\"},\"no_causal_mask\":true,\"proj_bias\":true,\"pool_type\":\"last\",\"norm_"
                            "kwargs\":{\"eps\":1e-6},\"act_kwargs\":{\"approximate\":\"tanh\"}",
          HALF("bicubic")),
      true, 436, make_openclip_siglip, "byte_fallback.json", "GemmaTokenizerFast" },
    { "pe-core",
      OPENCLIP(TIMM_VISION("12", "64", "vit_pe_core_tiny_patch16_384", "null"), TEXT("49408", "16") ",\"context_length\":32",
               HALF("bilinear")),
      true, 49408, make_perception_encoder, NULL, NULL },
};

/* The upper half of each value's bits: BF16, cut. */
static void to_bf16(tiny_clip *t)
{
    for (size_t i = 0; i < t->count; i++) {
        size_t    n    = 1;
        uint16_t *half = (uint16_t *)(void *)t->data[i];

        for (int k = 0; k < t->tensors[i].ndim; k++)
            n *= t->tensors[i].shape[k];
        for (size_t k = 0; k < n; k++) {
            uint32_t bits;

            memcpy(&bits, &t->data[i][k], sizeof bits);
            half[k] = (uint16_t)(bits >> 16);
        }
        t->tensors[i].dtype = RW_BF16;
    }
}

static void copy_tokenizer(const char *folder, const char *name, const char *class)
{
    char       from[RW_PATH_MAX], path[RW_PATH_MAX], config[256];
    uint8_t   *bytes = NULL;
    size_t     len   = 0;
    rwda_error err   = { 0 };

    assert_true(rw_path_join(from, sizeof from, TOKENIZERS, name));
    assert_true(rw_path_join(path, sizeof path, folder, "tokenizer.json"));
    assert_ok(rw_file_read(&bytes, &len, from, 1 << 20, &err), err);
    assert_ok(rw_file_write(path, bytes, len, true, &err), err);
    free(bytes);
    (void)snprintf(config, sizeof config, "{\"tokenizer_class\":\"%s\",\"pad_token\":\"<pad>\"}", class);
    assert_true(rw_path_join(path, sizeof path, folder, "tokenizer_config.json"));
    assert_ok(rw_file_write(path, config, strlen(config), true, &err), err);
}

int main(int argc, char **argv)
{
    tiny_clip t = { .count = 0 };
    size_t    i = 0;

    while (argc >= 3 && i < RW_COUNTOF(families) && strcmp(argv[1], families[i].name) != 0)
        i++;
    if (argc < 3 || i == RW_COUNTOF(families)) {
        for (i = 0; i < RW_COUNTOF(families); i++)
            printf("%s\n", families[i].name);
        return argc != 1;
    }
    (void)mkdir(argv[2], 0777);
    families[i].make(&t, families[i].vocab, argc > 3 ? strtof(argv[3], NULL) : -12.5f);
    if (families[i].make == make_openclip_siglip)
        to_bf16(&t);
    tiny_write(&t, argv[2], families[i].openclip ? "open_clip_model.safetensors" : "model.safetensors",
               families[i].openclip ? "open_clip_config.json" : "config.json", families[i].config);
    if (families[i].tokenizer != NULL)
        copy_tokenizer(argv[2], families[i].tokenizer, families[i].class);
    tiny_free(&t);
    return 0;
}
