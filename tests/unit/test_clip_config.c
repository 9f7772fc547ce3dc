/* test_clip_config.c - are published configs read as OpenCLIP and Hugging Face mean them, and others refused by name? */
#include "clip/clip_config.h"

#include "tests/unit/check.h"

#define VISION "\"vision_cfg\":{\"image_size\":224,\"layers\":12,\"width\":768,\"patch_size\":32}"
#define TEXT   "\"text_cfg\":{\"context_length\":77,\"vocab_size\":49408,\"width\":512,\"heads\":8,\"layers\":12}"
#define SIGLIP                                                                                                              \
    "\"vision_cfg\":{\"timm_model_name\":\"vit_base_patch16_siglip_224\",\"timm_pool\":\"map\",\"timm_proj\":\"none\"}"
#define OPENCLIP(model, rest) "{\"model_cfg\":{\"embed_dim\":512," model "}" rest "}"

static rwda_status openclip(rw_clip_config *config, const char *text, rwda_error *err)
{
    return rw_clip_config_openclip(config, text, strlen(text), "open_clip_config.json", err);
}

static void reads_an_openclip_config(void **state)
{
    rw_clip_config c;
    rwda_error     err;

    (void)state;
    assert_ok(
        openclip(&c,
                 OPENCLIP("\"quick_gelu\":true," VISION "," TEXT,
                          ",\"preprocess_cfg\":{\"mean\":[0.5,0.25,0.125],\"std\":[1,2,4],\"resize_mode\":\"squash\"}"),
                 &err),
        err);
    assert_int_equal(c.embed_dim, 512);
    assert_int_equal(c.vision.width, 768);
    assert_int_equal(c.vision.heads, 12); /* head width 64 unless said */
    assert_int_equal(c.vision.mlp, 3072);
    assert_int_equal(c.text.heads, 8);
    assert_int_equal(c.vision.activation, RW_ACT_QUICK_GELU);
    assert_int_equal(c.text.activation, RW_ACT_QUICK_GELU);
    assert_true(c.mean[2] == 0.125f && c.std[2] == 4.0f);
    assert_int_equal(c.resize, RWDA_RESIZE_SQUASH);
    assert_ok(
        openclip(
            &c, /* variants that are spelled out and are none */
            OPENCLIP(
                "\"vision_cfg\":{\"width\":768,\"pool_type\":\"tok\",\"ls_init_value\":null,\"norm_kwargs\":{},"
                "\"no_ln_pre\":false,\"patch_dropout\":0.5},"
                "\"text_cfg\":{\"pool_type\":\"argmax\",\"proj_type\":\"linear\",\"embed_cls\":false,\"mlp_ratio\":2.0}",
                ""),
            &err),
        err);
    assert_int_equal(c.text.mlp, 1024);
    assert_ok(openclip(&c, OPENCLIP(VISION "," TEXT, ""), &err), err); /* older files: no preprocess_cfg */
    assert_int_equal(c.vision.activation, RW_ACT_GELU);
    assert_int_equal(c.resize, RWDA_RESIZE_SHORTEST);
    assert_true(c.mean[0] == 0.48145466f && c.std[0] == 0.26862954f);
}

static void reads_a_huggingface_config(void **state)
{
    static const char text[]     = "{\"model_type\":\"clip\",\"projection_dim\":512,"
                                   "\"text_config\":{\"hidden_size\":256,\"intermediate_size\":1024,\"num_hidden_layers\":3,"
                                   "\"num_attention_heads\":4,\"hidden_act\":\"gelu\"},"
                                   "\"vision_config\":{\"hidden_size\":256,\"intermediate_size\":1024,\"num_hidden_layers\":10,"
                                   "\"num_attention_heads\":4,"
                                   "\"image_size\":224,\"patch_size\":16,\"hidden_act\":\"gelu\"}}";
    static const char defaults[] = "{\"model_type\":\"clip\",\"text_config\":{},\"vision_config\":{}}";
    rw_clip_config    c;
    rwda_error        err;

    (void)state;
    assert_ok(rw_clip_config_huggingface(&c, text, strlen(text), "config.json", &err), err);
    assert_int_equal(c.layout, RW_LAYOUT_HUGGINGFACE);
    assert_int_equal(c.vision.layers, 10);
    assert_int_equal(c.text.layers, 3);
    assert_int_equal(c.context_length, 77);
    assert_int_equal(c.vision.activation, RW_ACT_GELU);
    assert_true(c.mean[1] == 0.4578275f && c.scale == 1.0 / 255.0 && c.crop_floor);
    /* OpenAI's own files leave out what equals the library's defaults: QuickGELU, 224 px, patch 32 */
    assert_ok(rw_clip_config_huggingface(&c, defaults, strlen(defaults), "config.json", &err), err);
    assert_int_equal(c.vision.activation, RW_ACT_QUICK_GELU);
    assert_int_equal(c.vision.width, 768);
    assert_int_equal(c.patch_size, 32);
}

