/* test_clip_config.c - are published configs read as OpenCLIP and Hugging Face mean them, and others refused by name? */
#include "clip/clip_config.h"

#include "tests/unit/check.h"

#define VISION                "\"vision_cfg\":{\"image_size\":224,\"layers\":12,\"width\":768,\"patch_size\":32}"
#define TEXT                  "\"text_cfg\":{\"context_length\":77,\"vocab_size\":49408,\"width\":512,\"heads\":8,\"layers\":12}"
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
    assert_int_equal(c.activation, RW_ACT_QUICK_GELU);
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
    assert_int_equal(c.activation, RW_ACT_GELU);
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
    rw_clip_config c;
    rwda_error     err;

    (void)state;
    assert_ok(rw_clip_config_huggingface(&c, text, strlen(text), "config.json", &err),
              err);
    assert_int_equal(c.layout, RW_LAYOUT_HUGGINGFACE);
    assert_int_equal(c.vision.layers, 10);
    assert_int_equal(c.text.layers, 3);
    assert_int_equal(c.context_length, 77);
    assert_int_equal(c.activation, RW_ACT_GELU);
    assert_true(c.mean[1] == 0.4578275f && c.scale == 1.0 / 255.0 && c.crop_floor);
    /* OpenAI's own files leave out what equals the library's defaults: QuickGELU, 224 px, patch 32 */
    assert_ok(rw_clip_config_huggingface(&c, defaults, strlen(defaults), "config.json", &err), err);
    assert_int_equal(c.activation, RW_ACT_QUICK_GELU);
    assert_int_equal(c.vision.width, 768);
    assert_int_equal(c.patch_size, 32);
}

/* As in transformers: an old config's dictionaries replace what stands beside them, also with what they leave out; null does not. */
static void old_dictionaries_replace_the_towers(void **state)
{
    static const char replaced[] = "{\"vision_config\":{\"hidden_act\":\"gelu\",\"num_attention_heads\":16,\"patch_size\":16},"
                                   "\"vision_config_dict\":{\"patch_size\":14},\"text_config\":{\"num_hidden_layers\":3},"
                                   "\"text_config_dict\":{\"num_attention_heads\":4}}";
    static const char null[]     = "{\"vision_config\":{\"patch_size\":16},\"vision_config_dict\":null,\"text_config_dict\":null}";
    rw_clip_config    c;
    rwda_error        err;

    (void)state;
    assert_ok(rw_clip_config_huggingface(&c, replaced, strlen(replaced), "config.json", &err), err);
    assert_int_equal(c.patch_size, 14);
    assert_int_equal(c.vision.heads, 12);
    assert_int_equal(c.activation, RW_ACT_QUICK_GELU);
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
    { "patch does not divide",
      OPENCLIP("\"vision_cfg\":{\"image_size\":224,\"layers\":12,\"width\":768,\"patch_size\":33}," TEXT, ""),
      "image size 224 is not a multiple of patch size 33", RWDA_EMISMATCH },
    { "heads do not divide",
      OPENCLIP("\"vision_cfg\":{\"image_size\":224,\"layers\":12,\"width\":760,\"patch_size\":32}," TEXT, ""), "760",
      RWDA_EMISMATCH },
    { "an empty MLP",
      OPENCLIP("\"vision_cfg\":{\"image_size\":224,\"layers\":12,\"width\":768,\"patch_size\":32,\"mlp_ratio\":1e-9}," TEXT,
               ""),
      "mlp_ratio", RWDA_EMISMATCH },
    { "a ResNet", OPENCLIP("\"vision_cfg\":{\"image_size\":224,\"layers\":[3,4,6,3],\"width\":64}," TEXT, ""), "ResNet",
      RWDA_EUNSUPPORTED },
    { "a timm tower",
      OPENCLIP("\"vision_cfg\":{\"timm_model_name\":\"vit_base_patch16_siglip_224\",\"image_size\":224}," TEXT, ""), "timm",
      RWDA_EUNSUPPORTED },
    { "a text tower from elsewhere", OPENCLIP(VISION ",\"text_cfg\":{\"hf_model_name\":\"roberta-base\"}", ""),
      "Hugging Face text tower", RWDA_EUNSUPPORTED },
    { "CoCa", OPENCLIP("\"multimodal_cfg\":{}," VISION "," TEXT, ""), "CoCa", RWDA_EUNSUPPORTED },
    { "mean of the patches",
      OPENCLIP(
          "\"vision_cfg\":{\"image_size\":224,\"layers\":12,\"width\":768,\"patch_size\":32,\"pool_type\":\"avg\"}," TEXT,
          ""),
      "pool_type makes this a variant", RWDA_EUNSUPPORTED },
    { "text that looks ahead",
      OPENCLIP(VISION ",\"text_cfg\":{\"width\":512,\"heads\":8,\"layers\":12,\"no_causal_mask\":true}", ""),
      "no_causal_mask makes this a variant", RWDA_EUNSUPPORTED },
    { "the last token",
      OPENCLIP(VISION ",\"text_cfg\":{\"width\":512,\"heads\":8,\"layers\":12,\"pool_type\":\"last\"}", ""),
      "pool_type makes this a variant", RWDA_EUNSUPPORTED },
    { "tanh in GELU",
      OPENCLIP(VISION ",\"text_cfg\":{\"width\":512,\"heads\":8,\"layers\":12,\"act_kwargs\":{\"approximate\":\"tanh\"}}",
               ""),
      "act_kwargs makes this a variant", RWDA_EUNSUPPORTED },
    { "another vocabulary",
      OPENCLIP(VISION ",\"text_cfg\":{\"context_length\":64,\"vocab_size\":32000,\"width\":512,\"heads\":8,\"layers\":12}",
               ""),
      "32000", RWDA_EUNSUPPORTED },
    { "bilinear resize", OPENCLIP(VISION "," TEXT, ",\"preprocess_cfg\":{\"interpolation\":\"bilinear\"}"),
      "interpolation is not bicubic", RWDA_EUNSUPPORTED },
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
        const char *fault, *text, *says;
    } rows[] = {
        { "SigLIP", "{\"model_type\":\"siglip\",\"text_config\":{},\"vision_config\":{}}", "siglip" },
        { "another eps", "{\"vision_config\":{\"layer_norm_eps\":1e-6}}", "layer_norm_eps is not 1e-5" },
        { "another end token", "{\"text_config\":{\"eos_token_id\":1}}", "eos_token_id is neither 2 nor 49407" },
        { "no end token", "{\"text_config\":{\"eos_token_id\":null}}", "eos_token_id" },
        { "grey images", "{\"vision_config\":{\"num_channels\":1}}", "num_channels is not 3" },
        { "quantized", "{\"quantization_config\":{\"quant_method\":\"bitsandbytes\"}}", "quantization_config" },
        { "two activations", "{\"text_config_dict\":{\"hidden_act\":\"gelu\"}}", "hidden_act differs" },
    };

    (void)state;
    for (size_t i = 0; i < RW_COUNTOF(rows); i++) {
        rw_clip_config c;
        rwda_error     err = { 0 };

        assert_refused(rows[i].fault, rw_clip_config_huggingface(&c, rows[i].text, strlen(rows[i].text), "config.json", &err),
                       RWDA_EUNSUPPORTED, &err, rows[i].says);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_an_openclip_config),
        cmocka_unit_test(reads_a_huggingface_config),
        cmocka_unit_test(refuses_other_configs),
        cmocka_unit_test(old_dictionaries_replace_the_towers),
        cmocka_unit_test(refuses_other_huggingface_models),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