/* As in transformers: an old config's dictionaries replace what stands beside them, also with what they leave out; null does not. */
static void old_dictionaries_replace_the_towers(void **state)
{
    static const char replaced[] =
        "{\"vision_config\":{\"hidden_act\":\"gelu\",\"num_attention_heads\":16,\"patch_size\":16},"
        "\"vision_config_dict\":{\"patch_size\":14},\"text_config\":{\"num_hidden_layers\":3},"
        "\"text_config_dict\":{\"num_attention_heads\":4}}";
    static const char null[] =
        "{\"vision_config\":{\"patch_size\":16},\"vision_config_dict\":null,\"text_config_dict\":null}";
    rw_clip_config c;
    rwda_error     err;

    (void)state;
    assert_ok(rw_clip_config_huggingface(&c, replaced, strlen(replaced), "config.json", &err), err);
    assert_int_equal(c.patch_size, 14);
    assert_int_equal(c.vision.heads, 12);
    assert_int_equal(c.vision.activation, RW_ACT_QUICK_GELU);
    assert_int_equal(c.text.layers, 12);
    assert_int_equal(c.text.heads, 4);
    assert_ok(rw_clip_config_huggingface(&c, null, strlen(null), "config.json", &err), err);
    assert_int_equal(c.patch_size, 16);
}

static const struct {
    const char *fault, *text, *says;
    rwda_status code;
} bad[] = {
    { "no JSON", "not json", "not JSON", RWDA_EFORMAT },
    { "a list", "[]", "no JSON object", RWDA_EFORMAT },
    { "no model_cfg", "{}", "model_cfg", RWDA_EFORMAT },
    { "width is text",
      OPENCLIP("\"vision_cfg\":{\"image_size\":224,\"layers\":12,\"width\":\"768\",\"patch_size\":32}," TEXT, ""),
      "width is not a whole number", RWDA_EFORMAT },
    { "width is huge",
      OPENCLIP("\"vision_cfg\":{\"image_size\":224,\"layers\":12,\"width\":99999,\"patch_size\":32}," TEXT, ""), "1..8192",
      RWDA_EFORMAT },
    { "negative layers",
      OPENCLIP("\"vision_cfg\":{\"image_size\":224,\"layers\":-1,\"width\":768,\"patch_size\":32}," TEXT, ""), "layers",
      RWDA_EFORMAT },
    { "no room for a patch",
      OPENCLIP("\"vision_cfg\":{\"image_size\":24,\"layers\":12,\"width\":768,\"patch_size\":32}," TEXT, ""),
      "image size 24 is below the patch size 32", RWDA_EMISMATCH },
    { "heads do not divide",
      OPENCLIP("\"vision_cfg\":{\"image_size\":224,\"layers\":12,\"width\":760,\"patch_size\":32}," TEXT, ""), "760",
      RWDA_EMISMATCH },
    { "an empty MLP",
      OPENCLIP("\"vision_cfg\":{\"image_size\":224,\"layers\":12,\"width\":768,\"patch_size\":32,\"mlp_ratio\":1e-9}," TEXT,
               ""),
      "mlp_ratio", RWDA_EMISMATCH },
    { "a ResNet", OPENCLIP("\"vision_cfg\":{\"image_size\":224,\"layers\":[3,4,6,3],\"width\":64}," TEXT, ""), "ResNet",
      RWDA_EUNSUPPORTED },
    { "ConvNeXt", OPENCLIP("\"vision_cfg\":{\"timm_model_name\":\"convnext_base\",\"image_size\":224}," TEXT, ""),
      "the timm vision tower convnext_base (ConvNeXt) is not supported; use a ViT", RWDA_EUNSUPPORTED },
    { "ViTamin", OPENCLIP("\"vision_cfg\":{\"timm_model_name\":\"vitamin_large_224\",\"image_size\":224}," TEXT, ""),
      "(ViTamin)", RWDA_EUNSUPPORTED },
    { "NaFlex", OPENCLIP("\"vision_cfg\":{\"timm_model_name\":\"naflexvit_base_patch16_siglip\"}," TEXT, ""), "(NaFlex)",
      RWDA_EUNSUPPORTED },
    { "a timm tower of no kind", OPENCLIP("\"vision_cfg\":{\"timm_model_name\":\"vit_tiny_x\"}," TEXT, ""),
      "vit_tiny_x is not supported; use CLIP, SigLIP", RWDA_EUNSUPPORTED },
    { "a timm tower without a name", OPENCLIP("\"vision_cfg\":{\"timm_model_name\":1}," TEXT, ""), "without a name",
      RWDA_EUNSUPPORTED },
    { "SigLIP's tower, averaged",
      OPENCLIP("\"vision_cfg\":{\"timm_model_name\":\"vit_base_patch16_siglip_224\",\"timm_pool\":\"avg\",\"timm_proj\":"
               "\"none\"}," TEXT,
               ""),
      "timm_pool is not", RWDA_EUNSUPPORTED },
    { "SigLIP's tower, projected",
      OPENCLIP("\"vision_cfg\":{\"timm_model_name\":\"vit_base_patch16_siglip_224\",\"timm_pool\":\"map\",\"timm_proj\":"
               "\"linear\"}," TEXT,
               ""),
      "timm_proj is not", RWDA_EUNSUPPORTED },
    { "SigLIP's tower as wide as the embedding is not", OPENCLIP(SIGLIP "," TEXT, ""), "embeddings of 512 numbers",
      RWDA_EMISMATCH },
    { "a text tower from elsewhere", OPENCLIP(VISION ",\"text_cfg\":{\"hf_model_name\":\"roberta-base\"}", ""),
      "Hugging Face text tower", RWDA_EUNSUPPORTED },
    { "CoCa", OPENCLIP("\"multimodal_cfg\":{}," VISION "," TEXT, ""), "CoCa", RWDA_EUNSUPPORTED },
    { "mean of the patches",
      OPENCLIP(
          "\"vision_cfg\":{\"image_size\":224,\"layers\":12,\"width\":768,\"patch_size\":32,\"pool_type\":\"avg\"}," TEXT,
          ""),
      "pool_type makes this a variant", RWDA_EUNSUPPORTED },
    { "text that looks ahead and reads the end token",
      OPENCLIP(VISION ",\"text_cfg\":{\"width\":512,\"heads\":8,\"layers\":12,\"no_causal_mask\":true}", ""),
      "pool_type is not last", RWDA_EUNSUPPORTED },
    { "the last token of causal text",
      OPENCLIP(VISION ",\"text_cfg\":{\"width\":512,\"heads\":8,\"layers\":12,\"pool_type\":\"last\"}", ""),
      "pool_type is neither argmax nor eos", RWDA_EUNSUPPORTED },
    { "tanh in QuickGELU",
      OPENCLIP("\"quick_gelu\":true," VISION
               ",\"text_cfg\":{\"width\":512,\"heads\":8,\"layers\":12,\"act_kwargs\":{\"approximate\":\"tanh\"}}",
               ""),
      "act_kwargs is not", RWDA_EUNSUPPORTED },
    { "an epsilon of 1",
      OPENCLIP(VISION ",\"text_cfg\":{\"width\":512,\"heads\":8,\"layers\":12,\"norm_kwargs\":{\"eps\":1}}", ""),
      "norm_kwargs has an eps", RWDA_EFORMAT },
    { "a norm of another kind",
      OPENCLIP(VISION ",\"text_cfg\":{\"width\":512,\"heads\":8,\"layers\":12,\"norm_kwargs\":{\"bias\":false}}", ""),
      "norm_kwargs has a key", RWDA_EUNSUPPORTED },
    { "CLIP's tokenizer, changed",
      OPENCLIP(VISION
               ",\"text_cfg\":{\"width\":512,\"heads\":8,\"layers\":12,\"tokenizer_kwargs\":{\"clean\":\"canonicalize\"}}",
               ""),
      "tokenizer_kwargs changes CLIP's tokenizer", RWDA_EUNSUPPORTED },
    { "no first norm", OPENCLIP("\"vision_cfg\":{\"width\":768,\"no_ln_pre\":true}," TEXT, ""),
      "no_ln_pre makes this a variant", RWDA_EUNSUPPORTED },
    { "another vocabulary",
      OPENCLIP(VISION ",\"text_cfg\":{\"context_length\":64,\"vocab_size\":32000,\"width\":512,\"heads\":8,\"layers\":12}",
               ""),
      "32000", RWDA_EUNSUPPORTED },
    { "nearest pixel", OPENCLIP(VISION "," TEXT, ",\"preprocess_cfg\":{\"interpolation\":\"nearest\"}"),
      "interpolation is neither bicubic nor bilinear", RWDA_EUNSUPPORTED },
    { "std of zero", OPENCLIP(VISION "," TEXT, ",\"preprocess_cfg\":{\"std\":[0,1,1]}"), "std", RWDA_EFORMAT },
};

static void refuses_other_configs(void **state)
{
    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(bad); i++) {
        rw_clip_config c;
        rwda_error     err = { 0 };

        assert_refused(bad[i].fault, openclip(&c, bad[i].text, &err), bad[i].code, &err, bad[i].says);
        assert_non_null(strstr(err.message, "open_clip_config.json"));
    }
}

static void refuses_other_huggingface_models(void **state)
{
    static const struct {
        const char *text, *says;
        rwda_status code;
    } cases[] = {
        { "{\"model_type\":\"siglip2\",\"text_config\":{},\"vision_config\":{}}",
          "\"siglip2\" (SigLIP 2 NaFlex) is not supported", RWDA_EUNSUPPORTED },
        { "{\"model_type\":\"blip\"}", "\"blip\" is not supported; use CLIP, SigLIP", RWDA_EUNSUPPORTED },
        { "{\"model_type\":\"siglip\",\"vision_config\":{\"vision_use_head\":false}}", "vision_use_head is false",
          RWDA_EUNSUPPORTED },
        { "{\"model_type\":\"siglip_vision_model\",\"vision_use_head\":false}", "vision_use_head is false",
          RWDA_EUNSUPPORTED },
        { "{\"model_type\":\"siglip2_vision_model\"}", "\"siglip2_vision_model\" (SigLIP 2 NaFlex) is not supported",
          RWDA_EUNSUPPORTED },
        { "{\"model_type\":\"_vision_model\"}", "\"_vision_model\" is not supported", RWDA_EUNSUPPORTED },
        { "{\"model_type\":\"clip_text_model\",\"eos_token_id\":1}", "eos_token_id is neither 2 nor 49407",
          RWDA_EUNSUPPORTED },
        { "{\"model_type\":\"clip_text_model\",\"num_attention_heads\":3}", "text width 512 is not a multiple of 3",
          RWDA_EMISMATCH },
        { "{\"model_type\":\"siglip\",\"text_config\":{\"projection_size\":512}}", "embeddings of 512 numbers",
          RWDA_EMISMATCH },
        { "{\"model_type\":\"clip\",\"text_config\":{},\"vision_config\":{\"layer_norm_eps\":0}}",
          "layer_norm_eps is not in", RWDA_EFORMAT },
        { "{\"model_type\":\"clip\",\"text_config\":{\"hidden_act\":\"relu\"}}", "hidden_act is none of",
          RWDA_EUNSUPPORTED },
        { "{\"text_config\":{\"eos_token_id\":1}}", "eos_token_id is neither 2 nor 49407", RWDA_EUNSUPPORTED },
        { "{\"text_config\":{\"eos_token_id\":null}}", "eos_token_id", RWDA_EUNSUPPORTED },
        { "{\"vision_config\":{\"num_channels\":1}}", "num_channels is not 3", RWDA_EUNSUPPORTED },
        { "{\"quantization_config\":{\"quant_method\":\"bitsandbytes\"}}", "quantization_config", RWDA_EUNSUPPORTED },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(cases); i++) {
        rw_clip_config c;
        rwda_error     err = { 0 };

        assert_refused(cases[i].says,
                       rw_clip_config_huggingface(&c, cases[i].text, strlen(cases[i].text), "config.json", &err),
                       cases[i].code, &err, cases[i].says);
    }
}

static void reads_configs_of_other_families(void **state)
{
    static const char siglip[] = "{\"model_cfg\":{\"embed_dim\":768,\"init_logit_bias\":-10,\"custom_text\":true," SIGLIP
                                 ",\"text_cfg\":{\"context_length\":64,\"vocab_size\":256000,\"hf_tokenizer_name\":\"x\","
                                 "\"tokenizer_kwargs\":{\"clean\":"
                                 "\"canonicalize\"},\"width\":768,\"heads\":12,\"layers\":12,\"no_causal_mask\":true,\"proj_"
                                 "bias\":true,\"pool_type\":"
                                 "\"last\",\"norm_kwargs\":{\"eps\":1e-6},\"act_kwargs\":{\"approximate\":\"tanh\"}}}}";
    static const char pe[] = "{\"model_cfg\":{\"embed_dim\":1024,\"vision_cfg\":{\"image_size\":224,\"timm_model_name\":"
                             "\"vit_pe_core_base_patch16_224\",\"timm_pool\":\"map\",\"timm_proj\":null},"
                             "\"text_cfg\":{\"context_length\":32,\"width\":1024,\"heads\":16,\"layers\":24}},"
                             "\"preprocess_cfg\":{\"interpolation\":\"bilinear\",\"resize_mode\":\"squash\"}}";
    static const char worldwide[] =
        "{\"model_cfg\":{\"embed_dim\":768,\"vision_cfg\":{\"layers\":24,\"width\":1024,\"patch_size\":14},"
        "\"text_cfg\":{\"hf_tokenizer_name\":\"x\",\"pool_type\":\"eos\",\"eos_id\":1,\"vocab_size\":250100}}}";
    static const char hub[] =
        "{\"model_type\":\"siglip\",\"text_config\":{},\"vision_config\":{\"image_size\":384,\"patch_size\":14}}";
    rw_clip_config c;
    rwda_error     err = { 0 };

    (void)state;
    assert_ok(openclip(&c, siglip, &err), err);
    assert_string_equal(c.family, "SigLIP");
    assert_true(!c.vision_parts.class_token && c.vision_parts.patch_bias && c.vision_parts.pooling == RW_POOL_ATTENTION);
    assert_int_equal(c.vision_parts.pool_heads, 12);
    assert_int_equal(c.vision_parts.pool_mlp, 3072);
    assert_int_equal(c.vision.activation, RW_ACT_GELU); /* timm's, whatever the text tower has */
    assert_int_equal(c.text.activation, RW_ACT_GELU_TANH);
    assert_true(c.text.eps == 1e-6f && c.vision.eps == 1e-6f && c.logit_bias);
    assert_true(!c.text_parts.causal && !c.text_parts.clip_tokenizer && c.text_parts.projection == RW_PROJECTION_AFFINE);
    assert_ok(openclip(&c, pe, &err), err);
    assert_string_equal(c.family, "PE-Core");
    assert_true(c.vision_parts.class_token && c.vision_parts.pool_heads == 8 && c.vision_parts.rope_grid == 14);
    assert_true(c.text_parts.causal && c.text_parts.clip_tokenizer && !c.logit_bias && c.filter == RW_FILTER_BILINEAR);
    assert_ok(openclip(&c, worldwide, &err), err);
    assert_string_equal(c.family, "MetaCLIP 2");
    assert_true(c.text_parts.causal && !c.text_parts.clip_tokenizer && c.vision_parts.class_token);
    assert_ok(rw_clip_config_huggingface(&c, hub, strlen(hub), "config.json", &err), err);
    assert_true(c.embed_dim == 768 && c.context_length == 64 && c.vision.activation == RW_ACT_GELU_TANH);
    assert_true(c.image_size == 384 && c.patch_size == 14); /* 27 patches a side, and 6 pixels over */
    assert_true(c.resize == RWDA_RESIZE_SQUASH && c.mean[0] == 0.5f && c.std[2] == 0.5f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_an_openclip_config),
        cmocka_unit_test(reads_a_huggingface_config),
        cmocka_unit_test(reads_configs_of_other_families),
        cmocka_unit_test(refuses_other_configs),
        cmocka_unit_test(old_dictionaries_replace_the_towers),
        cmocka_unit_test(refuses_other_huggingface_models),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
